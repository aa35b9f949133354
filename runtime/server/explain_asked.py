"""One request for an explanation: what is asked for, checked; and the events that answer it."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
import pickle
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
from starlette.types import Scope

from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.errors import InvalidValueError, RefusedError, shown
from quickdemo.runtime.jobs.runner import for_call
from quickdemo.runtime.jobs.threads import CallEnded
from quickdemo.runtime.json_text import strict_json
from quickdemo.runtime.server.calls import ServedCall, owner_of
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.explain_answer import FirstAnswer, gives_answer
from quickdemo.runtime.server.explained_interfaces import explained_endpoint
from quickdemo.runtime.server.faults import FunctionFailed
from quickdemo.runtime.server.streams import BEAT_S, event_of
from quickdemo.runtime.server.visitors import Visitor

if TYPE_CHECKING:
    from quickdemo.interpret.explanation import Explanation
    from quickdemo.runtime.game import Game, Wanted
    from quickdemo.runtime.jobs.explanations import Event, Explanations

MOST_CALLS = 10_000  #: that a caller may ask for; the author's interpretation_budget may allow fewer
FORM = 'Send {"data": [...], "target": {"output": 0, "class": "cat"}, "method": "shap", "budget": 200} as JSON.'


class Asked:
    """One request for an explanation. Raises InvalidValueError and RefusedError for a body that is none."""

    def __init__(self, context: Context, scope: Scope, body: Any) -> None:
        from quickdemo.runtime.explain_direct import check_explainable, wanted_of  # loads numpy

        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise InvalidValueError(
                f'The body must be {{"data": [...]}} with one value per input; it was {shown(body)}.', FORM
            )
        self._context, self._scope = context, scope
        self._visitor: Visitor = scope["state"]["visitor"]
        self._name, self._interface = explained_endpoint(context, body.get("endpoint"))
        check_explainable(self._interface)
        budget, inside = body.get("budget"), body.get("inside")
        for name, calls in (("budget", budget), ("inside", inside)):
            if isinstance(calls, int) and calls > MOST_CALLS:
                raise InvalidValueError(f"{name} must be at most {MOST_CALLS} calls; it was {calls}.", FORM)
        wanted = wanted_of(self._interface, body.get("method"), budget, body.get("target"), inside)
        self._wanted: Wanted = dataclasses.replace(wanted, most=MOST_CALLS)
        self._wires: list[Wire] = body["data"]
        self._call = ServedCall(context, scope, self._session(body), self._name)
        if not isinstance(body.get("answer", True), bool):
            raise InvalidValueError(f"answer must be true or false; it was {shown(body['answer'])}.", FORM)
        self._answers = body.get("answer", True) and gives_answer(self._interface)

    def _first_answer(self) -> FirstAnswer | None:
        if not self._answers:
            return None
        return FirstAnswer(self._context, self._interface, self._wires, self._call, self._visitor)

    def _session(self, body: dict[str, Any]) -> str | None:
        session = body.get("session", body.get("session_hash"))
        if session is None or not self._interface.has_session:
            return None
        if not isinstance(session, str):
            raise InvalidValueError(f"session must be text; it was {shown(session)}.", "Leave it out for a new one.")
        return self._context.sessions.check(session, self._visitor)

    async def whole(self) -> AsyncGenerator[bytes, None]:
        """The final explanation alone, as JSON; the answer and the messages of its calls are in it."""
        messages: list[Any] = []
        beside: dict[str, bytes] = {}
        async with aclosing(self._steps()) as steps:
            async for kind, what in steps:
                if kind == "log":
                    messages.append(what)
                elif kind == "answer":
                    beside["answer"] = what
                elif kind == "result":
                    if messages:
                        beside["messages"] = strict_json(messages)
                    yield what[:-1] + b"".join(b',"%s":%s' % (k.encode(), v) for k, v in beside.items()) + b"}"

    async def events(self) -> AsyncGenerator[bytes, None]:
        """`log`, `answer`, `explanation`, `progress` and at last `done`; a comment after a silence."""
        async with aclosing(self._steps()) as steps:
            while True:
                coming = asyncio.ensure_future(anext(steps, None))
                try:
                    while not (await asyncio.wait({coming}, timeout=BEAT_S))[0]:
                        yield b": still running\n\n"
                finally:
                    coming.cancel()  # where it is there already, nothing
                    with anyio.CancelScope(shield=True):
                        await asyncio.wait({coming})
                event = coming.result()
                if event is None:
                    return
                kind, what = event
                name = "done" if kind == "result" else kind
                if isinstance(what, bytes):
                    yield b"event: " + name.encode() + b"\ndata: " + what + b"\n\n"
                else:
                    yield event_of(name, what)

    async def _steps(self) -> AsyncGenerator[Event, None]:
        """The events, with JSON values or their bytes, in the visitor's turn. Raises FunctionFailed for what the
        function raised."""
        try:
            async with self._explanations.turn(owner_of(self._scope)) as turn:
                while not turn.begun:
                    yield "progress", {"done": 0, "total": None, "remaining_s": None, "waiting": turn.why}
                    await turn.moved()
                values = await self._values()
                own = callable(self._interface.interpretation) and self._wanted.method is None
                async with aclosing(self._of_author(values) if own else self._of_parts(values)) as steps:
                    async for event in steps:
                        yield event
        except (InvalidValueError, RefusedError, asyncio.CancelledError):
            raise
        except (Exception, CallEnded) as error:
            raise FunctionFailed(error, self._interface.name, self._context.options.show_error) from error
        finally:
            self._call.reports.end()

    async def _of_parts(self, values: list[Any]) -> AsyncGenerator[Event, None]:
        """The explanation by the parts of the inputs."""
        game, mark = await self._game(values)
        answer = self._first_answer()
        if answer and (kept := await self._context.runner.background(partial(answer.kept, game))):
            yield "answer", kept
        shows = None if answer is None else answer.of
        async with aclosing(self._explanations.steps(game, self._wanted, self._call, shows)) as steps:
            async for kind, what in steps:
                if kind in ("explanation", "result"):
                    text = await self._explanations.in_thread(partial(_json_of, what, switchable=True))
                    yield kind, self._kept(mark, game, text) if kind == "result" else text
                else:
                    yield kind, what

    async def _of_author(self, values: list[Any]) -> AsyncGenerator[Event, None]:
        """The explanation by the author's own function."""
        explanations = self._explanations
        own = await explanations.own(self._interface, values, self._call.files)
        async with aclosing(explanations.custom(own, self._call)) as steps:
            async for kind, what in steps:
                if kind in ("explanation", "result"):
                    last = kind == "result"
                    game = await explanations.in_thread(partial(own.game, what)) if last else None
                    text = await explanations.in_thread(partial(_json_of, what, switchable=game is not None))
                    yield kind, self._kept(b"", game, text) if last else text
                else:
                    yield kind, what

    def _kept(self, mark: bytes, game: Game | None, text: bytes) -> bytes:
        """The result, which is kept, with the key that it is kept under."""
        key = self._explanations.kept.keep(self._visitor.key, mark, game, text)
        return text[:-1] + b',"key":%s}' % strict_json(key)

    @property
    def _explanations(self) -> Explanations:
        return self._context.explanations

    async def _values(self) -> list[Any]:
        """The function's arguments; private copies of files are kept until the explanation has ended."""
        made = partial(for_call, self._call, self._interface.checked_arguments, self._wires, self._call)
        return await self._context.runner.aside(self._interface).submit(made)

    async def _game(self, values: list[Any]) -> tuple[Game, bytes]:
        """The game, with the answers that were kept of the same call, and what tells that it is the same."""
        mark = await self._explanations.in_thread(partial(self._mark, values))
        game = self._explanations.kept.find(self._visitor.key, mark) if self._visitor.key else None
        return game or await self._explanations.game(self._interface, values, self._call.files), mark

    def _mark(self, values: list[Any]) -> bytes:
        """The same for the same call; one of its own where a state cannot be compared."""
        digest = hashlib.blake2b(json.dumps([self._name, self._wires]).encode(), digest_size=16)
        states = [value for c, value in zip(self._interface.inputs, values, strict=True) if c.stateful]
        try:
            digest.update(pickle.dumps(states))
        except Exception:  # pickling runs the author's code: any error is possible
            digest.update(secrets.token_bytes(16))
        return digest.digest()


def _json_of(made: Explanation, switchable: bool) -> bytes:
    """Of a long text it takes a while."""
    return strict_json({**made.to_json(), "switchable": switchable})
