"""One Interface as a part of another: its call, and all that its function gives."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator, Sequence
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from quickdemo.runtime import direct
from quickdemo.runtime.batches import lists_of
from quickdemo.runtime.call import Call
from quickdemo.runtime.components.base import Files
from quickdemo.runtime.compose.places import places_of
from quickdemo.runtime.errors import TooSlowError
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.user_loop import UserLoop
from quickdemo.runtime.reports import Reports, current
from quickdemo.runtime.request import Request
from quickdemo.runtime.returned import UNCHANGED

T = TypeVar("T")
_END_S = 1.0  # for which an async function may go on that was told to end
_LOOK_S = 0.05  # how often a thread that waits looks whether anybody still waits for its call


class MemberReports(Reports):
    """Messages go to the call of the whole, whose bars are joined by these."""

    def __init__(self, whole: Reports) -> None:
        super().__init__(lambda kind, what: whole.shown() if kind == "progress" else None)
        self._whole = whole
        whole.parts.append(self)

    def check(self) -> None:
        """Raises CallCancelled when the caller of the whole has gone, or the whole has failed."""
        super().check()
        self._whole.check()

    def message(self, level: str, text: str, title: str, duration: float | None, visible: bool) -> None:
        self.check()
        self._whole.message(level, text, title, duration, visible)


class MemberCall:
    """The call of one member: files and caller of the whole, and a state of its own in the session."""

    def __init__(self, whole: Call, files: Files, first_slot: int) -> None:
        """first_slot: of this member's states among those of all."""
        self._whole, self.files, self._first = whole, files, first_slot
        self.reports: Reports = MemberReports(whole.reports)

    @property
    def request(self) -> Request:
        return self._whole.request

    def load_state(self, slot: int, default: Any) -> Any:
        return self._whole.load_state(self._first + slot, default)

    def save_state(self, slot: int, value: Any) -> None:
        self._whole.save_state(self._first + slot, value)


class Member:
    """An Interface, and where its async functions run."""

    def __init__(self, interface: Interface, loop: UserLoop, first_slot: int, name: str) -> None:
        self.interface, self.name, self.first_slot = interface, name, first_slot
        self.inputs = [component for component in interface.inputs if not component.stateful]
        self.outputs = [component for component in interface.outputs if not component.stateful]
        self._loop = loop
        self.took_s: float | None = None  #: seconds of its last run
        self.places = places_of(interface)

    @property
    def is_async(self) -> bool:
        return self.interface.flavour in ("async", "async_generator")

    def with_state(self, given: Iterator[Any], call: MemberCall) -> list[Any]:
        """The function's arguments: those that were given for the inputs that a visitor fills, and the states."""
        found, slot = [], 0
        for component in self.interface.inputs:
            if component.stateful:
                found.append(call.load_state(slot, component.value))
                slot += 1
            else:
                found.append(next(given))
        return found

    def checked(self, given: Iterator[Any], call: MemberCall) -> list[Any]:
        """The same, after the author's validator has seen them. Blocks. Raises InvalidValueError."""
        values = self.with_state(given, call)
        if self.interface.validator is not None:
            self.interface.check(values, direct.run(self.interface.validator, values))
        return values

    def steps(self, values: Sequence[Any], call: MemberCall) -> Iterator[list[Any]]:
        """What the function gives for its arguments, one value per visible output, each time that it gives some.

        Blocks the thread, for the Interface's time_limit at most. Raises what the function raises, TooSlowError where
        it took longer and had given nothing, and CallCancelled.
        """
        if self.is_async:
            yield from self._from_loop(values, call)
        elif self.interface.time_limit is not None:
            yield from self._limited(self._in_thread(values, call), call, self.interface.time_limit)
        else:
            yield from self._in_thread(values, call)

    def _in_thread(self, values: Sequence[Any], call: MemberCall) -> Iterator[list[Any]]:
        """The values of a plain function or generator, which this thread runs."""
        context = copy_context()
        context.run(current.set, call.reports)
        made = context.run(self._made, values, call)
        if not self.interface.is_generator:
            yield self._kept(made, call)
            return
        try:
            while (given := context.run(next, made, _END)) is not _END:
                yield self._kept(given, call)
                call.reports.check()
        finally:
            context.run(made.close)

    async def steps_async(self, values: Sequence[Any], call: MemberCall) -> AsyncIterator[list[Any]]:
        """The same for an async function, on its loop."""
        current.set(call.reports)
        end = None if self.interface.time_limit is None else time.monotonic() + self.interface.time_limit
        made = self._made(values, call)
        if not self.interface.is_generator:
            yield self._kept(await self._until(end, made), call)
            return
        had_values = False
        try:
            while (given := await self._until(end, anext(made, _END))) is not _END:
                yield self._kept(given, call)
                had_values = True
                call.reports.check()
        except TooSlowError:
            if not had_values:
                raise
        finally:
            await made.aclose()

    async def _until(self, end: float | None, made: Awaitable[T]) -> T:
        """What comes by then, in monotonic seconds; else nobody waits for it any more. Raises TooSlowError."""
        if end is None:
            return await made
        running = asyncio.ensure_future(made)
        try:
            done, _ = await asyncio.wait({running}, timeout=end - time.monotonic())
        finally:
            if not running.done():
                running.cancel()
                await asyncio.wait({running}, timeout=_END_S)  # a generator is closed when it has ended
        if not done:
            raise TooSlowError(self.interface.name, self.interface.time_limit or 0)
        return running.result()

    def _made(self, values: Sequence[Any], call: MemberCall) -> Any:
        """A result, coroutine or generator."""
        interface = self.interface
        if not interface.batch:
            return interface.runs.invoke(values, call)
        returned = interface.runs.invoke(lists_of([values]), call)
        return self._first_of(returned) if interface.flavour == "async" else interface.apart(returned, 1)[0]

    async def _first_of(self, returned: Coroutine[Any, Any, Any]) -> Any:
        return self.interface.apart(await returned, 1)[0]

    def _kept(self, prediction: Any, call: MemberCall) -> list[Any]:
        """The values of visible outputs; the others are kept in the session."""
        found, slot = [], 0
        for component, value in zip(self.interface.outputs, self.interface.per_output(prediction), strict=True):
            if not component.stateful:
                found.append(value)
                continue
            if value is not UNCHANGED:
                call.save_state(slot, value)
            slot += 1
        return found

    def _limited(self, steps: Iterator[list[Any]], call: MemberCall, limit_s: float) -> Iterator[list[Any]]:
        """The steps that are made in that time, in a thread of their own, which nobody can interrupt."""
        box: SimpleQueue[tuple[list[Any], BaseException | None]] = SimpleQueue()

        def run() -> None:
            try:
                for given in steps:
                    box.put((given, None))
                box.put((_END, None))
            except BaseException as error:
                box.put((_END, error))

        end, had_values = time.monotonic() + limit_s, False
        threading.Thread(target=copy_context().run, args=(run,), name=self.name[:60], daemon=True).start()
        while True:
            try:
                given, error = taken(box, call.reports, end)
            except Empty:
                call.reports.cancelled = True
                if had_values and self.interface.is_generator:
                    return
                raise TooSlowError(self.interface.name, limit_s) from None
            if error is not None:
                raise error
            if given is _END:
                return
            had_values = True
            yield given

    def _from_loop(self, values: Sequence[Any], call: MemberCall) -> Iterator[list[Any]]:
        """The values of an async function, for a thread that waits for them."""
        box: SimpleQueue[Any] = SimpleQueue()

        async def run() -> None:
            async for given in self.steps_async(values, call):
                box.put(given)

        running = self._loop.submit(run())
        running.add_done_callback(lambda _: box.put(_END))
        try:
            while (given := taken(box, call.reports)) is not _END:
                yield given
            running.result()
        finally:
            running.cancel()


_END: Any = object()


def taken(box: SimpleQueue[T], reports: Reports, end: float = math.inf) -> T:
    """The next one of a queue. end: monotonic seconds, then it raises queue.Empty.

    Raises CallCancelled when nobody waits for the call any more.
    """
    while True:
        try:
            return box.get(timeout=max(0.0, min(_LOOK_S, end - time.monotonic())))
        except Empty:
            reports.check()
            if time.monotonic() >= end:
                raise
