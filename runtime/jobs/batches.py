"""Batches: calls of one function that wait at the same time, joined into one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from quickdemo.runtime.jobs.turns import queue_full

Arguments = Sequence[Any]
_Waiting = tuple[Arguments, "asyncio.Future[Any]"]


class Batches:
    """Whoever comes first while nothing runs goes at once; those that come meanwhile wait, and go together.

    run: gets the arguments of up to `size` calls and gives the result of each, in their order. It knows nothing of
    whose they are; what it raises is the error of all calls of that batch, and of no other.
    freed: told whenever fewer batches run or wait.
    at_once: batches that run at a time. One call more than `max_waiting` that wait is refused with 503.
    Everything happens on the loop of the first call.
    """

    def __init__(
        self,
        name: str,
        size: int,
        run: Callable[[list[Arguments]], Awaitable[Sequence[Any]]],
        at_once: int = 1,
        max_waiting: int = 1000,
        freed: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._size = size
        self._run = run
        self.at_once = at_once
        self._max_waiting = max_waiting
        self._freed = freed
        self._waiting: deque[_Waiting] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()  # asyncio itself keeps no reference to them
        self._running = 0  # batches
        self._beginning = 0  # of them, those that have not taken their first calls yet
        self._inside = 0  # calls in them

    @property
    def accepted(self) -> int:
        """Calls that wait or are in a batch that runs."""
        return len(self._waiting) + self._inside

    async def call(self, arguments: Arguments) -> Any:
        """The result for these arguments. A caller that is cancelled while it waits takes no place in a batch."""
        if len(self._waiting) >= self._max_waiting + self._beginning * self._size:
            raise queue_full(f"{len(self._waiting)} calls of {self._name} wait already.")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((arguments, future))
        self._begin()
        return await future

    @property
    def taken(self) -> int:
        """Of `at_once`, the batches that run; all of them while calls wait."""
        return self.at_once if self._waiting else self._running

    def alone(self, calls: list[Arguments]) -> asyncio.Future[Sequence[Any]]:
        """The results of a batch of its own, which takes its place at once, and which nobody's call joins.

        It keeps its place until the function has ended, also where nobody waits for the results any more.
        """
        self._running += 1
        task = asyncio.get_running_loop().create_task(self._alone(calls))
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return asyncio.shield(task)

    async def _alone(self, calls: list[Arguments]) -> Sequence[Any]:
        try:
            return await self._run(calls)
        finally:
            self._running -= 1
            self._begin()
            self._freed()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # asyncio would complain of one that nobody waits for

    def _begin(self) -> None:
        """Start one more batch where calls wait and it may run."""
        if self._waiting and self._running < self.at_once:
            self._running += 1
            self._beginning += 1
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        self._beginning -= 1
        try:
            while batch := self._taken():
                await self._go(batch)
        finally:
            self._running -= 1  # without a pause after nobody was found: whoever comes now starts anew
            self._freed()

    async def _go(self, batch: list[_Waiting]) -> None:
        self._inside += len(batch)
        try:
            results = await self._run([arguments for arguments, _ in batch])
        except Exception as error:
            for _, future in batch:
                _settle(future, error=error)
        except BaseException:  # the server stops
            for _, future in batch:
                future.cancel()
            raise
        else:
            for (_, future), result in zip(batch, results, strict=True):
                _settle(future, result)
        finally:
            self._inside -= len(batch)

    def _taken(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        while self._waiting and len(batch) < self._size:
            one = self._waiting.popleft()
            if not one[1].done():
                batch.append(one)
        return batch


def _settle(future: asyncio.Future[Any], result: Any = None, error: Exception | None = None) -> None:
    if future.done():  # its caller has left
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
