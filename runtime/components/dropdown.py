"""Dropdown: one choice (or several) out of many, in a list that opens."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.checkboxgroup import (
    several,
    several_cell,
    several_from_cell,
    several_parts,
    several_schema,
)
from quickdemo.runtime.components.radio import OneChoice

if TYPE_CHECKING:
    from quickdemo.interpret.parts.choice import ChoiceParts, GroupParts


class Dropdown(OneChoice):
    """Like Radio in a native list. With `multiselect` it speaks CheckboxGroup's language: lists of choices."""

    kind = "dropdown"
    is_plain = True

    def __init__(
        self,
        choices: Iterable[Any] | None = None,
        *,
        value: Any = None,
        type: str = "value",
        multiselect: bool | None = None,
        allow_custom_value: bool = False,
        max_choices: int | None = None,
        filterable: bool | None = None,
        **common: Any,
    ) -> None:
        """
        choices: values, or (name, value) pairs.
        value: what is chosen at first (a list with multiselect); None starts with nothing chosen.
        type: "value" gives the function the choice, "index" its place in `choices`.
        multiselect: several may be chosen; the function gets a list.
        allow_custom_value: any text may be typed; the choices are suggestions. Goes with neither multiselect nor
        type="index".
        max_choices: how many may be chosen at most, with multiselect; None sets no limit.
        filterable: True puts a field over the list that leaves only what contains the typed text; otherwise the
            browser's own way finds a choice by its first letters.

        Raises ValueError for what does not go together.
        """
        if allow_custom_value and (multiselect or type == "index"):
            raise ValueError(
                'Dropdown: allow_custom_value goes with neither multiselect nor type="index", because a typed text has '
                "no place among the choices; leave one of them out."
            )
        if max_choices is not None and max_choices < 1:
            raise ValueError(f"Dropdown: max_choices must be at least 1; it was {max_choices}.")
        if max_choices is not None and not multiselect:
            warnings.warn("Dropdown: max_choices has no effect without multiselect=True.", stacklevel=3)
        if filterable is False and allow_custom_value:
            warnings.warn("Dropdown: filterable=False has no effect with allow_custom_value=True.", stacklevel=3)
        self.multiselect = bool(multiselect)
        self.allow_custom_value = allow_custom_value
        self.max_choices = max_choices if multiselect else None
        self.filterable = bool(filterable) and not allow_custom_value  # a typed text is there already
        super().__init__(choices, value=value, type=type, **common)

    def postprocess_initial(self) -> None:
        if self.multiselect:
            chosen = [] if self.value is None else list(self.value)
            for value in chosen:
                self.shown_wire(value)
            if self.max_choices is not None and len(chosen) > self.max_choices:
                raise ValueError(
                    f"Dropdown: value has {len(chosen)} choices, more than max_choices={self.max_choices}."
                )
        else:
            super().postprocess_initial()

    def preprocess(self, wire: Wire, files: Files) -> Any:
        if self.multiselect:
            return several(self, wire, self.max_choices)
        if self.allow_custom_value and wire is not None and self.place(wire) is None:
            if not isinstance(wire, str):
                raise self.refuse("must be text", wire)
            return wire
        return super().preprocess(wire, files)

    def shown_wire(self, value: Any) -> Wire:
        return str(value) if self.allow_custom_value and self.place(value) is None else super().shown_wire(value)

    def postprocess(self, value: Any, files: Files) -> Wire:
        if self.multiselect:
            return [self.shown_wire(item) for item in ([] if value is None else value)]
        return super().postprocess(value, files)

    def initial(self, files: Files) -> Wire:
        return self.postprocess(self.value, files)

    def choices_in(self, value: Any) -> list[Any]:
        return list(value or ()) if self.multiselect else super().choices_in(value)

    def parts(self, value: Any, files: Files) -> ChoiceParts | GroupParts:
        return several_parts(self, value, files, self.max_choices) if self.multiselect else super().parts(value, files)

    def schema(self) -> Schema:
        if self.multiselect:
            return several_schema(self, self.max_choices)
        return {"anyOf": [super().schema(), {"type": "string"}]} if self.allow_custom_value else super().schema()

    def output_schema(self) -> Schema:
        if self.multiselect:
            return several_schema(self) if self.wires else {"type": "array"}  # only visitors are limited
        return self.schema() if self.allow_custom_value else super().output_schema()

    def flag_cell(self, wire: Wire, media: MediaFolder) -> Any:
        return several_cell(wire) if self.multiselect else super().flag_cell(wire, media)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return several_from_cell(self, cell) if self.multiselect else super().from_flag_cell(cell, folder)

    def name_of(self, wire: Wire) -> str:
        if self.multiselect and isinstance(wire, list):
            return ", ".join(super(Dropdown, self).name_of(item) for item in wire)
        return super().name_of(wire)

    def options(self) -> dict[str, Any]:
        most = {} if self.max_choices is None else {"most": self.max_choices}
        return {**super().options(), "multiple": self.multiselect, **most}

    def control(self, id: str, wire: Wire) -> Markup:
        says = self.filterable or self.max_choices is not None
        described = [f"{id}-info"] * bool(self.info) + [f"{id}-said"] * says
        common = attributes(id=id, name=id, aria_describedby=" ".join(described) or None)
        if self.allow_custom_value:
            entries = Markup("").join(Markup("<option>{}</option>").format(name) for name in self.names)
            text = attributes(value="" if wire is None else self.name_of(wire), list=f"{id}-list", autocomplete="off")
            return Markup('<input type="text"{}{}><datalist id="{}-list">{}</datalist>').format(
                common, text, id, entries
            )
        chosen = wire if self.multiselect else [] if wire is None else [wire]
        places = {self.place(item) for item in chosen or []}
        entries = Markup("").join(
            Markup("<option{}>{}</option>").format(attributes(value=index, selected=index in places), name)
            for index, name in enumerate(self.names)
        )
        if self.multiselect:
            size = attributes(multiple=True, size=max(2, min(6, len(self.names))))
            drawn = Markup("<select{}{}>{}</select>").format(common, size, entries)
        else:
            drawn = Markup('<select{}><option value="">Choose …</option>{}</select>').format(common, entries)
        return self._with_filter(id, drawn) if says else drawn

    def _with_filter(self, id: str, drawn: Markup) -> Markup:
        """The list under the field that filters it, if there is to be one, over what is said of both."""
        marks = attributes(
            id=f"{id}-filter",
            aria_label=f"Filter {self.label}",
            aria_controls=id,
            placeholder="Filter",
            autocomplete="off",
        )
        field = Markup('<input type="search"{}>').format(marks) if self.filterable else Markup("")
        most = "" if self.max_choices is None else f"At most {self.max_choices}"
        return Markup('{}{}<small id="{}-said" role="status">{}</small>').format(field, drawn, id, most)
