"""Parallel: several Interfaces answer the same input, at the same time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.compose.composed import Composed, Gathered
from quickdemo.runtime.compose.member import Member, MemberCall, taken
from quickdemo.runtime.function import Caller
from quickdemo.runtime.reports import CallCancelled

#: threads of one call; members beyond wait their turn. Async members need none
MOST_THREADS = 32


class Parallel(Composed):
    """`gr.Parallel(gpt2, gpt_neo, title="Which one writes better?")`: the same input for each, all outputs in order.

    interfaces: they run at the same time; each one's result is shown as soon as it is there, with its time, and the
    failure of one in its place while the others stay. Called from Python, the failure of one is that of the whole.
    options: those of an Interface; inputs are the first one's unless `inputs=` says otherwise.

    Raises ValueError where there is none or one does not take the same inputs, and TypeError for what is no Interface.
    """

    joint = " | "

    def __init__(self, *interfaces: Any, **options: Any) -> None:
        own_function = options.get("fn") is None
        super().__init__(interfaces, options, range(len(interfaces)))
        if own_function:
            for member in self.members:
                self._check_inputs(member)

    def run(self, values: Sequence[Any], call: Caller) -> Iterator[Gathered]:
        return _Race(self, values, call).run()


@dataclass
class _News:
    """values: of the member's outputs. error, over: how it ended."""

    place: int
    seconds: float
    values: list[Any] | None = None
    wires: list[Wire] | None = None
    error: BaseException | None = None
    over: bool = False


class _Race:
    """One call of all members."""

    def __init__(self, whole: Parallel, values: Sequence[Any], call: Caller) -> None:
        self._whole, self._values, self._call = whole, values, call
        self._members = whole.members
        self._calls = whole.calls_of(call)
        self._news: SimpleQueue[_News] = SimpleQueue()
        self._describe = call.reports.describe
        self._shown = Gathered([None] * len(whole.outputs))
        if self._describe is not None:
            self._shown.wires = [None] * len(whole.outputs)
        self._errors: list[BaseException] = []

    def run(self) -> Iterator[Gathered]:
        left = len(self._members)
        for place in range(left):
            self._tell(place, "running")
        running = self._start()
        try:
            while left:
                batch = [taken(self._news, self._call.reports), *self._more()]
                for news in batch:
                    self._take(news)
                left -= sum(news.over for news in batch)
                if len(self._errors) == len(self._members):
                    raise self._errors[0]
                if any(news.values is not None for news in batch):
                    yield self._snapshot()
        finally:
            for call in self._calls:
                call.reports.cancelled = True
            for future in running:
                future.cancel()

    def _more(self) -> Iterator[_News]:
        with suppress(Empty):
            while True:
                yield self._news.get_nowait()

    def _snapshot(self) -> Gathered:
        now = Gathered(self._shown)
        now.wires = None if self._shown.wires is None else list(self._shown.wires)
        return now

    # ------------------------------------------------------------------ what comes of a member

    def _take(self, news: _News) -> None:
        if news.error is not None:
            if self._describe is None or isinstance(news.error, CallCancelled):
                raise news.error
            self._errors.append(news.error)
            name = self._members[news.place].interface.name
            self._tell(news.place, "failed", news.seconds, error=self._describe(news.error, name))
            self._put(news.place, None, None)
            return
        if news.values is not None:
            self._put(news.place, news.values, news.wires)
        if news.over:
            self._tell(news.place, "done", news.seconds)

    def _put(self, place: int, values: list[Any] | None, wires: list[Wire] | None) -> None:
        for number, index in enumerate(self._whole.outputs_of(place)):
            self._shown[index] = None if values is None else values[number]
            if self._shown.wires is not None:
                self._shown.wires[index] = None if wires is None else wires[number]

    def _tell(self, place: int, state: str, seconds: float | None = None, **more: Any) -> None:
        told = {
            "index": place,
            "name": self._members[place].name,
            "outputs": self._whole.outputs_of(place),
            "state": state,
        }
        if seconds is not None:
            told["seconds"] = round(seconds, 3)
        self._call.reports.member(place, {**told, **more})

    # ------------------------------------------------------------------ running them

    def _start(self) -> list[Any]:
        """Begin all of them; what can be cancelled."""
        loop = self._whole.loop
        places = SimpleQueue[int]()
        threads = 0
        running = []
        for place, member in enumerate(self._members):
            if member.is_async:
                running.append(loop.submit(self._run_async(place, member, self._calls[place])))
            else:
                places.put(place)
                threads += 1
        for _ in range(min(threads, MOST_THREADS)):
            work = partial(copy_context().run, self._work, places)
            threading.Thread(target=work, name=self._whole.name[:60], daemon=True).start()
        return running

    def _work(self, places: SimpleQueue[int]) -> None:
        with suppress(Empty):
            while True:
                place = places.get_nowait()
                self._run(place, self._members[place], self._calls[place])

    def _run(self, place: int, member: Member, call: MemberCall) -> None:
        start = time.monotonic()
        try:
            with member.places.taken(call.reports):
                for values in member.steps(self._whole.given_to(member, self._values, call), call):
                    self._news.put(self._value(place, values, call, start))
            self._news.put(_News(place, time.monotonic() - start, over=True))
        except BaseException as error:
            self._news.put(_News(place, time.monotonic() - start, error=error, over=True))
        finally:
            call.reports.end()

    async def _run_async(self, place: int, member: Member, call: MemberCall) -> None:
        start = time.monotonic()
        try:
            given = await asyncio.to_thread(self._whole.given_to, member, self._values, call)
            async with member.places.taken_async(call.reports):
                async for values in member.steps_async(given, call):
                    self._news.put(await asyncio.to_thread(self._value, place, values, call, start))
            self._news.put(_News(place, time.monotonic() - start, over=True))
        except BaseException as error:
            self._news.put(_News(place, time.monotonic() - start, error=error, over=True))
            raise
        finally:
            call.reports.end()

    def _value(self, place: int, values: list[Any], call: MemberCall, start: float) -> _News:
        seconds = time.monotonic() - start
        wires = None if self._describe is None else self._whole.wires_of(place, values, call.files)
        return _News(place, seconds, values, wires)
