"""One thread that writes: as many writes as wait are committed together."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import os
import queue
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

logger = logging.getLogger("quickdemo.jobs")

#: writes in one commit: other processes wait for its end
MOST_TOGETHER = 500

T = TypeVar("T")
#: statements in an open transaction; it may be called again after a rollback
Work = Callable[[sqlite3.Connection], T]


class Database(Protocol):
    """Where is written. `run` calls the work with a connection outside a transaction, again with another one where
    the first turned out to be unusable."""

    def run(self, work: Work[T], /) -> T: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What the writer does by itself: at most every `every_s` seconds, sooner after `every_writes` writes.

    work: in a transaction of its own; gives whether it has to be done again though nothing is written meanwhile.
    """

    work: Work[bool]
    every_s: float = 60.0
    every_writes: int = 5000


@dataclass(slots=True, eq=False)
class _Write:
    work: Work[Any]
    future: asyncio.Future[Any] | concurrent.futures.Future[Any]
    result: Any = None
    error: Exception | None = None


class GroupCommit:
    """Takes writes from any thread, and commits those that wait in one transaction, in their order.

    A write that fails is rolled back and fails alone, unless the database is locked or cannot be opened.
    fault: makes the error for the caller out of the one that came, for each caller a new one.
    The thread begins with the first write; it sleeps while there is none.
    """

    def __init__(
        self, database: Database, fault: Callable[[Exception], Exception] = lambda e: e, upkeep: Upkeep | None = None
    ) -> None:
        self._writer = _Writer(database, fault, upkeep)
        self._lock = threading.Lock()
        self._thread: list[threading.Thread] = []
        self._closed = False
        # one that is dropped without being closed, or still open at the end of the process, writes what waits
        self._end = weakref.finalize(self, _end, self._writer, self._thread, os.getpid())

    def later(self, work: Work[T]) -> asyncio.Future[T]:
        """Write; on an event loop. The future is done when it is committed, and has what `work` gives or raises.

        Nobody needs to wait for it: its error is logged, but never complained about.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        write = _Write(work, future)
        if not self._put(write):
            write.error = self._writer.fault(RuntimeError("it is closed"))
            _settle([write])
        return future

    def now(self, work: Work[T]) -> T:
        """Write, after all that was asked for before, and wait for the commit; not on an event loop."""
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        if not self._put(_Write(work, future)):
            raise self._writer.fault(RuntimeError("it is closed"))
        return future.result()

    @property
    def counts(self) -> tuple[int, int]:
        """(writes that were committed, writes that failed) so far."""
        return self._writer.written, self._writer.failed

    def close(self) -> None:
        """Write what waits, and end. What comes later fails. It may be called twice."""
        with self._lock:
            self._closed = True
        self._end()

    def _put(self, write: _Write) -> bool:
        """Hand it to the thread; False where there is none any more."""
        with self._lock:
            if self._closed:
                return False
            self._writer.queue.put(write)
            if not self._thread:
                # it must not refer to `self`, which would then never be dropped
                thread = threading.Thread(target=self._writer.run, name="quickdemo-journal", daemon=True)
                thread.start()
                self._thread.append(thread)
            return True


def _end(writer: _Writer, thread: list[threading.Thread], pid: int) -> None:
    if os.getpid() != pid:  # a forked process: neither the thread nor the connection is its own
        return
    if not thread:
        writer.database.close()
        return
    writer.queue.put(None)
    if thread[0] is not threading.current_thread():
        thread[0].join()


class _Writer:
    """What the thread does."""

    def __init__(self, database: Database, fault: Callable[[Exception], Exception], upkeep: Upkeep | None) -> None:
        self.database = database
        self.queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self.fault = fault
        self._upkeep = upkeep
        self._writes = 0  # since the last upkeep
        self._tended: float | None = None  # when
        self._again = False  # the last upkeep wants another one
        self._failing = False
        self.written = self.failed = 0  # writes so far

    def run(self) -> None:
        try:
            while self._step():
                pass
        finally:
            self.database.close()

    def _step(self) -> bool:
        """One commit; False at the end. Between two of them the thread holds on to nobody's results."""
        batch, ending = self._next()
        if batch:
            self._commit(batch)
        if not ending:
            self._tend()
        return not ending

    def _next(self) -> tuple[list[_Write], bool]:
        """Wait for a write or the time of the upkeep; (all that wait, whether the end was asked for)."""
        batch: list[_Write] = []
        with contextlib.suppress(queue.Empty):
            write = self.queue.get(timeout=self._pause())
            while write is not None:
                batch.append(write)
                if len(batch) >= MOST_TOGETHER:
                    return batch, False
                write = self.queue.get_nowait()
            return batch, True
        return batch, False

    def _commit(self, batch: list[_Write]) -> None:
        self._write(batch)
        self._writes += len(batch)
        errors = [write.error for write in batch if write.error is not None]
        self.written, self.failed = self.written + len(batch) - len(errors), self.failed + len(errors)
        self._tell(errors)
        loops: dict[asyncio.AbstractEventLoop, list[_Write]] = {}
        for write in batch:
            if isinstance(write.future, concurrent.futures.Future):
                _settle([write])
            else:
                loops.setdefault(write.future.get_loop(), []).append(write)
        for loop, writes in loops.items():
            with contextlib.suppress(RuntimeError):  # a closed loop: nobody waits there any more
                loop.call_soon_threadsafe(_settle, writes)

    def _write(self, batch: list[_Write]) -> None:
        try:
            results = self.database.run(lambda connection: transaction(connection, [write.work for write in batch]))
        except Exception as error:
            if len(batch) > 1 and not _concerns_all(error):
                for write in batch:
                    self._write([write])
                return
            for write in batch:
                write.error = self.fault(error)
        else:
            for write, result in zip(batch, results, strict=True):
                write.result = result

    def _tell(self, errors: list[Exception]) -> None:
        """Log the first of many errors."""
        if errors and not self._failing:
            # its text alone: a log that keeps its records would keep the traceback, and with it all that was written
            logger.warning("The journal of jobs cannot be written: %s", str(errors[0]))
        self._failing = bool(errors)

    # ------------------------------------------------------------------ upkeep

    def _pause(self) -> float | None:
        """Seconds until the upkeep is due; None where it is not, unless something is written."""
        if self._upkeep is None or self._tended is None or not (self._again or self._writes):
            return None
        return max(0.0, self._tended + self._upkeep.every_s - time.monotonic())

    def _tend(self) -> None:
        upkeep = self._upkeep
        if upkeep is None or not (self._writes >= upkeep.every_writes or self._tended is None or self._pause() == 0.0):
            return
        self._writes, self._tended, self._again = 0, time.monotonic(), True
        try:
            (self._again,) = self.database.run(lambda connection: transaction(connection, [upkeep.work]))
        except Exception as error:
            self._tell([self.fault(error)])


def transaction(connection: sqlite3.Connection, works: list[Work[Any]]) -> list[Any]:
    """The results of the works, which hold together or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        results = [work(connection) for work in works]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite itself rolls back after some errors
            connection.execute("ROLLBACK")
        raise
    return results


def _concerns_all(error: Exception) -> bool:
    """Whether each write would wait for the same in vain."""
    return isinstance(error, OSError) or (isinstance(error, sqlite3.OperationalError) and "locked" in str(error))


def _settle(writes: list[_Write]) -> None:
    for write in writes:
        if write.future.done():  # given up
            continue
        if write.error is None:
            write.future.set_result(write.result)
        else:
            write.future.set_exception(write.error)
            write.future.exception()  # asyncio would complain of one that nobody waits for
