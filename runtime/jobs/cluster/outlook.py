"""When a job of one line will have run, about: as the line stood a moment ago, over all hosts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from quickdemo.runtime.jobs.durations import Durations, at
from quickdemo.runtime.jobs.forecast import AHEAD, HIGH, LOW, Forecast, Load, Queue


@dataclass(frozen=True)
class Outlook:
    """durations: of starts, measured on all hosts. workers: hosts that take its jobs; places: starts that they run at a
    time. running: jobs that run, of which `batch` at most are one start.

    It does not know when those that run began, and supposes that they are at all stages; other functions that the same
    workers run, or that share its limit, it leaves out.
    """

    durations: Durations
    workers: int
    places: int
    running: int
    batch: int = 1

    def waits(self, position: int) -> list[float] | None:
        """From so many seconds to so many until one at this place has run; None where nothing was measured, or nobody
        is there that would run it."""
        if not self.durations or not self.places:
            return None
        return [round(seconds, 2) for seconds in self._forecast.ends((position - 1) // self.batch, 0.0)]

    def runs(self, ran_s: float) -> list[float] | None:
        """The same for one that has run for so long."""
        if not self.durations:
            return None
        left = self.durations.left(ran_s)
        return [round(at(left, LOW), 2), round(at(left, HIGH), 2)]

    @cached_property
    def _forecast(self) -> Forecast:
        running = min(self.places, -(-self.running // self.batch))
        mean_s = self.durations.mean_s()
        began = tuple(-mean_s * (number + 0.5) / running for number in range(running))
        return Forecast(Queue((Load(self.durations, self.places, began, AHEAD),), 0, None), 0.0)
