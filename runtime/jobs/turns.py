"""Turns of coroutines: so many of one function run at a time, and so many wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from quickdemo.runtime.errors import RefusedError


class Turns:
    """`async with turns:` waits in the order of arrival; raises RefusedError (503) when `max_waiting` wait already."""

    def __init__(self, name: str, limit: int, max_waiting: int, freed: Callable[[], None] = lambda: None) -> None:
        """freed: told whenever a turn has ended."""
        self._name, self._max_waiting, self.limit = name, max_waiting, limit
        self._free = asyncio.Semaphore(limit)
        self._waiting = self._running = 0
        self._freed = freed

    @property
    def taken(self) -> int:
        """Turns that run or wait now."""
        return self._running + self._waiting

    async def __aenter__(self) -> None:
        if self._free.locked() and self._waiting >= self._max_waiting:
            raise queue_full(f"{self._waiting} calls of {self._name} wait already.")
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        self._running += 1

    async def __aexit__(self, *_: object) -> None:
        self._running -= 1
        self._free.release()
        self._freed()


def queue_full(why: str) -> RefusedError:
    """What a call is told that finds no place to wait."""
    return RefusedError(503, "queue_full", why, "Try again in a few seconds.", headers={"retry-after": "5"})
