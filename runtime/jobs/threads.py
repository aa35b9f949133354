"""Worker threads of one function: a hung call holds its own thread and nothing else."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from quickdemo.runtime.jobs.full import queue_full

T = TypeVar("T")
logger = logging.getLogger("quickdemo.jobs")

Ended = Callable[[], None]
Task = tuple[Callable[[], Any], "_Ends", "asyncio.Future[Any]", Ended]


def _nothing() -> None:
    """Nobody asks when it ends."""


class Workers:
    """Up to `limit` daemon threads, started as they are needed; calls beyond wait their turn in order.

    Daemon threads, because a call that never returns must not keep the process from ending. At most
    `max_waiting` calls wait; one more is refused with 503.
    """

    def __init__(self, name: str, limit: int, max_waiting: int = 1000) -> None:
        self.name = name
        self.limit = limit
        self.max_waiting = max_waiting
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._accepted = 0  # running and waiting
        self._ends: dict[asyncio.AbstractEventLoop, _Ends] = {}

    @property
    def accepted(self) -> int:
        """Calls that run or wait now."""
        return self._accepted

    def submit(self, work: Callable[[], T], ended: Ended = _nothing) -> asyncio.Future[T]:
        """Run `work` in a thread, in a copy of this context; the future belongs to the running loop.

        Any BaseException is its exception.
        ended: told, on the loop, when it has ended in its thread, also where nobody waits for it any more.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        ends = self._ends.get(loop)
        if ends is None:
            ends = self._ends[loop] = _Ends(loop)
        with self._lock:
            if self._accepted >= self.limit + self.max_waiting:
                raise queue_full(f"{self._accepted} calls of {self.name} run or wait already.")
            self._accepted += 1
            if self._threads < min(self.limit, self._accepted):
                self._threads += 1
                threading.Thread(target=self._work, name=f"{self.name}-{self._threads}", daemon=True).start()
        self._tasks.put((partial(copy_context().run, work), ends, future, ended))
        return future

    def _work(self) -> None:
        while True:
            work, ends, future, ended = self._tasks.get()
            result: Any = None
            error: BaseException | None = None
            if not future.cancelled():
                try:
                    result = work()
                except BaseException as caught:  # sys.exit() in a function is an error of that call alone
                    error = caught
            with self._lock:
                self._accepted -= 1
            ends.tell(future, result, error, ended)
            del work, ends, future, result, error, ended  # hold nothing while idle


class _Ends:
    """Calls that have ended, on their way to their loop: those that end while it does other work wake it once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._untold: deque[tuple[asyncio.Future[Any], Any, BaseException | None, Ended]] = deque()
        self._woken = False

    def tell(self, future: asyncio.Future[Any], result: Any, error: BaseException | None, ended: Ended) -> None:
        """In the thread of the call."""
        self._untold.append((future, result, error, ended))
        if self._woken:  # set back before what is untold is looked at: nothing is missed
            return
        self._woken = True
        try:
            self._loop.call_soon_threadsafe(self._settle_all)
        except RuntimeError:  # the loop has been closed: the server stopped while this call ran
            logger.info("a call ended after its server had stopped; its result is dropped")

    def _settle_all(self) -> None:
        self._woken = False
        try:
            while self._untold:
                _settle(*self._untold.popleft())
        finally:
            if self._untold:  # an error of one is none of the others'
                self._loop.call_soon(self._settle_all)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None, ended: Ended) -> None:
    ended()
    if future.cancelled():
        return
    if error is None:
        future.set_result(result)
    elif isinstance(error, Exception) and not isinstance(error, StopIteration):
        future.set_exception(error)
    else:  # asyncio would let SystemExit and KeyboardInterrupt end the server, and refuses StopIteration
        future.set_exception(CallEnded(error))


class CallEnded(Exception):
    """A function raised what is no ordinary exception (SystemExit, KeyboardInterrupt, ...): `cause` holds it."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(f"{type(cause).__name__}({', '.join(map(str, cause.args))})")
        self.cause = cause
