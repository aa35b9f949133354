"""Runner: calls of functions, in threads or on the user's loop. When one may run is not decided here."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from quickdemo.runtime.batches import lists_of
from quickdemo.runtime.call import Arguments, Call, LocalCall
from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.behind import Behind
from quickdemo.runtime.jobs.event_log import EventLog
from quickdemo.runtime.jobs.threads import Ended, Workers
from quickdemo.runtime.jobs.user_loop import UserLoop
from quickdemo.runtime.reports import current

T = TypeVar("T")
Finish = Callable[[list[Wire]], T]
_MOST_ASIDE = 8  # validators, and values of batches, of one Interface at a time
_UNLIMITED = 100_000  # threads of one function: its places are given elsewhere


class Places(Protocol):
    """The places of each function, which predictions take and calls of low priority may borrow."""

    def taken(self, interface: Interface) -> int:
        """Places of the function that are taken, or waited for."""
        ...

    def limit(self, interface: Interface) -> int: ...

    def elsewhere(self, interface: Interface) -> int:
        """Predictions of other functions that run or wait."""
        ...

    def occupy(self, interface: Interface) -> None:
        """Take a place without standing in line."""
        ...

    def vacate(self, interface: Interface) -> None: ...


class Runner:
    """Runs what it is given at once; the threads of a hung call are its own."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self._workers: dict[int, Workers] = {}
        self._aside: dict[int, Workers] = {}
        self._explainers: dict[int, Workers] = {}
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

    # ------------------------------------------------------------------ predictions

    async def run(
        self,
        interface: Interface,
        wires: Sequence[Wire],
        call: Call,
        finish: Finish[T],
        log: EventLog | None = None,
        ended: Ended = lambda: None,
    ) -> T:
        """One prediction; `finish` turns its last wire values into the answer, in a thread where it may wait.

        log: gets each value of a generator. ended: told when the function has really ended: where this is cancelled,
        a thread goes on until the function returns or reports.
        """
        flavour = interface.flavour
        if flavour in ("plain", "generator"):
            work = partial(_in_thread, interface, wires, call, finish, log)
            return await self.in_thread(interface, lambda: in_context_of(call, work), call, ended)
        try:
            if flavour == "async":
                made = await self.on_user_loop(reporting(interface.predict_async(wires, call), call))
            else:
                made = await self._stepped(interface, wires, call, log)
        finally:
            ended()
        if flavour == "async" and interface.allow_flagging != "auto":
            return finish(made)
        return await self.background(lambda: finish(made))  # waits for the disk, or writes much: not on the loop

    async def run_behind(self, interface: Interface, wires: Sequence[Wire], call: Call, finish: Finish[T]) -> T:
        """The same behind the predictions of the function, which waits in no line."""
        async with self.behind(interface).place():
            self.places.occupy(interface)
            ended = partial(self.places.vacate, interface)
            if not interface.batch:
                return await self.run(interface, wires, call, finish, ended=ended)
            values = await self.aside(interface).submit(lambda: for_call(call, interface.arguments, wires, call))
            (made,) = await self.batch(interface, [values], ended)
            return await self.aside(interface).submit(
                lambda: in_context_of(call, lambda: finish(interface.results(made, call)))
            )

    async def _stepped(
        self, interface: Interface, wires: Sequence[Wire], call: Call, log: EventLog | None
    ) -> list[Wire]:
        """All values of an async generator, which runs in one task of the user's loop; each is told in a thread."""
        aside = self.aside(interface)
        last: list[list[Wire]] = [[]]
        put = partial(last.__setitem__, 0) if log is None else log.put

        async def run() -> None:
            values = Arguments(await aside.submit(lambda: for_call(call, interface.arguments, wires, call)))
            produced = interface.invoked(values, call)
            try:
                async for prediction in produced:
                    await aside.submit(partial(_put_results, interface, prediction, call, put))
                    call.reports.check()
            finally:
                await produced.aclose()

        await self.on_user_loop(reporting(run(), call))
        if log is None:
            return last[0]
        await aside.submit(log.flush)
        return log.values

    async def batch(
        self,
        interface: Interface,
        rows: Sequence[Sequence[Any]],
        ended: Ended = lambda: None,
        call: Call | None = None,
    ) -> list[Any]:
        """What a batch function returns for the arguments of each call. What it raises is the error of all of them.

        call: what stands for all of them; its end is asked for where this is cancelled.
        """
        columns, all_of_them = lists_of(rows), call or LocalCall()
        if interface.flavour == "async":
            try:
                returned = await self.on_user_loop(interface.runs.invoke(columns, all_of_them))
            finally:
                ended()
        else:
            work = partial(interface.runs.invoke, columns, all_of_them)
            returned = await self.in_thread(interface, work, all_of_them, ended)
        return interface.apart(returned, len(rows))

    async def checked(self, interface: Interface, wires: Sequence[Wire], call: Call) -> Sequence[Wire]:
        """The wire values as they are; the arguments that they stand for where a validator looks at these first, or
        where calls go together: what is wrong with one takes no place in a batch.

        It runs in threads of its own: nobody waits for a turn of the function to learn that an input is wrong.
        Raises InvalidValueError, and what the validator raises.
        """
        validator = interface.validator
        if isinstance(wires, Arguments) or (validator is None and not interface.batch):
            return wires
        aside = self.aside(interface)
        try:
            if validator is not None and validator.flavour == "async":
                values = await aside.submit(lambda: for_call(call, interface.arguments, wires, call))
                interface.check(values, await self.on_user_loop(validator.call(*values)))
            else:
                values = await aside.submit(lambda: for_call(call, interface.checked_arguments, wires, call))
        except BaseException:
            call.reports.end()
            raise
        return Arguments(values)

    def workers(self, interface: Interface) -> Workers:
        """The threads of a function, as many as it has places."""
        workers = self._workers.get(id(interface))
        if workers is None:
            workers = self._workers[id(interface)] = Workers(interface.name, _UNLIMITED)
        return workers

    def in_thread(
        self, interface: Interface, work: Callable[[], T], call: Call, ended: Ended = lambda: None
    ) -> asyncio.Future[T]:
        """Run the work of a call in a thread of the function. Where the future is cancelled, the worker process of the
        call ends what it runs; a thread can only be told."""
        future = self.workers(interface).submit(work, ended)
        if (elsewhere := interface.elsewhere) is not None:
            future.add_done_callback(lambda done: elsewhere.cancel(call) if done.cancelled() else None)
        return future

    def aside(self, interface: Interface) -> Workers:
        """Threads for what needs no place of the function itself."""
        return self._aside.setdefault(id(interface), Workers(f"values of {interface.name}", _MOST_ASIDE))

    # ------------------------------------------------------------------ calls of low priority

    def behind(self, interface: Interface) -> Behind:
        """Where calls of low priority wait for a place of the function."""
        found = self._behind.get(id(interface))
        if found is None:
            places = self.places
            found = self._behind[id(interface)] = Behind(
                partial(places.taken, interface), places.limit(interface), partial(self._elsewhere, interface)
            )
        return found

    def freed(self) -> None:
        """A place of some function is free, or a processor, which may be what calls of others wait for."""
        for behind in tuple(self._behind.values()):
            behind.wake()

    def explainers(self, interface: Interface) -> Workers:
        """Threads for a function of the author's own that explains; one that hangs holds none of the others."""
        return self._explainers.setdefault(id(interface), Workers(f"explanations of {interface.name}", _MOST_ASIDE))

    def _elsewhere(self, interface: Interface) -> int:
        ours = sum(behind.ours for key, behind in self._behind.items() if key != id(interface))
        return max(self.places.elsewhere(interface) - ours, 0)


def _in_thread(interface: Interface, wires: Sequence[Wire], call: Call, finish: Finish[T], log: EventLog | None) -> T:
    if interface.flavour == "plain":
        return finish(interface.predict(wires, call))
    steps = interface.steps(wires, call)
    if log is not None:
        values = log.produce(steps)
        log.flush()
        return finish(values)
    last: list[Wire] = []
    for wires_now in steps:
        last = wires_now
        if call.reports.cancelled:
            break
    steps.close()  # type: ignore[attr-defined]  # a generator
    return finish(last)


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


def time_is_up(limit_s: float) -> dict[str, Any]:
    """The message of a generator that was ended by its time limit."""
    text = f"The time limit of {limit_s:g} s is reached; this is what there was until then."
    return {"level": "warning", "log": text, "title": "Time is up", "duration": 10, "visible": True}
