"""The log of each job: its events in their order. The last entry says who owns the job, and what became of it."""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from typing import cast

from nats.aio.msg import Msg

from quickdemo.runtime.jobs.cluster.blobs import BlobGoneError, Blobs
from quickdemo.runtime.jobs.cluster.broker import Broker, FullError, Stored
from quickdemo.runtime.jobs.cluster.names import Names
from quickdemo.runtime.jobs.cluster.streams import make_stream
from quickdemo.runtime.jobs.cluster.tuning import Tuning
from quickdemo.runtime.jobs.engine import JobGoneError
from quickdemo.runtime.jobs.job import ENDED, Ending, Event, Outcome
from quickdemo.runtime.jobs.outcomes import ended

#: a reader looks into the log after so long a silence, whatever it was told, in seconds
LOOK_S = 15.0
_MOST_UNREAD = 64
_EVICTED = 50  #: jobs that are forgotten at a time, when there is no room for more
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it is stored.

    attempt: starts so far; token: of the lease that owns the job, "" when none does. partials: its lease has told
    values; whole: this one needs none before it. blob: where `data` is, when it is large. sizes: of an outcome's body,
    of what is told of it, and in brief. version: the digest of the function's declaration. accepted, started: UTC
    seconds. lane, work: where the job waits. inputs: where they are, when they are large. first: place of the
    job's first entry, 0 in that one; seq: of this one. at: UTC seconds.
    """

    number: int
    kind: str
    data: bytes = field(default=b"{}", repr=False)
    attempt: int = 0
    token: str = ""
    partials: bool = False
    whole: bool = True
    blob: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    ran_s: float | None = None
    function: str = ""
    version: str = ""
    owner: str = ""
    accepted: float = 0.0
    started: float | None = None
    lane: str = ""
    work: int = 0
    inputs: str = ""
    first: int = 0
    seq: int = 0
    at: float = 0.0

    @property
    def ended(self) -> bool:
        """It is the last one of its job."""
        return self.kind in ENDED

    @property
    def event(self) -> Event:
        """What a reader gets."""
        return Event(self.number, self.kind, self.part(1) or self.part(0) if self.sizes else self.data)

    @classmethod
    def of(cls, outcome: Outcome) -> Entry:
        """The last entry of a job that ends so."""
        return cls(0, outcome.state, status=outcome.status, headers=outcome.headers).filled(
            outcome.body, outcome.told, outcome.brief
        )

    def filled(self, *parts: bytes) -> Entry:
        """With data in parts, of which readers get the first, or the second when there is one."""
        return replace(self, data=b"".join(parts), sizes=[len(part) for part in parts])

    def about(self, other: Entry) -> Entry:
        """The same with what all entries of one job say, as another one of it has it."""
        return replace(self, first=other.begin, **{name: getattr(other, name) for name in _OF_THE_JOB})

    @property
    def begin(self) -> int:
        """Where the log of its job begins in the stream."""
        return self.first or self.seq

    @property
    def outcome(self) -> Outcome:
        """How the job has ended; its data must be loaded."""
        return Outcome(cast(Ending, self.kind), self.part(0), self.status, self.headers, self.part(1), self.part(2))

    def part(self, number: int) -> bytes:
        """Of an outcome: its body, what is told, what is told in brief."""
        start = sum(self.sizes[:number])
        return self.data[start : start + self.sizes[number]]


_PLAIN = Entry(0, "")
_OF_THE_JOB = ("function", "version", "owner", "accepted", "started")
_IN_HEADER = [one.name for one in fields(Entry) if one.name not in ("data", "seq", "at")]


def _header(entry: Entry) -> str:
    values = {name: getattr(entry, name) for name in _IN_HEADER}
    return json.dumps({name: value for name, value in values.items() if value != getattr(_PLAIN, name)})


def _entry(header: str, data: bytes, seq: int, at: float) -> Entry:
    return Entry(data=data, seq=seq, at=at, **{"number": 0, "kind": "", **json.loads(header)})


def entry_of(message: Msg) -> Entry:
    """As a consumer of the log gets it."""
    metadata = message.metadata
    return _entry((message.headers or {})["Qd"], message.data, metadata.sequence.stream, metadata.timestamp.timestamp())


class Logs:
    """Of all jobs of one app."""

    def __init__(self, broker: Broker, names: Names, blobs: Blobs, tuning: Tuning) -> None:
        self._broker, self._names, self._blobs, self._tuning = broker, names, blobs, tuning
        self.stream = names.stream("log")
        self._all = names.subject("log", "*")
        self._evicting = asyncio.Lock()
        self._evicted = 0  # where the next eviction looks
        self._readers: dict[str, set[_Reader]] = {}
        broker.on_return.append(self._wake)

    async def make(self) -> None:
        """Make the stream, where it is missing."""
        live = self._names.subject("live", "{{wildcard(1)}}")
        await make_stream(
            self._broker,
            self.stream,
            [self._all],
            self._tuning.replicas,
            max_age=self._tuning.kept_s,
            max_bytes=self._tuning.log_bytes,
            max_msgs_per_subject=self._tuning.events,
            republish={"src": self._all, "dest": live},  # what was stored, and nothing else
        )

    def _subject(self, id: str) -> str:
        """Raises JobGoneError for what is no id: it comes from outside, and must name one log and no other."""
        if not _ID.fullmatch(id):
            raise JobGoneError(id)
        return self._names.subject("log", id)

    # ------------------------------------------------------------------ writing

    async def append(self, id: str, entry: Entry, after: int, patience_s: float | None = None) -> int:
        """Write an entry after the one at place `after`; 0 begins the log. Returns its place.

        Raises ConflictError where somebody else has written, FullError.
        """
        once = f"{id}.{entry.token or entry.kind}.{entry.number}.{after}"
        if len(entry.data) > self._tuning.large:
            blob = f"{id}.{entry.token or 'front'}_{entry.number}"
            await self._blobs.put(blob, entry.data, patience_s)
            entry = replace(entry, blob=blob, data=b"")
        try:
            return await self._store(id, entry, once, after, patience_s)
        except FullError:
            await self._evict()
            return await self._store(id, entry, once, after, patience_s)

    async def _store(self, id: str, entry: Entry, once: str, after: int, patience_s: float | None) -> int:
        subject, header = self._subject(id), _header(entry)
        return await self._broker.store(
            subject, entry.data, once=once, after=after, header=header, patience_s=patience_s, make=self.make
        )

    async def _evict(self) -> None:
        """Forget jobs that have ended, the oldest first, though others may ask for them: new ones need the room."""
        async with self._evicting:
            freed, seq = 0, self._evicted
            while freed < _EVICTED and (stored := await self._broker.next(self.stream, self._all, seq)) is not None:
                seq = stored.seq + 1
                id = stored.subject.rpartition(".")[2]
                last = await self.last(id)
                if last is not None and last.ended:
                    await self.forget(id)
                    freed += 1
            self._evicted = seq if freed == _EVICTED else 0

    async def make_room(self, id: str) -> None:
        """Drop a job's events but the last, which says whose it is."""
        await self._broker.purge(self.stream, self._subject(id), keep=1)

    async def forget(self, id: str) -> None:
        """Drop all of it."""
        await self._broker.purge(self.stream, self._subject(id))
        await self._blobs.drop(f"{id}.*")

    # ------------------------------------------------------------------ reading

    async def last(self, id: str, patience_s: float | None = None) -> Entry | None:
        """The newest entry; its data may be in a blob still."""
        stored = await self._broker.last(self.stream, self._subject(id), patience_s)
        return None if stored is None else _read(stored)

    async def loaded(self, entry: Entry) -> Entry:
        """The entry with its data. Raises BlobGoneError."""
        return replace(entry, data=await self._blobs.get(entry.blob), blob="") if entry.blob else entry

    async def loaded_last(self, entry: Entry) -> Entry:
        """The last entry of a job; it has failed where its result is gone."""
        try:
            return await self.loaded(entry)
        except BlobGoneError:
            gone = ended("failed", 410, "result_gone", "The result is kept no longer.", "Run it again.")
            return replace(Entry.of(gone).about(entry), number=entry.number, attempt=entry.attempt, seq=entry.seq)

    async def held(self, id: str, seq: int) -> AsyncIterator[Entry]:
        """Entries that are held, from a place on."""
        while (stored := await self._broker.next(self.stream, self._subject(id), seq)) is not None:
            yield _read(stored)
            seq = stored.seq + 1

    async def first(self, id: str, last: Entry) -> Entry | None:
        """The first entry, with its data; None when it is held no longer. last: one that is known."""
        async for entry in self.held(id, last.begin):
            return await self.loaded(entry) if entry.number == 1 else None
        return None

    async def follow(self, id: str, after: int, beat_s: float | None = None) -> AsyncIterator[Event | None]:
        """Events with numbers above `after`, to the last; a whole one first, where some are missing before it.

        None is a sign of life after each `beat_s` seconds of silence. Raises JobGoneError.
        """
        async with self._reader(id) as reader:
            broken = False
            async for entry in self._entries(reader, id, after, beat_s):
                if entry is None:
                    yield None
                    continue
                event = await self._event(entry)
                broken = event is None or ((broken or entry.number != after + 1) and not _begins(entry))
                after = entry.number
                if event is not None and not broken:
                    yield event

    async def _entries(self, reader: _Reader, id: str, after: int, beat_s: float | None) -> AsyncIterator[Entry | None]:
        """From the log as it is, and then as it is written. A number that was never told stands for the beginning."""
        seq = 0
        while True:
            if not seq or reader.silent:  # it may be forgotten, while somebody reads it
                if (last := await self.last(id)) is None:
                    raise JobGoneError(id)
                seq, after = seq or last.begin, after if after <= last.number else 0
            reader.behind = False
            async for entry in self.held(id, seq):
                seq = entry.seq + 1
                if entry.number > after:
                    after = entry.number
                    yield entry
                if entry.ended:
                    return
            async for entry in reader.live(after, beat_s or LOOK_S):
                seq, after = entry.seq + 1, entry.number
                yield entry
                if entry.ended:
                    return
            if beat_s is not None and reader.silent:
                yield None

    async def _event(self, entry: Entry) -> Event | None:
        try:
            return (await (self.loaded_last(entry) if entry.ended else self.loaded(entry))).event
        except BlobGoneError:
            return None

    @asynccontextmanager
    async def _reader(self, id: str) -> AsyncIterator[_Reader]:
        subject, reader = self._names.subject("live", id), _Reader()
        readers = self._readers.setdefault(id, set())
        readers.add(reader)
        if len(readers) == 1:

            def hear(message: Msg) -> None:
                for one in self._readers.get(id, ()):
                    one.hear(message)

            await self._broker.listen(subject, hear)
        try:
            yield reader
        finally:
            readers.discard(reader)
            if not readers and self._readers.get(id) is readers:
                del self._readers[id]
                await self._broker.deafen(subject)

    def _wake(self) -> None:
        """The connection was lost for a while: what was published meanwhile is in the log."""
        for readers in self._readers.values():
            for reader in readers:
                reader.look()


class _Reader:
    """What one reader of a log is told while it is written; of too much, and after a silence, it looks itself."""

    def __init__(self) -> None:
        self._messages: deque[Msg] = deque()
        self._awake = asyncio.Event()
        self.behind = self.silent = False

    def hear(self, message: Msg) -> None:
        if len(self._messages) < _MOST_UNREAD:
            self._messages.append(message)
            self._awake.set()
        else:
            self.look()

    def look(self) -> None:
        self._messages.clear()
        self.behind = True
        self._awake.set()

    async def live(self, after: int, silence_s: float) -> AsyncIterator[Entry]:
        """Entries as they are written, as long as none is missing between them, and until a silence."""
        self.silent = False
        while not self.behind:
            while self._messages and not self.behind:
                message = self._messages.popleft()
                headers = message.headers or {}
                entry = _entry(headers["Qd"], message.data, int(headers["Nats-Sequence"]), 0.0)
                if entry.number > after + 1:
                    return
                if entry.number == after + 1:
                    after = entry.number
                    yield entry
            self._awake.clear()
            if self.behind:
                return
            if not await self._woken(silence_s):
                self.silent = True
                return

    async def _woken(self, within_s: float) -> bool:
        """Whether anything came in this time. `asyncio.wait_for` up to Python 3.11 keeps a cancellation to itself that
        comes together with a message."""
        timer = asyncio.get_running_loop().call_later(within_s, self._awake.set)
        try:
            await self._awake.wait()
        finally:
            timer.cancel()
        return bool(self._messages) or self.behind


def _read(stored: Stored) -> Entry:
    return _entry(stored.header, stored.data, stored.seq, stored.at)


def _begins(entry: Entry) -> bool:
    """A reader that lacks what was before can begin with it."""
    return entry.ended or not entry.partials or (entry.kind == "partial" and entry.whole)
