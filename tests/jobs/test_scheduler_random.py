"""The scheduler under whatever comes, beside a model that knows each job and no order but that of arrival."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from quickdemo.runtime.jobs.scheduler import Full, Limits, Scheduler, Start

LINES = ("f", "g", "h")
LIMITS = st.builds(
    Limits,
    at_once=st.integers(1, 3),
    each=st.one_of(st.none(), st.integers(1, 2)),
    waiting=st.integers(0, 4),
    batch=st.integers(1, 3),
    batch_wait_s=st.sampled_from([0.0, 2.0]),
    group=st.sampled_from(["", "gpu"]),
)


@dataclass
class Known:
    """One job, as the model knows it."""

    line: str
    owner: str
    low: bool
    added: float
    deadline: float | None
    came: int
    start: int | None = None


class Machine(RuleBasedStateMachine):
    """Everything that may be asked of a scheduler; `start` follows each change, as in the engine."""

    @initialize(limits=st.tuples(LIMITS, LIMITS, LIMITS), group=st.integers(1, 3))
    def begin(self, limits: tuple[Limits, Limits, Limits], group: int) -> None:
        self.made, self.now, self.group, self.came = Scheduler(), 0.0, group, 0
        self.limits = dict(zip(LINES, limits, strict=True))
        self.jobs = dict[str, Known]()
        self.ended = set[str]()
        self.running = dict[int, Start]()
        self.outside = dict.fromkeys(LINES, 0)
        self.made.limit_group("gpu", group)
        for line in LINES:
            self.made.define(line, self.limits[line], self.now)

    # ------------------------------------------------------------ what the model knows

    def waiting(self, line: str, owner: str | None = None) -> list[str]:
        """Who waits, in the order of arrival."""
        mine = [id for id, job in self.jobs.items() if job.line == line and job.start is None]
        return sorted((id for id in mine if owner in (None, self.jobs[id].owner)), key=lambda id: self.jobs[id].came)

    def used(self, line: str) -> int:
        return self.outside[line] + sum(start.line == line for start in self.running.values())

    def has_place(self, line: str) -> bool:
        shared = [one for one in LINES if self.limits[one].group == "gpu"]
        free = self.used(line) < self.limits[line].at_once
        return free and (line not in shared or sum(self.used(one) for one in shared) < self.group)

    def room(self, line: str, owner: str) -> int:
        runs = sum((one.line, one.owner) == (line, owner) and one.start is not None for one in self.jobs.values())
        each = self.limits[line].each
        return 99 if each is None else max(0, each - runs)

    def able(self, line: str, *, low: bool | None = None) -> int:
        """How many of those that wait might run now, for all that their owners run already."""
        waiting = [self.jobs[id].owner for id in self.waiting(line) if low in (None, self.jobs[id].low)]
        return sum(min(waiting.count(owner), self.room(line, owner)) for owner in set(waiting))

    # ------------------------------------------------------------ starts

    def go_on(self) -> None:
        """`start`, each of whose starts must be allowed, and after which nothing more is."""
        for start in self.made.start(self.now):
            self.check_start(start)
        for line in LINES:
            able, limits = self.able(line), self.limits[line]
            if not self.has_place(line) or not able:
                continue
            moment = min(self.jobs[id].added for id in self.waiting(line)) + limits.batch_wait_s
            assert able < limits.batch and moment > self.now, "it could begin, and doesn't"
            asked = self.made.next_at(self.now)
            assert asked is not None and asked <= moment

    def check_start(self, start: Start) -> None:
        line, limits = start.line, self.limits[start.line]
        assert self.has_place(line), "a limit is exceeded"
        assert 1 <= len(start.ids) <= limits.batch and start.number not in self.running
        oldest = min(self.jobs[id].added for id in self.waiting(line))
        assert len(start.ids) == min(limits.batch, self.able(line)), "the batch might be fuller"
        assert len(start.ids) == limits.batch or oldest + limits.batch_wait_s <= self.now, "it was to wait"
        for id in start.ids:
            job = self.jobs[id]
            assert job.line == line and job.start is None, "it was started already"
            assert self.room(line, job.owner) > 0, "its owner runs too many"
            mine = [one for one in self.waiting(line, job.owner) if self.jobs[one].low == job.low]
            assert mine[0] == id, "not in the order of its owner"
            assert not job.low or not self.able(line, low=False), "a normal one might begin"
            job.start = start.number
        self.running[start.number] = start

    @rule(after=st.sampled_from([0.0, 0.5, 1.0, 3.0]))
    def time_goes_by(self, after: float) -> None:
        self.now += after
        late = {id for id, job in self.jobs.items() if job.start is None and (job.deadline or 1e9) <= self.now}
        gone = self.made.expired(self.now)
        assert set(gone) == late and len(gone) == len(late)
        for id in gone:
            del self.jobs[id]
            self.ended.add(id)
        self.go_on()

    # ------------------------------------------------------------ jobs

    @rule(
        line=st.sampled_from(LINES),
        owner=st.sampled_from("abc"),
        low=st.booleans(),
        lasts=st.one_of(st.none(), st.sampled_from([1.0, 4.0])),
        accepted=st.booleans(),
    )
    def add(self, line: str, owner: str, low: bool, lasts: float | None, accepted: bool) -> None:
        self.came += 1
        id, deadline = f"{line}{owner}{self.came}", None if lasts is None else self.now + lasts
        waiting, able, limits = len(self.waiting(line)), self.able(line), self.limits[line]
        finds_place = self.has_place(line) and able < limits.batch and self.more_able(line, owner)
        try:
            self.made.add(id, line, owner, self.now, low, deadline, accepted=accepted)
        except Full as full:
            assert not accepted and not finds_place and waiting >= limits.waiting
            assert (full.line, full.waiting) == (line, waiting)
            with pytest.raises(KeyError):
                self.made.position(id)
            return
        gathering = able if self.has_place(line) else 0
        assert accepted or finds_place or waiting - gathering < limits.waiting
        self.jobs[id] = Known(line, owner, low, self.now, deadline, self.came)
        self.go_on()

    def more_able(self, line: str, owner: str) -> bool:
        return self.room(line, owner) > len(self.waiting(line, owner))

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.jobs)))
        line, waits = self.jobs[id].line, self.jobs[id].start is None
        before = {one: self.made.position(one) for one in self.waiting(line)}
        assert self.made.remove(id) is waits
        if waits:
            del self.jobs[id]
            self.ended.add(id)
            assert all(self.made.position(one) <= before[one] for one in self.waiting(line))
            self.go_on()

    @precondition(lambda self: self.running)
    @rule(data=st.data(), ran_s=st.sampled_from([None, 0.1, 5.0]))
    def leave(self, data: st.DataObject, ran_s: float | None) -> None:
        start = self.running.pop(data.draw(st.sampled_from(sorted(self.running))))
        self.made.leave(start.number, self.now, ran_s)
        for id in [id for id, job in self.jobs.items() if job.start == start.number]:
            del self.jobs[id]
            self.ended.add(id)
        with pytest.raises(KeyError):
            self.made.leave(start.number, self.now, None)
        self.go_on()

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def process_dies(self, data: st.DataObject) -> None:
        start = self.running.pop(data.draw(st.sampled_from(sorted(self.running))))
        ids = [id for id, job in self.jobs.items() if job.start == start.number]
        self.made.again(*ids)
        for id in ids:
            self.jobs[id].start = None
        self.made.leave(start.number, self.now, None)
        self.go_on()

    # ------------------------------------------------------------ lines

    @rule(line=st.sampled_from(LINES), takes=st.booleans())
    def from_outside(self, line: str, takes: bool) -> None:
        if takes:
            self.made.occupy(line)
            self.outside[line] += 1
        elif self.outside[line]:
            self.made.vacate(line)
            self.outside[line] -= 1
        self.go_on()

    @rule(line=st.sampled_from(LINES), limits=LIMITS)
    def define(self, line: str, limits: Limits) -> None:
        self.limits[line] = limits
        self.made.define(line, limits, self.now)
        self.go_on()

    # ------------------------------------------------------------ always

    @invariant()
    def counts_and_positions(self) -> None:
        for line in LINES:
            ids = self.waiting(line)
            assert self.made.waiting(line) == len(ids)
            assert self.made.running(line) == sum(
                job.line == line and job.start is not None for job in self.jobs.values()
            )
            assert self.made.oldest(line, self.now) == max((self.now - self.jobs[id].added for id in ids), default=0.0)
            order = sorted(ids, key=self.made.position)
            assert [self.made.position(id) for id in order] == list(range(1, len(ids) + 1))
            assert [self.jobs[id].low for id in order] == sorted(self.jobs[id].low for id in ids)
            for owner in "abc":
                for low in (False, True):
                    came = [
                        one.came for one in map(self.jobs.__getitem__, order) if (one.owner, one.low) == (owner, low)
                    ]
                    assert came == sorted(came)

    @rule()
    def remaining_is_a_range(self) -> None:
        for id in self.jobs:
            told = self.made.remaining(id, self.now)
            assert told is None or 0.0 <= told[0] <= told[1]
            assert told == self.made.remaining(id, self.now)

    def teardown(self) -> None:
        """Nothing is lost: whatever waits is begun in the end."""
        if not hasattr(self, "made"):
            return
        for line, count in self.outside.items():
            for _ in range(count):
                self.made.vacate(line)
            self.outside[line] = 0
        self.now += 10.0
        self.made.expired(-1.0)
        while True:
            self.go_on()
            if not self.running:
                break
            number, start = self.running.popitem()
            self.made.leave(number, self.now, None)
            for id in [id for id in start.ids if id in self.jobs]:
                del self.jobs[id]
        assert not self.jobs


TestScheduler = Machine.TestCase
