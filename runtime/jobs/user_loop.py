"""The event loop on which `async def` functions of the user run, in a thread of its own.

It is not the server's loop, so that a function that blocks where it should await holds up its own kind only.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

from quickdemo.runtime.jobs.threads import CallEnded

T = TypeVar("T")


class UserLoop:
    """Started with the first coroutine; its daemon thread ends with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run the coroutine; cancelling the future cancels it."""
        return asyncio.run_coroutine_threadsafe(_guarded(coroutine), self._running())

    def iterate(self, produced: AsyncIterator[T]) -> Iterator[T]:
        """An async generator as an iterator for a worker thread. Closing it closes the generator."""
        return _Iteration(self, produced)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="async functions", daemon=True).start()
            return self._loop


class _Iteration(Iterator[T]):
    def __init__(self, loop: UserLoop, produced: AsyncIterator[T]) -> None:
        self._loop = loop
        self._produced = produced

    def __next__(self) -> T:
        try:
            return self._loop.submit(_next(self._produced)).result()[0]
        except _Exhausted:
            raise StopIteration from None

    def close(self) -> None:
        aclose = getattr(self._produced, "aclose", None)
        if aclose is not None:
            self._loop.submit(aclose()).result()


class _Exhausted(Exception):
    pass


async def _next(produced: AsyncIterator[T]) -> tuple[T]:
    try:
        return (await produced.__anext__(),)
    except StopAsyncIteration:
        raise _Exhausted from None


async def _guarded(coroutine: Coroutine[Any, Any, T]) -> T:
    """Let only ordinary exceptions reach asyncio: SystemExit or KeyboardInterrupt would end the loop for all."""
    try:
        return await coroutine
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException as error:
        raise CallEnded(error) from error
