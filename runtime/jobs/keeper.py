"""What outlives this process: jobs in the journal, which this process writes, and takes over from those that died."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from quickdemo.runtime.jobs.engine import Update
from quickdemo.runtime.jobs.entry import Entry
from quickdemo.runtime.jobs.event_log import EventLog
from quickdemo.runtime.jobs.holders import Holder
from quickdemo.runtime.jobs.job import MOST_STARTS, Event
from quickdemo.runtime.jobs.journal import Journal, JournalFullError, journal_or_none
from quickdemo.runtime.jobs.outcomes import cancelled, gave_up, moved_on
from quickdemo.runtime.jobs.record import Record
from quickdemo.runtime.logs import JobInLog, concerning

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.embedded import Embedded

logger = logging.getLogger("quickdemo.jobs")

_LOOK_S = 0.25  # how often the journal is looked into while another process has jobs, or we have some that lasted
MOST_REMEMBERED = 1000
REMEMBERED_BYTES = 64_000_000
_MOST_WRITTEN_AGAIN = 100  # at a time
_NUMBERS = 1_000_000  # events that one process may tell of a job before another one goes on numbering behind them
#: starts after which a job that ran when its process ended runs alone among its like
_SUSPECT = 2


class Keeper:
    """The journal of one process. Without one (a folder on a network, a test) everything ends with the process."""

    def __init__(self, folder: str | None = None, app: str = "") -> None:
        """folder: where the journal is; opened with the engine. app: which of the scripts beside it this is."""
        self._folder, self._app = folder, app
        self._journal: Journal | None = None
        self._holder: Holder | None = None
        self._engine: Embedded | None = None
        self._task: asyncio.Task[None] | None = None
        self._remembered: OrderedDict[str, tuple[Entry, Callable[[Entry], None]]] = OrderedDict()
        self._bytes = 0
        self._sessions: dict[str, Any] = {}
        self._running: dict[str, Entry] = {}  # in the journal, and not ended
        self._unwritten: dict[str, Entry] = {}  # in the journal, where it could not be written what became of them
        self._full: JournalFullError | None = None  # there will be a journal as soon as there is room for one
        self._suspect: str | None = None  # runs alone among those with which several processes have ended
        self._suspects: deque[str] = deque()  # that wait for its end
        self._to_take = True  # what the dead left has not been looked for since they died

    async def open(self, engine: Embedded) -> None:
        """Take up what is left of processes that died, now and later."""
        self._engine = engine
        if self._folder is not None:
            await self._open(self._folder)
            if self._journal is not None or self._full is not None:
                self._task = asyncio.ensure_future(self._attend())

    async def _open(self, folder: str) -> None:
        """The journal, where there can be one; with a full disk there is none yet."""
        try:
            self._journal = await asyncio.to_thread(journal_or_none, folder, "normal", self._app)
            if self._journal is not None:
                self._holder = Holder(folder)
            self._full = None
        except OSError as error:
            if self._journal is not None:
                await asyncio.to_thread(self._journal.close)
                self._journal = None
            if self._full is None:
                logger.warning("%s Runs cannot be promised until there is.", error)
            self._full = JournalFullError(str(error))
            return
        await self._look()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._journal is not None:
            self._write_again()
            await asyncio.to_thread(self._journal.close)
        if self._holder is not None:
            self._holder.close()

    # ------------------------------------------------------------------ writing

    def put(self, entry: Entry) -> asyncio.Future[None]:
        """Into the journal, as it is now."""
        if self._full is not None:
            return _logged(_already(self._full), entry)
        if self._journal is None or self._holder is None:
            return _already()
        entry.job.app = self._app
        last = _NUMBERS + (entry.log.last if entry.log else 0)
        record = Record.of(entry.job, **entry.fields(), holder=self._holder.id, last=last)
        if not entry.over:
            self._running[entry.job.id] = entry
        return _logged(self._journal.put(record), entry)

    def change(self, entry: Entry, **fields: Any) -> asyncio.Future[None]:
        if self._journal is None:
            return _already()
        changed = self._journal.change(entry.job.id, **fields)
        changed.add_done_callback(partial(self._changed, entry))
        return changed

    def _changed(self, entry: Entry, change: asyncio.Future[None]) -> None:
        """What could not be written is written again until it can."""
        id = entry.job.id
        if not change.cancelled() and (error := change.exception()) is not None and id not in self._unwritten:
            self._unwritten[id] = entry
            logger.warning("what became of job %s could not be written down yet: %s", id, error)

    def _write_again(self) -> None:
        for entry in list(islice(self._unwritten.values(), _MOST_WRITTEN_AGAIN)):
            self._write(entry)

    def _write(self, entry: Entry) -> asyncio.Future[None]:
        """All that became of it."""
        id, written = entry.job.id, self.change(entry, **entry.fields(), attempt=entry.job.attempt)

        def done(written: asyncio.Future[None]) -> None:
            if not written.cancelled() and written.exception() is None:
                self._unwritten.pop(id, None)

        written.add_done_callback(done)
        return written

    def begun(self, entries: Sequence[Entry], ready: Callable[[], None]) -> None:
        """They begin: `ready` is called when that is written, so that no job is begun more often than counted."""
        fields = [{"state": "running", "attempt": e.job.attempt, "started": e.started} for e in entries]
        written = [self.change(entry, **own) for entry, own in zip(entries, fields, strict=True)]
        asyncio.gather(*written, return_exceptions=True).add_done_callback(lambda _: ready())

    def end(self, entry: Entry) -> asyncio.Future[None]:
        """Done when it is written down how it ended, or could not be: then it is written again until it can."""
        self._running.pop(entry.job.id, None)
        if entry.job.id == self._suspect:
            self._suspect = None
        return self._write(entry)

    async def release(self, entries: Sequence[Entry]) -> None:
        """These wait for the next process."""
        for entry in entries:
            self._running.pop(entry.job.id, None)
            self._unwritten.pop(entry.job.id, None)
        if self._journal is not None and self._holder is not None and entries:
            ids = [entry.job.id for entry in entries]
            try:
                await asyncio.to_thread(self._journal.release, ids, self._holder.id)
            except OSError as error:  # they are free when this process has ended
                logger.warning("%d jobs that wait could not be given away yet: %s", len(ids), error)

    def remember(self, entry: Entry, forget: Callable[[Entry], None]) -> None:
        """An ended job stays in memory while there is room for its outcome."""
        self._remembered[entry.job.id] = entry, forget
        self._bytes += _size(entry)
        while len(self._remembered) > MOST_REMEMBERED or (self._bytes > REMEMBERED_BYTES and len(self._remembered) > 1):
            _, (oldest, forget_it) = self._remembered.popitem(last=False)
            self._bytes -= _size(oldest)
            forget_it(oldest)

    # ------------------------------------------------------------------ reading

    async def find(self, id: str) -> Entry | None:
        """What the journal has. Raises JournalError, also while it is not known what it has."""
        self._check()
        if self._journal is None:
            return None
        record = await asyncio.to_thread(self._journal.find, id)
        return None if record is None else Entry.of(record)

    async def by_key(self, owner: str, key: str) -> Entry | None:
        """The job of a key. Raises JournalError, as for all that asks the journal."""
        self._check()
        if self._journal is None:
            return None
        record = self._journal.by_key(owner, key)
        return None if record is None else Entry.of(record)

    async def of(self, owner: str, most: int) -> list[Entry]:
        """The newest jobs of an owner."""
        self._check()
        if self._journal is None:
            mine = [entry for entry, _ in self._remembered.values() if entry.job.owner == owner]
            return mine[: -most - 1 : -1]
        return [Entry.of(record) for record in await asyncio.to_thread(self._journal.of, owner, most)]

    @property
    def keeps(self) -> bool:
        """Whether there is a journal."""
        return self._journal is not None

    async def check(self) -> None:
        """Raises OSError where jobs should be written down and cannot be."""
        if self._journal is not None:
            await asyncio.to_thread(self._journal.check)

    @property
    def write_counts(self) -> tuple[int, int] | None:
        """(writes that were committed, writes that failed) so far; None without a journal."""
        return None if self._journal is None else self._journal.write_counts

    async def ask_cancel(self, id: str) -> bool:
        """Whoever runs it shall cancel it."""
        return self._journal is not None and await asyncio.to_thread(self._journal.ask_cancel, id)

    def _check(self) -> None:
        if self._full is not None:
            raise JournalFullError(str(self._full))

    async def follow(self, entry: Entry, after: int, beat_s: float | None) -> AsyncIterator[Event | None]:
        """The events of a job that another process has: its values as it writes them down, and its end."""
        assert self._engine is not None
        id, told, heard = entry.job.id, after, self._engine.now
        while True:
            if (ours := self._engine.entries.get(id)) is not None:
                async for event in self._engine.read(ours, told, beat_s):
                    yield event
                return
            record = None if self._journal is None else await asyncio.to_thread(self._journal.find, id)
            if record is None:
                return
            if record.snapshot is not None and record.last > told:
                told, heard = record.last, self._engine.now
                yield Event(told, "partial", record.snapshot)
            if record.outcome is not None:
                yield Event(max(told, record.last) + 1, record.outcome.state, record.outcome.body)
                return
            if beat_s is not None and self._engine.now - heard >= beat_s:
                heard = self._engine.now
                yield None
            await asyncio.sleep(_LOOK_S)

    # ------------------------------------------------------------------ other processes

    async def _attend(self) -> None:
        """Look after what other processes wrote: jobs of the dead, and jobs that are to be cancelled."""
        assert self._folder is not None
        while True:
            busy = self._running or self._to_take or self._unwritten or self._suspects
            await asyncio.sleep(_LOOK_S if busy else 4 * _LOOK_S)
            if self._full is not None:
                await self._open(self._folder)
            elif self._journal is not None:
                await self._look()

    async def _look(self) -> None:
        assert self._holder is not None and self._engine is not None
        self._write_again()
        try:
            if self._running:
                await self._cancel_asked()
            await self._adopt_next()
            others = self._holder.others()
            # once more after the last has gone, and what `quickdemo jobs retry` put there
            if not self._engine.retired and (others or self._to_take or await self._has_free()):
                self._to_take = True
                await self._take()
                self._to_take = others
            if self._engine.retired:
                self._write_snapshots()
        except OSError as error:
            logger.warning("the journal of jobs could not be read: %s", error)

    async def _has_free(self) -> bool:
        assert self._journal is not None
        return await asyncio.to_thread(self._journal.has_free)

    async def _cancel_asked(self) -> None:
        assert self._journal is not None and self._holder is not None and self._engine is not None
        for id in await asyncio.to_thread(self._journal.to_cancel, self._holder.id):
            entry = self._engine.entries.get(id)
            if entry is not None and not entry.over:
                self._engine.cancel_here(entry, "")

    def _write_snapshots(self) -> None:
        """Another process serves those who follow what still runs here."""
        for entry in self._running.values():
            if entry.log is not None and (snapshot := entry.log.whole()) is not None:
                self.change(entry, snapshot=snapshot, last=_NUMBERS + entry.log.last)

    async def _take(self) -> None:
        assert self._journal is not None and self._holder is not None
        take = partial(self._journal.take, self._holder.id, self._holder.alive)
        for record in await asyncio.to_thread(take):
            self._adopt(record)

    def _adopt(self, record: Record) -> None:
        assert self._engine is not None
        entry = Entry.of(record)
        entry.written = _already()
        entry.state = "queued"
        self._running[entry.job.id] = entry
        if record.function not in self._engine.limits:
            self._engine.refuse(entry, moved_on(record.function))
            return
        if record.cancel:
            self._engine.refuse(entry, cancelled(""))
            return
        crashed = record.state == "running"
        if crashed and (record.attempt >= MOST_STARTS or not record.retry):
            self._engine.refuse(entry, gave_up(record.attempt, record.retry))
            return
        if crashed and record.attempt >= _SUSPECT and not self._is_next(record.id):
            return
        entry.log = EventLog(first=record.last + 1)
        self.change(entry, last=record.last + _NUMBERS)  # the process after this one goes on behind our events
        self._engine.adopt(entry)
        if crashed:
            with concerning(JobInLog(record.id, record.function, record.attempt)):
                logger.warning("job %s of %s is begun again: the process that ran it ended", record.id, record.function)

    def _is_next(self, id: str) -> bool:
        """Whether a job begins now with which several processes have ended; its like begin when it has ended.

        It may be the cause, and those that ran beside it have done nothing.
        """
        if self._suspect is not None:
            self._running.pop(id, None)
            self._suspects.append(id)
            return False
        self._suspect = id
        return True

    async def _adopt_next(self) -> None:
        """None in a process that is replaced: its end would count as one more with which the job has ended."""
        assert self._journal is not None and self._engine is not None
        while self._suspects and self._suspect is None:
            record = await asyncio.to_thread(self._journal.find, self._suspects[0])
            if self._engine.retired:
                return
            self._suspects.popleft()
            if record is not None and not record.is_ended:
                self._adopt(record)

    # ------------------------------------------------------------------ sessions

    async def session(self, id: str, update: Update | None = None) -> Any:
        """In memory: the server keeps its sessions itself."""
        if update is not None:
            self._sessions[id] = update(self._sessions.get(id))
        return self._sessions.get(id)


def _size(entry: Entry) -> int:
    return 0 if entry.outcome is None else len(entry.outcome.body)


def _already(error: Exception | None = None) -> asyncio.Future[None]:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
    return done


def _logged(future: asyncio.Future[None], entry: Entry) -> asyncio.Future[None]:
    """A write that fails is told to whoever waits for it, and in the log."""
    job = JobInLog(entry.job.id, entry.job.function, entry.job.attempt)

    def told(done: asyncio.Future[None]) -> None:
        if not done.cancelled() and (error := done.exception()) is not None:
            with concerning(job):
                logger.warning("job %s could not be written down: %s", job.id, error)

    future.add_done_callback(told)
    return future
