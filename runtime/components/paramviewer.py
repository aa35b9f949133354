"""ParamViewer: a table of parameters with their types and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire
from quickdemo.runtime.components.display import Display
from quickdemo.runtime.components.plain import plain
from quickdemo.runtime.components.uploads import cannot_return

_PARTS = ("type", "description", "default")


class ParamViewer(Display):
    """Documentation of a function: {name: {"type", "description", "default"}}; each part may be missing or None."""

    kind = "paramviewer"

    def __init__(
        self,
        value: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        header: str | None = "Parameters",
        max_height: int | str | None = None,
        **common: Any,
    ) -> None:
        """
        value: the parameters shown at first.
        header: text above the table; None leaves it out.
        max_height: pixels or a CSS length beyond which the table scrolls.
        """
        super().__init__(value, **common)
        self.header = header
        self.max_height = f"{max_height}px" if isinstance(max_height, int) else max_height

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no dict of dicts."""
        if value is None:
            return None
        if not isinstance(value, Mapping) or not all(isinstance(facts, Mapping) for facts in value.values()):
            cannot_return(self, value, 'a dict {name: {"type", "description", "default"}}')
        shown = {str(name): {part: plain(facts.get(part)) for part in _PARTS} for name, facts in value.items()}
        return {
            name: {part: None if text is None else str(text) for part, text in facts.items()}
            for name, facts in shown.items()
        }

    def preprocess(self, wire: Wire, files: Files) -> Any:
        given = [] if wire is None else list(wire.values()) if isinstance(wire, dict) else [None]
        if not all(isinstance(facts, dict) and set(facts) <= set(_PARTS) for facts in given):
            raise self.refuse('must be an object of {"type", "description", "default"} objects, or null', wire)
        return wire

    def schema(self) -> Schema:
        facts = {"type": "object", "properties": {part: {} for part in _PARTS}, "additionalProperties": False}
        return {"anyOf": [{"type": "null"}, {"type": "object", "additionalProperties": facts}]}

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """The names, separated by commas."""
        return None if wire is None else ", ".join(wire)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return {name: {} for name in cell.split(", ")} if cell else None

    def view(self, id: str, wire: Wire) -> Markup:
        head = Markup("<caption>{}</caption>").format(self.header) if self.header else Markup("")
        style = Markup(' style="max-block-size: {}"').format(self.max_height) if self.max_height else Markup("")
        return Markup(
            '<div id="{}" class="sheet" role="group" tabindex="0" aria-labelledby="{}-name"{}><table>{}'
            '<thead><tr><th scope="col">name</th><th scope="col">type</th><th scope="col">default</th>'
            '<th scope="col">description</th></tr></thead><tbody></tbody></table></div>'
        ).format(id, id, style, head)
