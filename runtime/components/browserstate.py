"""BrowserState: a value that stays in the visitor's browser, over visits."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Component, Files, MediaFolder, Wire
from quickdemo.runtime.components.plain import plain

#: most characters of the value as JSON; browsers give a site about five million
MAX_CHARS = 500_000


class BrowserState(Component):
    """A JSON value kept in the browser's local storage. The function gets it, and returns the next one.

    It is never shown. It comes from the visitor's machine, so it is no more to be trusted than what he types.
    """

    kind = "browserstate"

    def __init__(
        self, default_value: Any = None, *, storage_key: str | None = None, secret: str | None = None, **common: Any
    ) -> None:
        """
        default_value: what a visitor has who was never here.
        storage_key: its name in the browser's storage; the same instance is given as input and as output. Two states
            of one demo need different names; demos at one address share them.
        secret: accepted and without effect: the value is stored as it is.
        """
        super().__init__(plain(default_value), **{**common, "visible": False})
        self.storage_key = storage_key or "state"
        del secret

    def preprocess(self, wire: Wire, files: Files) -> Any:
        length = len(json.dumps(wire))
        if length > MAX_CHARS:
            raise self.refuse(f"must be at most {MAX_CHARS} characters of JSON, not {length}", wire)
        return wire

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError for what JSON cannot hold."""
        wire = plain(value)
        length = len(json.dumps(wire))
        if length > MAX_CHARS:
            raise ValueError(
                f"{self.label or self.kind}: the returned value has {length} characters as JSON; a browser keeps at "
                f"most {MAX_CHARS} here. Keep it on the server in gr.State."
            )
        return wire

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """JSON."""
        return None if wire is None else json.dumps(wire, ensure_ascii=False)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return json.loads(cell) if cell else None

    def options(self) -> dict[str, Any]:
        return {"key": self.storage_key}

    def control(self, id: str, wire: Wire) -> Markup:
        return Markup('<output id="{}" hidden></output>').format(id)

    def view(self, id: str, wire: Wire) -> Markup:
        return self.control(id, wire)

    def labelled(self, id: str, body: Markup, editable: bool) -> Markup:
        return body
