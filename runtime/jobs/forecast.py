"""When jobs that wait will start and end: a range, by playing the queue through with durations that were measured."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import heapify, heapreplace
from math import sqrt
from statistics import NormalDist

from quickdemo.runtime.jobs.durations import Durations, at

#: the range that is told: of ten times, it is shorter once and longer once
LOW, HIGH = 0.1, 0.9
#: how often it is played through, and how many starts ahead; what is behind them is reckoned from there
RUNS, AHEAD = 40, 24
_COLUMNS = 97


@dataclass(frozen=True, slots=True)
class Load:
    """A line: what its runs take (some were measured), its places, when those that run began (seconds on the clock of
    `now`), and how many starts wait."""

    durations: Durations
    places: int
    began: tuple[float, ...]
    starts: int


@dataclass(frozen=True, slots=True)
class Queue:
    """Lines between which it goes round, in this order; `asked` is the index of the one of which we want to know.
    places: what they share; None: nothing, and there is only one."""

    lines: tuple[Load, ...]
    asked: int
    places: int | None


class Forecast:
    """What comes of a queue from the moment `now` on, unless something begins or ends otherwise."""

    def __init__(self, queue: Queue, now: float) -> None:
        durations, chances = queue.lines[queue.asked].durations, _chances()
        self._queue = queue
        play, error = _Play(queue, now), durations.error()
        #: of each of the next `AHEAD` starts, when it comes, played through `RUNS` times
        self._times = [list(times) for times in zip(*(play.once(one) for one in chances), strict=True)]
        self._own = [at(durations.spread(), chance.own) for chance in chances]
        self._factors = [_factor(error, chance) for chance in chances]

    def ends(self, ahead: int, now: float) -> tuple[float, float]:
        """The moments between which one ends that has `ahead` starts of its line before it and waits `now`."""
        if ahead < AHEAD:
            starts: Sequence[float] = self._times[ahead]
        else:
            known, extra_s, variance = self._beyond(ahead)
            error = sqrt(variance)
            both = zip(self._times[known], self._factors, _chances(), strict=True)
            starts = [time + extra_s * factor + error * chance.sum for time, factor, chance in both]
        ends = [max(now, time) + own for time, own in zip(starts, self._own, strict=True)]
        ends.sort()
        return at(ends, LOW), at(ends, HIGH)

    def _beyond(self, ahead: int) -> tuple[int, float, float]:
        """Of one that isn't among the next `AHEAD`: one that is, a whole number of rounds earlier, the seconds between
        both, and their variance."""
        line, more = self._queue.lines[self._queue.asked], ahead - AHEAD + 1
        work, noise, places = more * line.durations.mean_s(), more * line.durations.variance(), line.places
        if shared := self._queue.places:
            all_work, all_noise = work, noise
            for index, one in enumerate(self._queue.lines):
                before = (
                    index < self._queue.asked
                )  # of each round, it begins something before the line that is asked for
                count = max(0, min(one.starts, ahead + before) - (AHEAD - 1 + before)) if one is not line else 0
                all_work += count * one.durations.mean_s()
                all_noise += count * one.durations.variance()
            if all_work / shared > work / places:
                work, noise, places = all_work, all_noise, shared
        rest = more % places
        known = max(0, AHEAD - 1 - (places - rest if rest else 0))
        part = (ahead - known) / more
        return known, part * work / places, part * noise / places**2


@dataclass(frozen=True, slots=True)
class _Chance:
    """What comes by chance in one playing: parts (0 to 1) for the runs, one for the run that is asked for; how wrong
    the mean is, and how far off a long sum, both in standard deviations."""

    runs: Sequence[float]
    own: float
    mean: float
    sum: float

    def parts(self) -> Iterator[float]:
        """Those for the runs, without end."""
        while True:
            yield from self.runs


@cache
def _chances() -> list[_Chance]:
    """The same ones always. In each column there is one of every fortieth, so that few playings say much."""
    chance = random.Random(7)
    columns = [chance.sample([(row + 0.5) / RUNS for row in range(RUNS)], RUNS) for _ in range(_COLUMNS + 3)]
    normal = NormalDist().inv_cdf
    return [_Chance(runs, own, normal(mean), normal(sum)) for *runs, own, mean, sum in zip(*columns, strict=True)]


def _factor(error: float, chance: _Chance) -> float:
    """By how much the true mean may differ from that of the few that were measured; `error`: of `Durations`."""
    return max(0.1, 1 + error * chance.mean)


class _Play:
    """A queue to be played through again and again: what stays the same is reckoned once."""

    def __init__(self, queue: Queue, now: float) -> None:
        self._queue, self._now = queue, now
        self._spreads = [load.durations.spread() for load in queue.lines]
        self._errors = [load.durations.error() for load in queue.lines]
        #: of each line, of each that runs: the moment from which something is left, and how much that may be
        self._left = [
            [(max(now, began), load.durations.left(now - began)) for began in load.began] for load in queue.lines
        ]

    def once(self, chance: _Chance) -> list[float]:
        """The moments of the next `AHEAD` starts of the line that is asked for."""
        queue, parts = self._queue, chance.parts()
        running = [[since + at(left, next(parts)) for since, left in some] for some in self._left]
        own = [_places(some, load.places, self._now) for load, some in zip(queue.lines, running, strict=True)]
        all_running = [end for some in running for end in some]
        shared = own[0] if queue.places is None else _places(all_running, queue.places, self._now)
        factors = [_factor(error, chance) for error in self._errors]
        times = []
        for turn in range(AHEAD):
            for index, load in enumerate(queue.lines):
                if index != queue.asked and turn >= load.starts:
                    continue
                free, spread = own[index], self._spreads[index]
                start = max(free[0], shared[0])
                end = start + factors[index] * spread[int(next(parts) * len(spread))]
                heapreplace(free, end)
                if shared is not free:
                    heapreplace(shared, end)
                if index == queue.asked:
                    times.append(start)
        return times


def _places(until: list[float], places: int, now: float) -> list[float]:
    """A heap of when each place is free, from when those that run end."""
    heap = [now] * (places - len(until)) + sorted(until)[-places:]
    heapify(heap)
    return heap
