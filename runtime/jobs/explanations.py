"""Explanations of one child: a few at a time, their calls behind predictions, their answers kept for a while."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from quickdemo.interpret.explanation import Explanation
from quickdemo.runtime.call import Call
from quickdemo.runtime.components.base import Files
from quickdemo.runtime.errors import Error, ExplanationError, RefusedError
from quickdemo.runtime.explain_custom import Custom
from quickdemo.runtime.explain_direct import failed
from quickdemo.runtime.explaining import Plan, advance
from quickdemo.runtime.game import Case, Game, Wanted
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.masked_calls import call_behind, call_function
from quickdemo.runtime.jobs.runner import Runner
from quickdemo.runtime.jobs.threads import CallEnded, Workers
from quickdemo.runtime.jobs.turns import Turns
from quickdemo.runtime.reports import Reports
from quickdemo.runtime.request import Request

logger = logging.getLogger("quickdemo.app")

AT_ONCE = 4  #: explanations that run at a time
WAITING = 32  #: and that wait; one more is refused
MOST_KEPT = 64  #: explanations whose answers are kept
KEPT_S = 30 * 60.0
KEPT_BYTES = 64 * 2**20  #: of all that are kept; the newest is kept whatever it takes
_OPEN = 16  #: calls of one explanation that run or wait at a time
_TELL_S = 0.1

#: ("log", a message of the first call), ("answer", what `Show` made of it), ("explanation", Explanation),
#: ("progress", {"done", "total", "remaining_s"}) and at last ("result", Explanation)
Event = tuple[str, Any]
Show = Callable[[Game, Any], Any]  #: in the function's thread, of what it returned for the inputs as they are


class MaskedCall:
    """One call of an explanation: the files and the request of whoever asked for it.

    tell: gets the messages of the call, in its thread; without it nobody reads them.
    """

    def __init__(self, asked: Call, tell: Callable[[Event], None] | None = None) -> None:
        self._asked = asked
        self.reports = Reports(
            None if tell is None else lambda kind, what: tell((kind, what)) if kind == "log" else None
        )

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


class Explanations:
    """Runs explanations, and keeps the games of those that were made."""

    def __init__(self, runner: Runner, show_error: bool = True) -> None:
        """show_error: visitors may read the text of what a function raised."""
        self._runner = runner
        self._show_error = show_error
        self._turns = Turns("explanations", AT_ONCE, WAITING)
        self._threads = Workers("explanations", AT_ONCE)
        self.kept = KeptGames()

    @property
    def running(self) -> int:
        """Explanations that run or wait now."""
        return self._turns.taken

    async def game(self, interface: Interface, values: Sequence[Any], files: Files) -> Game:
        """The game of these values; dividing a picture takes a while. Raises ExplanationError."""
        return await self._threads.submit(lambda: Game(interface, values, files))

    async def steps(self, game: Game, wanted: Wanted, call: Call, show: Show | None = None) -> AsyncIterator[Event]:
        """One explanation. Leaving the iteration early cancels the calls that run and makes no others.

        show: makes the event "answer" of the first call; without it, or without such a call, there is none.
        Raises ExplanationError, RefusedError (503: too many wait), and what the function raises for the whole input.
        """
        async with self._turns:
            plan = await self._threads.submit(lambda: Plan(game, wanted))
            steps, failure = plan.steps(), None
            try:
                while (step := await self._threads.submit(partial(advance, steps, failure))) is not None:
                    failure = None
                    if isinstance(step, Explanation):
                        yield ("result" if step.final else "explanation"), step
                        continue
                    first = len(step) == 1 and step[0].key == game.whole().key
                    events = self._first(game, step[0], call, show) if first else self._answered(game, plan, step, call)
                    try:
                        async for event in events:
                            yield event
                    except ExplanationError as error:
                        failure = error  # the plan knows whether it can do without
                    if first:
                        yield "progress", _progress(plan)
            finally:
                self._threads.submit(steps.close)  # after the step that may still run

    async def custom(self, interface: Interface, values: Sequence[Any], call: Call) -> AsyncIterator[Event]:
        """What the author's own function says: each value that it yields is an explanation, and the last the result.

        Raises ExplanationError for a wrong form, and what it raises.
        """
        loop, found = asyncio.get_running_loop(), asyncio.Queue[Event | None]()

        def tell(event: Event) -> None:
            loop.call_soon_threadsafe(found.put_nowait, event)

        def put(returned: Any) -> None:
            tell(("explanation", own.read(returned)))

        masked = MaskedCall(call, tell)

        async with self._turns:
            own = await self._threads.submit(lambda: Custom(interface, values, call.files))
            running = asyncio.ensure_future(
                call_function(self._runner, interface, own.function, own.values, masked, put)
            )
            running.add_done_callback(lambda _: found.put_nowait(None))
            try:
                while (event := await found.get()) is not None:
                    yield event
                yield "result", await self._threads.submit(partial(own.read, await running))
            finally:
                masked.reports.cancelled = True
                running.cancel()

    async def _first(self, game: Game, case: Case, call: Call, show: Show | None) -> AsyncIterator[Event]:
        """Make the call of the inputs as they are, and tell what a prediction tells."""
        loop, found = asyncio.get_running_loop(), asyncio.Queue[Event | None]()

        def tell(event: Event) -> None:
            loop.call_soon_threadsafe(found.put_nowait, event)

        def see(returned: Any) -> None:
            if show is not None:
                tell(("answer", show(game, returned)))

        masked = MaskedCall(call, tell)
        running = asyncio.ensure_future(self._call(game, [case], masked, see))
        running.add_done_callback(lambda _: found.put_nowait(None))
        try:
            while (event := await found.get()) is not None:
                yield event
            await running
        finally:
            masked.reports.cancelled = True
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _answered(self, game: Game, plan: Plan, cases: list[Case], call: Call) -> AsyncIterator[Event]:
        """Make the calls of these cases, several at a time, and tell how far it is."""
        size = game.interface.max_batch_size if game.interface.batch else 1
        left = [cases[first : first + size] for first in reversed(range(0, len(cases), size))]
        most = 2 if size > 1 else _OPEN  # the arguments of a batch are made while another runs
        running: dict[asyncio.Task[None], MaskedCall] = {}
        told = 0.0
        try:
            while left or running:
                while left and len(running) < most:
                    masked = MaskedCall(call)
                    running[asyncio.ensure_future(self._call(game, left.pop(), masked))] = masked
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    del running[task]
                    task.result()
                if time.monotonic() >= told + _TELL_S:
                    told = time.monotonic()
                    yield "progress", _progress(plan)
        finally:
            for task, masked in running.items():
                masked.reports.cancelled = True
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def answer(self, game: Game, case: Case, call: Call) -> None:
        """Make the call of one case, unless its answer is kept. Raises as `steps` does."""
        if case.key not in game.kept:
            await self._call(game, [case], MaskedCall(call))

    async def _call(
        self, game: Game, cases: list[Case], call: MaskedCall, see: Callable[[Any], None] | None = None
    ) -> None:
        """see: gets what the function returned for each case, before it is scored."""

        def keep(made: Sequence[Any]) -> None:
            kept.append(True)
            for case, answer in zip(cases, made, strict=True):
                if see is not None:
                    see(answer)
                game.keep(case, answer)

        kept: list[bool] = []
        interface = game.interface
        try:
            await call_behind(self._runner, interface, call, lambda: [case.arguments() for case in cases], keep)
        except RefusedError:
            raise
        except (Exception, CallEnded) as error:
            if kept or not cases[0].changed():
                raise  # an error of the inputs as they are is told as that of a prediction
            cause = error.cause if isinstance(error, CallEnded) else error
            mark = secrets.token_hex(4)
            if not isinstance(cause, Error):
                logger.error("error %s in %s %s", mark, interface.name, cases[0].changed(), exc_info=cause)
            raise failed(interface.name, cases, cause, mark, self._show_error) from error


def _progress(plan: Plan) -> dict[str, Any]:
    left_s = plan.remaining_s
    return {"done": plan.done, "total": plan.total, "remaining_s": None if left_s is None else round(left_s, 1)}


@dataclass
class KeptGame:
    """A game, who may use it, and since when it was not used (monotonic seconds)."""

    game: Game
    owner: str
    mark: bytes
    explanation: dict[str, Any] | None = None  # the last one that was made
    seen: float = field(default_factory=time.monotonic)


class KeptGames:
    """The games of the last explanations by an unguessable key; the least recently used go first."""

    def __init__(self) -> None:
        self._games: OrderedDict[str, KeptGame] = OrderedDict()

    def keep(self, game: Game, owner: str, mark: bytes, explanation: dict[str, Any] | None = None) -> str:
        """Keep a game for its owner, with the explanation that was made of it; returns its key.

        mark: what is the same for the same call.
        """
        key = next((key for key, one in self._games.items() if one.game is game), "")
        if not key:
            key = secrets.token_urlsafe(12)
            self._games[key] = KeptGame(game, owner, mark)
        self._games[key].seen = time.monotonic()
        self._games[key].explanation = explanation
        self._games.move_to_end(key)
        self._trim()
        return key

    def explanation(self, owner: str, key: str) -> dict[str, Any] | None:
        """The explanation with that key, None when it is not kept or is somebody else's."""
        self._trim()
        one = self._games.get(key)
        return one.explanation if one is not None and one.owner == owner else None

    def find(self, owner: str, mark: bytes) -> Game | None:
        """The owner's game of the same call."""
        self._trim()
        for one in reversed(self._games.values()):
            if one.owner == owner and one.mark == mark:
                return one.game
        return None

    def get(self, owner: str, key: Any) -> Game:
        """The owner's game with that key. Raises RefusedError (404) for any other."""
        self._trim()
        one = self._games.get(key) if isinstance(key, str) else None
        if one is None or one.owner != owner:
            raise RefusedError(
                404, "unknown_explanation", "This explanation is not kept any more.", "Press Interpret once more."
            )
        one.seen = time.monotonic()
        self._games.move_to_end(key)
        return one.game

    def _trim(self) -> None:
        now = time.monotonic()
        for key in [key for key, one in self._games.items() if now - one.seen > KEPT_S]:
            del self._games[key]
        total = sum(size_of(one.game) for one in self._games.values())
        while len(self._games) > 1 and (len(self._games) > MOST_KEPT or total > KEPT_BYTES):
            _, gone = self._games.popitem(last=False)
            total -= size_of(gone.game)


def size_of(game: Game) -> int:
    """Bytes that a game takes, about: its values three times, as parts hold a baseline and a map beside the value."""
    answers = sum(vector.nbytes + 100 for vectors in tuple(game.kept.values()) for vector in vectors)
    texts = sum(len(text or "") for kept in tuple(game.texts.values()) for text in kept)
    return answers + texts + len(game.answer_json or b"") + 3 * sum(_bytes(player.value) for player in game.players)


def _bytes(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, (list, tuple)):
        return sum(map(_bytes, value)) + 100
    if hasattr(value, "getbands"):  # a picture of pillow
        return int(value.width * value.height * len(value.getbands()))
    return sys.getsizeof(value)
