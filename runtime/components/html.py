"""HTML: markup that the author writes, or that the function makes."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Files, Schema, Wire
from quickdemo.runtime.components.display import Display


class Written(Display):
    """What HTML and Markdown share: the wire value is HTML, and only the author's constant is trusted.

    The constant `value` is put into the page as it was written. What a function returns, one given as `value` too, may
    hold a visitor's words, so the page inserts it through an allow-list: no script, no handler, no form, nothing from
    another host.
    """

    def preprocess(self, wire: Wire, files: Files) -> str | None:
        if wire is not None and not isinstance(wire, str):
            raise self.refuse("must be text", wire)
        return wire

    def accept(self, value: Any, files: Files) -> str | None:
        return None if value is None else str(value)

    def schema(self) -> Schema:
        return {"type": ["string", "null"]}

    def authored(self, own: str = "") -> str | None:
        """The HTML of the constant `value`; None where a function gives the value. own: a name of it on the page."""
        return None if self.value is None or self.loader is not None else self.written(str(self.value), own)

    def written(self, text: str, own: str) -> str:
        """The HTML of what the author wrote."""
        return text

    def initial(self, files: Files) -> Wire:
        return self.authored() if self.loader is None else self.postprocess(self.value, files)

    def view(self, id: str, wire: Wire) -> Markup:
        # The page's module keeps what stands in a box marked `data-authored`, and cleans everything else.
        authored = wire is not None and wire == self.authored()
        return Markup(
            '<div id="{id}" class="prose" role="group" aria-labelledby="{id}-name"{mark}>{body}</div>'
        ).format(
            id=id, mark=Markup(" data-authored" if authored else ""), body=Markup(self.authored(id) if authored else "")
        )


class HTML(Written):
    """Shows HTML. Functions return `str`."""

    kind = "html"

    def __init__(self, value: str | None = "", **common: Any) -> None:
        """value: shown at first, exactly as written."""
        super().__init__(value, **common)

    def postprocess(self, value: Any, files: Files) -> str | None:
        return None if value is None else str(value)
