"""Number: one number, typed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Component, Files, Schema, Wire, attributes
from quickdemo.runtime.components.plain import plain, read_number

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.number import NumberParts


class Number(Component):
    """The function gets float, or int with `precision=0`, or None when the field is empty."""

    kind = "number"
    is_plain = True

    def __init__(
        self,
        value: float | None = None,
        *,
        precision: int | None = None,
        minimum: float | None = None,
        maximum: float | None = None,
        step: float | None = None,
        placeholder: str | None = None,
        **common: Any,
    ) -> None:
        """
        value: the number at first; None starts empty.
        precision: digits after the point that are kept; 0 makes it an int, None keeps all.
        minimum, maximum: the accepted range, ends included.
        step: how far one press of an arrow key goes; it restricts nothing.
        placeholder: shown while the field is empty.
        """
        if minimum is not None and maximum is not None and minimum > maximum:
            raise ValueError(f"Number: minimum {minimum} is above maximum {maximum}; swap them.")
        super().__init__(value, **common)
        self.precision = precision
        self.minimum = minimum
        self.maximum = maximum
        self.step = step
        self.placeholder = placeholder

    def preprocess(self, wire: Wire, files: Files) -> float | int | None:
        if wire is None:
            return None
        if isinstance(wire, bool) or not isinstance(wire, (int, float)):
            raise self.refuse("must be a number", wire)
        if isinstance(wire, float) and not math.isfinite(wire):
            raise self.refuse("must be a finite number", wire)
        if self.minimum is not None and wire < self.minimum:
            raise self.refuse(f"must be at least {self.minimum:.15g}", wire)
        if self.maximum is not None and wire > self.maximum:
            raise self.refuse(f"must be at most {self.maximum:.15g}", wire)
        return self._given(wire)

    def _given(self, number: float) -> float | int:
        """The number as the function gets it."""
        if self.precision == 0:
            return round(number)
        try:
            number = float(number)
        except OverflowError:
            raise self.refuse("must have at most 308 digits", number) from None
        return number if self.precision is None else round(number, self.precision)

    def accept(self, value: Any, files: Files) -> float | int | None:
        number = value if isinstance(value, float) else plain(value)
        return self.preprocess(number, files)

    def postprocess(self, value: Any, files: Files) -> Wire:
        number = plain(value)
        if isinstance(number, list) and len(number) == 1:  # an array with one entry, as models return it
            number = number[0]
        if isinstance(number, str):
            number = plain(read_number(number))
        if number is None:
            return None
        if not isinstance(number, (int, float)):
            raise ValueError(f"Number shows a number; {value!r} is of type {type(value).__name__}.")
        if self.precision is None:
            return number
        return round(number) if self.precision == 0 else round(float(number), self.precision)

    def parts(self, value: float | None, files: Files) -> NumberParts:
        """Itself, against its baseline; its neighbours are the alternatives."""
        from quickdemo.interpret.parts.number import NumberParts  # numpy is imported when it is needed

        nothing = 0 if self.minimum is None else max(0, self.minimum)
        nothing = self._given(nothing if self.maximum is None else min(nothing, self.maximum))
        around = {name: given for name, given in self.interpreted.items() if name != "baseline"}
        return NumberParts(
            value,
            self.baseline(files, nothing),
            precision=self.precision,
            minimum=self.minimum,
            maximum=self.maximum,
            **around,
        )

    def set_interpret_parameters(
        self, steps: int = 3, delta: float = 1, delta_type: str = "percent", baseline: float | None = None
    ) -> Self:
        """
        steps, delta, delta_type: the score is told for `steps` numbers on each side, `delta` apart: a "percent" of the
            number, or "absolute".
        baseline: what the number is compared with; None is `value`, else the first example's, else 0, or the number in
            the range that is nearest to it.

        Raises ValueError for what is no such number or type.
        """
        from quickdemo.interpret.parts.number import checked_number_parameters

        self.interpreted = {**checked_number_parameters(steps, delta, delta_type), "baseline": baseline}
        return self

    def schema(self) -> Schema:
        limits = {"minimum": self.minimum, "maximum": self.maximum}
        return {"type": ["number", "null"], **{name: limit for name, limit in limits.items() if limit is not None}}

    def output_schema(self) -> Schema:
        return {"type": ["number", "null"]}

    def from_flag_cell(self, cell: str, folder: str) -> float | int | None:
        return None if cell == "" else read_number(cell)

    def control(self, id: str, wire: Wire) -> Markup:
        return Markup("<input{}>").format(
            attributes(
                id=id,
                name=id,
                type="number",
                inputmode="numeric" if self.precision == 0 and (self.minimum or -1) >= 0 else "decimal",
                value=wire,
                min=self.minimum,
                max=self.maximum,
                step="any" if self.step is None else self.step,
                placeholder=self.placeholder,
                aria_describedby=f"{id}-info" if self.info else None,
            )
        )

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<output id="{id}" class="figure" aria-labelledby="{id}-name">{text}</output>').format(
            id=id, text="" if wire is None else wire
        )
