"""ColorPicker: a colour, chosen or typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Component, Files, Schema, Wire, attributes
from quickdemo.runtime.errors import shown

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.number import OnePart

BLACK = "#000000"
_LONG = re.compile(r"#[0-9a-fA-F]{6}")
_SHORT = re.compile(r"#[0-9a-fA-F]{3}")


def as_hex(value: Any) -> str:
    """`"#rrggbb"` of "#rrggbb", "#rgb" or three whole numbers from 0 to 255. Raises ValueError for anything else."""
    if isinstance(value, str) and _LONG.fullmatch(value):
        return value.lower()
    if isinstance(value, str) and _SHORT.fullmatch(value):
        return "#" + "".join(2 * digit for digit in value[1:].lower())
    if isinstance(value, (tuple, list)) and len(value) == 3 and all(_is_byte(part) for part in value):
        return "#" + "".join(f"{int(part):02x}" for part in value)
    raise ValueError(f"A colour is '#rrggbb', '#rgb' or three whole numbers from 0 to 255; this is {shown(value)}.")


def _is_byte(part: Any) -> bool:
    """A whole number from 0 to 255, numpy's included."""
    return hasattr(part, "__index__") and not isinstance(part, bool) and 0 <= part.__index__() <= 255


class ColorPicker(Component):
    """A colour. The function gets "#rrggbb" in lower case; it may return that, "#rgb" or (red, green, blue)."""

    kind = "colorpicker"
    is_plain = True

    def __init__(self, value: str | tuple[int, int, int] | None = None, **common: Any) -> None:
        """value: the field is black when None. Raises ValueError when it is no colour."""
        super().__init__(None if value is None else as_hex(value), **common)

    def preprocess(self, wire: Wire, files: Files) -> str | None:
        if wire is None:
            return None
        if not isinstance(wire, str) or not _LONG.fullmatch(wire):
            raise self.refuse("must be a colour such as #1f6feb", wire)
        return wire.lower()

    def accept(self, value: Any, files: Files) -> str | None:
        """Any form that the function may return."""
        try:
            return None if value is None else as_hex(value)
        except ValueError:
            return self.preprocess(value, files)

    def postprocess(self, value: Any, files: Files) -> str | None:
        return None if value is None else as_hex(value)

    def parts(self, value: str | None, files: Files) -> OnePart:
        """Itself, against its baseline."""
        from quickdemo.interpret.parts.number import OnePart  # numpy is imported when it is needed

        return OnePart(value, self.baseline(files, BLACK))

    def set_interpret_parameters(self, baseline: str | tuple[int, int, int] | None = None) -> Self:
        """baseline: what the colour is compared with; None is `value`, else the first example's, else black."""
        self.interpreted = {"baseline": baseline}
        return self

    def schema(self) -> Schema:
        return {"type": ["string", "null"], "pattern": f"^{_LONG.pattern}$"}

    def output_schema(self) -> Schema:
        return {"type": ["string", "null"], "pattern": "^#[0-9a-f]{6}$"}

    def from_flag_cell(self, cell: str, folder: str) -> str | None:
        return cell or None

    def example_html(self, wire: Wire) -> Markup:
        return Markup("") if wire is None else _swatch(wire)

    def html(self, id: str, role: str, wire: Wire) -> Markup:
        """A browser's colour field is never empty: without a value it is black."""
        editable = role == "input" if self.interactive is None else self.interactive
        return super().html(id, role, BLACK if wire is None and editable else wire)

    def control(self, id: str, wire: Wire) -> Markup:
        described = attributes(aria_describedby=f"{id}-info" if self.info else None)
        typed = attributes(value=wire, pattern=_LONG.pattern, aria_label=f"{self.label}, as text")
        return Markup(
            '<div class="colour"><input id="{id}" name="{id}" type="color" value="{wire}"{described}>'
            '<input type="text" maxlength="7" size="8" spellcheck="false" autocomplete="off"{typed}></div>'
        ).format(id=id, wire=wire, described=described, typed=typed)

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<output id="{}" class="colour" aria-labelledby="{}-name">{}</output>').format(
            id, id, _swatch(wire) if wire else ""
        )


def _swatch(colour: str) -> Markup:
    """The colour beside its name. An SVG's attribute needs no inline style, which the page's policy forbids."""
    return Markup(
        '<svg class="swatch" viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1" fill="{}"/></svg>'
        "<code>{}</code>"
    ).format(colour, colour)
