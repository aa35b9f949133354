"""Slider: a number from a range, by dragging or typing."""

from __future__ import annotations

import logging
import math
import random
import warnings
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Component, Files, Schema, Wire, attributes
from quickdemo.runtime.components.plain import plain, read_number

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.number import SliderParts

log = logging.getLogger("quickdemo.components")


def default_step(minimum: float, maximum: float) -> float:
    """10^floor(log10(max - min) - 2): 0..100 goes in steps of 1, 2..20 in steps of 0.1."""
    span = maximum - minimum
    return 1.0 if span <= 0 else float(10 ** math.floor(math.log10(span) - 2 + 1e-12))


class Slider(Component):
    """A number between `minimum` and `maximum`; the function gets int or float as the page sent it.

    The range is checked on the server. The step is a help for the hand: a number typed between two steps is taken.
    """

    kind = "slider"
    is_plain = True
    _told = False  # that a result was out of the range

    def __init__(
        self,
        minimum: float = 0,
        maximum: float = 100,
        value: float | None = None,
        *,
        step: float | None = None,
        randomize: bool = False,
        **common: Any,
    ) -> None:
        """
        minimum, maximum: the range, ends included.
        value: where it stands at first; None starts at the minimum.
        randomize: it stands at a random place at each load of the page, in place of `value`.
        step: how far one press of an arrow key goes; None takes a hundredth of the range, rounded to a power of ten.

        Raises ValueError for a range or a step that is none. A value outside of the range warns, and moves into it.
        """
        if not minimum <= maximum:
            raise ValueError(f"Slider: minimum {minimum} is above maximum {maximum}; swap them.")
        if value is not None and not minimum <= value <= maximum:
            nearest = min(max(value, minimum), maximum)
            what = f"the value {value} is outside {minimum} to {maximum}; {nearest} is taken"
            warnings.warn(f"Slider: {what}.", stacklevel=3)
            value = nearest
        if step is not None and not abs(step) > 0:
            raise ValueError(f"Slider: step must be above 0; it was {step}.")
        super().__init__(minimum if value is None else value, **common)
        self.minimum = minimum
        self.maximum = maximum
        self.step = default_step(minimum, maximum) if step is None else abs(step)
        self._own_step = None if step is None else self.step
        if randomize:
            self.loader = self._anywhere

    def _anywhere(self) -> float:
        steps = random.randint(0, math.floor((self.maximum - self.minimum) / self.step + 1e-9))
        return min(round(self.minimum + steps * self.step, 10), self.maximum)

    def preprocess(self, wire: Wire, files: Files) -> float:
        if wire is None:
            return self.minimum
        if isinstance(wire, bool) or not isinstance(wire, (int, float)):
            raise self.refuse("must be a number", wire)
        if not self.minimum <= wire <= self.maximum:
            raise self.refuse(f"must be between {self.minimum:.15g} and {self.maximum:.15g}", wire)
        return wire

    def accept(self, value: Any, files: Files) -> float:
        return self.preprocess(value if isinstance(value, float) else plain(value), files)

    def postprocess(self, value: Any, files: Files) -> float:
        number = plain(value)
        if number is None:
            return self.minimum
        if not isinstance(number, (int, float)):
            raise ValueError(f"Slider shows a number; {value!r} is of type {type(value).__name__}.")
        if not self.minimum <= number <= self.maximum and not self._told:
            self._told = True
            where = f"{self.minimum:.15g} to {self.maximum:.15g}"
            log.warning(
                "%s shows %s, which is outside of %s; its bar ends there.", self.label or "Slider", number, where
            )
        return number

    def parts(self, value: float, files: Files) -> SliderParts:
        """Itself, against its baseline; the alternatives are spread over the range."""
        from quickdemo.interpret.parts.number import SliderParts  # numpy is imported when it is needed

        low, high, steps = self.minimum, self.maximum, self.interpreted.get("steps", 8)
        return SliderParts(value, self.baseline(files), minimum=low, maximum=high, step=self._own_step, steps=steps)

    def set_interpret_parameters(self, steps: int = 8, baseline: float | None = None) -> Self:
        """
        steps: for how many places, from one end of the range to the other, the score is told.
        baseline: what the number is compared with; None is `value`, which is the least unless it was given.

        Raises ValueError for what is no number of steps.
        """
        from quickdemo.interpret.parts.number import checked_steps

        self.interpreted = {"steps": checked_steps(steps, 2), "baseline": baseline}
        return self

    def schema(self) -> Schema:
        return {"type": ["number", "null"], "minimum": self.minimum, "maximum": self.maximum}

    def output_schema(self) -> Schema:
        return {"type": "number"}

    def from_flag_cell(self, cell: str, folder: str) -> float | None:
        return None if cell == "" else read_number(cell)

    def control(self, id: str, wire: Wire) -> Markup:
        limits = attributes(min=self.minimum, max=self.maximum, step=self.step, value=wire)
        name = f"{self.label}, as a number"
        described = attributes(aria_describedby=f"{id}-info" if self.info else None)
        return Markup(
            '<div class="slide"><input id="{id}" name="{id}" type="range"{described}{limits}>'
            '<input type="number" inputmode="decimal" aria-label="{name}"{limits}></div>'
        ).format(id=id, limits=limits, name=name, described=described)

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup(
            '<div class="slide"><meter id="{id}" aria-labelledby="{id}-name"{limits}></meter>'
            '<output aria-labelledby="{id}-name">{wire}</output></div>'
        ).format(id=id, wire=wire, limits=attributes(min=self.minimum, max=self.maximum, value=wire))
