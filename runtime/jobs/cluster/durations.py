"""How long the last calls of a function ran."""

from __future__ import annotations

from collections import deque

_MOST = 200


class Durations:
    """The last 200, in seconds."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=_MOST)

    def add(self, seconds: float) -> None:
        """One more."""
        self._seconds.append(seconds)

    def percentiles(self) -> tuple[float | None, float | None]:
        """The median and the 90th percentile; None before the first."""
        if not self._seconds:
            return None, None
        ordered = sorted(self._seconds)
        return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 9 // 10)]
