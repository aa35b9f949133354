"""One Interface as a part of another: its call, and all that its function gives."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from quickdemo.runtime import direct
from quickdemo.runtime.batches import lists_of
from quickdemo.runtime.call import Call
from quickdemo.runtime.components.base import Files
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.user_loop import UserLoop
from quickdemo.runtime.reports import Reports, current
from quickdemo.runtime.request import Request
from quickdemo.runtime.returned import UNCHANGED

T = TypeVar("T")
#: calls of a member at a time whose Interface says nothing else
MOST_AT_ONCE = 40
_LOOK_S = 0.05  # how often a thread that waits looks whether anybody still waits for its call


class MemberReports(Reports):
    """Messages go to the call of the whole, whose bars are joined by these."""

    def __init__(self, whole: Reports) -> None:
        super().__init__(lambda kind, what: whole.progress() if kind == "progress" else None)
        self._whole = whole
        whole.parts.append(self)

    def check(self) -> None:
        """Raises CallCancelled when the caller of the whole has gone, or the whole has failed."""
        self.cancelled = self.cancelled or self._whole.cancelled
        super().check()

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
        most = interface.concurrency_limit or MOST_AT_ONCE
        self._places = threading.BoundedSemaphore(most)
        self.place_async = asyncio.Semaphore(most)

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

    @contextmanager
    def place(self, reports: Reports) -> Iterator[None]:
        """One of the places that the Interface's concurrency_limit gives. Raises CallCancelled."""
        while not self._places.acquire(timeout=_LOOK_S):
            reports.check()
        try:
            yield
        finally:
            self._places.release()

    def steps(self, values: Sequence[Any], call: MemberCall) -> Iterator[list[Any]]:
        """What the function gives for its arguments, one value per visible output, each time that it gives some.

        Blocks the thread. Raises what the function raises, and CallCancelled.
        """
        if self.is_async:
            yield from self._from_loop(values, call)
            return
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
        made = self._made(values, call)
        if not self.interface.is_generator:
            yield self._kept(await made, call)
            return
        try:
            async for given in made:
                yield self._kept(given, call)
                call.reports.check()
        finally:
            await made.aclose()

    def _made(self, values: Sequence[Any], call: MemberCall) -> Any:
        """A result, coroutine or generator."""
        interface = self.interface
        if interface.validator is not None:
            interface.check(list(values), direct.run(interface.validator, values))
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


def taken(box: SimpleQueue[T], reports: Reports) -> T:
    """The next one of a queue. Raises CallCancelled when nobody waits for the call any more."""
    while True:
        try:
            return box.get(timeout=_LOOK_S)
        except Empty:
            reports.check()
