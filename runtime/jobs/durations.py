"""How long runs of a function take, from the last ones that were measured."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import sqrt

#: runs that are remembered: enough for a 10th and a 90th percentile, few enough to follow a change
KEPT = 48
#: below so many runs, what was seen says little about what may come
_FEW = 8


class Durations:
    """Seconds of the last `KEPT` runs."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=KEPT)
        self._spread: list[float] = []  # made when somebody asks

    def __bool__(self) -> bool:
        return bool(self._last)

    def add(self, seconds: float) -> None:
        """A run has ended, after so long (negative: as 0)."""
        self._last.append(max(0.0, seconds))
        self._spread = []

    def spread(self) -> Sequence[float]:
        """What a run may take, ascending; wider than what was seen while that is little. Empty: nothing was seen."""
        if self._last and not self._spread:
            self._spread = sorted(self._last)
            if len(self._spread) < _FEW:
                self._spread = [self._spread[0] / 2, *self._spread, self._spread[-1] * 2]
        return self._spread

    def mean_s(self) -> float:
        """The mean of the spread, which isn't empty."""
        return sum(self.spread()) / len(self.spread())

    def variance(self) -> float:
        """The variance of the spread, in square seconds."""
        mean = self.mean_s()
        return sum((one - mean) ** 2 for one in self.spread()) / len(self.spread())

    def error(self) -> float:
        """By what part of it the mean of so few may be wrong: its relative standard error."""
        mean = self.mean_s()
        return sqrt(self.variance() / len(self.spread())) / mean if mean else 0.0

    def left(self, ran_s: float) -> Sequence[float]:
        """What may be left of a run that has taken `ran_s` seconds so far, ascending, from those that took longer.

        Of one beyond nearly all that were seen it is only known that it may take as long again.
        """
        spread = self.spread()
        if ran_s <= 0:
            return spread
        left = [one - ran_s for one in spread if one > ran_s]
        if len(left) * 10 > len(spread):
            return left
        return sorted([0.0, *left, ran_s])

    def quantile(self, part: float) -> float | None:
        """Of those that were measured, in seconds; `part` from 0 to 1. None: nothing was measured."""
        return at(sorted(self._last), part) if self._last else None


def at(ascending: Sequence[float], part: float) -> float:
    """The value at this part, 0 to 1, of a list that isn't empty."""
    return ascending[min(len(ascending) - 1, int(part * len(ascending)))]
