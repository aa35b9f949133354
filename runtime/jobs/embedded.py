"""The embedded engine: the scheduler in this process, a journal beside the app, no service.

A job lives in memory, and in the journal as soon as somebody was promised that it would be there: `keep` says when.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from quickdemo.runtime.jobs.counts import Counts
from quickdemo.runtime.jobs.engine import CancelledJobError, FunctionStats, JobGoneError, LeaseLostError, Slots
from quickdemo.runtime.jobs.entry import Entry
from quickdemo.runtime.jobs.event_log import EventLog
from quickdemo.runtime.jobs.full import queue_full
from quickdemo.runtime.jobs.job import MOST_STARTS, Event, Job, Lease, Outcome, Ticket
from quickdemo.runtime.jobs.keeper import Keeper
from quickdemo.runtime.jobs.left import Left
from quickdemo.runtime.jobs.outcomes import cancelled, expired, gave_up
from quickdemo.runtime.jobs.places import ScheduledPlaces
from quickdemo.runtime.jobs.scheduler import Full, Limits, Scheduler, Start
from quickdemo.runtime.jobs.told_ends import tell_end
from quickdemo.runtime.jobs.told_places import ToldPlaces
from quickdemo.runtime.jobs.work import Work

#: bytes of inputs of all jobs that wait or run, about
MOST_BYTES = 1_000_000_000


class Embedded:
    """Everything happens on one loop: the first one that it is used on."""

    def __init__(
        self, limits: Mapping[str, Limits], keeper: Keeper | None = None, groups: Mapping[str, int] | None = None
    ) -> None:
        """limits: of each function, by the endpoint's name. keeper: None keeps nothing on disk. groups: starts that
        run at a time in all functions of a group together."""
        self.scheduler = Scheduler()
        for function, own in limits.items():
            self.scheduler.define(function, own, 0.0)
        for group, at_once in (groups or {}).items():
            self.scheduler.limit_group(group, at_once)
        self.limits = limits
        self.places = ScheduledPlaces(self)
        self.keeper = keeper or Keeper()
        self.entries: dict[str, Entry] = {}
        self._keys: dict[tuple[str, str], Entry] = {}
        self._starts: dict[int, int] = {}  # of each start, how many of its leases are not finished
        self._holding: dict[str, int] = {}  # the start of each lease that is not finished
        self._ready: list[list[Lease]] = []
        self._begun: Counter[str] = Counter()  # of each function, starts that no worker has got yet
        self._news = asyncio.Event()
        self._told = ToldPlaces(self)
        self._bytes = 0
        self._cancelled: Callable[[str], None] = lambda id: None
        self.freed: Callable[[], None] = lambda: None  #: told whenever a place of some function is free
        self.opened = self.retired = False
        self._released = 0
        self.counts = Counts()
        for function in limits:
            self.counts.of(function)  # at 0, so that what watches them sees the first job

    async def __aenter__(self) -> Embedded:
        await self.keeper.open(self)
        self.opened = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self.opened = False
        await self.keeper.close()

    # ------------------------------------------------------------------ of a front

    async def submit(self, job: Job) -> Ticket:
        if (known := await self.known(job.owner, job.key)) is not None:
            return Ticket(known.job.id, is_new=False)
        entry, is_new = self.accept(job, log=EventLog())
        await self.keep(entry)
        return Ticket(entry.job.id, is_new)

    def accept(
        self, job: Job, work: Work | None = None, log: EventLog | None = None, size: int = 0
    ) -> tuple[Entry, bool]:
        """Accept a job in memory; (its entry, whether it is new). Raises RefusedError (503).

        work: None makes it from the payload when it runs. log: where its events go, if somebody may read them.
        size: bytes of its inputs.
        """
        if job.key and (known := self._keys.get((job.owner, job.key))) is not None:
            return known, False
        if self._bytes + size > MOST_BYTES:
            raise queue_full(f"The inputs of {len(self.entries)} calls wait already, {self._bytes / 1e6:.0f} MB.")
        entry = Entry(job, work, log, size=size)
        self._add(entry)
        return entry, True

    async def enter(self, job: Job, work: Work, log: EventLog | None, size: int) -> tuple[Entry, bool]:
        """`accept`, which waits for nothing here."""
        return self.accept(job, work, log, size)

    def _add(self, entry: Entry, accepted: bool = False) -> None:
        job, now = entry.job, self.now
        deadline = None if job.deadline is None else now + job.deadline - time.time()
        try:
            self.scheduler.add(job.id, job.function, job.owner, now, job.low, deadline, accepted=accepted)
        except Full as full:
            why = f"{full.waiting} calls of {job.function} wait already."
            raise queue_full(why, self._next_place_s(job.function)) from None
        self.entries[job.id] = entry
        entry.joined = now
        if job.key:
            self._keys[job.owner, job.key] = entry
        self._bytes += entry.size
        self._news.set()

    def _next_place_s(self, function: str) -> float | None:
        """Seconds until one that waits begins, about."""
        median = self.scheduler.durations(function).quantile(0.5)
        return None if median is None else median / self.limits[function].at_once

    def adopt(self, entry: Entry) -> None:
        """Take up a job that another process began or left waiting; it is in the journal."""
        self._add(entry, accepted=True)

    def refuse(self, entry: Entry, outcome: Outcome) -> None:
        """A job that another process left, and that is not begun again."""
        self.entries[entry.job.id] = entry
        self._end(entry, outcome)

    async def keep(self, entry: Entry) -> None:
        """Put it into the journal; returns when it is there. Raises OSError where it cannot be written."""
        if entry.written is None:
            if entry.work is not None:
                entry.job.payload = entry.work.payload()
            entry.written = self.keeper.put(entry)
        await asyncio.shield(entry.written)

    async def known(self, owner: str, key: str) -> Entry | None:
        """The job of an Idempotency-Key."""
        if not key:
            return None
        return self._keys.get((owner, key)) or await self.keeper.by_key(owner, key)

    async def find(self, id: str) -> Entry:
        """A job that this process has, or the journal. Raises JobGoneError."""
        entry = self.entries.get(id) or await self.keeper.find(id)
        if entry is None:
            raise JobGoneError(id)
        return self.entries.get(id, entry)  # it may have come here meanwhile

    async def cancel(self, id: str, why: str) -> bool:
        entry = await self.find(id)
        if entry.over:
            return False
        if id not in self.entries:  # another process has it, and looks into the journal
            return await self.keeper.ask_cancel(id)
        self.cancel_here(entry, why)
        return True

    def cancel_here(self, entry: Entry, why: str) -> None:
        """Cancel a job of this process that has not ended."""
        waits = entry.state == "queued"
        if waits:
            self.scheduler.remove(entry.job.id)
        entry.why = why
        self._end(entry, cancelled(why))
        if not waits:
            self._cancelled(entry.token)

    def withdraw(self, entry: Entry, why: str) -> None:
        """A job that could not be promised ends, and the next call with its key is a new one."""
        self._free_key(entry)
        if not entry.over:
            self.cancel_here(entry, why)

    def on_cancel(self, told: Callable[[str], None]) -> None:
        """Who is told of the token of each lease whose job was cancelled."""
        self._cancelled = told

    async def events(self, id: str, after: int = 0) -> AsyncIterator[Event]:
        entry = await self.find(id)
        async for event in self.read(entry, after):
            if event is not None:
                yield event

    async def read(self, entry: Entry, after: int = 0, beat_s: float | None = None) -> AsyncIterator[Event | None]:
        """The events of a job, wherever it runs; None is a sign of life after each `beat_s` seconds of silence."""
        if entry.log is None and not entry.over:
            async for event in self.keeper.follow(entry, after, beat_s):
                yield event
            return
        if entry.log is None:
            assert entry.outcome is not None
            yield Event(max(after, 0) + 1, entry.outcome.state, entry.outcome.told or entry.outcome.body)
            return
        self._told.first(entry)
        async for event in entry.log.read(after, beat_s):
            yield event

    async def result(self, entry: Entry) -> Outcome:
        """How a job ended, once it has, wherever it runs."""
        if entry.job.id in self.entries or entry.over:
            return await entry.result()
        async for _ in self.keeper.follow(entry, 0, None):
            pass
        found = await self.find(entry.job.id)
        return await found.result()

    async def stats(self) -> Mapping[str, FunctionStats]:
        return {function: self.stats_of(function) for function in self.limits}

    def stats_of(self, function: str) -> FunctionStats:
        """Where one function stands now."""
        scheduler = self.scheduler
        durations = scheduler.durations(function)
        return FunctionStats(
            scheduler.waiting(function),
            scheduler.running(function),
            self.limits[function].at_once,
            durations.quantile(0.5),
            durations.quantile(0.9),
            scheduler.oldest(function, self.now),
            1,
        )

    # ------------------------------------------------------------------ of a worker

    async def claim(self, functions: Mapping[str, Slots], wait_s: float) -> list[list[Lease]]:
        free = {function: slots.free for function, slots in functions.items()}
        until = self.now + wait_s
        while True:
            self._news.clear()
            more = {function: count - self._begun[function] for function, count in free.items()}
            self._begin(more)
            if claimed := self._claimed(free):
                return claimed
            if self.now >= until:
                return []
            await self._wait(until, more)

    def _begin(self, most: Mapping[str, int]) -> None:
        """Let the scheduler start what may start."""
        now = self.now
        for id in self.scheduler.expired(now):
            self._end(self.entries[id], expired())
        for start in self.scheduler.start(now, most):
            leases = [self._lease(id, start) for id in start.ids]
            self._starts[start.number] = len(leases)
            self._begun[start.line] += 1
            written = [lease for lease in leases if self.entries[lease.job.id].written]
            if written:
                self.keeper.begun([self.entries[lease.job.id] for lease in written], partial(self._is_ready, leases))
            else:
                self._ready.append(leases)
            self._told.moved()

    def _lease(self, id: str, start: Start) -> Lease:
        entry = self.entries[id]
        job = entry.job
        job.attempt += 1
        entry.state, entry.started, entry.began = "running", time.time(), self.now
        entry.token = f"{id}.{job.attempt}"
        self._holding[entry.token] = start.number
        self.counts.started(job.function, entry.began - entry.joined, job.attempt)
        if entry.log is not None:
            self._told.started(entry)
        return Lease(job, job.attempt, entry.token)

    def _is_ready(self, leases: list[Lease]) -> None:
        """Their start is in the journal."""
        self._ready.append(leases)
        self._news.set()

    def _claimed(self, free: Mapping[str, int]) -> list[list[Lease]]:
        claimed, kept, left = [], list[list[Lease]](), Counter(free)
        for leases in self._ready:
            function = leases[0].job.function
            if left[function] <= 0:
                kept.append(leases)
                continue
            self._begun[function] -= 1
            if wanted := self._still_wanted(leases):
                left[function] -= 1
                claimed.append(wanted)
        self._ready = kept
        return claimed

    def _still_wanted(self, leases: list[Lease]) -> list[Lease]:
        """Without those that were cancelled while their start was written down."""
        wanted = []
        for lease in leases:
            if self.entries[lease.job.id].over:
                self._leave(lease, ran=False)
            else:
                wanted.append(lease)
        return wanted

    async def _wait(self, until: float, most: Mapping[str, int]) -> None:
        due = self.scheduler.next_at(self.now, most)
        loop = asyncio.get_running_loop()
        timer = loop.call_at(until if due is None else min(due, until), self._news.set)
        try:
            await self._news.wait()
        finally:
            timer.cancel()

    async def emit(self, lease: Lease, kind: str, data: bytes) -> None:
        entry = self._leased(lease)
        if entry.log is not None:
            entry.log.tell(kind, data)

    def log(self, lease: Lease) -> EventLog | None:
        """Where a worker of this process tells the job's events, from any thread."""
        return self.entries[lease.job.id].log if lease.job.id in self.entries else None

    def work(self, lease: Lease) -> Work | None:
        """What runs the job, where this process accepted it."""
        entry = self.entries.get(lease.job.id)
        return None if entry is None else entry.work

    async def finish(self, lease: Lease, outcome: Outcome | None) -> None:
        self.finish_now(lease, outcome)

    def finish_now(self, lease: Lease, outcome: Outcome | None) -> None:
        """`finish`, which waits for nothing here."""
        try:
            entry = self._leased(lease)
            if outcome is None and lease.attempt < MOST_STARTS and lease.job.retry:
                self._again(entry)
            else:
                self._end(entry, outcome or gave_up(lease.attempt, lease.job.retry))
        finally:
            self._leave(lease, ran=outcome is not None and outcome.state == "done")

    def _leased(self, lease: Lease) -> Entry:
        entry = self.entries.get(lease.job.id)
        if entry is None or entry.token != lease.token or entry.state != "running":
            if entry is not None and entry.state == "cancelled" and entry.token == lease.token:
                raise CancelledJobError(entry.why)
            raise LeaseLostError(lease.job.id)
        return entry

    def _leave(self, lease: Lease, ran: bool) -> None:
        """One of the leases of a start is finished; with the last its place is free."""
        entry = self.entries.get(lease.job.id)
        number = self._holding.pop(lease.token, None)
        if entry is None or number is None:
            return
        self._starts[number] -= 1
        if not self._starts[number]:
            del self._starts[number]
            self.scheduler.leave(number, self.now, self.now - entry.began if ran else None)
            self._news.set()
            self.freed()
        if entry.over:
            self._forget(entry)

    def vacate(self, function: str) -> None:
        """A place that was taken outside of all lines is free."""
        self.scheduler.vacate(function)
        self._news.set()
        self.freed()

    def _again(self, entry: Entry) -> None:
        entry.state, entry.token, entry.started, entry.joined = "queued", "", None, self.now
        self.scheduler.again(entry.job.id)
        if entry.written is not None:
            self.keeper.change(entry, state="queued", started=None)
        self._news.set()

    # ------------------------------------------------------------------ its end

    def _end(self, entry: Entry, outcome: Outcome) -> None:
        entry.ended = time.time()
        ran_s = self.now - entry.began if entry.state == "running" else None
        self.counts.ended(entry.job.function, outcome.state, ran_s)
        entry.settle(outcome)
        written = None if entry.written is None else self.keeper.end(entry)
        if entry.log is not None:
            tell_end(entry.log, outcome, written)
        if written is None and entry.job.key:
            if entry.work is not None:
                entry.job.payload = entry.work.payload()
            entry.written = self.keeper.put(entry)
        entry.work = None
        self._bytes -= entry.size
        self._told.moved()
        if entry.token not in self._holding:
            self._forget(entry)

    def _forget(self, entry: Entry) -> None:
        """It has ended and holds no place. What can be asked for later is remembered for a while."""
        if entry.written is not None:
            self.keeper.remember(entry, self._drop)
        else:
            self._drop(entry)

    def _drop(self, entry: Entry) -> None:
        self.entries.pop(entry.job.id, None)
        self._free_key(entry)

    def _free_key(self, entry: Entry) -> None:
        if entry.job.key and self._keys.get((entry.job.owner, entry.job.key)) is entry:
            del self._keys[entry.job.owner, entry.job.key]

    # ------------------------------------------------------------------ this process ends

    async def retire(self) -> None:
        """What waits goes back to the journal, for the next process, unless its caller waits on a connection of ours.

        What runs goes on; `unfinished` says how many jobs are left.
        """
        self.retired = True
        waiting = [entry for entry in self.entries.values() if entry.state == "queued" and not entry.plain]
        keyed = [entry for entry in self.entries.values() if entry.job.key and not entry.over]
        for entry in [*keyed, *waiting]:  # a repeated call may reach the next process: it finds the key in the journal
            if entry.log is not None and entry.written is None and entry.work is not None:
                with suppress(OSError):  # the log says so; it ends here
                    await self.keep(entry)
        left = [entry for entry in waiting if entry.state == "queued" and entry.written is not None]
        for entry in left:
            self.scheduler.remove(entry.job.id)
            self._bytes -= entry.size
            self._drop(entry)
        await self.keeper.release(left)
        self._released += len(left)
        for entry in left:
            if entry.log is not None:
                entry.log.abandon()

    async def idle(self, limit_s: float) -> bool:
        """Wait until no job of this process waits or runs; whether that came true in time."""
        left = [asyncio.ensure_future(entry.result()) for entry in self.entries.values() if not entry.over]
        if not left:
            return True
        _, unfinished = await asyncio.wait(left, timeout=max(limit_s, 0.0))
        for waiter in unfinished:
            waiter.cancel()
        return not unfinished

    def left(self) -> Left:
        """What would be left if this process ended now. Without a journal nothing is kept."""
        open_jobs = [entry for entry in self.entries.values() if not entry.over]
        kept = sum(entry.written is not None for entry in open_jobs) if self.keeper.keeps else 0
        return Left(self._released + kept, len(open_jobs) - kept)

    @property
    def groups(self) -> Mapping[str, str]:
        """No other hosts work."""
        return {}

    @property
    def write_counts(self) -> tuple[int, int] | None:
        """(writes to the journal, those that failed); None where there is no journal."""
        return self.keeper.write_counts

    async def check(self) -> None:
        """Raises OSError where jobs cannot be written down now."""
        await self.keeper.check()

    @property
    def unfinished(self) -> int:
        """Jobs of this process that wait or run."""
        return sum(not entry.over for entry in self.entries.values())

    # ------------------------------------------------------------------ shared

    async def session(self, id: str, update: Callable[[Any], Any] | None = None) -> Any:
        return await self.keeper.session(id, update)

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def place(self, entry: Entry) -> dict[str, Any]:
        """Of one that has not ended: {"position", "waiting", "remaining"}, or {"remaining"} when it runs; nothing of
        one that another process has."""
        return self._told.place(entry) if entry.job.id in self.entries and not entry.over else {}

    async def of(self, owner: str, most: int) -> list[Entry]:
        """The newest jobs of an owner, as far as they were written down."""
        found = await self.keeper.of(owner, most)
        return [self.entries.get(entry.job.id, entry) for entry in found]
