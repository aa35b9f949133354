"""Explanations of one child: a few at a time, their calls behind predictions, their answers kept for a while."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, TypeVar

from quickdemo.interpret.explanation import Explanation
from quickdemo.runtime import scratch
from quickdemo.runtime.call import Call
from quickdemo.runtime.components.base import Files
from quickdemo.runtime.errors import Error, ExplanationError, RefusedError
from quickdemo.runtime.explain_custom import Custom
from quickdemo.runtime.explain_direct import failed
from quickdemo.runtime.explaining import Plan, advance
from quickdemo.runtime.game import Case, Game, Wanted
from quickdemo.runtime.heard import Heard
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.fair_turns import FairTurns, Turn
from quickdemo.runtime.jobs.kept_games import KeptGames
from quickdemo.runtime.jobs.masked_calls import MaskedCall, call_behind, call_function
from quickdemo.runtime.jobs.runner import Runner
from quickdemo.runtime.jobs.threads import CallEnded, Workers

logger = logging.getLogger("quickdemo.app")
T = TypeVar("T")

AT_ONCE = 4  #: explanations that run at a time
AT_ONCE_EACH = 2  #: of one visitor
WAITING = 32  #: that wait; one more is refused
WAITING_EACH = 8
_OPEN = 16  #: calls of one explanation that run or wait at a time
_TELL_S = 0.1

#: ("log", a message of a call), ("answer", what `Show` made of it), ("explanation", Explanation),
#: ("progress", {"done", "total", "remaining_s"}) and at last ("result", Explanation)
Event = tuple[str, Any]
Show = Callable[[Game, Any], Any]  #: in the function's thread, of what it returned for the inputs as they are


class Explanations:
    """Runs explanations, and keeps the games of those that were made."""

    def __init__(self, runner: Runner, show_error: bool = True) -> None:
        """show_error: visitors may read the text of what a function raised."""
        self._runner = runner
        self._show_error = show_error
        self._turns = FairTurns(
            "explanations", limit=AT_ONCE, each=AT_ONCE_EACH, waiting=WAITING, waiting_each=WAITING_EACH
        )
        self.parts = FairTurns("calls without some parts", limit=AT_ONCE, each=1, waiting=WAITING, waiting_each=4)
        self._threads = Workers("explanations", AT_ONCE)
        self.kept = KeptGames()

    @property
    def running(self) -> int:
        """Explanations that run or wait now."""
        return self._turns.taken

    def turn(self, owner: str) -> Turn:
        """A turn for one explanation of this visitor. Entering it raises RefusedError (503: too many wait)."""
        return self._turns.of(owner)

    async def game(self, interface: Interface, values: Sequence[Any], files: Files) -> Game:
        """The game of these values; dividing a picture takes a while. Raises ExplanationError."""
        return await self._threads.submit(lambda: Game(interface, values, files))

    async def steps(
        self, game: Game, wanted: Wanted, call: Call, show: Show | None = None
    ) -> AsyncGenerator[Event, None]:
        """One explanation. Leaving the iteration early cancels the calls that run and makes no others.

        show: makes the event "answer" of the first call; without it, or without such a call, there is none.
        It is to be used in a `turn`. Raises ExplanationError, and what the function raises for the whole input.
        """
        plan = await self._threads.submit(lambda: Plan(game, wanted))
        steps, failure = _Stepper(plan), None
        told = _Told()
        try:
            while (step := await self._threads.submit(partial(steps.next, failure))) is not None:
                failure = None
                if isinstance(step, Explanation):
                    yield ("result" if step.final else "explanation"), step
                    continue
                first = len(step) == 1 and step[0].key == game.whole().key
                work = (
                    self._first(game, step[0], call, told, show) if first else self._answer_all(game, step, call, told)
                )
                try:
                    async with aclosing(told.during(work, partial(_progress, plan))) as events:
                        async for event in events:
                            yield event
                except ExplanationError as error:
                    failure = error  # the plan knows whether it can do without
        finally:
            self._threads.submit(steps.close)

    async def own(self, interface: Interface, values: Sequence[Any], files: Files) -> Custom:
        """The author's own function for these values."""
        return await self.in_thread(lambda: Custom(interface, values, files))

    def in_thread(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Do what takes a while for an explanation that has its turn."""
        return self._threads.submit(work)

    async def custom(self, own: Custom, call: Call) -> AsyncGenerator[Event, None]:
        """What the author's own function says: each value that it yields is an explanation, and the last the result.

        Raises ExplanationError for a wrong form, and what it raises.
        """
        told = _Told()

        def put(returned: Any) -> None:
            told.tell("explanation", own.read(returned))

        masked = MaskedCall(call, told.heard.reports())
        work = call_function(self._runner, own.interface, own.function, own.values, masked, put)
        async with aclosing(told.during(_cancelling(work, masked))) as events:
            async for event in events:
                yield event
        yield "result", await self._threads.submit(partial(own.read, told.returned))

    async def _first(self, game: Game, case: Case, call: Call, told: _Told, show: Show | None) -> None:
        """Make the call of the inputs as they are, and tell what a prediction tells."""

        def see(returned: Any) -> None:
            if show is not None:
                told.tell("answer", show(game, returned))

        masked = MaskedCall(call, told.heard.reports())
        await _cancelling(self._call(game, [case], masked, see), masked)
        told.progressed()

    async def _answer_all(self, game: Game, cases: list[Case], call: Call, told: _Told) -> None:
        """Make the calls of these cases, several at a time."""
        size = game.interface.max_batch_size if game.interface.batch else 1
        left = [cases[first : first + size] for first in reversed(range(0, len(cases), size))]
        most = 2 if size > 1 else _OPEN  # the arguments of a batch are made while another runs
        running: set[asyncio.Task[None]] = set()
        try:
            while left or running:
                while left and len(running) < most:
                    some = left.pop()
                    masked = MaskedCall(call, told.heard.reports(some[0].changed))
                    running.add(asyncio.ensure_future(_cancelling(self._call(game, some, masked), masked)))
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                if failed := [error for task in done if (error := task.exception())]:
                    raise failed[0]
                told.progressed()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def answer(self, game: Game, case: Case, call: Call, owner: str) -> None:
        """Make the call of one case, unless its answer is kept, in a turn of the visitor's. Raises as `steps` does."""
        if case.key in game.kept:
            return
        async with self.parts.of(owner) as turn:
            while not turn.begun:
                await turn.moved()
            masked = MaskedCall(call, call.reports)
            await _cancelling(self._call(game, [case], masked), masked)

    async def _call(
        self, game: Game, cases: list[Case], call: MaskedCall, see: Callable[[Any], None] | None = None
    ) -> None:
        """see: gets what the function returned for each case, before it is scored."""

        def rows() -> list[list[Any]]:
            with scratch.noted(written):
                return [case.arguments() for case in cases]

        def keep(made: Sequence[Any]) -> None:
            kept.append(True)
            if see is not None:
                for answer in made:
                    see(answer)
            game.keep_all(cases, made)
            scratch.remove(written)

        kept: list[bool] = []
        written: list[str] = []  # for these calls alone
        interface = game.interface
        try:
            await call_behind(self._runner, interface, call, rows, keep)
        except RefusedError:
            raise
        except (Exception, CallEnded) as error:
            await self._threads.submit(partial(scratch.remove, written))
            if kept or not cases[0].changed():
                raise  # an error of the inputs as they are is told as that of a prediction
            cause = error.cause if isinstance(error, CallEnded) else error
            mark = secrets.token_hex(4)
            if not isinstance(cause, Error):
                logger.error("error %s in %s %s", mark, interface.name, cases[0].changed(), exc_info=cause)
            raise failed(interface.name, cases, cause, mark, self._show_error) from error


async def _cancelling(work: Coroutine[Any, Any, T], call: MaskedCall) -> T:
    """Do the work of a call; where it is cancelled, the function learns of it when it reports next."""
    try:
        return await work
    except asyncio.CancelledError:
        call.reports.cancelled = True
        raise


class _Stepper:
    """The steps of a plan, one at a time, though a thread may still be in one whose explanation was cancelled."""

    def __init__(self, plan: Plan) -> None:
        self._steps = plan.steps()
        self._lock = threading.Lock()

    def next(self, failure: ExplanationError | None) -> list[Case] | Explanation | None:
        with self._lock:
            return advance(self._steps, failure)

    def close(self) -> None:
        with self._lock:
            self._steps.close()


class _Told:
    """What the calls of one explanation tell, from any thread, as events on its loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events = asyncio.Queue[Event | None]()
        self._due = 0.0  # when progress may be told next
        self.heard = Heard(lambda message: self.tell("log", message))
        self.returned: Any = None  #: by what `during` waited for

    def tell(self, kind: str, what: Any) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self._events.put_nowait, (kind, what))

    def progressed(self) -> None:
        """From the loop: progress is told now and then."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + _TELL_S
            self._events.put_nowait(("progress", None))

    async def during(
        self, work: Coroutine[Any, Any, Any], progress: Callable[[], Any] | None = None
    ) -> AsyncGenerator[Event, None]:
        """The events until the work is done; it is cancelled when nobody waits for them any more. Raises what it
        raises. progress: what is told as such."""
        running = asyncio.ensure_future(work)
        running.add_done_callback(lambda _: self._events.put_nowait(None))
        try:
            while (event := await self._events.get()) is not None:
                if event[0] == "progress" and progress is not None:
                    event = ("progress", progress())
                yield event
            self.returned = await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def _progress(plan: Plan) -> dict[str, Any]:
    left_s = plan.remaining_s
    return {"done": plan.done, "total": plan.total, "remaining_s": None if left_s is None else round(left_s, 1)}
