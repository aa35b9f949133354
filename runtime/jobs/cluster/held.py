"""The leases that this process holds: renewed until they are finished, lost or cancelled."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field, replace

from quickdemo.runtime.jobs.cluster.broker import ConflictError, FullError
from quickdemo.runtime.jobs.cluster.line import Line
from quickdemo.runtime.jobs.cluster.log import Entry, Logs
from quickdemo.runtime.jobs.cluster.wholes import Wholes
from quickdemo.runtime.jobs.engine import CancelledJobError, LeaseLostError
from quickdemo.runtime.jobs.job import Lease

FOREVER = float("inf")


@dataclass
class Start:
    """A batch that runs: its place, which is free when the last of its jobs has ended."""

    line: Line
    place: str | None
    left: int = 0


@dataclass(eq=False)
class Held:
    """One lease. reply: where the broker is told of its job; work: its place in the queue.
    last: the newest entry of the job's log that we know."""

    lease: Lease
    start: Start
    reply: str
    work: int
    last: Entry
    began: float = field(default_factory=time.monotonic)
    wholes: Wholes = field(default_factory=Wholes)
    partials: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # entries are written one after the other
    lost: LeaseLostError | None = None
    told: asyncio.Event = field(default_factory=asyncio.Event)

    def lose(self, error: LeaseLostError) -> None:
        """Whoever runs the job is told."""
        self.lost = self.lost or error
        self.told.set()


class Leases:
    """By their tokens. One that was lost stays until it is finished: its place is taken while its function runs."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs
        self._held: dict[str, Held] = {}

    def add(self, held: Held) -> None:
        """A job begins here."""
        self._held[held.lease.token] = held
        held.start.left += 1

    def of(self, lease: Lease) -> Held:
        """Raises LeaseLostError for one that is not held here."""
        try:
            return self._held[lease.token]
        except KeyError:
            raise LeaseLostError(lease.job.id) from None

    def of_job(self, id: str) -> list[Held]:
        """Those of one job; more than one after a lease was lost."""
        return [held for held in self._held.values() if held.lease.job.id == id]

    async def renew(self) -> None:
        """All of them, and their places."""
        for held in list(self._held.values()):
            if held.lost is None:
                await held.start.line.renew(held.reply)
        for start in {id(held.start): held.start for held in self._held.values()}.values():
            if start.place is not None and start.line.places is not None:
                await start.line.places.renew(start.place)

    async def check(self) -> None:
        """Whether they are ours still: they were not renewed for a while, or news of them was missed."""
        for held in list(self._held.values()):
            last = await self._logs.last(held.lease.job.id)
            if last is not None and (last.token != held.lease.token or last.ended) and not held.lock.locked():
                held.lose(_loss(held, last))

    async def begin(self, held: Held) -> None:
        """Write the entry that makes the job ours. Raises ConflictError when it is not as we knew it, FullError."""
        began = time.time()
        data = json.dumps({"attempt": held.lease.attempt, "began": round(began, 3)}).encode()
        entry = replace(_next(held, Entry(0, "started", data, token=held.lease.token)), started=began)
        held.last = replace(entry, seq=await self._logs.append(held.lease.job.id, entry, held.last.seq))

    async def write(self, held: Held, entry: Entry, patience_s: float | None = None) -> None:
        """Write an entry as the owner of the job; its number is set here.

        Raises CancelledJobError, LeaseLostError when the job is ours no longer, FullError.
        """
        if held.lost is not None:
            raise held.lost
        job = held.lease.job
        while True:
            entry = _next(held, entry)
            try:
                held.last = replace(
                    entry, data=b"", seq=await self._logs.append(job.id, entry, held.last.seq, patience_s)
                )
                return
            except ConflictError:
                last = await self._logs.last(job.id, patience_s)
            if last is None:  # it was silent for so long that all of its log has been dropped
                held.last = replace(held.last, seq=0)
            elif last.token == held.lease.token and last.number == entry.number and last.kind == entry.kind:
                held.last = last  # written before, and the answer was lost
                return
            elif last.token != held.lease.token or last.ended:
                error = _loss(held, last)
                held.lose(error)
                raise error
            else:
                held.last = last

    async def write_last(self, held: Held, entry: Entry) -> None:
        """The same for the last entry, for which room is made, however long it takes."""
        made = False
        while True:
            try:
                return await self.write(held, entry, FOREVER)
            except FullError:
                if made:
                    await asyncio.sleep(1.0)
                await self._logs.make_room(held.lease.job.id)
                made = True

    async def remove(self, held: Held) -> None:
        """The lease has ended; with the last one of a start its place is free."""
        self._held.pop(held.lease.token, None)
        held.start.left -= 1
        if held.start.left == 0:
            await leave(held.start)


def _next(held: Held, entry: Entry) -> Entry:
    return replace(entry.about(held.last), number=held.last.number + 1, attempt=held.lease.attempt)


def _loss(held: Held, last: Entry) -> LeaseLostError:
    id = held.lease.job.id
    return CancelledJobError(id) if last.kind == "cancelled" else LeaseLostError(id)


async def leave(start: Start) -> None:
    """Its place is free."""
    if start.place is not None:
        await start.line.leave(start.place)
