"""The calls of explanations: of one function with parts of its inputs left out, behind its predictions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from quickdemo.runtime.call import Call
from quickdemo.runtime.components.base import Files
from quickdemo.runtime.errors import TooSlowError
from quickdemo.runtime.function import Function
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.runner import Runner, for_call, in_context_of, reporting
from quickdemo.runtime.jobs.stopwatch import Stopwatch
from quickdemo.runtime.reports import Reports
from quickdemo.runtime.request import Request

_GRACE_S = 5.0  # for a generator, which ends at its time limit by itself, at its next value

Rows = Callable[[], Sequence[Sequence[Any]]]
Keep = Callable[[Sequence[Any]], None]
Put = Callable[[Any], None]


class MaskedCall:
    """One call of an explanation: the files and the request of whoever asked for it. It changes no state.

    line: what it has in common with the other calls of its explanation.
    """

    def __init__(self, asked: Call, reports: Reports) -> None:
        self._asked, self.reports = asked, reports
        self.line: object = asked

    @property
    def files(self) -> Files:
        return self._asked.files

    @property
    def request(self) -> Request:
        return self._asked.request

    def load_state(self, slot: int, default: Any) -> Any:
        """The state as it is; an explanation never changes it."""
        return self._asked.load_state(slot, default)

    def save_state(self, slot: int, value: Any) -> None:
        del slot, value


async def call_behind(runner: Runner, interface: Interface, call: MaskedCall, rows: Rows, keep: Keep) -> None:
    """Call the function behind its predictions.

    rows: makes the arguments of each call, several only where it takes batches; keep: gets what each of them returned.
    Both run in a thread. Raises what the function raises, and RefusedError (504) beyond the Interface's time limit.
    """
    if interface.batch:
        await _batch(runner, interface, call, rows, keep)
    elif interface.flavour in ("async", "async_generator"):
        await _coroutine(runner, interface, call, rows, keep)
    else:
        await _plain(runner, interface, call, rows, keep)


async def call_function(
    runner: Runner, interface: Interface, function: Function, values: list[Any], call: MaskedCall, put: Put
) -> Any:
    """What a function of the author's own, which explains, returns or yields last; it takes a place behind those of the
    Interface's function.

    put: gets what it yields before that, in the thread of the call or on the user's loop. Raises what it raises, and
    RefusedError (504) beyond the Interface's time limit.
    """
    async with runner.behind(interface).place(call.line):
        if function.flavour in ("async", "async_generator"):
            future = runner.on_user_loop(reporting(_last_async(function, values, call, put), call))
        else:
            explainers = runner.explainers(interface)
            yields = function.flavour == "generator"
            work = partial(_last, function.invoke, yields, values, call, None, put)
            future = explainers.submit(lambda: in_context_of(call, work))
        return await _within(future, interface)


async def _plain(runner: Runner, interface: Interface, call: MaskedCall, rows: Rows, keep: Keep) -> None:
    behind, runs, limit = runner.behind(interface), interface.runs, interface.time_limit

    def work() -> None:
        (values,) = rows()
        watch = Stopwatch()
        made = _last(runs.invoke, interface.is_generator, values, call, limit)
        if interface.elsewhere is None:  # what a worker process computes is not measured here
            behind.took(*watch.read())
        keep([made])

    async with behind.place(call.line):
        ended = _occupied(runner, interface)
        await _within(runner.in_thread(interface, lambda: in_context_of(call, work), call, ended), interface)


async def _coroutine(runner: Runner, interface: Interface, call: MaskedCall, rows: Rows, keep: Keep) -> None:
    behind, aside = runner.behind(interface), runner.aside(interface)

    async def work() -> None:
        (values,) = await aside.submit(lambda: for_call(call, rows))
        watch = Stopwatch()
        made = await _last_async(interface.function, values, call)
        behind.took(*watch.read())
        await aside.submit(lambda: for_call(call, keep, [made]))

    async with behind.place(call.line):
        ended = _occupied(runner, interface)
        try:
            await _within(runner.on_user_loop(reporting(work(), call)), interface)
        finally:
            ended()


async def _batch(runner: Runner, interface: Interface, call: MaskedCall, rows: Rows, keep: Keep) -> None:
    aside = runner.aside(interface)
    values = await aside.submit(lambda: for_call(call, rows))
    async with runner.behind(interface).place(call.line):
        ended = _occupied(runner, interface)
        running = asyncio.ensure_future(runner.batch(interface, values, ended, call))
        try:
            made = await _within(asyncio.shield(running), interface)
        except BaseException:
            if interface.elsewhere is not None:
                interface.elsewhere.cancel(call)
            raise
    await aside.submit(lambda: for_call(call, keep, made))


def _occupied(runner: Runner, interface: Interface) -> Callable[[], None]:
    """A place of the function is taken, until this is called."""
    runner.places.occupy(interface)
    return partial(runner.places.vacate, interface)


async def _within(future: asyncio.Future[Any], interface: Interface) -> Any:
    limit = interface.time_limit
    if limit is None:
        return await future
    try:
        return await asyncio.wait_for(future, limit + (_GRACE_S if interface.is_generator else 0))
    except (asyncio.TimeoutError, TimeoutError):
        raise TooSlowError(interface.name, limit) from None


def _last(
    invoke: Callable[..., Any],
    yields: bool,
    values: Sequence[Any],
    call: Call,
    limit_s: float | None,
    put: Put | None = None,
) -> Any:
    """What a plain function returns; the last value that a generator gives within its time. put: gets those before."""
    made = invoke(values, call)
    if not yields:
        return made
    end = None if limit_s is None else time.monotonic() + limit_s
    last = None
    try:
        for number, value in enumerate(made):
            if put is not None and number:
                put(last)
            last = value
            call.reports.check()
            if end is not None and time.monotonic() >= end:
                break
    finally:
        made.close()
    return last


async def _last_async(function: Function, values: Sequence[Any], call: Call, put: Put | None = None) -> Any:
    made = function.invoke(values, call)
    if function.flavour == "async":
        return await made
    last, given = None, False
    try:
        async for value in made:
            if put is not None and given:
                put(last)
            last, given = value, True
            call.reports.check()
    finally:
        await made.aclose()
    return last
