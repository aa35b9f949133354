"""The queue of one host of several: what its server and its worker need, of an engine that all of them share."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Container, Iterator, Mapping
from dataclasses import replace
from typing import Any

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.cluster.broker import ApiError
from quickdemo.runtime.jobs.cluster.engine import Clustered
from quickdemo.runtime.jobs.cluster.outlook import Outlook
from quickdemo.runtime.jobs.cluster.running import Running
from quickdemo.runtime.jobs.cluster.seen import Seen
from quickdemo.runtime.jobs.cluster.watch import Watch
from quickdemo.runtime.jobs.counts import Counts
from quickdemo.runtime.jobs.engine import CancelledJobError, FunctionStats, JobGoneError, LeaseLostError, Slots
from quickdemo.runtime.jobs.entry import Entry
from quickdemo.runtime.jobs.event_log import EventLog
from quickdemo.runtime.jobs.job import ENDED, Event, Job, Lease, Outcome
from quickdemo.runtime.jobs.left import Left
from quickdemo.runtime.jobs.outcomes import ended
from quickdemo.runtime.jobs.scheduler import Limits
from quickdemo.runtime.jobs.work import Work
from quickdemo.runtime.json_text import strict_json

logger = logging.getLogger("quickdemo.jobs")
#: how often who waits is told of a place that has changed
PLACE_EVERY_S = 1.0


class LocalPlaces:
    """The places of this host alone: what runs here, and what calls of low priority borrow."""

    def __init__(self, limits: Mapping[str, Limits], freed: Callable[[], None]) -> None:
        self.names: dict[int, str] = {}
        self.used: Counter[str] = Counter()
        self._limits, self._freed = limits, freed

    def name(self, interface: Interface) -> str:
        return self.names[id(interface)]

    def taken(self, interface: Interface) -> int:
        return self.used[self.name(interface)]

    def limit(self, interface: Interface) -> int:
        return self._limits[self.name(interface)].at_once

    def elsewhere(self, interface: Interface) -> int:
        return self.used.total() - self.taken(interface)

    def occupy(self, interface: Interface) -> None:
        self.used[self.name(interface)] += 1

    def vacate(self, interface: Interface) -> None:
        self.leave(self.name(interface))

    def leave(self, function: str) -> None:
        """A place of this function is free."""
        self.used[function] -= 1
        self._freed()


class Free(Mapping[str, Slots]):
    """What each function can take here, as it is whenever it is read: a claim may wait for long, and meanwhile what
    runs ends. now: of a function with these slots, what is left of them."""

    def __init__(self, slots: Mapping[str, Slots], now: Callable[[str, Slots], Slots]) -> None:
        self._slots, self._now = slots, now

    def __getitem__(self, function: str) -> Slots:
        return self._now(function, self._slots[function])

    def __iter__(self) -> Iterator[str]:
        return iter(self._slots)

    def __len__(self) -> int:
        return len(self._slots)


class SharedQueue:
    """slots: starts of all functions that run here at a time; None: as each function's limit says, 0: none at all.
    whole: the functions of whose values each counts. groups: of each function, its group, on a host that tells what
    waits on all hosts. front: it serves pages, and says where nobody is there that works for one."""

    def __init__(
        self,
        engine: Clustered,
        limits: Mapping[str, Limits],
        slots: int | None = None,
        whole: Container[str] = (),
        groups: Mapping[str, str] | None = None,
        *,
        front: bool = True,
    ) -> None:
        self.engine, self.limits, self._slots, self._whole = engine, limits, slots, whole
        engine.present.places = {
            name: one.at_once if slots is None else min(slots, one.at_once) for name, one in limits.items()
        }
        self._watch = None if groups is None else Watch(engine, groups, front)
        self.freed: Callable[[], None] = lambda: None
        self.counts = Counts()
        for function in limits:
            self.counts.of(function)
        self.opened = False
        self.places = LocalPlaces(limits, self._is_free)
        self.retired = False
        self._settled = asyncio.Event()  #: no job is being taken just now
        self._settled.set()
        self._running: dict[str, Running] = {}
        self._cancelled: Callable[[str], None] = lambda token: None
        self._free = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> SharedQueue:
        await self.engine.__aenter__()
        self.opened = True
        if self._watch is not None:
            self._spawn(self._watch.go_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        """What still runs is given back, for another host."""
        self.opened, self.retired = False, True
        for running in list(self._running.values()):
            with contextlib.suppress(LeaseLostError, RefusedError):
                await self.finish(running.lease, None)
        if self._watch is not None:
            self._watch.end()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2.0)
        await self.engine.__aexit__()

    # ------------------------------------------------------------------ of a front

    async def enter(self, job: Job, work: Work, log: EventLog | None, size: int) -> tuple[Entry, bool]:
        """Accept a job, on whichever host it will run."""
        job.payload, job.app = work.payload(), self.engine.versions.get(job.function, "")
        ticket = await self.engine.submit(job)
        if not ticket.is_new:
            return await self.find(ticket.id), False
        return Entry(job, work), True

    async def keep(self, entry: Entry) -> None:
        """It is in the broker since it was accepted."""

    async def known(self, owner: str, key: str) -> Entry | None:
        """The engine itself knows the same key again."""
        return None

    async def find(self, id: str) -> Entry:
        return _entry(await self.engine.find(id, whole=True))

    async def of(self, owner: str, most: int) -> list[Entry]:
        return [_entry(seen) for seen in await self.engine.of(owner, most)]

    async def read(self, entry: Entry, after: int = 0, beat_s: float | None = None) -> AsyncIterator[Event | None]:
        """A place that has changed is told under the number of the event before it."""
        last, told, heard = after, None, time.monotonic()
        entry.state = "queued" if not entry.over else entry.state
        async for event in self.engine.read(entry.job.id, after, PLACE_EVERY_S):
            if event is None:
                place = await self.place(entry) if entry.state == "queued" else {}
                if "position" in place and (moved := _moved(place)) != told:
                    told, heard = moved, time.monotonic()
                    yield Event(last, "queued", strict_json(place))
                elif beat_s is not None and time.monotonic() - heard >= beat_s:
                    heard = time.monotonic()
                    yield None
                continue
            last, heard = event.number, time.monotonic()
            if event.kind in ENDED and entry.outcome is None:
                await self._settle(entry)
            elif event.kind in ("queued", "started"):
                entry.state = "queued" if event.kind == "queued" else "running"
            if event.kind == "started":
                event = Event(event.number, "started", await self._begun(entry, event.data))
            if event.kind != "queued":  # the place is told when it is known
                yield event
            if event.number == 1:  # whoever reads may leave, and find it again
                url = f"api/jobs/{entry.job.id}"
                yield Event(1, "job", strict_json({"id": entry.job.id, "url": url}))

    async def _begun(self, entry: Entry, data: bytes) -> bytes:
        """What is told of a start."""
        told = json.loads(data)
        began = entry.started = told.pop("began", None)
        return strict_json({**told, "remaining": await self._left(entry, began)})

    async def _settle(self, entry: Entry) -> None:
        seen = await self.engine.find(entry.job.id, whole=True)
        entry.started, entry.ended = seen.started, seen.ended
        gone = ended("failed", 410, "result_gone", "The result is kept no longer.", "Run it again.")
        entry.settle(seen.outcome or gone)

    async def result(self, entry: Entry) -> Outcome:
        if entry.outcome is None:
            async for _ in self.engine.events(entry.job.id):
                pass
            await self._settle(entry)
        assert entry.outcome is not None
        return entry.outcome

    async def place(self, entry: Entry) -> dict[str, Any]:
        """{"position", "waiting", "remaining", "about"} of one that waits: the lanes of several visitors are taken in
        turn, so that a place is a good guess, and so is how long it takes. "workers": 0 says that nobody is there who
        would run it. Of one that runs, {"remaining", "about"}."""
        if entry.over:
            return {}
        with contextlib.suppress(JobGoneError, RefusedError, ApiError):
            position = await self.engine.position(entry.job.id)
            if position is not None:
                seen = await self._outlook(entry)
                nobody = {} if seen.workers else {"workers": 0}
                left = seen.waits(position)
                return {"position": position, "waiting": max(position, 1), "remaining": left, "about": True, **nobody}
        return {"remaining": await self._left(entry, entry.started), "about": True}

    async def _left(self, entry: Entry, began: float | None) -> list[float] | None:
        """The range of what is left of a run. began: UTC seconds."""
        with contextlib.suppress(RefusedError, ApiError):
            if began is not None:
                return (await self._outlook(entry)).runs(max(0.0, time.time() - began))
        return None

    async def _outlook(self, entry: Entry) -> Outlook:
        job = entry.job
        limits = self.limits.get(job.function)
        return await self.engine.outlook(job.function, job.app, limits.batch if limits else 1)

    async def cancel(self, id: str, why: str) -> bool:
        return await self.engine.cancel(id, why)

    def cancel_here(self, entry: Entry, why: str) -> None:
        self._spawn(self.engine.cancel(entry.job.id, why))

    def withdraw(self, entry: Entry, why: str) -> None:
        """`keep` never fails here: a job that the broker does not take is refused when it is entered."""
        self.cancel_here(entry, why)

    @property
    def groups(self) -> Mapping[str, str]:
        """Of each function, on a host that tells what waits."""
        return self._watch.groups if self._watch is not None else {}

    @property
    def write_counts(self) -> tuple[int, int] | None:
        """There is no journal on this host."""
        return None

    async def check(self) -> None:
        """Raises OSError where the broker cannot be reached."""
        await self.engine.check()

    def stats_of(self, function: str) -> FunctionStats:
        """What runs is this host's alone; what waits, and how many work for it, is of all hosts, some seconds ago."""
        own, used = self.limits[function].at_once, self.places.used[function]
        known = self._watch.stats.get(function) if self._watch is not None else None
        return replace(known, running=used, limit=own) if known else FunctionStats(0, used, own, None, None, 0.0, 0)

    # ------------------------------------------------------------------ of a worker

    async def claim(self, functions: Mapping[str, Slots], wait_s: float) -> list[list[Lease]]:
        """Waits while every place of this host is taken."""
        until = time.monotonic() + wait_s
        free = Free(functions, self._slots_of)
        while True:
            self._free.clear()
            left = max(0.0, until - time.monotonic())
            if not any(slots.free for slots in free.values()):
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._free.wait(), left)
                if left == 0.0:
                    return []
                continue
            self._settled.clear()
            try:  # one start at a time: it begins while the next is looked for
                batches = await self.engine.claim(free, left, 1)
                for batch in batches:
                    self._begin(batch)
            finally:
                self._settled.set()
            if batches:
                return batches
            if time.monotonic() >= until:
                return []

    def _most(self) -> int | None:
        """Starts of all functions that may begin now."""
        if self.retired:
            return 0
        return None if self._slots is None else max(0, self._slots - self.places.used.total())

    def _slots_of(self, name: str, slots: Slots) -> Slots:
        free, most = max(0, slots.free - self.places.used[name]), self._most()
        return Slots(free if most is None else min(free, most), slots.batch, slots.batch_wait_s)

    def _begin(self, batch: list[Lease]) -> None:
        left = [len(batch)]
        self.places.used[batch[0].job.function] += 1
        for lease in batch:
            log = EventLog(whole=lease.job.function in self._whole)
            self._running[lease.token] = running = Running(self.engine, lease, log, left)
            waited_s = max(0.0, time.time() - lease.job.accepted)
            self.counts.started(lease.job.function, waited_s, lease.attempt)
            running.begin(lambda token=lease.token: self._cancelled(token))  # type: ignore[misc]

    async def finish(self, lease: Lease, outcome: Outcome | None) -> None:
        """What was told before is told first."""
        running = self._running.pop(lease.token, None)
        if running is None:
            raise LeaseLostError(lease.job.id)
        try:
            await running.end()
            await self.engine.finish(lease, outcome)
            if outcome is not None:
                self.counts.ended(lease.job.function, outcome.state, time.time() - running.began)
        except CancelledJobError:
            self.counts.ended(lease.job.function, "cancelled", time.time() - running.began)
            raise
        finally:
            running.left[0] -= 1
            if running.left[0] == 0:
                self.places.leave(lease.job.function)

    def work(self, lease: Lease) -> Work | None:
        """Always made anew: another host may have accepted it."""
        return None

    def log(self, lease: Lease) -> EventLog | None:
        running = self._running.get(lease.token)
        return None if running is None else running.log

    def on_cancel(self, told: Callable[[str], None]) -> None:
        self._cancelled = told

    def _is_free(self) -> None:
        self._free.set()
        self.engine.look()  # it may wait for another function, of which a place was free before
        self.freed()

    # ------------------------------------------------------------------ this process ends

    async def retire(self) -> None:
        """What waits is others' to take."""
        self.retired = True
        self.engine.retire()

    async def idle(self, limit_s: float) -> bool:
        """Wait until nothing runs here, nor is about to: a job may have been taken just now."""
        until = time.monotonic() + limit_s
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._settled.wait(), limit_s)
        while self._running and time.monotonic() < until:
            self._free.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._free.wait(), max(0.0, until - time.monotonic()))
        return not self._running

    def left(self) -> Left:
        """What runs here is given back to the others."""
        return Left(len(self._running), 0)

    @property
    def unfinished(self) -> int:
        """Jobs that run here."""
        return len(self._running)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.warning("a job could not be cancelled: %s", error)


def _moved(place: dict[str, Any]) -> tuple[Any, ...]:
    """What of a place is worth telling when it has changed; a range that gets shorter is not."""
    return place["position"], place["remaining"] is None, place.get("workers")


def _entry(seen: Seen) -> Entry:
    return Entry(seen.job, None, None, seen.state, seen.outcome, seen.started, seen.ended)
