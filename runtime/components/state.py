"""State: a value of the session that the page never sees."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes


class State(Component):
    """Any Python value, kept on the server for each session; each session starts with a deep copy of `value`.

    Nothing of it crosses the wire: the page sends null and gets null.
    """

    kind = "state"
    stateful = True

    def __init__(self, value: Any = None, **common: Any) -> None:
        """value: what a new session starts with."""
        super().__init__(value, **{**common, "visible": False})

    def preprocess(self, wire: Wire, files: Files) -> None:
        """The server puts the session's value in this place; a page has no say in it."""
        if wire is not None:
            raise self.refuse("is kept on the server and takes only null", wire)

    def accept(self, value: Any, files: Files) -> Any:
        return value

    def postprocess(self, value: Any, files: Files) -> None:
        return None

    def initial(self, files: Files) -> None:
        return None

    def schema(self) -> Schema:
        return {"type": "null"}

    def flag_cell(self, wire: Wire, media: MediaFolder) -> None:
        return None

    def from_flag_cell(self, cell: str, folder: str) -> None:
        return None

    def example_wire(self, value: Any, files: Files) -> None:
        return None

    def html(self, id: str, role: str, wire: Wire) -> Markup:
        """A hidden element, so that every value has its place among the page's components."""
        data = attributes(id=f"{id}-field", data_role=role, data_label=self.label or "", data_initial="null")
        return Markup("<qd-state{} data-editable='false' data-options='{{}}' hidden></qd-state>").format(data)
