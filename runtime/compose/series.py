"""Series: what one Interface answers is what the next one is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any

from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.compose.composed import Composed, Gathered
from quickdemo.runtime.compose.fitting import misfit, passed
from quickdemo.runtime.compose.member import Member, MemberCall, taken
from quickdemo.runtime.errors import counted
from quickdemo.runtime.function import Caller
from quickdemo.runtime.reports import Reports

#: seconds that a stage may take which works on parts: the last value may wait for one of these
_QUICK_S = 0.25


class Series(Composed):
    """`gr.Series(write, translate)`: the input goes to the first, its answer to the second, and so on to the last one.

    interfaces: each takes what the one before gives; outputs beyond what it takes are left out. Python values are
    passed on where both sides are of one kind. While a stage streams, the next one works on what there is so far, if it
    is a quick plain or async function without state that may run more than once (`retry` is not False); it is called
    for the newest value whenever it is free, and for the last one always.
    intermediate: the outputs of all stages are shown, in their order.
    options: those of an Interface.

    Raises ValueError where there is none or one does not take what the one before gives, and TypeError for what is no
    Interface.
    """

    joint = " => "

    def __init__(self, *interfaces: Any, intermediate: bool = False, **options: Any) -> None:
        own_function = options.get("fn") is None
        count = len(interfaces)
        super().__init__(interfaces, options, range(count) if intermediate else range(max(count - 1, 0), count))
        self.intermediate = intermediate
        if own_function:
            self._check_inputs(self.members[0])
            for before, after in zip(self.members, self.members[1:], strict=False):
                _check_stages(before, after)

    def run(self, values: Sequence[Any], call: Caller) -> Iterator[Gathered]:
        return _Relay(self, values, call).run()


def _check_stages(before: Member, after: Member) -> None:
    """Raises ValueError that names what does not fit."""
    if len(before.outputs) < len(after.inputs):
        raise ValueError(
            f"{after.name} takes {counted(len(after.inputs), 'input')}, and {before.name} gives it "
            f"{counted(len(before.outputs), 'output')}."
        )
    for output, input in zip(before.outputs, after.inputs, strict=False):
        if problem := misfit(output, input):
            raise ValueError(f"{before.name} does not fit {after.name}: {problem}.")


class _Relay:
    """One call of all stages."""

    def __init__(self, whole: Series, values: Sequence[Any], call: Caller) -> None:
        self._whole, self._values, self._call = whole, values, call
        self._members = whole.members
        self._calls = whole.calls_of(call)
        self._spent = [0.0] * len(self._members)
        self._answers: list[list[Any] | None] = [None] * len(self._members)
        self._wires: list[list[Wire] | None] = [None] * len(self._members)
        self._worked: list[Any] = [None] * len(self._members)  # the answer before that a stage has worked on
        self._told = [""] * len(self._members)
        self._encodes = whole.intermediate and call.reports.describe is not None

    def run(self) -> Iterator[Gathered]:
        try:
            given = self._whole.given_to(self._members[0], self._values, self._calls[0])
            for _ in self._stage(0, given, is_last=True):
                yield self._shown()
        finally:
            for call in self._calls:
                call.reports.cancelled = True
                call.reports.end()

    def _shown(self) -> Gathered:
        if not self._whole.intermediate:
            return Gathered(self._answers[-1] or [])
        shown = Gathered(self._in_a_row(self._answers))
        shown.wires = self._in_a_row(self._wires) if self._encodes else None
        return shown

    def _in_a_row(self, of_stages: list[list[Any] | None]) -> list[Any]:
        pairs = zip(self._members, of_stages, strict=True)
        return [value for member, values in pairs for value in (values or [None] * len(member.outputs))]

    def _stage(self, place: int, given: list[Any], is_last: bool) -> Iterator[None]:
        """Run this stage and all behind it; steps whenever the outputs of the whole are new.

        is_last: these are its last arguments, and not what there is so far.
        """
        is_end = place == len(self._members) - 1
        for answer, ends in self._answered(place, given, is_last):
            self._keep(place, answer)
            if is_last and ends and not is_end:
                self._tell(place, "done")
            if is_end or self._whole.intermediate:
                yield
            if not is_end and ((is_last and ends) or _works_on_parts(self._members[place + 1])):
                yield from self._next(place + 1, answer, is_last and ends)
        if is_last and is_end:
            self._tell(place, "done")

    def _keep(self, place: int, answer: list[Any]) -> None:
        if self._encodes and answer is not self._answers[place]:
            self._wires[place] = self._whole.wires_of(place, answer, self._calls[place].files)
        self._answers[place] = answer

    def _next(self, place: int, answer: list[Any], is_last: bool) -> Iterator[None]:
        before, after, call = self._members[place - 1], self._members[place], self._calls[place]
        behind = range(place, len(self._members))
        if is_last and all(self._worked[stage] is self._answers[stage - 1] for stage in behind):
            for stage in behind:  # what came last as a part was all there is, and all of them have made something of it
                self._tell(stage, "done")
            return
        try:
            yield from self._stage(place, _given(before, after, answer, call), is_last)
            self._worked[place] = answer
        except Exception:
            if is_last:
                raise  # what there is so far may make no sense yet

    def _answered(self, place: int, given: list[Any], is_last: bool) -> Iterator[tuple[list[Any], bool]]:
        """(what the outputs have, whether that is the last). A stage that streams runs ahead of those behind it."""
        member, call = self._members[place], self._calls[place]
        self._tell(place, "running")
        start = time.monotonic()
        try:
            if place == len(self._members) - 1:
                for values in _in_place(member, given, call):
                    self._spent[place] = time.monotonic() - start
                    yield values, False
            elif member.interface.is_generator:
                for values, when, ends in newest(_in_place(member, given, call), call.reports):
                    self._spent[place] = when - start
                    yield values, ends
            else:
                values = list(_in_place(member, given, call))[-1]
                self._spent[place] = time.monotonic() - start
                yield values, True
            member.took_s = self._spent[place]
        except Exception:
            self._spent[place] = time.monotonic() - start
            if is_last:
                self._tell(place, "failed")
            raise

    def _tell(self, place: int, state: str) -> None:
        if self._told[place] == state:
            return
        self._told[place] = state
        shown = enumerate(self._whole.shown_by if self._whole.intermediate else ())
        outputs = [index for index, shown_by in shown if shown_by == place]
        told = {"index": place, "name": self._members[place].name, "outputs": outputs, "state": state}
        if state != "running":
            told["seconds"] = round(self._spent[place], 3)
        self._call.reports.member(place, told)


def _works_on_parts(member: Member) -> bool:
    interface = member.interface
    if member.took_s is not None and member.took_s > _QUICK_S:
        return False
    if isinstance(interface, Composed):
        return all(_works_on_parts(inner) for inner in interface.members)
    return not interface.is_generator and not interface.stateful and interface.retry


def _given(before: Member, after: Member, answer: list[Any], call: MemberCall) -> list[Any]:
    """The next stage's arguments. Raises ValueError and InvalidValueError."""
    pairs = zip(answer, before.outputs, after.inputs, strict=False)
    return after.checked((passed(value, output, input, call.files) for value, output, input in pairs), call)


def _in_place(member: Member, given: list[Any], call: MemberCall) -> Iterator[list[Any]]:
    with member.places.taken(call.reports):
        yield from member.steps(given, call)


def newest(steps: Iterator[list[Any]], reports: Reports) -> Iterator[tuple[list[Any], float, bool]]:
    """(values, when they were made, whether they are the last): the newest whenever one is asked for, and the last one
    always, which may come twice. The steps are made meanwhile, in a thread. Raises what they raise."""
    box: SimpleQueue[tuple[list[Any] | None, float, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            for values in steps:
                box.put((values, time.monotonic(), None))
            box.put((None, 0.0, None))
        except BaseException as error:
            box.put((None, 0.0, error))

    threading.Thread(target=copy_context().run, args=(run,), name="a stage of a series", daemon=True).start()
    last: tuple[list[Any], float] | None = None
    while True:
        values, when, error = taken(box, reports)
        while values is not None and not box.empty():
            last = values, when
            values, when, error = box.get_nowait()
        if error is not None:
            raise error
        if values is None:
            if last is not None:
                yield *last, True
            return
        last = values, when
        yield values, when, False
