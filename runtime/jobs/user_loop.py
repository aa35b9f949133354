"""The event loop on which `async def` functions of the user run, in a thread of its own.

It is not the server's loop, so that a function that blocks where it should await holds up its own kind only.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
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

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="async functions", daemon=True).start()
            return self._loop


async def _guarded(coroutine: Coroutine[Any, Any, T]) -> T:
    """Let only ordinary exceptions reach asyncio: SystemExit or KeyboardInterrupt would end the loop for all."""
    try:
        return await coroutine
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException as error:
        raise CallEnded(error) from error
