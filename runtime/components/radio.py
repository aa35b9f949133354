"""Radio: one choice out of a few, all visible."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.choices import Choices

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.choice import ChoiceParts, GroupParts


class OneChoice(Choices):
    """One of the choices, or None: what Radio and Dropdown have in common."""

    def __init__(
        self, choices: Iterable[Any] | None = None, *, value: Any = None, type: str = "value", **common: Any
    ) -> None:
        """
        choices: values, or (name, value) pairs.
        value: the one chosen at first; None starts with none chosen.
        type: "value" gives the function the choice, "index" its place in `choices` (None when none is chosen).
        """
        super().__init__(choices, value=value, type=type, **common)
        self.postprocess_initial()

    def postprocess_initial(self) -> None:
        """Raises ValueError when the first value is not offered."""
        if self.value is not None:
            self.shown_wire(self.value)

    def preprocess(self, wire: Wire, files: Files) -> Any:
        return None if wire is None else self.chosen(wire)

    def postprocess(self, value: Any, files: Files) -> Wire:
        return None if value is None else self.shown_wire(value)

    def choices_in(self, value: Any) -> list[Any]:
        """The choices that a value is made of."""
        return [] if value is None else [value]

    def parts(self, value: Any, files: Files) -> ChoiceParts | GroupParts:
        """The choice, against its baseline; the alternatives are the other choices."""
        from quickdemo.interpret.parts.choice import ChoiceParts  # numpy is imported when it is needed

        offered = self.all_given()
        baseline = self.baseline(files, offered[0] if offered else None)
        places = (self.place_given(value), self.place_given(baseline))
        return ChoiceParts(self.names, offered, value, baseline, places)

    def set_interpret_parameters(self, baseline: Any = None) -> Self:
        """baseline: what the choice is compared with; None is `value`, else the first example's, else the first one.
        Raises ValueError when it is not offered."""
        for item in self.choices_in(baseline):
            self.shown_wire(item)
        self.interpreted = {"baseline": baseline}
        return self

    def schema(self) -> Schema:
        return {"enum": [*self.wires, *([] if None in self.wires else [None])]}

    def output_schema(self) -> Schema:
        return self.schema() if self.wires else {}

    def flag_cell(self, wire: Wire, media: MediaFolder) -> Any:
        return None if wire is None else self.name_of(wire) if isinstance(wire, (list, dict)) else wire

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return None if cell == "" and "" not in self.wires else self.cell_choice(cell)

    def example_html(self, wire: Wire) -> Markup:
        return escape("" if wire is None else self.name_of(wire))

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<output id="{id}" class="text" aria-labelledby="{id}-name">{text}</output>').format(
            id=id, text="" if wire is None else self.name_of(wire)
        )


class Radio(OneChoice):
    """One choice; the function gets its value or its index."""

    kind = "radio"
    is_plain = True
    group = True

    def control(self, id: str, wire: Wire) -> Markup:
        chosen = None if wire is None else self.place(wire)
        boxes = [
            Markup('<label><input type="radio"{}> {}</label>').format(
                attributes(
                    id=id if index == 0 else f"{id}-{index}",
                    name=id,
                    value=index,
                    checked=index == chosen,
                    aria_describedby=f"{id}-info" if self.info else None,
                ),
                name,
            )
            for index, name in enumerate(self.names)
        ]
        return Markup('<div class="choices">{}</div>').format(Markup("").join(boxes))
