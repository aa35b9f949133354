"""CheckboxGroup: any number of choices, all visible."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.choices import Choices

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.choice import GroupParts


def several(component: Choices, wire: Wire, most: int | None = None) -> list[Any]:
    """The chosen values (or indices) of a wire list of at most so many; null is the empty list.

    Raises InvalidValueError.
    """
    if wire is None:
        return []
    if not isinstance(wire, list):
        raise component.refuse("must be a list of choices", wire)
    if most is not None and len(wire) > most:
        raise component.refuse(
            f"may have at most {most} {'choice' if most == 1 else 'choices'}, not {len(wire)}", wire, "Leave some out."
        )
    chosen, places = [], set[int | None]()
    for item in wire:
        chosen.append(component.chosen(item))
        if (place := component.place(item)) in places:
            raise component.refuse(f"names {item!r} twice", wire, "Name each choice once.")
        places.add(place)
    return chosen


def several_schema(component: Choices, most: int | None = None) -> Schema:
    """The JSON schema of what `several` accepts."""
    if not component.wires:
        return {"type": ["array", "null"], "maxItems": 0}
    bound = {} if most is None else {"maxItems": most}
    return {"type": ["array", "null"], "items": {"enum": component.wires}, "uniqueItems": True, **bound}


def several_cell(wire: Wire) -> str:
    """A list of choices as a CSV cell: a JSON array."""
    return json.dumps([] if wire is None else wire, ensure_ascii=False)


def several_from_cell(component: Choices, cell: str) -> list[Any]:
    """The choices of a CSV cell. Raises ValueError when it is no JSON array."""
    wires = json.loads(cell) if cell else []
    if not isinstance(wires, list):
        raise ValueError(f"{component.label or component.kind}: the cell {cell!r} is no JSON list of choices.")
    places = [component.place(wire) for wire in wires]
    return [wire if at is None else component.values[at] for wire, at in zip(wires, places, strict=True)]


def several_parts(component: Choices, value: list[Any], files: Files, most: int | None = None) -> GroupParts:
    """The choices, against those of the baseline."""
    from quickdemo.interpret.parts.choice import GroupParts  # numpy is imported when it is needed

    places = component.places_given(value), component.places_given(component.baseline(files, []))
    return GroupParts(component.names, component.all_given(), *places, most=most)


class CheckboxGroup(Choices):
    """Several choices; the function gets a list of their values or indices, in the order in which they were ticked."""

    kind = "checkboxgroup"
    is_plain = True
    group = True

    def __init__(
        self,
        choices: Iterable[Any] | None = None,
        *,
        value: Iterable[Any] | None = None,
        type: str = "value",
        show_select_all: bool = False,
        **common: Any,
    ) -> None:
        """
        choices: values, or (name, value) pairs.
        value: those ticked at first.
        type: "value" gives the function the choices, "index" their places in `choices`.
        show_select_all: one more box ticks all of them, or none.
        """
        super().__init__(choices, value=_as_list(value), type=type, **common)
        self.show_select_all = show_select_all
        for item in self.value:
            self.shown_wire(item)

    def preprocess(self, wire: Wire, files: Files) -> list[Any]:
        return several(self, wire)

    def postprocess(self, value: Any, files: Files) -> Wire:
        return [self.shown_wire(item) for item in _as_list(value)]

    def parts(self, value: list[Any], files: Files) -> GroupParts:
        """The choices whose state is not that of the baseline."""
        return several_parts(self, value, files)

    def set_interpret_parameters(self, baseline: Iterable[Any] | None = None) -> Self:
        """baseline: what the ticks are compared with; None is `value`. Raises ValueError when one is not offered."""
        for item in _as_list(baseline):
            self.shown_wire(item)
        self.interpreted = {"baseline": baseline}
        return self

    def schema(self) -> Schema:
        return several_schema(self)

    def output_schema(self) -> Schema:
        return {"type": "array", "items": {"enum": self.wires} if self.wires else {}}

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str:
        return several_cell(wire)

    def from_flag_cell(self, cell: str, folder: str) -> list[Any]:
        return several_from_cell(self, cell)

    def example_html(self, wire: Wire) -> Markup:
        return escape(", ".join(self.name_of(item) for item in wire or []))

    def control(self, id: str, wire: Wire) -> Markup:
        ticked = {self.place(item) for item in wire or []}
        boxes = [
            Markup('<label><input type="checkbox"{}> {}</label>').format(
                attributes(
                    id=id if index == 0 else f"{id}-{index}",
                    name=id,
                    value=index,
                    checked=index in ticked,
                    aria_describedby=f"{id}-info" if self.info else None,
                ),
                name,
            )
            for index, name in enumerate(self.names)
        ]
        choices = Markup('<div class="choices">{}</div>').format(Markup("").join(boxes))
        if not (self.show_select_all and boxes):
            return choices
        every = attributes(id=f"{id}-all", checked=len(ticked) == len(boxes))
        return Markup('<div class="all"><label><input type="checkbox"{}> Select all</label></div>{}').format(
            every, choices
        )

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<output id="{id}" class="text" aria-labelledby="{id}-name">{text}</output>').format(
            id=id, text=", ".join(self.name_of(item) for item in wire or [])
        )


def _as_list(value: Any) -> list[Any]:
    """A single choice is a list of one, and no text is its letters; an array is the list of its entries."""
    if value is None:
        return []
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
