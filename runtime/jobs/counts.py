"""What an engine counts since it began: jobs and how they ended, and how long they waited and ran."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

#: upper bounds in seconds, from a call of nothing to a model that works for minutes
BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)


class Histogram:
    """How many values were at most so large; negative ones count as 0."""

    def __init__(self) -> None:
        self._in = [0] * (len(BOUNDS_S) + 1)
        self.sum_s = 0.0

    def add(self, seconds: float) -> None:
        seconds = max(0.0, seconds)
        self._in[bisect_left(BOUNDS_S, seconds)] += 1
        self.sum_s += seconds

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self._in)

    def cumulative(self) -> Iterator[tuple[float, int]]:
        """(bound, how many values were not above it), ascending; the last bound is infinite."""
        total = 0
        for bound, number in zip((*BOUNDS_S, float("inf")), self._in, strict=True):
            total += number
            yield bound, total


class FunctionCounts:
    """Of one function. ended: by outcome. restarts: starts of jobs whose process had ended with them."""

    def __init__(self) -> None:
        self.waited, self.ran = Histogram(), Histogram()
        self.ended: Counter[str] = Counter({"done": 0, "failed": 0, "cancelled": 0})
        self.restarts = 0


class Counts:
    """Of one engine. streams: event streams that are open now."""

    def __init__(self) -> None:
        self.functions: dict[str, FunctionCounts] = {}
        self.streams = 0

    def of(self, function: str) -> FunctionCounts:
        """Those of a function, at 0 when it is new."""
        found = self.functions.get(function)
        if found is None:
            found = self.functions[function] = FunctionCounts()
        return found

    def started(self, function: str, waited_s: float, attempt: int) -> None:
        own = self.of(function)
        own.waited.add(waited_s)
        own.restarts += attempt > 1

    def ended(self, function: str, outcome: str, ran_s: float | None) -> None:
        """ran_s: None where it never began."""
        own = self.of(function)
        own.ended[outcome] += 1
        if ran_s is not None:
            own.ran.add(ran_s)
