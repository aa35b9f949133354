"""Taking jobs: from the queue to a lease, or to the end of a job that cannot begin."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.cluster.blobs import BlobGoneError, Blobs
from quickdemo.runtime.jobs.cluster.broker import ApiError, ConflictError, FullError, NoStreamError
from quickdemo.runtime.jobs.cluster.held import Held, Leases, Start, leave
from quickdemo.runtime.jobs.cluster.line import Line, Taken
from quickdemo.runtime.jobs.cluster.log import Entry, Logs
from quickdemo.runtime.jobs.cluster.names import lane_of
from quickdemo.runtime.jobs.engine import LeaseLostError, Slots
from quickdemo.runtime.jobs.job import MOST_STARTS, Job, Lease, Outcome
from quickdemo.runtime.jobs.outcomes import ended, expired, gave_up
from quickdemo.runtime.json_text import strict_json

_BATCH_POLL_S = 0.01  #: how often a batch that is not full looks for jobs that have come
End = Callable[[Held, Outcome], Awaitable[None]]


def first_entry(job: Job, blob: str, place: int) -> Entry:
    """What the log of an accepted job begins with. blob: where its inputs are, if they are large."""
    entry = Entry(
        1,
        "queued",
        function=job.function,
        version=job.app,
        owner=job.owner,
        accepted=job.accepted,
        lane=lane_of(job.owner, job.low),
        work=place,
        inputs=blob,
    )
    told = {} if job.retry else {"retry": False}
    return entry.filled(strict_json(told), b"", b"" if blob else strict_json(job.payload))


class Claims:
    """end: writes the last entry of a job."""

    def __init__(self, logs: Logs, blobs: Blobs, leases: Leases, end: End) -> None:
        self._logs, self._blobs, self._leases, self._end = logs, blobs, leases, end

    async def batch(self, line: Line, slots: Slots) -> list[Lease]:
        """Jobs that begin together, none when nothing waits or no place is free."""
        place = None
        if not line.perhaps:
            return []  # a place that is taken for nothing, and told to be free again, would wake everybody
        if line.places is not None and (place := await line.places.take()) is None:
            return []
        start = Start(line, place, left=1)  # 1: itself, until the batch is complete
        batch: list[Lease] = []
        until: float | None = None
        try:
            while len(batch) < slots.batch:
                lease = await self._next(line, start)
                if lease is not None:
                    batch.append(lease)
                    until = until or time.monotonic() + slots.batch_wait_s
                elif until is None or time.monotonic() >= until:
                    break
                else:
                    await asyncio.sleep(min(_BATCH_POLL_S, slots.batch_wait_s))
        except (RefusedError, NoStreamError, FullError, ApiError):
            if not batch:
                raise  # else those that have begun already go on without others
        finally:
            start.left -= 1
            if start.left == 0:
                await leave(start)
        return batch

    async def _next(self, line: Line, start: Start) -> Lease | None:
        while (taken := await line.take()) is not None:
            if (lease := await self._begin(taken, start)) is not None:
                return lease
        return None

    async def _begin(self, taken: Taken, start: Start) -> Lease | None:
        """The lease of a job that was taken; None when it has ended, or ends here."""
        job, line = taken.job, start.line
        while True:
            last = await self._logs.last(job.id)
            if last is None:
                last = await self._accepted(taken, line)
                if last is None:
                    continue
            if last.ended:
                await line.settle(taken.reply)
                return None
            if self._adopted(taken, last):
                return None
            lease = Lease(replace(job, attempt=last.attempt + 1), last.attempt + 1, secrets.token_urlsafe(9))
            held = Held(lease, start, taken.reply, taken.seq, last)
            try:
                if (outcome := await self._refused(lease, taken)) is not None:
                    await self._end(held, outcome)
                    await line.settle(taken.reply)
                    return None
                await self._leases.begin(held)
            except (ConflictError, LeaseLostError):
                continue  # it was cancelled just now, or another worker has it
            self._leases.add(held)
            return lease

    async def _accepted(self, taken: Taken, line: Line) -> Entry | None:
        """The first entry of a job whose front has not written it yet, or went away before it could."""
        entry = first_entry(taken.job, taken.blob, taken.seq)
        try:
            return replace(entry, seq=await self._logs.append(taken.job.id, entry, 0))
        except ConflictError:
            return None

    def _adopted(self, taken: Taken, last: Entry) -> bool:
        """The job runs here: its lease was not renewed in time, and nobody else was quicker."""
        for held in self._leases.of_job(taken.job.id):
            if held.lease.token == last.token and held.lost is None:
                held.reply = taken.reply
                return True
        return False

    async def _refused(self, lease: Lease, taken: Taken) -> Outcome | None:
        """How a job ends that is not begun; its large inputs are fetched."""
        job = lease.job
        if lease.attempt > 1 and not job.retry or lease.attempt > MOST_STARTS:
            return gave_up(lease.attempt - 1, job.retry)
        if job.deadline is not None and job.deadline < time.time():
            return expired()
        if taken.blob:
            try:
                job.payload = json.loads(await self._blobs.get(taken.blob))
            except BlobGoneError:
                return ended("failed", 410, "inputs_gone", "Its inputs are kept no longer.", "Run it again.")
        return None
