"""Runner: every prediction of one child, in worker threads or on the user's loop."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from quickdemo.runtime.batches import lists_of
from quickdemo.runtime.call import Call
from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.interface import Arguments, Interface
from quickdemo.runtime.jobs.batches import Batches
from quickdemo.runtime.jobs.behind import Behind
from quickdemo.runtime.jobs.channel import Channel, Encode, Event
from quickdemo.runtime.jobs.threads import Workers
from quickdemo.runtime.jobs.turns import Turns
from quickdemo.runtime.jobs.user_loop import UserLoop
from quickdemo.runtime.queueing import QueueLimits
from quickdemo.runtime.reports import current

T = TypeVar("T")
_MOST_ASIDE = 8  # validators, and values of batches, of one Interface at a time


class Runner:
    """max_threads: calls of one function at a time; None is 40, and 200 of a generator, which mostly waits.
    one_at_a_time: what `enable_queue=True` asks for. limits: what `queue()` asked for."""

    def __init__(
        self, max_threads: int | None = None, one_at_a_time: bool = False, limits: QueueLimits | None = None
    ) -> None:
        max_threads = (limits.at_once if limits else None) or max_threads
        self._limit = 1 if one_at_a_time else max_threads or 40
        self._streams = 1 if one_at_a_time else max_threads or 200
        self._coroutines = (limits.at_once if limits else None) or 1000
        self._max_waiting = limits.waiting if limits else 1000
        self._one_at_a_time = one_at_a_time
        self._workers: dict[int, Workers] = {}
        self._aside: dict[int, Workers] = {}
        self._explainers: dict[int, Workers] = {}
        self._batches: dict[int, Batches] = {}
        self._turns: dict[int, Turns] = {}
        self._behind: dict[int, Behind] = {}
        self._user_loop = UserLoop()
        self._background = Workers("background work", 8)
        self._loads = Workers("values of the page", 40)

    def background(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Run the server's own blocking work (flags, password checks, disk) in threads apart from the functions'."""
        return self._background.submit(work)

    def on_user_loop(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
        """Run a coroutine of the user's (an `async def` function or auth check) on the user's loop."""
        return asyncio.wrap_future(self._user_loop.submit(coroutine))

    def wait_on_user_loop(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The same for a thread, which waits for the result."""
        return self._user_loop.submit(coroutine).result()

    def loads(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Run what calls the author's functions for values of the page, in threads of its own."""
        return self._loads.submit(work)

    @property
    def running(self) -> int:
        """Calls of plain functions, generators and batch functions that run or wait now."""
        alone = sum(workers.accepted for id, workers in self._workers.items() if id not in self._batches)
        return alone + sum(batches.accepted for batches in self._batches.values())

    async def call(self, interface: Interface, wires: Sequence[Wire], call: Call, finish: Callable[[Any], T]) -> T:
        """One prediction; `finish` turns its wire values into the answer, in the thread that made them.

        Raises RefusedError (504) when it takes longer than the Interface's time limit.
        """
        if interface.time_limit is not None:
            return await self._limited(interface, wires, call, finish)
        wires = await self._checked(interface, wires, call)
        if interface.batch:
            made = await self._batched(interface, wires, call)
            return await self.aside(interface).submit(lambda: finish(made))
        if interface.function.flavour == "async":
            async with self.turns(interface):
                made = await self.on_user_loop(reporting(interface.predict_async(wires, call), call))
            if interface.allow_flagging == "auto":  # finishing then waits for the disk, which the loop must not
                return await self.background(lambda: finish(made))
            return finish(made)
        if interface.function.flavour == "async_generator":
            last: list[list[Wire]] = [[]]
            await self._stepped(interface, wires, call, _ignored, partial(last.__setitem__, 0))
            return await self.background(lambda: finish(last[0]))
        if interface.is_generator:
            return await self._submit(interface, call, lambda: finish(_last(interface.steps(wires, call))))
        return await self._submit(interface, call, lambda: finish(interface.predict(wires, call)))

    async def _limited(self, interface: Interface, wires: Sequence[Wire], call: Call, finish: Callable[[Any], T]) -> T:
        last: list[Wire] = []
        async for kind, what in self.stream(interface, wires, call):
            last = what if kind == "result" else last
        return await self.background(lambda: finish(last))

    async def stream(
        self, interface: Interface, wires: Sequence[Wire], call: Call, encode: Encode | None = None
    ) -> AsyncIterator[Event]:
        """What a call tells while it runs: ("partial", values) for each value of a generator, ("progress", bars),
        ("log", message), and at last ("result", wires).

        encode: makes what is sent of a generator's values; see `Channel`. Leaving the iteration early stops the
        function: at its next value or report, an asynchronous one at its next `await`; one that waits never begins.
        """
        wires = await self._checked(interface, wires, call)
        limit = interface.time_limit
        channel = Channel(call.reports, encode, limit, whole=any(c.cumulative for c in interface.outputs))
        done = self._begun(interface, wires, call, channel)
        done.add_done_callback(channel.end)
        try:
            async for event in channel.events():
                yield event
            result = await done
            yield "result", channel.values if interface.is_generator else result
        except TimeoutError:
            if not channel.had_values:
                raise too_slow(interface.name, limit or 0) from None
            yield "log", time_is_up(limit or 0)
            yield "result", channel.values
        finally:
            channel.cancel()
            done.cancel()

    def _begun(
        self, interface: Interface, wires: Sequence[Wire], call: Call, channel: Channel
    ) -> asyncio.Future[list[Wire] | None]:
        flavour = interface.function.flavour
        if flavour == "async_generator":
            return asyncio.ensure_future(self._stepped(interface, wires, call, channel.begin, channel.put))
        if interface.batch:
            channel.begin()
            return asyncio.ensure_future(self._batched(interface, wires, call))
        if flavour == "async":
            return asyncio.ensure_future(self._once(interface, wires, call, channel.begin))

        def work() -> list[Wire] | None:
            channel.begin()
            if flavour == "plain":
                return interface.predict(wires, call)
            channel.produce(interface.steps(wires, call))
            return None

        return self._submit(interface, call, work)

    async def _once(
        self, interface: Interface, wires: Sequence[Wire], call: Call, begin: Callable[[], None]
    ) -> list[Wire]:
        """The wire values of an `async def` function."""
        async with self.turns(interface):
            begin()
            return await self.on_user_loop(reporting(interface.predict_async(wires, call), call))

    async def _stepped(
        self,
        interface: Interface,
        wires: Sequence[Wire],
        call: Call,
        begin: Callable[[], None],
        put: Callable[[list[Wire]], None],
    ) -> None:
        """All values of an async generator, which runs in one task of the user's loop; `put` gets each in a thread."""
        aside = self.aside(interface)

        async def run() -> None:
            values = Arguments(await aside.submit(lambda: for_call(call, interface.arguments, wires, call)))
            produced = interface.invoked(values, call)
            try:
                async for prediction in produced:
                    await aside.submit(partial(_put_results, interface, prediction, call, put))
                    call.reports.check()
            finally:
                await produced.aclose()

        async with self.turns(interface):
            begin()
            await self.on_user_loop(reporting(run(), call))

    async def _checked(self, interface: Interface, wires: Sequence[Wire], call: Call) -> Sequence[Wire]:
        """The wire values as they are; the arguments that they stand for where a validator looks at these first.

        It runs in threads of its own: nobody waits for a turn of the function to learn that an input is wrong.
        Raises InvalidValueError, and what the validator raises.
        """
        validator = interface.validator
        if validator is None or isinstance(wires, Arguments):
            return wires
        aside = self.aside(interface)
        try:
            if validator.flavour == "async":
                values = await aside.submit(lambda: for_call(call, interface.arguments, wires, call))
                interface.check(values, await self.on_user_loop(validator.call(*values)))
            else:
                values = await aside.submit(lambda: for_call(call, interface.checked_arguments, wires, call))
        except BaseException:
            call.reports.end()
            raise
        return Arguments(values)

    def aside(self, interface: Interface) -> Workers:
        """Threads for what needs no turn of the function itself."""
        return self._aside.setdefault(id(interface), Workers(f"values of {interface.name}", _MOST_ASIDE))

    async def _batched(self, interface: Interface, wires: Sequence[Wire], call: Call) -> list[Wire]:
        """One call of a batch function. Its values are checked, and its result is made ready, apart from the others':
        what is wrong with them concerns this call alone."""
        try:
            aside = self.aside(interface)
            values = await aside.submit(lambda: for_call(call, interface.arguments, wires, call))
            prediction = await self.batches(interface).call(values)
            return await aside.submit(lambda: interface.results(prediction, call))
        finally:
            call.reports.end()

    def batches(self, interface: Interface) -> Batches:
        """The batches of a function."""
        batches = self._batches.get(id(interface))
        if batches is None:
            at_once = 1 if self._one_at_a_time else interface.concurrency_limit or 1
            run = partial(self._run_batch, interface)
            batches = Batches(interface.name, interface.max_batch_size, run, at_once, self._max_waiting, self._freed)
            self._batches[id(interface)] = batches
        return batches

    async def _run_batch(self, interface: Interface, calls: list[Sequence[Any]]) -> list[Any]:
        function, columns = interface.function.call, lists_of(calls)
        if interface.function.flavour == "async":
            returned = await self.on_user_loop(function(*columns))
        else:
            returned = await self.workers(interface).submit(lambda: function(*columns))
        return interface.apart(returned, len(calls))

    def _submit(self, interface: Interface, call: Call, work: Callable[[], T]) -> asyncio.Future[T]:
        return self.workers(interface).submit(lambda: in_context_of(call, work))

    def _freed(self) -> None:
        """A place of some function is free, or a processor, which may be what calls of others wait for."""
        for behind in tuple(self._behind.values()):
            behind.wake()

    # ------------------------------------------------------------------ places, for explanations too

    def behind(self, interface: Interface) -> Behind:
        """Where calls of low priority wait for their turn."""
        found = self._behind.get(id(interface))
        if found is None:
            elsewhere = partial(self._elsewhere, id(interface))
            if interface.batch:
                batches = self.batches(interface)
                found = Behind(lambda: batches.taken, batches.at_once, elsewhere)
            elif interface.function.flavour in ("async", "async_generator"):
                turns = self.turns(interface)
                found = Behind(lambda: turns.taken, turns.limit, elsewhere)
            else:
                workers = self.workers(interface)
                found = Behind(lambda: workers.accepted, workers.limit, elsewhere)
            self._behind[id(interface)] = found
        return found

    def explainers(self, interface: Interface) -> Workers:
        """Threads for a function of the author's own that explains; one that hangs holds none of the others."""
        return self._explainers.setdefault(id(interface), Workers(f"explanations of {interface.name}", _MOST_ASIDE))

    def _elsewhere(self, id: int) -> int:
        """Predictions of other functions that run or wait in threads now."""
        mine = [behind for key, behind in self._behind.items() if key != id and key in self._workers]
        others = sum(workers.accepted for key, workers in self._workers.items() if key != id)
        return others - sum(behind.ours for behind in mine)

    def workers(self, interface: Interface) -> Workers:
        """The threads of a function."""
        workers = self._workers.get(id(interface))
        if workers is None:
            limit = interface.concurrency_limit or (self._streams if interface.is_generator else self._limit)
            limit = 1 if self._one_at_a_time else limit
            workers = self._workers[id(interface)] = Workers(interface.name, limit, self._max_waiting, self._freed)
        return workers

    def turns(self, interface: Interface) -> Turns:
        """The turns of an asynchronous function."""
        limit = 1 if self._one_at_a_time else interface.concurrency_limit or self._coroutines
        return self._turns.setdefault(id(interface), Turns(interface.name, limit, self._max_waiting, self._freed))


def in_context_of(call: Call, work: Callable[[], T]) -> T:
    """Run the work of one call: what it reports goes to that call, and its context ends with it."""

    def run() -> T:
        current.set(call.reports)
        try:
            return work()
        finally:
            call.reports.end()

    return contextvars.copy_context().run(run)


def for_call(call: Call, work: Callable[..., T], *arguments: Any) -> T:
    """Do a part of one call, which goes on afterwards: what is made for it is kept until then."""

    def run() -> T:
        current.set(call.reports)
        return work(*arguments)

    return contextvars.copy_context().run(run)


async def reporting(prediction: Coroutine[Any, Any, T], call: Call) -> T:
    current.set(call.reports)
    try:
        return await prediction
    finally:
        call.reports.end()


def _put_results(interface: Interface, prediction: Any, call: Call, put: Callable[[list[Wire]], None]) -> None:
    put(interface.results(prediction, call))


def _ignored() -> None:
    """Nobody limits its time."""


def too_slow(name: str, limit_s: float) -> RefusedError:
    """A function that took longer than its time limit and had given nothing yet."""
    return RefusedError(
        504,
        "time_limit",
        f"{name} took longer than the {limit_s:g} s that a call may take here.",
        "Try again with something smaller.",
    )


def time_is_up(limit_s: float) -> dict[str, Any]:
    """The message of a generator that was ended by its time limit."""
    text = f"The time limit of {limit_s:g} s is reached; this is what there was until then."
    return {"level": "warning", "log": text, "title": "Time is up", "duration": 10, "visible": True}


def _last(steps: Iterator[list[Wire]]) -> list[Wire]:
    last: list[Wire] = []
    for wires in steps:
        last = wires
    return last
