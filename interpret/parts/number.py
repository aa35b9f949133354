"""A single number, or any other single value, as one part; and what else it might be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.parts.base import Present, short

DELTA_TYPES = ("percent", "absolute")
_LARGEST = float(np.finfo(np.float64).max)


class OnePart:
    """A value that is there as it is, or gives way to its baseline. Of use for any value that cannot be changed by the
    function that gets it."""

    kind = "number"

    def __init__(
        self,
        value: Any,
        baseline: Any,
        alternatives: Sequence[Any] = (),
        written: Callable[[Any], str | None] | None = None,
    ) -> None:
        """alternatives: other values, for the curve of the score over them. written: how people write a value."""
        self.value = value
        self._written = written or _json
        self.baseline = baseline
        self.alternatives = alternatives
        self.labels = ["empty" if value is None else short(_plain(self._written(value)))]
        self.idle = np.array([bool(value == baseline)])

    def masked(self, present: Present) -> Any:
        return self.value if present[0] else self.baseline

    def shown(self) -> dict[str, Any]:
        """{"value", "baseline"}, as JSON."""
        return {"value": self._written(self.value), "baseline": self._written(self.baseline)}

    def scores_2022(self, scores: Sequence[float] | NDArray[np.float64]) -> Any:
        """As they are: 2022 had no form for it."""
        return np.asarray(scores, dtype=np.float64).tolist()


class NumberParts(OnePart):
    """A number, and its neighbours on both sides."""

    def __init__(
        self,
        value: float | None,
        baseline: float | None,
        *,
        steps: int = 3,
        delta: float = 1,
        delta_type: str = "percent",
        precision: int | None = None,
        minimum: float | None = None,
        maximum: float | None = None,
    ) -> None:
        """
        steps: how many neighbours on each side.
        delta: the distance between two; a percentage of the value (of 1, when that is 0), or absolute.
        precision: digits after the point; neighbours are at least one unit of the last of them apart.
        minimum, maximum: neighbours do not go beyond.
        """
        alternatives = (
            [] if value is None else _neighbours(value, steps, _distance(value, delta, delta_type, precision))
        )
        low = -_LARGEST if minimum is None else minimum
        high = _LARGEST if maximum is None else maximum
        super().__init__(value, baseline, [_given(min(max(x, low), high), precision) for x in alternatives])

    def scores_2022(self, scores: Sequence[float] | NDArray[np.float64]) -> list[Any]:
        """[(neighbour, score), ..., [value, None], (neighbour, score), ...], from the least to the greatest.

        scores: one for each of the alternatives, which an empty field has none of.
        """
        if not self.alternatives:
            return [[self.value, None]]
        pairs: list[Any] = list(zip(self.alternatives, np.asarray(scores, dtype=np.float64).tolist(), strict=True))
        middle = len(pairs) // 2
        return [*pairs[:middle], [self.value, None], *pairs[middle:]]


class SliderParts(OnePart):
    """A number from a range, and others that are spread evenly over it."""

    def __init__(
        self,
        value: float,
        baseline: float,
        *,
        minimum: float,
        maximum: float,
        step: float | None = None,
        steps: int = 8,
    ) -> None:
        """
        steps: how many others, from the least of the range to the greatest.
        step: of the slider; with it the others stand where it can. None leaves them exactly as far apart.
        """
        spread = np.linspace(minimum, maximum, steps).tolist()
        super().__init__(value, baseline, [_on_step(x, minimum, maximum, step) if step else x for x in spread])


def checked_steps(steps: Any, least: int = 1) -> int:
    """Raises ValueError when it is no number of steps."""
    if isinstance(steps, bool) or not isinstance(steps, int) or not least <= steps <= 100:
        raise ValueError(f"steps must be a whole number from {least} to 100; it was {steps!r}.")
    return steps


def checked_number_parameters(steps: Any, delta: Any, delta_type: Any) -> dict[str, Any]:
    """The three as NumberParts takes them. Raises ValueError."""
    if isinstance(delta, bool) or not isinstance(delta, (int, float)) or not 0 < delta < np.inf:
        raise ValueError(f"delta must be a number above 0; it was {delta!r}.")
    if delta_type not in DELTA_TYPES:
        raise ValueError(f"delta_type must be 'percent' or 'absolute'; it was {delta_type!r}.")
    return {"steps": checked_steps(steps), "delta": delta, "delta_type": delta_type}


def _distance(value: float, delta: float, delta_type: str, precision: int | None) -> float:
    """Between two neighbours: of the precision, and not 0."""
    distance = delta if delta_type == "absolute" else (abs(value) or 1) * delta / 100
    return distance if precision is None else max(round(distance, precision), 10.0**-precision)


def _neighbours(value: float, steps: int, distance: float) -> list[float]:
    return [value + n * distance for n in range(-steps, steps + 1) if n]


def _given(number: float, precision: int | None) -> float | int:
    """As Number gives it to the function."""
    if precision == 0:
        return round(number)
    return float(number) if precision is None else round(float(number), precision)


def _on_step(number: float, minimum: float, maximum: float, step: float) -> float | int:
    """The nearest place of a slider; an int where its places are whole numbers."""
    placed = min(max(minimum + round((number - minimum) / step) * step, minimum), maximum)
    if number in (minimum, maximum):
        placed = number
    placed = round(placed, 10)
    whole = float(minimum).is_integer() and float(step).is_integer() and float(placed).is_integer()
    return int(placed) if whole else float(placed)


def _plain(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    text = f"{value:.6g}"
    return f"{value:.0f}" if "e" in text and 1 <= abs(value) < 1e15 else text  # 1500000, not 1.5e+06


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
