"""Which job may begin now: order, limits, batches, deadlines, places and remaining times. Without I/O and clock."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from quickdemo.runtime.jobs.durations import Durations, at
from quickdemo.runtime.jobs.fair_line import FairLine, Slot
from quickdemo.runtime.jobs.forecast import AHEAD, HIGH, LOW, Forecast, Load, Queue

#: a forecast is made for the last multiple of so many seconds, so that many who ask share it
_FORECAST_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one line. at_once: starts that run at a time, each of up to `batch` jobs. each: jobs of one owner that run at
    a time (None: no limit). waiting: jobs that may wait beyond those for which a place is free. batch_wait_s: how long
    a start may wait for its batch to be full, counted from the arrival of the job that has waited longest. group: lines
    of the same group share its places; "" is none."""

    at_once: int = 1
    each: int | None = None
    waiting: int = 1000
    batch: int = 1
    batch_wait_s: float = 0.0
    group: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """Jobs of one line that begin now, together; `number` is for `leave`."""

    line: str
    ids: tuple[str, ...]
    number: int


#: jobs that may wait in a line of which a part more is kept
_LONG = 1000


class Full(Exception):
    """No place is free in this line, and as many wait already as may."""

    def __init__(self, line: str, waiting: int) -> None:
        super().__init__(f"{waiting} jobs of {line} wait already")
        self.line, self.waiting = line, waiting


@dataclass(slots=True)
class _Job:
    """One that waits or runs. number: its place in the order of all arrivals. slot, start: once it was started."""

    id: str
    line: _Line
    owner: str
    number: int
    added: float
    low: bool
    deadline: float | None
    slot: Slot = (0, 0)
    start: int | None = None


@dataclass(slots=True, eq=False)
class _Line:
    """fair, ages: of those that wait, first the normal ones, then the low ones; ages: (moment of arrival, number).
    since: when it last began something, as (moment, number of the start). occupied: places taken from outside."""

    name: str
    limits: Limits
    since: tuple[float, int]
    fair: tuple[FairLine, FairLine] = field(default_factory=lambda: (FairLine(), FairLine()))
    ages: tuple[list[tuple[float, int]], list[tuple[float, int]]] = field(default_factory=lambda: ([], []))
    running: dict[int, float] = field(default_factory=dict)  # number of the start: when it began
    running_of: Counter[str] = field(default_factory=Counter)  # jobs of each owner
    occupied: int = 0
    durations: Durations = field(default_factory=Durations)
    changed: int = 0  # grows whenever something begins or ends
    forecast: tuple[object, Forecast] | None = None  # with what it was made for

    @property
    def waiting(self) -> int:
        return len(self.fair[0]) + len(self.fair[1])

    @property
    def used(self) -> int:
        return len(self.running) + self.occupied

    @property
    def starts(self) -> int:
        """How many starts those that wait will make."""
        return -(-self.waiting // self.limits.batch)

    def oldest(self) -> float | None:
        """When the one that has waited longest came."""
        firsts = [ages[0][0] for ages in self.ages if ages]
        return min(firsts) if firsts else None

    def room(self, owner: str) -> int:
        """How many more jobs of this owner may run."""
        each = self.limits.each
        return self.waiting + 1 if each is None else max(0, each - self.running_of[owner])

    def most_waiting(self, owner: str) -> int:
        """How many may wait. In a long line some places are kept for those who have few there: one visitor alone
        cannot close the demo to all others."""
        most = self.limits.waiting
        if most < _LONG or sum(fair.count(owner) for fair in self.fair) >= most // 100:
            return most
        return most + most // 10

    def startable(self, most: int) -> int:
        """How many of those that wait could run now if there were places for `most`."""
        count = 0
        for fair in self.fair:
            for owner in fair.heads():
                if count >= most:
                    return most
                # of one who has jobs in both, the room is counted with the normal ones
                before = self.fair[0].count(owner) if fair is self.fair[1] else 0
                count += max(0, min(self.room(owner) - before, fair.count(owner)))
        return min(count, most)

    def begins_at(self) -> float | None:
        """The moment from which it may begin something if it has a place; None: nothing that waits may run."""
        if not (self.fair[0].has_heads or self.fair[1].has_heads):
            return None
        oldest, limits = self.oldest(), self.limits
        assert oldest is not None
        if limits.batch_wait_s <= 0 or self.startable(limits.batch) >= limits.batch:
            return oldest
        return oldest + limits.batch_wait_s

    def turn(self) -> tuple[bool, tuple[float, int]]:
        """Which of several lines begins first: that which has waited longest, since its last start or, later, since
        its oldest came. One with low jobs only stands behind the others."""
        ages = self.ages[0] or self.ages[1]
        return not self.ages[0], max(ages[0], self.since)

    def load(self, durations: Durations) -> Load:
        """What is to be known for a forecast; these durations where none of its own was measured."""
        places = max(1, self.limits.at_once - self.occupied)
        return Load(self.durations or durations, places, tuple(self.running.values()), self.starts)

    def counts(self, owner: str, more: int) -> None:
        """So many more jobs of this owner run; fewer, where it is negative."""
        self.running_of[owner] += more
        held = self.room(owner) == 0
        if not self.running_of[owner]:
            del self.running_of[owner]
        for fair in self.fair:
            fair.hold(owner, held)


class Scheduler:
    """Jobs wait in lines, one of each function, until `start` says that they may begin.

    Times are seconds of one monotonic clock, given as `now`, which never goes back. Ids and lines that are unknown
    raise KeyError.
    """

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}
        self._groups: dict[str, int] = {}
        self._jobs: dict[str, _Job] = {}
        self._numbered: dict[int, _Job] = {}
        self._started: dict[int, tuple[_Line, list[_Job]]] = {}
        self._deadlines: list[tuple[float, int, str]] = []
        self._numbers = 0

    # ------------------------------------------------------------------ lines

    def define(self, line: str, limits: Limits, now: float) -> None:
        """A new line, or other limits of one; what waits or runs in it stays."""
        if line not in self._lines:
            self._lines[line] = _Line(line, limits, (now, 0))
        known = self._lines[line]
        known.limits = limits
        known.changed += 1
        for owner in {*known.fair[0].owners, *known.fair[1].owners}:
            known.counts(owner, 0)

    def limit_group(self, group: str, at_once: int) -> None:
        """Starts that run at a time in all lines of a group together; without it there is no limit.

        Raises ValueError for "", which is no group.
        """
        if not group:
            raise ValueError("a group needs a name")
        self._groups[group] = at_once
        for line in self._lines.values():
            line.changed += 1

    def occupy(self, line: str) -> None:
        """A place is taken from outside, whether or not one is free: see `free`."""
        self._lines[line].occupied += 1
        self._lines[line].changed += 1

    def vacate(self, line: str) -> None:
        """A place that was taken from outside is free. Raises ValueError when there is none."""
        if not self._lines[line].occupied:
            raise ValueError(f"no place of {line} is occupied")
        self._lines[line].occupied -= 1
        self._lines[line].changed += 1

    def free(self, line: str) -> int:
        """Places in which something could begin now, whatever waits for them."""
        return self._free(self._lines[line])

    def waiting(self, line: str) -> int:
        """Jobs that wait in a line."""
        return self._lines[line].waiting

    def running(self, line: str) -> int:
        """Jobs that have started and not ended."""
        return sum(self._lines[line].running_of.values())

    def oldest(self, line: str, now: float) -> float:
        """Seconds that the oldest has waited; 0 when none waits."""
        oldest = self._lines[line].oldest()
        return 0.0 if oldest is None else max(0.0, now - oldest)

    def durations(self, line: str) -> Durations:
        """What its runs have taken."""
        return self._lines[line].durations

    # ------------------------------------------------------------------ jobs that wait

    def add(
        self,
        id: str,
        line: str,
        owner: str,
        now: float,
        low: bool = False,
        deadline: float | None = None,
        *,
        accepted: bool = False,
    ) -> None:
        """A job waits. low: behind all others of its line. deadline: it need not begin after that moment.
        accepted: it was before, by another process, and is never refused.

        Raises Full, and ValueError for an id that is known.
        """
        if id in self._jobs:
            raise ValueError(f"the job {id} is known already")
        known = self._lines[line]
        if not accepted and known.waiting >= known.most_waiting(owner) and not self._has_room(known, owner, now):
            raise Full(line, known.waiting)
        self._numbers += 1
        job = _Job(id, known, owner, self._numbers, now, low, deadline)
        self._jobs[id] = self._numbered[job.number] = job
        known.fair[low].add(job.number, owner, held=known.room(owner) == 0)
        self._waits(job)

    def remove(self, id: str) -> bool:
        """A job that waits leaves; False for one that has started, or is unknown."""
        job = self._jobs.get(id)
        if job is None or job.start is not None:
            return False
        self._forget(job)
        job.line.fair[job.low].remove(job.number, job.owner)
        self._waits_no_longer(job)
        return True

    def expired(self, now: float) -> list[str]:
        """The jobs whose deadline has come before they could begin; they are removed."""
        gone = []
        while self._deadlines and self._deadlines[0][0] <= now:
            gone.append(self._deadlines[0][2])
            self.remove(gone[-1])
        return gone

    def position(self, id: str) -> int:
        """Of one that waits: 1 is next. It is the order of starts if nobody comes and `each` holds nobody back.

        Raises KeyError for one that doesn't wait.
        """
        job = self._jobs[id]
        if job.start is not None:
            raise KeyError(id)
        before = len(job.line.fair[0]) if job.low else 0
        return before + job.line.fair[job.low].place(job.number, job.owner) + 1

    # ------------------------------------------------------------------ starts

    def start(self, now: float, most: Mapping[str, int] | None = None) -> list[Start]:
        """What begins now; its places are taken until `leave`. most: starts of each line at most, none of others."""
        starts: list[Start] = []
        lines = self._lines if most is None else {name: self._lines[name] for name in most}
        left = Counter(most)
        while ready := [
            line for name, line in lines.items() if (most is None or left[name] > 0) and self._may_begin(line, now)
        ]:
            starts.append(self._begin(min(ready, key=_Line.turn), now))
            left[starts[-1].line] -= 1
        return starts

    def next_at(self, now: float, most: Mapping[str, int] | None = None) -> float | None:
        """From when `start` or `expired` may give something although nobody comes or leaves; not before `now`.
        None: never."""
        lines = [line for name, line in self._lines.items() if most is None or most.get(name, 0) > 0]
        moments = [line.begins_at() for line in lines if self._free(line) > 0]
        moments += [one[0] for one in self._deadlines[:1]]
        known = [moment for moment in moments if moment is not None]
        return max(now, min(known)) if known else None

    def leave(self, start_number: int, now: float, ran_s: float | None) -> None:
        """A start has ended, with all its jobs: its place is free. ran_s: seconds, for those who come after it; None
        where that would mislead, as of a run that was cancelled. A second `leave` raises KeyError."""
        line, jobs = self._started.pop(start_number)
        del line.running[start_number]
        line.changed += 1
        if ran_s is not None:
            line.durations.add(ran_s)
        for job in jobs:
            self._forget(job)
            line.counts(job.owner, -1)

    def again(self, *ids: str) -> None:
        """Started jobs go back to where they stood, before all that came later; to be called before the `leave` of
        their start, whose place they keep until then. They are never refused. Raises KeyError for one that waits."""
        for id in ids:
            job = self._jobs[id]
            if job.start is None:
                raise KeyError(id)
            self._started[job.start][1].remove(job)
            job.start = None
            line = job.line
            line.fair[job.low].add_again(job.number, job.owner, job.slot, held=line.room(job.owner) == 0)
            line.counts(job.owner, -1)
            self._waits(job)

    # ------------------------------------------------------------------ how long

    def remaining(self, id: str, now: float) -> tuple[float, float] | None:
        """Seconds until it has run, from the 10th to the 90th percentile; None: no run of its line was measured.

        It reckons with those that run and stand before it, not with those that may still come before it.
        """
        job = self._jobs[id]
        line = job.line
        if not line.durations:
            return None
        if job.start is not None:
            left = line.durations.left(now - line.running[job.start])
            return at(left, LOW), at(left, HIGH)
        ahead = (self.position(id) - 1) // line.limits.batch
        low, high = self._forecast(line, now).ends(ahead, now)
        begins = line.begins_at()
        if ahead == 0 and begins is not None:
            high += max(0.0, begins - now)  # until its batch is full, or has waited long enough
        return max(0.0, low - now), max(0.0, high - now)

    def _forecast(self, line: _Line, now: float) -> Forecast:
        """What comes of a line; made once for all who ask while nothing begins or ends."""
        shared = self._groups.get(line.limits.group)
        lines = [line] if shared is None else self._group(line)
        if len(lines) > 1:  # the next to begin something is first
            waits = sorted((one for one in lines if one.waiting), key=_Line.turn)
            lines = waits + [one for one in lines if not one.waiting]
        moment = now // _FORECAST_EVERY_S * _FORECAST_EVERY_S
        key = (moment, *((one.name, one.changed, one is line or min(one.starts, AHEAD)) for one in lines))
        if line.forecast is None or line.forecast[0] != key:
            if shared is not None:
                shared = max(1, shared - sum(one.occupied for one in lines))
            loads = tuple(one.load(line.durations) for one in lines)
            line.forecast = (key, Forecast(Queue(loads, lines.index(line), shared), moment))
        return line.forecast[1]

    # ------------------------------------------------------------------ inside

    def _group(self, line: _Line) -> list[_Line]:
        return [one for one in self._lines.values() if one.limits.group == line.limits.group]

    def _free(self, line: _Line) -> int:
        free = line.limits.at_once - line.used
        if free > 0 and line.limits.group in self._groups:
            free = min(free, self._groups[line.limits.group] - sum(one.used for one in self._group(line)))
        return max(0, free)

    def _has_room(self, line: _Line, owner: str, now: float) -> bool:
        """Whether a job more may wait, or finds a free place that nobody waits for."""
        most = self._unclaimed(line, now) * line.limits.batch
        startable = line.startable(most)
        waits = line.fair[0].count(owner) + line.fair[1].count(owner)
        if startable < most and line.room(owner) > waits:
            return True
        return line.waiting - startable < line.limits.waiting

    def _unclaimed(self, line: _Line, now: float) -> int:
        """Places that are free for a line beside what may begin now in the others of its group."""
        free, group = self._free(line), line.limits.group
        if not free or group not in self._groups:
            return free
        left = self._groups[group]
        for one in self._group(line):
            left -= one.used
            if one is not line and self._may_begin(one, now):
                batch, places = one.limits.batch, self._free(one)
                left -= -(-one.startable(places * batch) // batch)
        return max(0, min(free, left))

    def _may_begin(self, line: _Line, now: float) -> bool:
        if not line.waiting or not self._free(line):
            return False
        begins = line.begins_at()
        return begins is not None and begins <= now

    def _begin(self, line: _Line, now: float) -> Start:
        self._numbers += 1
        number, jobs = self._numbers, list[_Job]()
        for fair in line.fair:
            while len(jobs) < line.limits.batch and (taken := fair.take()):
                job = self._numbered[taken[0]]
                job.slot, job.start = taken[1], number
                self._waits_no_longer(job)
                line.counts(job.owner, 1)
                jobs.append(job)
        line.running[number] = now
        line.since = (now, number)
        line.changed += 1
        self._started[number] = (line, jobs)
        return Start(line.name, tuple(job.id for job in jobs), number)

    def _forget(self, job: _Job) -> None:
        del self._jobs[job.id], self._numbered[job.number]

    def _waits(self, job: _Job) -> None:
        insort(job.line.ages[job.low], (job.added, job.number))
        if job.deadline is not None:
            insort(self._deadlines, (job.deadline, job.number, job.id))

    def _waits_no_longer(self, job: _Job) -> None:
        ages = job.line.ages[job.low]
        del ages[bisect_left(ages, (job.added, job.number))]
        if job.deadline is not None:
            del self._deadlines[bisect_left(self._deadlines, (job.deadline, job.number, job.id))]
