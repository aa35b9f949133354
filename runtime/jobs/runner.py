"""Runner: every prediction of one child, in worker threads or on the user's loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from typing import Any, TypeVar

from quickdemo.runtime.call import Call
from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.interface import Arguments, Interface
from quickdemo.runtime.jobs.threads import Workers
from quickdemo.runtime.jobs.user_loop import UserLoop

T = TypeVar("T")
_MOST_CHECKS = 8  # validators of one Interface that run at once
_MOST_UNREAD = 8  # values a generator may be ahead of its reader


class Runner:
    """max_threads: calls of one function at a time. one_at_a_time: what `enable_queue=True` asks for."""

    def __init__(self, max_threads: int = 40, one_at_a_time: bool = False) -> None:
        self._limit = 1 if one_at_a_time else max_threads
        self._one_at_a_time = one_at_a_time
        self._workers: dict[int, Workers] = {}
        self._checks: dict[int, Workers] = {}
        self._turns: dict[int, asyncio.Semaphore] = {}
        self._user_loop = UserLoop()
        self._background = Workers("background work", 8)

    def background(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Run the server's own blocking work (flags, password checks, disk) in threads apart from the functions'."""
        return self._background.submit(work)

    def on_user_loop(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
        """Run a coroutine of the user's (an `async def` function or auth check) on the user's loop."""
        return asyncio.wrap_future(self._user_loop.submit(coroutine))

    @property
    def running(self) -> int:
        """Calls of plain functions and generators that run or wait now."""
        return sum(workers.accepted for workers in self._workers.values())

    async def call(self, interface: Interface, wires: Sequence[Wire], call: Call, finish: Callable[[Any], T]) -> T:
        """One prediction; `finish` turns its wire values into the answer, in the thread that made them."""
        wires = await self._checked(interface, wires, call)
        if interface.function.flavour == "async":
            async with self._turn(interface):
                made = await self.on_user_loop(interface.predict_async(wires, call))
            if interface.allow_flagging == "auto":  # finishing then waits for the disk, which the loop must not
                return await self.background(lambda: finish(made))
            return finish(made)
        if interface.is_generator:
            return await self._submit(interface, lambda: finish(_last(self._steps(interface, wires, call))))
        return await self._submit(interface, lambda: finish(interface.predict(wires, call)))

    async def stream(self, interface: Interface, wires: Sequence[Wire], call: Call) -> AsyncIterator[list[Wire]]:
        """The wire values of each step of a generator (one step for other functions).

        Leaving the iteration early stops the generator at its next value.
        """
        if not interface.is_generator:
            yield await self.call(interface, wires, call, list)
            return
        wires = await self._checked(interface, wires, call)
        steps = _Steps(asyncio.get_running_loop())
        done = self._submit(interface, lambda: steps.produce(self._steps(interface, wires, call)))
        done.add_done_callback(steps.end)
        try:
            async for wire in steps.values():
                yield wire
            await done
        finally:
            steps.cancel()

    async def _checked(self, interface: Interface, wires: Sequence[Wire], call: Call) -> Sequence[Wire]:
        """The wire values as they are; the arguments that they stand for where a validator looks at these first.

        It runs in threads of its own: nobody waits for a turn of the function to learn that an input is wrong.
        Raises InvalidValueError, and what the validator raises.
        """
        validator = interface.validator
        if validator is None or isinstance(wires, Arguments):
            return wires
        checks = self._checks.setdefault(id(interface), Workers(f"checks of {interface.name}", _MOST_CHECKS))
        if validator.flavour == "async":
            values = await checks.submit(lambda: interface.arguments(wires, call))
            interface.check(values, await self.on_user_loop(validator.call(*values)))
        else:
            values = await checks.submit(lambda: interface.checked_arguments(wires, call))
        return Arguments(values)

    def _steps(self, interface: Interface, wires: Sequence[Wire], call: Call) -> Iterator[list[Wire]]:
        if interface.function.flavour == "generator":
            return interface.steps(wires, call)
        produced = self._user_loop.iterate(interface.fn(*interface.arguments(wires, call)))
        return interface.steps_of(produced, call)

    def _submit(self, interface: Interface, work: Callable[[], T]) -> asyncio.Future[T]:
        workers = self._workers.get(id(interface))
        if workers is None:
            limit = self._limit if interface.concurrency_limit is None else interface.concurrency_limit
            workers = self._workers[id(interface)] = Workers(interface.name, 1 if self._one_at_a_time else limit)
        return workers.submit(work)

    def _turn(self, interface: Interface) -> asyncio.Semaphore:
        limit = 1 if self._one_at_a_time else interface.concurrency_limit or 1000
        return self._turns.setdefault(id(interface), asyncio.Semaphore(limit))


class _Steps:
    """Hands the values of a generator's thread to the loop; the thread waits when the reader is slow."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue: asyncio.Queue[list[Wire] | None] = asyncio.Queue()
        self._room = threading.Semaphore(_MOST_UNREAD)
        self._cancelled = False

    def produce(self, steps: Iterator[list[Wire]]) -> None:
        """In the worker thread: every value, until the end or until cancelled."""
        try:
            for wires in steps:
                self._room.acquire()
                if self._cancelled:
                    return
                self._loop.call_soon_threadsafe(self._queue.put_nowait, wires)
        finally:
            steps.close()  # type: ignore[attr-defined]  # both kinds of steps are generators

    def end(self, done: asyncio.Future[None]) -> None:
        if not done.cancelled():
            done.exception()  # a reader that has left does not ask for it; asyncio would complain
        self._queue.put_nowait(None)

    async def values(self) -> AsyncIterator[list[Wire]]:
        while (wires := await self._queue.get()) is not None:
            self._room.release()
            yield wires

    def cancel(self) -> None:
        self._cancelled = True
        self._room.release()


def _last(steps: Iterator[list[Wire]]) -> list[Wire]:
    last: list[Wire] = []
    for wires in steps:
        last = wires
    return last
