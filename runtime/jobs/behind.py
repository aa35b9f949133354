"""Low priority: calls that go behind the predictions of a function, and wait for a place without standing in line."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable

_MOST_AT_ONCE = 16  #: of a function that mostly waits
_BUSY = 0.5  #: share of a call's time on a processor from which a function counts as one that computes


class Behind:
    """Admits calls that may run beside the predictions of one function.

    taken: places that run or wait now, ours included. limit: places of the function.
    While no prediction runs or waits, as many of ours run as the function's limit allows and it makes sense: one for
    each processor, more of a function that mostly waits. Beside predictions one runs, where a place is free; none
    begins while a prediction waits. So a prediction that comes waits for one call of ours at most.

    Used on one loop: `async with behind:`, and in it the place of the function is to be taken before anything is waited
    for; first come, first served. `wake` is to be called when a place is free.
    """

    def __init__(self, taken: Callable[[], int], limit: int) -> None:
        self._taken, self._limit = taken, limit
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._ours = 0
        self._share: float | None = None  # of the time of a call, on a processor

    async def __aenter__(self) -> None:
        first = not self._waiting
        while not (first and self._has_room()):
            place = asyncio.get_running_loop().create_future()
            (self._waiting.appendleft if first and self._waiting else self._waiting.append)(place)
            try:
                await place
            except asyncio.CancelledError:
                if place in self._waiting:
                    self._waiting.remove(place)
                self.wake()
                raise
            first = True  # but a prediction may have come in the meantime
        self._ours += 1
        self.wake()

    async def __aexit__(self, *_: object) -> None:
        self._ours -= 1
        self.wake()

    def wake(self) -> None:
        """Look whether there is room now for the first that waits; it wakes the next."""
        while self._waiting and self._has_room():
            place = self._waiting.popleft()
            if not place.done():  # it is, where its call was cancelled and has not run since
                place.set_result(None)
                return

    def took(self, seconds: float, busy_s: float) -> None:
        """A call took so many seconds, of which the process computed `busy_s`; may be told from any thread."""
        if seconds > 0:
            share = min(busy_s / seconds, 1.0)
            self._share = share if self._share is None else (self._share + share) / 2

    def _has_room(self) -> bool:
        others = self._taken() - self._ours
        most = 1 if others > 0 else self._width
        return self._taken() < self._limit and self._ours < most

    @property
    def _width(self) -> int:
        return _processors() if self._share is None or self._share > _BUSY else _MOST_AT_ONCE


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
