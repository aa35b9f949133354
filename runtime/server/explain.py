"""POST api/interpret: an explanation, as it becomes more exact; POST api/interpret/part: what the answer is without
some parts."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
import pickle
import secrets
from collections.abc import AsyncGenerator
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.errors import InvalidValueError, RefusedError, shown
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.channel import BEAT_S
from quickdemo.runtime.jobs.threads import CallEnded
from quickdemo.runtime.server.body import read_json
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.explain_answer import FirstAnswer, gives_answer
from quickdemo.runtime.server.faults import FunctionFailed, reply
from quickdemo.runtime.server.predict import ServedCall, cancel_when_gone, event_of, send_events, wants_stream
from quickdemo.runtime.server.reply import JSON, strict_json
from quickdemo.runtime.server.visitors import Visitor

if TYPE_CHECKING:
    from quickdemo.runtime.game import Game, Wanted
    from quickdemo.runtime.jobs.explanations import Event, Explanations

MOST_CALLS = 10_000  #: that a caller may ask for; the author's interpretation_budget may allow fewer
_FORM = 'Send {"data": [...], "target": {"output": 0, "class": "cat"}, "method": "shap", "budget": 200} as JSON.'
_PART_FORM = 'Send {"key": "...", "present": [0, 2, 3]} as JSON.'


def routes(context: Context) -> list[BaseRoute]:
    """None where no Interface explains its answers."""
    if not any(explains(interface) for interface in context.endpoints.values()):
        return []

    async def part(request: Request) -> Response:
        body = await read_json(request)
        return JSON(await _without(context, request.scope, body))

    return [
        Route("/api/interpret", Interpret(context), name="interpret"),
        Route("/api/interpret/part", part, methods=["POST"], name="interpret_part"),
    ]


def explains(interface: Interface) -> bool:
    """Whether a visitor may ask for explanations of its answers."""
    return interface.interpretation is not None and bool(interface.inputs) and not interface.chat


def page_config(interface: Interface) -> dict[str, Any] | None:
    """What the page says of explanations before one begins: {"method", "calls", "budget"}; None where there are none.

    calls: those of one explanation as far as they follow from the Interface alone, else None: they grow with the parts.
    """
    if not explains(interface):
        return None
    given = interface.interpretation
    asked = [method for method in given if method is not None] if isinstance(given, list) else []
    method = next((m for m in asked if m != "default"), "default") if isinstance(given, list) else "custom"
    calls = 1 if method == "custom" else None
    return {"method": method, "calls": calls, "budget": interface.interpretation_budget}


class Interpret:
    """The ASGI endpoint: a stream of events, or with `Accept: application/json` the final explanation."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held = 0
        try:
            if scope["method"] != "POST":
                raise RefusedError(
                    405, "method_not_allowed", f"An explanation is a POST, not a {scope['method']}.", _FORM,
                    headers={"allow": "POST"},
                )  # fmt: skip
            body = await read_json(Request(scope, receive))
            held = await self._context.texts.put_back(body, scope["state"]["visitor"], "data")
            asked = _Asked(self._context, scope, body)
            await self._answer(asked, wants_stream(scope), receive, send)
        except Exception as error:
            await reply(error)(scope, receive, send)
        finally:
            self._context.texts.release(held)

    async def _answer(self, asked: _Asked, streams: bool, receive: Receive, send: Send) -> None:
        """Until the explanation is there, or its reader has gone."""
        events = asked.events() if streams else asked.whole()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(cancel_when_gone, receive, tasks.cancel_scope)
            try:
                if streams:
                    await send_events(events, receive, send)
                else:
                    await _send_json(events, receive, send)
            finally:
                with anyio.CancelScope(shield=True):
                    await events.aclose()
            tasks.cancel_scope.cancel()


async def _send_json(events: AsyncGenerator[bytes, None], receive: Receive, send: Send) -> None:
    try:
        answer: Response = JSON(await anext(events))
    except Exception as error:
        answer = reply(error)
    await answer({"type": "http"}, receive, send)


class _Asked:
    """One request for an explanation. Raises InvalidValueError and RefusedError for a body that is none."""

    def __init__(self, context: Context, scope: Scope, body: Any) -> None:
        from quickdemo.runtime.explain_direct import check_explainable, wanted_of  # loads numpy

        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise InvalidValueError(
                f'The body must be {{"data": [...]}} with one value per input; it was {shown(body)}.', _FORM
            )
        self._context = context
        self._visitor: Visitor = scope["state"]["visitor"]
        self._name, self._interface = _endpoint(context, body.get("endpoint"))
        check_explainable(self._interface)
        budget, inside = body.get("budget"), body.get("inside")
        for name, calls in (("budget", budget), ("inside", inside)):
            if isinstance(calls, int) and calls > MOST_CALLS:
                raise InvalidValueError(f"{name} must be at most {MOST_CALLS} calls; it was {calls}.", _FORM)
        wanted = wanted_of(self._interface, body.get("method"), budget, body.get("target"), inside)
        self._wanted: Wanted = dataclasses.replace(wanted, most=MOST_CALLS)
        self._wires: list[Wire] = body["data"]
        self._call = ServedCall(context, scope, self._session(body), self._name)
        if not isinstance(body.get("answer", True), bool):
            raise InvalidValueError(f"answer must be true or false; it was {shown(body['answer'])}.", _FORM)
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
        """The final explanation alone, as JSON; the answer and the messages of its first call are in it."""
        beside: dict[str, bytes] = {}
        messages = []
        async for kind, what in self._steps():
            if kind == "log":
                messages.append(what)
                beside["messages"] = strict_json(messages)
            elif kind == "answer":
                beside["answer"] = what
            elif kind == "result":
                made = await self._context.runner.background(partial(strict_json, what))
                more = b"".join(b',"%s":%s' % (name.encode(), value) for name, value in beside.items())
                yield made[:-1] + more + b"}"

    async def events(self) -> AsyncGenerator[bytes, None]:
        """`log`, `answer`, `explanation`, `progress` and at last `done`; a comment after a silence."""
        steps = self._steps()
        try:
            while True:
                coming = asyncio.ensure_future(anext(steps, None))
                try:
                    while not (await asyncio.wait({coming}, timeout=BEAT_S))[0]:
                        yield b": still running\n\n"
                finally:
                    coming.cancel()
                event = await coming
                if event is None:
                    return
                kind, what = event
                if kind == "answer":
                    yield b"event: answer\ndata: " + what + b"\n\n"
                else:
                    yield event_of("done" if kind == "result" else kind, what)
        finally:
            await steps.aclose()

    async def _steps(self) -> AsyncGenerator[Event, None]:
        """The events with JSON values. Raises FunctionFailed for what the function raised."""
        steps: Any = None
        try:
            values = await self._values()
            own = callable(self._interface.interpretation) and self._wanted.method is None
            game, mark = (None, b"") if own else await self._game(values)
            if game is None:
                steps = self._explanations.custom(self._interface, values, self._call)
            else:
                answer = self._first_answer()
                steps = self._explanations.steps(game, self._wanted, self._call, None if answer is None else answer.of)
                if answer and (kept := await self._context.runner.background(partial(answer.kept, game))):
                    yield "answer", kept
            async for kind, what in steps:
                made = what.to_json() if kind in ("explanation", "result") else what
                if kind == "result" and game is not None:
                    made = {**made, "key": self._explanations.kept.keep(game, self._visitor.key, mark, made)}
                yield kind, made
        except (InvalidValueError, RefusedError, asyncio.CancelledError):
            raise
        except (Exception, CallEnded) as error:
            raise FunctionFailed(error, self._interface.name, self._context.options.show_error) from error
        finally:
            if steps is not None:
                await steps.aclose()

    @property
    def _explanations(self) -> Explanations:
        return self._context.explanations

    async def _values(self) -> list[Any]:
        arguments = partial(self._interface.checked_arguments, self._wires, self._call)
        return await self._context.runner.aside(self._interface).submit(arguments)

    async def _game(self, values: list[Any]) -> tuple[Game, bytes]:
        """The game, with the answers that were kept of the same call, and what tells that it is the same."""
        states = [value for c, value in zip(self._interface.inputs, values, strict=True) if c.stateful]
        mark = _mark(self._name, self._wires, states)
        game = self._explanations.kept.find(self._visitor.key, mark) if self._visitor.key else None
        return game or await self._explanations.game(self._interface, values, self._call.files), mark


def _mark(name: str, wires: list[Wire], states: list[Any]) -> bytes:
    """The same for the same call; one of its own where a state cannot be compared."""
    digest = hashlib.blake2b(json.dumps([name, wires]).encode(), digest_size=16)
    try:
        digest.update(pickle.dumps(states))
    except Exception:  # pickling runs the author's code: any error is possible
        digest.update(secrets.token_bytes(16))
    return digest.digest()


def _endpoint(context: Context, name: Any) -> tuple[str, Interface]:
    known = context.endpoints
    name = next((n for n, i in known.items() if explains(i)), next(iter(known))) if name is None else name
    interface = known.get(name) if isinstance(name, str) else None
    if interface is None:
        offered = ", ".join(map(repr, known))
        raise RefusedError(404, "unknown_endpoint", f"There is no endpoint {shown(name)}.", f"There is {offered}.")
    if not explains(interface):
        why = "This demo does not explain its answers."
        raise RefusedError(404, "no_interpretation", why, "Its author can set interpretation='default'.")
    return name, interface


async def _without(context: Context, scope: Scope, body: Any) -> dict[str, Any]:
    """The answer with only some parts present: {"value", "output", "known"}."""
    import numpy as np

    from quickdemo.runtime.explain_direct import wanted_of

    if not isinstance(body, dict) or not isinstance(body.get("present"), list):
        raise InvalidValueError(f"The body must have the parts that are present; it was {shown(body)}.", _PART_FORM)
    game = context.explanations.kept.get(scope["state"]["visitor"].key, body.get("key"))
    present = body["present"]
    for part in present:
        if isinstance(part, bool) or not isinstance(part, int) or not 0 <= part < game.count:
            raise InvalidValueError(f"There is no part {shown(part)}; there are {game.count}, from 0 on.", _PART_FORM)
    target = game.target(wanted_of(game.interface, None, None, body.get("target")))
    mask = game.mask_of(np.asarray(present, int))
    case = game.case(mask)
    known = case.key in game.kept
    session = body.get("session") if game.interface.has_session else None
    call = ServedCall(context, scope, session if isinstance(session, str) else None, game.interface.api_name)
    try:
        await context.explanations.answer(game, case, call)
        return {"value": game.payoff(case, target), "output": game.answer(case, target), "known": known}
    except (InvalidValueError, RefusedError, asyncio.CancelledError):
        raise
    except (Exception, CallEnded) as error:
        raise FunctionFailed(error, game.interface.name, context.options.show_error) from error
