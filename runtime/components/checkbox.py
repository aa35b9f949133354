"""Checkbox: yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Component, Files, Schema, Wire, attributes
from quickdemo.runtime.components.plain import plain
from quickdemo.runtime.errors import shown

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.choice import CheckboxParts

#: what a text means that a function returns
_WORDS = {**dict.fromkeys(("true", "yes", "on", "1"), True), **dict.fromkeys(("false", "no", "off", "0", ""), False)}


class Checkbox(Component):
    """The function gets True or False."""

    kind = "checkbox"
    is_plain = True

    def __init__(self, value: bool = False, **common: Any) -> None:
        """value: whether it is ticked at first."""
        super().__init__(bool(value), **common)

    def preprocess(self, wire: Wire, files: Files) -> bool:
        if wire is None:
            return False
        if not isinstance(wire, bool):
            raise self.refuse("must be true or false", wire)
        return wire

    def accept(self, value: Any, files: Files) -> bool:
        return self.preprocess(plain(value), files)

    def postprocess(self, value: Any, files: Files) -> bool:
        """Raises ValueError for a text that says neither yes nor no."""
        wire = plain(value)
        if not isinstance(wire, str):
            return bool(wire)
        if (word := wire.strip().lower()) not in _WORDS:
            raise ValueError(f"Checkbox shows True or False; {shown(wire)} is neither.")
        return _WORDS[word]

    def parts(self, value: bool, files: Files) -> CheckboxParts:
        """Itself, against its baseline."""
        from quickdemo.interpret.parts.choice import CheckboxParts  # numpy is imported when it is needed

        return CheckboxParts(value, self.baseline(files))

    def set_interpret_parameters(self, baseline: bool | None = None) -> Self:
        """baseline: what the tick is compared with; None is `value`."""
        self.interpreted = {"baseline": baseline}
        return self

    def schema(self) -> Schema:
        return {"type": ["boolean", "null"]}

    def from_flag_cell(self, cell: str, folder: str) -> bool:
        return cell.strip().lower() in ("true", "1")

    def example_html(self, wire: Wire) -> Markup:
        return escape("yes" if wire else "no")

    def control(self, id: str, wire: Wire) -> Markup:
        described = f"{id}-info" if self.info else None
        box = attributes(id=id, name=id, checked=bool(wire), aria_describedby=described)
        return Markup('<input type="checkbox"{}>').format(box)

    def labelled(self, id: str, body: Markup, editable: bool) -> Markup:
        """The name stands beside the box, inside its frame, so that both can be pressed."""
        if not editable:
            return super().labelled(id, body, editable)
        name = Markup("" if self.show_label else ' class="visually-hidden"')
        note = Markup(' <small id="{}-info">{}</small>').format(id, self.info) if self.info else Markup("")
        return Markup('<div class="choices"><label for="{}">{}<span{}>{}</span>{}</label></div>').format(
            id, body, name, self.label, note
        )

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<output id="{id}" class="text" aria-labelledby="{id}-name">{text}</output>').format(
            id=id, text="Yes" if wire else "No"
        )
