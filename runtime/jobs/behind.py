"""Low priority: calls that go behind the predictions of a function, and wait for a place without standing in line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

_MOST_AT_ONCE = 16  #: of a function that mostly waits
_BUSY = 0.5  #: share of a call's time on a processor from which a function counts as one that computes


@dataclass(eq=False)
class _Waiting:
    line: int
    place: asyncio.Future[None]


class Behind:
    """Admits calls that may run beside the predictions of one function.

    taken: places of the function that run or wait now, ours included. limit: places of the function. elsewhere:
    predictions of other functions that run or wait now.
    While no prediction runs or waits, as many of ours run as the function's limit allows and it makes sense: one for
    each processor, more of a function that mostly waits. Beside predictions one runs where a place is free and, unless
    the function mostly waits, a processor is; none begins while a prediction waits. Beside those of other functions,
    which may compute or not, one runs.
    So a prediction that comes waits for the end of one call of ours at most. Where it need not wait, it shares P
    processors with at most P calls of ours, which end and are not followed by others: that costs it at most the
    P-th part of the time of one call.

    Calls of several lines (explanations) come in turn, those of one line in their order.

    Used on one loop: `async with behind.place(line):`, and in it the place of the function is to be taken before
    anything is waited for. `wake` is to be called when a place is free.
    """

    def __init__(self, taken: Callable[[], int], limit: int, elsewhere: Callable[[], int] = lambda: 0) -> None:
        self._taken, self._limit, self._elsewhere = taken, limit, elsewhere
        self._waiting: list[_Waiting] = []
        self._ours = 0
        self._admitted = 0  # so far
        self._last: dict[int, int] = {}  # of each line that has calls here: how many had been admitted at its last one
        self._share: float | None = None  # of the time of a call, on a processor

    @asynccontextmanager
    async def place(self, line: object = None) -> AsyncGenerator[None, None]:
        """Wait until a call of this line may run, which it does inside."""
        await self._room(id(line))
        self.wake()
        try:
            yield
        finally:
            self._ours -= 1
            self.wake()

    async def _room(self, line: int) -> None:
        """Returns when the call counts as one of ours: a call that was woken keeps its place until it runs."""
        if self._waiting or not self._has_room():
            one = _Waiting(line, asyncio.get_running_loop().create_future())
            self._waiting.append(one)
            try:
                await one.place
            except asyncio.CancelledError:
                if one in self._waiting:
                    self._waiting.remove(one)
                elif not one.place.cancelled():  # woken, and cancelled before it could run
                    self._ours -= 1
                self.wake()
                raise
            return
        self._admit(line)

    def _admit(self, line: int) -> None:
        self._ours += 1
        self._admitted += 1
        self._last[line] = self._admitted

    @property
    def ours(self) -> int:
        """Calls that were admitted and have not ended."""
        return self._ours

    @property
    def waiting(self) -> int:
        """Calls that wait to be admitted."""
        return len(self._waiting)

    def wake(self) -> None:
        """Look whether there is room now for one that waits; it wakes the next."""
        while self._waiting and self._has_room():
            one = min(self._waiting, key=lambda waiting: self._last.get(waiting.line, 0))  # the first of several
            self._waiting.remove(one)
            if not one.place.done():  # it is, where its call was cancelled and has not run since
                self._admit(one.line)
                one.place.set_result(None)
                return
        if not self._waiting and not self._ours:
            self._last.clear()

    def took(self, seconds: float, busy_s: float) -> None:
        """A call took so many seconds, of which the process computed `busy_s`; may be told from any thread."""
        if seconds > 0:
            share = min(busy_s / seconds, 1.0)
            self._share = share if self._share is None else (self._share + share) / 2

    def _has_room(self) -> bool:
        return self._all < self._limit and self._ours < self._most

    @property
    def _all(self) -> int:
        """Places that are taken, or will be as soon as those run that were admitted."""
        return max(self._taken(), self._ours)

    @property
    def _most(self) -> int:
        """Calls of ours that may run now."""
        others = self._all - self._ours
        if self._share is not None and self._share <= _BUSY:
            return 1 if others > 0 else _MOST_AT_ONCE
        if others > 0:
            return min(1, _processors() - others)
        return 1 if self._elsewhere() > 0 else _processors()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
