"""The distributed engine. Any number of fronts and workers use one broker, and none of them knows another."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from nats.aio.msg import Msg

from quickdemo.runtime.errors import AppError, RefusedError
from quickdemo.runtime.jobs.cluster.address import address_of
from quickdemo.runtime.jobs.cluster.blobs import BlobGoneError, Blobs
from quickdemo.runtime.jobs.cluster.broker import ApiError, Broker, ConflictError, FullError, NoStreamError, end
from quickdemo.runtime.jobs.cluster.claims import Claims, first_entry
from quickdemo.runtime.jobs.cluster.durations import SharedDurations
from quickdemo.runtime.jobs.cluster.held import Held, Leases
from quickdemo.runtime.jobs.cluster.line import Line
from quickdemo.runtime.jobs.cluster.log import Entry, Logs
from quickdemo.runtime.jobs.cluster.names import Names, digest, lane_of
from quickdemo.runtime.jobs.cluster.outlook import Outlook
from quickdemo.runtime.jobs.cluster.present import Present, places_of
from quickdemo.runtime.jobs.cluster.seen import Seen
from quickdemo.runtime.jobs.cluster.sessions import Sessions
from quickdemo.runtime.jobs.cluster.table import Table
from quickdemo.runtime.jobs.cluster.tickets import Tickets
from quickdemo.runtime.jobs.cluster.tuning import Bounds, Tuning
from quickdemo.runtime.jobs.engine import CancelledJobError, FunctionStats, JobGoneError, LeaseLostError, Slots, Update
from quickdemo.runtime.jobs.full import queue_full
from quickdemo.runtime.jobs.job import MOST_STARTS, Event, Job, Lease, Outcome, Ticket
from quickdemo.runtime.jobs.outcomes import cancelled, gave_up
from quickdemo.runtime.json_text import strict_json

T = TypeVar("T")
#: how long a job is among those of its owner, in seconds after it was accepted
_LISTED_S = 14_400.0
#: how long what is known of a line is told again
_OUTLOOK_S = 1.0
_SHARES = (1.0, 0.5, 0.25, 0.125, 1 / 16, 1 / 32)
logger = logging.getLogger("quickdemo.jobs")


class Clustered:
    """`async with Clustered("nats://host:4222", "my-app") as engine:`, on one loop.

    url, creds: see `address_of`. app: the name that all hosts of one app share.
    versions: of each function, the digest of its declaration here. Jobs of other digests (`Job.app`) are not claimed.
    bounds: of each function over all hosts; they are as the host says that was started last.
    """

    def __init__(
        self,
        url: str,
        app: str = "app",
        *,
        creds: str | Path | None = None,
        versions: Mapping[str, str] | None = None,
        bounds: Mapping[str, Bounds] | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        self.tuning = tuning or Tuning()
        self.versions, self.bounds = dict(versions or {}), dict(bounds or {})
        names = self._names = Names(app)
        self._broker = Broker(address_of(url, creds), f"quickdemo {app}", self.tuning.patience_s)
        kept, replicas = self.tuning.kept_s, self.tuning.replicas
        self.blobs = Blobs(self._broker, names, kept, self.tuning.blob_bytes, replicas)
        #: uploads and results, by their handles; the oldest go where room is short
        self.files = Blobs(
            self._broker, names, self.tuning.files_s, self.tuning.blob_bytes, replicas, kind="file", discard="old"
        )
        self._logs = Logs(self._broker, names, self.blobs, self.tuning)
        self._keys = Table(self._broker, names, "keys", kept, 16 << 20, replicas)
        self._owned = Table(self._broker, names, "owned", min(kept, _LISTED_S), 16 << 20, replicas)
        self.present = Present(Table(self._broker, names, "workers", 2 * self.tuning.lease_s, 1 << 20, replicas))
        self._sessions = Sessions(
            Table(self._broker, names, "sessions", self.tuning.session_s, self.tuning.session_bytes, replicas)
        )
        #: of visitors: in use within half a day, and a week old at most
        self.logins = Tickets(
            self._broker,
            names,
            Table(self._broker, names, "logins", 43_200.0, 16 << 20, replicas),
            Table(self._broker, names, "logins_of", 604_800.0, 16 << 20, replicas),
        )
        self._settings = Table(self._broker, names, "settings", 0.0, 1 << 20, replicas)
        self._durations = SharedDurations(Table(self._broker, names, "durations", kept, 1 << 20, replicas))
        self._outlooks: dict[tuple[Line, int], tuple[float, Outlook]] = {}
        self._lines: dict[tuple[str, str], Line] = {}
        self._leases = Leases(self._logs)
        self._claims = Claims(self._logs, self.blobs, self._leases, self._end)
        self._rung = asyncio.Event()
        self._looks = 0
        self._retired = False
        self._forget_at: list[tuple[float, str]] = []  # ended here, in the order of time
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Clustered:
        await self._broker.open()
        try:
            await self._make()
        except (ApiError, RefusedError) as error:
            await self._broker.close()
            raise AppError(
                f"The broker {self._broker.address} keeps no queues: {str(error).rstrip('.')}.",
                "Start it with JetStream: nats-server -js.",
            ) from error
        except BaseException:
            await self._broker.close()
            raise
        await self._broker.listen(self._names.subject("cancel"), self._hear_cancel)
        await self.logins.open()
        self._broker.on_return.append(self._returned)
        self._spawn(self._tick())
        return self

    async def _make(self) -> None:
        """Make what is missing in the broker: as large as it should be, or else all parts smaller alike."""
        for share in _SHARES:
            self._broker.share = share
            try:
                await self._make_all()
            except FullError as error:
                if share == _SHARES[-1]:
                    raise AppError(
                        f"The broker {self._broker.address} has no room: {error}.",
                        "Give JetStream more: max_file_store in its configuration, or a larger disk.",
                    ) from error
            else:
                self._broker.share = share if share == 1.0 else share / 2  # queues come later, and need some too
                return

    async def _make_all(self) -> None:
        """At the same time: the broker may be far away. Raises FullError once all have been tried."""
        tables = (self._keys, self._owned, self.present.table, self._settings)
        shared = (self._sessions.table, self._durations.table, self.logins.table, self.logins.owned)
        parts = (self._logs, self.blobs, self.files, *tables, *shared)
        for one in await asyncio.gather(*(part.make() for part in parts), return_exceptions=True):
            if one is not None:
                raise one

    async def check(self) -> None:
        """Raises OSError where the broker cannot be reached now."""
        if not self._broker.is_up:
            raise OSError(f"the broker {self._broker.address} does not answer")

    async def __aexit__(self, *_: object) -> None:
        await end(set(self._tasks))
        if self._broker.is_up:
            await self.present.leave()
        await self._broker.close()

    async def destroy(self) -> None:
        """Delete all that the broker has of this app, of every version: queues, results, sessions."""
        for name in await self._broker.streams(self._names.subject(">")):
            await self._broker.api(f"STREAM.DELETE.{name}")

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done_with)
        return task

    def _done_with(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.debug("the engine: %s", error)

    async def _tick(self) -> None:
        """Renew leases, be seen, forget what is old: three times in the time of a lease."""
        renewed = time.monotonic()
        while True:
            try:
                late = time.monotonic() - renewed > 0.8 * self.tuning.lease_s
                await self._leases.renew()
                renewed = time.monotonic()
                await self._durations.tell()
                if late:  # this process was stopped, or its loop held up
                    await self._leases.check()
                await self.present.renew()
                while self._forget_at and self._forget_at[0][0] <= time.monotonic():
                    await self._logs.forget(self._forget_at.pop(0)[1])
            except (RefusedError, NoStreamError, FullError, ApiError) as error:
                logger.warning("the broker: %s", error)
            except Exception:  # leases must be renewed, whatever is wrong with us
                logger.exception("the engine's housekeeping")
            await asyncio.sleep(self.tuning.lease_s / 3)

    def _returned(self) -> None:
        """The connection is back: leases may be about to end, and bells have not been heard."""
        for line in self._lines.values():
            line.look_everywhere()
        self._rung.set()
        self._spawn(self._looked_after())

    async def _looked_after(self) -> None:
        with contextlib.suppress(RefusedError, ApiError):
            await self._leases.renew()
            await self._leases.check()

    def _line(self, function: str, version: str) -> Line:
        line = self._lines.get((function, version))
        if line is None:
            bounds = self.bounds.get(function, Bounds())
            line = Line(self._broker, self._names, function, version, bounds, self.tuning)
            self._lines[function, version] = line
        return line

    # ------------------------------------------------------------------ of a front

    async def submit(self, job: Job) -> Ticket:
        id, is_new = job.id, True
        if job.key:
            id, is_new = await self._id_of(job)
            if not is_new and await self._logs.last(id) is not None:
                return Ticket(id, is_new=False)  # else whoever sent it before went away before it was accepted
        job = replace(job, id=id, accepted=job.accepted or time.time())
        line, blob = self._line(job.function, job.app), ""
        payload = strict_json(job.payload)
        try:
            if len(payload) > self.tuning.large:
                blob = f"{id}.inputs"
                await self.blobs.put(blob, payload)
            place = await line.put(job, blob)
            await self._accepted(job, line, first_entry(job, blob, place))
        except FullError as error:
            raise queue_full(f"The broker has no room: {error}.") from None
        return Ticket(id, is_new)

    async def _accepted(self, job: Job, line: Line, entry: Entry) -> None:
        """A job is in its queue: let it be found. Raises FullError."""
        try:
            await self._logs.append(job.id, entry, 0)
        except ConflictError:
            pass  # it was submitted before, or a worker was quicker
        except FullError:
            await line.drop(entry.work)
            raise
        await self._owned.tell(digest(job.owner), f"{job.accepted * 1000:013.0f}_{job.id}")

    async def _id_of(self, job: Job) -> tuple[str, bool]:
        """The id of the job with this key: (the first that was sent, whether that is this one)."""
        key = digest(job.owner, job.key)
        try:
            await self._keys.put(key, data=job.id.encode(), after=0)
        except ConflictError:
            known = await self._keys.get(key)
            if known is not None:
                return known.data.decode(), known.data.decode() == job.id
        return job.id, True

    async def cancel(self, id: str, why: str) -> bool:
        outcome = cancelled(why)
        while True:
            last = await self._logs.last(id)
            if last is None:
                raise JobGoneError(id)
            if last.ended:
                return False
            entry = replace(Entry.of(outcome).about(last), number=last.number + 1, attempt=last.attempt)
            try:
                await self._logs.append(id, entry, last.seq)
                break
            except ConflictError:
                continue
            except FullError:
                await self._logs.make_room(id)
        if last.token:
            await self._broker.tell(self._names.subject("cancel"), id.encode())
        else:
            with contextlib.suppress(ApiError, NoStreamError):  # a worker takes it out just now
                await self._line(last.function, last.version).drop(last.work)
        self._forget_later(id)
        return True

    def _hear_cancel(self, message: Msg) -> None:
        for held in self._leases.of_job(message.data.decode()):
            held.lose(CancelledJobError(held.lease.job.id))

    async def events(self, id: str, after: int = 0) -> AsyncIterator[Event]:
        async for event in self.read(id, after):
            if event is not None:
                yield event

    async def read(self, id: str, after: int = 0, beat_s: float | None = None) -> AsyncIterator[Event | None]:
        """The same; None is a sign of life after each `beat_s` seconds of silence."""
        async for event in self._logs.follow(id, after, beat_s):
            yield event

    async def _last(self, id: str) -> Entry:
        """The last entry of a job's log. Raises JobGoneError."""
        last = await self._logs.last(id)
        if last is None:
            raise JobGoneError(id)
        return last

    async def find(self, id: str, *, whole: bool = False) -> Seen:
        """Where a job stands. whole: with its inputs and its outcome. Raises JobGoneError."""
        last = await self._last(id)
        return Seen.of(
            id, last, *((await self._inputs(id, last), await self._outcome(last)) if whole else (None, None))
        )

    async def _inputs(self, id: str, last: Entry) -> dict[str, Any] | None:
        first = await self._logs.first(id, last)
        if first is None:
            return None
        try:
            payload = await self.blobs.get(first.inputs) if first.inputs else first.part(2)
        except BlobGoneError:
            return None
        found: dict[str, Any] = json.loads(payload)
        return found

    async def _outcome(self, last: Entry) -> Outcome | None:
        return (await self._logs.loaded_last(last)).outcome if last.ended else None

    async def of(self, owner: str, most: int) -> list[Seen]:
        """An owner's jobs of the last hours, the newest first."""
        keys = sorted(await self._owned.keys(digest(owner)), reverse=True)[:most]
        ids = [key.partition("_")[2] for key in keys]
        found = await asyncio.gather(*map(self._logs.last, ids))
        return [Seen.of(id, last) for id, last in zip(ids, found, strict=True) if last is not None]

    async def position(self, id: str) -> int | None:
        """About how many jobs begin before it, itself included; None when it waits no longer. Raises JobGoneError."""
        last = await self._last(id)
        if last.kind != "queued":
            return None
        return await self._line(last.function, last.version).position(last.lane, last.work)

    async def outlook(self, function: str, version: str, batch: int = 1) -> Outlook:
        """How long jobs of a line will wait and run, as it stood a second ago at most."""
        line = self._line(function, version)
        at, known = self._outlooks.get((line, batch), (0.0, None))
        if known is None or time.monotonic() - at > _OUTLOOK_S:
            there, durations = await self.present.at(line), await self._durations.of(line)
            places = places_of(line, there)
            _, running = await line.counts(places)
            known = Outlook(durations, len(there), places, running, batch)
            self._outlooks[line, batch] = time.monotonic(), known
        return known

    async def stats(self) -> Mapping[str, FunctionStats]:
        """Of the functions of this host's versions, and of those it has had jobs of."""
        for function in {*self.versions, *self.bounds}:
            self._line(function, self.versions.get(function, ""))
        found = {}
        for (function, version), line in list(self._lines.items()):
            if version == self.versions.get(function, version):
                found[function] = await self._stats(line)
        return found

    async def _stats(self, line: Line) -> FunctionStats:
        durations, there = await self._durations.of(line), await self.present.at(line)
        p50, p90 = durations.quantile(0.5), durations.quantile(0.9)
        places = places_of(line, there)
        waiting, running = await line.counts(places)
        oldest_s = await line.oldest_s(places)
        return FunctionStats(waiting, running, line.bounds.at_once, p50, p90, oldest_s, len(there), places)

    # ------------------------------------------------------------------ of a worker

    async def claim(self, functions: Mapping[str, Slots], wait_s: float, most: int | None = None) -> list[list[Lease]]:
        """functions: read anew at each look. most: starts of all functions together; None is no limit."""
        until = time.monotonic() + wait_s
        while not self._retired:
            self._rung.clear()
            looking = self._spawn(self._look(functions, most))
            try:
                found = await asyncio.shield(looking)
            except asyncio.CancelledError:
                looking.add_done_callback(self._unwanted)
                raise
            left = until - time.monotonic()
            if found or left <= 0:
                return found
            try:
                await asyncio.wait_for(self._rung.wait(), min(left, self.tuning.poll_s))
            except asyncio.TimeoutError:
                for line in self._lines.values():
                    line.look_everywhere()
        return []

    def look(self) -> None:
        """More is free here: a claim that waits looks again at once."""
        self._rung.set()

    def retire(self) -> None:
        """Nothing is claimed any more; whoever waits for something gets nothing."""
        self._retired = True
        self._rung.set()

    async def _look(self, functions: Mapping[str, Slots], most: int | None) -> list[list[Lease]]:
        """What can begin now; nothing while the broker is away."""
        found: list[list[Lease]] = []
        try:
            for function, slots in self._in_turn(functions):
                line = self._line(function, self.versions.get(function, ""))
                await line.serve(self._rung.set)
                await self.present.serves(line)
                for _ in range(slots.free if most is None else min(slots.free, most - len(found))):
                    batch = await self._claims.batch(line, slots)
                    if not batch:
                        break
                    found.append(batch)
        except (RefusedError, NoStreamError, FullError, ApiError) as error:
            logger.warning("no jobs can be taken from the broker just now: %s", error)
            if not found:
                await asyncio.sleep(min(0.2, self.tuning.poll_s))
        return found

    def _in_turn(self, functions: Mapping[str, Slots]) -> list[tuple[str, Slots]]:
        """Another one first at each look, so that none takes the places of all."""
        self._looks += 1
        first = self._looks % max(1, len(functions))
        every = list(functions.items())
        return every[first:] + every[:first]

    def _unwanted(self, looking: asyncio.Task[list[list[Lease]]]) -> None:
        """Whoever wanted them went away while they were looked for."""
        if looking.cancelled() or looking.exception() is not None:
            return
        for lease in (lease for batch in looking.result() for lease in batch):
            self._spawn(self.finish(lease, None))

    async def lost(self, lease: Lease) -> LeaseLostError:
        """Waits until a lease is cancelled or lost, and says which. Raises LeaseLostError for one not held here."""
        held = self._leases.of(lease)
        await held.told.wait()
        assert held.lost is not None
        return held.lost

    async def emit(self, lease: Lease, kind: str, data: bytes) -> None:
        held = self._leases.of(lease)
        async with held.lock:
            whole = True
            if kind == "partial":
                held.partials = True
                data, whole = held.wholes.next(data)
            entry = Entry(0, kind, data, token=lease.token, partials=held.partials, whole=whole)
            try:
                await self._leases.write(held, entry)
            except FullError as error:  # what was told on the way may be left out, the outcome not
                logger.warning("an event of job %s is left out: %s", lease.job.id, error)
                held.wholes.wanted = True

    async def finish(self, lease: Lease, outcome: Outcome | None) -> None:
        held = self._leases.of(lease)
        line = held.start.line
        if outcome is None and (lease.attempt >= MOST_STARTS or not lease.job.retry):
            outcome = gave_up(lease.attempt, lease.job.retry)
        try:
            async with held.lock:
                if outcome is not None:
                    await self._end(held, outcome)
                    await line.settle(held.reply)
                    return
                await self._leases.write_last(held, self._waiting_again(held))
            await line.give_back(held.reply)
            await line.ring(lane_of(lease.job.owner, lease.job.low))
        except CancelledJobError:
            await line.settle(held.reply)
            raise
        finally:
            await self._leases.remove(held)  # of one that was lost, the queue is told nothing: it is another's now

    def _waiting_again(self, held: Held) -> Entry:
        job = held.lease.job
        return Entry(0, "queued", lane=lane_of(job.owner, job.low), work=held.work)

    async def _end(self, held: Held, outcome: Outcome) -> None:
        """Write the last entry of a job."""
        ran_s = time.monotonic() - held.began
        entry = Entry.of(outcome)
        await self._leases.write_last(held, replace(entry, token=held.lease.token, ran_s=ran_s))
        if outcome.state == "done":
            self._durations.add(held.start.line, ran_s)
        self._forget_later(held.lease.job.id)

    def _forget_later(self, id: str) -> None:
        self._forget_at.append((time.monotonic() + self.tuning.results_s, id))

    # ------------------------------------------------------------------ shared

    async def secret(self) -> bytes:
        """What signs cookies and sessions: of the first host that asked, the same for all of them."""
        while (stored := await self._settings.get("secret")) is None:
            with contextlib.suppress(ConflictError):
                await self._settings.put("secret", data=secrets.token_bytes(32), after=0)
        return stored.data

    async def session(self, id: str, update: Update | None = None) -> Any:
        return await self._sessions.get(id) if update is None else await self._sessions.change(id, update)
