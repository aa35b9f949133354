"""JSON: any value as a tree that folds."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Component, Files, MediaFolder, Wire, attributes
from quickdemo.runtime.components.plain import plain


class JSON(Component):
    """Shows what JSON can hold. A returned `str` is read as JSON text; one that is no JSON is shown as that text.

    As an input it is a field for JSON text, and the function gets the value that the text describes.
    """

    kind = "json"

    def __init__(self, value: Any = None, **common: Any) -> None:
        """value: what is shown at first: any value that JSON can hold, or JSON text."""
        super().__init__(value, **common)

    def accept(self, value: Any, files: Files) -> Any:
        return plain(value)

    def postprocess(self, value: Any, files: Files) -> Wire:
        if not isinstance(value, str):
            return plain(value)
        try:
            read = json.loads(value)
        except (ValueError, RecursionError):
            return plain(value)
        return plain(read)

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        return None if wire is None else json.dumps(wire, ensure_ascii=False)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return None if cell == "" else json.loads(cell)

    def example_wire(self, value: Any, files: Files) -> Wire:
        return plain(value)

    def control(self, id: str, wire: Wire) -> Markup:
        text = "" if wire is None else json.dumps(wire, indent=2, ensure_ascii=False)
        described = f"{id}-info" if self.info else None
        common = attributes(id=id, name=id, rows=5, spellcheck="false", aria_describedby=described)
        return Markup('<textarea class="source"{}>\n{}</textarea>').format(common, text)

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<div id="{id}" class="tree" role="group" aria-labelledby="{id}-name"></div>').format(id=id)
