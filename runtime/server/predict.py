"""POST api/{name}: one call in, one answer out; or a stream of a generator's values."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import anyio
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from quickdemo.runtime.components.base import Files, Wire
from quickdemo.runtime.diffs import diff
from quickdemo.runtime.errors import InvalidValueError, RefusedError, shown
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.threads import CallEnded
from quickdemo.runtime.reports import Reports
from quickdemo.runtime.request import Client
from quickdemo.runtime.request import Request as Caller
from quickdemo.runtime.server import flags
from quickdemo.runtime.server.body import read_json
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.examples import kept_or_none
from quickdemo.runtime.server.faults import FunctionFailed, describe, reply
from quickdemo.runtime.server.reply import HEADERS, json_pieces, strict_json
from quickdemo.runtime.server.visitors import Visitor

if TYPE_CHECKING:
    from quickdemo.runtime.server.kept import Chosen

logger = logging.getLogger("quickdemo.app")

_SECRET = frozenset({b"cookie", b"authorization", b"proxy-authorization"})
_STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def routes(context: Context) -> list[BaseRoute]:
    """`api/{name}` for each endpoint; `api/predict` is the first one's whatever its name."""
    return [Route("/api/{name}", Predict(context), name="predict")]


class ServedCall:
    """The `Call` of one request: the visitor's files, the session's state, who calls, and what the call reports."""

    def __init__(
        self, context: Context, scope: Scope, session: str | None, endpoint: str, takes_json_text: bool = False
    ) -> None:
        visitor = scope["state"]["visitor"]
        self.files: Files = context.files.for_visitor(visitor, wants_brief(scope), takes_json_text)
        self.reports = Reports()
        self._scope = scope
        self._sessions = context.sessions
        self.session = session
        self._endpoint = endpoint

    @property
    def request(self) -> Caller:
        """Who calls; made when a function asks for it."""
        return caller_of(self._scope, self.session)

    def load_state(self, slot: int, default: Any) -> Any:
        return self._sessions.load(self.session or "", f"{self._endpoint}/{slot}", default)

    def save_state(self, slot: int, value: Any) -> None:
        self._sessions.save(self.session or "", f"{self._endpoint}/{slot}", value)


def caller_of(scope: Scope, session: str | None) -> Caller:
    """What a function may know of a request: no cookies, no credentials."""
    headers = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"] if name not in _SECRET
    }
    query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
    host, port = scope.get("client") or ("", 0)
    return Caller(
        username=scope["state"]["visitor"].username,
        headers=headers,
        query_params=query,
        client=Client(host, port),
        session_hash=session,
        path=scope["path"],
    )


class Predict:
    """The ASGI endpoint. It is no Starlette function endpoint, to keep the hot path short."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._show_error = context.options.show_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            error = RefusedError(
                405,
                "method_not_allowed",
                f"A prediction is a POST, not a {scope['method']}.",
                'Send {"data": [...]} as JSON.',
                headers={"allow": "POST"},
            )
            await reply(error)(scope, receive, send)
            return
        name = scope["path_params"]["name"]
        held = 0
        try:
            interface = self._endpoint(name)
            body = await read_json(Request(scope, receive))
            held = await self._context.texts.put_back(body, scope["state"]["visitor"], "data")
            wires, session = self._request(body, interface, scope["state"]["visitor"])
            example, kept = await kept_or_none(self._context, interface, body)
            call = ServedCall(self._context, scope, session, name, example is None and _is_only_sent(interface))
            if kept is not None:
                if interface.chat:
                    await self._context.runner.background(partial(interface.remember, kept, call))
                await _send_kept(kept, session, wants_stream(scope), send)
                return
            wires = example.wires if example else wires
            began = time.perf_counter()
            finish = partial(self._answer, interface, wires, call, scope["state"]["visitor"], began, example)
            if wants_stream(scope):
                finish = partial(finish, brief=wants_brief(scope) and interface.is_generator)
                await self._stream(interface, wires, call, finish, receive, send)
                return
            answer = await self._guarded(interface, wires, call, finish)
        except Exception as error:
            await reply(error)(scope, receive, send)
            return
        finally:
            self._context.texts.release(held)
        length = (b"content-length", b"%d" % sum(map(len, answer)))
        await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]})
        for left, piece in zip(reversed(range(len(answer))), answer, strict=True):
            await send({"type": "http.response.body", "body": piece, "more_body": left > 0})

    def _endpoint(self, name: str) -> Interface:
        endpoints = self._context.endpoints
        interface = endpoints.get(name)
        if interface is None and name == "predict":
            interface = next(iter(endpoints.values()))
        if interface is None:
            offered = ", ".join(f"api/{known}" for known in endpoints)
            raise RefusedError(404, "unknown_endpoint", f"There is no endpoint {name[:60]!r}.", f"There is {offered}.")
        return interface

    def _request(self, body: Any, interface: Interface, visitor: Visitor) -> tuple[list[Wire], str | None]:
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise InvalidValueError(
                f'The body must be {{"data": [...]}} with one value per input; it was {shown(body)}.', "See api/docs."
            )
        session = body.get("session", body.get("session_hash"))
        if not interface.has_session:
            return body["data"], None
        if session is None:
            return body["data"], self._context.sessions.new(visitor)
        if not isinstance(session, str):
            raise InvalidValueError(f"session must be text; it was {session!r:.60}.", "Leave it out for a new one.")
        return body["data"], self._context.sessions.check(session, visitor)

    async def _guarded(self, interface: Interface, wires: list[Wire], call: ServedCall, finish: Any) -> list[bytes]:
        try:
            answer: list[bytes] = await self._context.runner.call(interface, wires, call, finish)
        except (InvalidValueError, RefusedError):
            raise
        except asyncio.CancelledError:  # only a server that stops cancels a request
            message = f"The server stopped before {interface.name} had ended."
            raise RefusedError(503, "stopped", message, "Try again.", headers={"retry-after": "1"}) from None
        except (Exception, CallEnded) as error:
            raise FunctionFailed(error, interface.name, self._show_error) from error
        return answer

    def _answer(
        self,
        interface: Interface,
        inputs: list[Wire],
        call: ServedCall,
        visitor: Visitor,
        started: float,
        example: Chosen | None,
        outputs: list[Wire],
        brief: bool = False,
    ) -> list[bytes]:
        """In the function's thread: the answer's pieces, after the sample was flagged when that is automatic.

        example: the one that was asked about; its answer is kept. brief: without the outputs, if there are any; the
        caller has them.
        """
        seconds = time.perf_counter() - started
        payload: dict[str, Any] = {} if brief and outputs else {"data": outputs}
        payload["duration"] = round(seconds, 6)
        if example is not None:
            self._context.kept.save(example, outputs, call.files, seconds)
        if call.session is not None:
            payload["session"] = call.session
        if call.reports.messages and call.reports.sink is None:
            payload["messages"] = call.reports.messages
        if interface.allow_flagging == "auto":
            flags.flag_after(self._context, interface, inputs, outputs, visitor)
        return json_pieces(payload)

    async def _stream(
        self, interface: Interface, wires: list[Wire], call: ServedCall, finish: Any, receive: Receive, send: Send
    ) -> None:
        """Events as they come. What is refused before the first of them is an answer with its own status."""
        events = self._events(interface, wires, call, finish)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(cancel_when_gone, receive, tasks.cancel_scope)
            try:
                await send_events(events, receive, send)
            finally:
                with anyio.CancelScope(shield=True):
                    await events.aclose()
            tasks.cancel_scope.cancel()

    async def _events(
        self, interface: Interface, wires: list[Wire], call: ServedCall, finish: Any
    ) -> AsyncGenerator[bytes, None]:
        """The stream of one call: `partial` events, the first with whole values and the others with what changed,
        `progress` and `log`, and at last `done`. Raises what the call raised."""
        stream = self._context.runner.stream(interface, wires, call, _partial)
        try:
            async for kind, what in stream:
                if kind == "result":
                    answer = await self._context.runner.background(partial(finish, what))
                    yield b"".join([b"event: done\ndata: ", *answer, b"\n\n"])
                elif kind == "beat":
                    yield b": still running\n\n"  # a comment, which readers of such streams pass over
                else:
                    yield what if kind == "partial" else event_of(kind, what)
        except (InvalidValueError, RefusedError):
            raise
        except (Exception, CallEnded) as error:
            raise FunctionFailed(error, interface.name, self._show_error) from error
        finally:
            await stream.aclose()  # type: ignore[attr-defined]  # an async generator


async def send_events(events: AsyncGenerator[bytes, None], receive: Receive, send: Send) -> None:
    """Send a stream. What is refused before the first event is an answer with its own status, and later an `error`."""
    try:
        first = await anext(events)
    except Exception as error:
        await reply(error)({"type": "http"}, receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": _STREAM})
    await send({"type": "http.response.body", "body": first, "more_body": True})
    try:
        async for event in events:
            await send({"type": "http.response.body", "body": event, "more_body": True})
    except Exception as error:
        await send(
            {
                "type": "http.response.body",
                "body": event_of("error", {"error": describe(error)[1]}),
                "more_body": True,
            }
        )
    await send({"type": "http.response.body", "body": b""})


async def _send_kept(values: list[Wire], session: str | None, streams: bool, send: Send) -> None:
    """The answer of an example that was computed before."""
    payload = {"data": values, "duration": 0.0, "cached": True, **({} if session is None else {"session": session})}
    body = event_of("done", payload) if streams else strict_json(payload)
    headers = _STREAM if streams else [*HEADERS, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _partial(before: list[Wire] | None, now: list[Wire]) -> bytes:
    """A `partial` event: {"data": values} at first; then {"diff": edits of each output}."""
    if before is None:
        return event_of("partial", {"data": now})
    return event_of("partial", {"diff": [diff(old, new) for old, new in zip(before, now, strict=True)]})


def event_of(kind: str, payload: Any) -> bytes:
    """One event of a stream."""
    return b"event: " + kind.encode() + b"\ndata: " + strict_json(payload) + b"\n\n"


async def cancel_when_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    """Cancel the scope when the client closes the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def _is_only_sent(interface: Interface) -> bool:
    """Whether nothing but the caller looks at its results: no comparison, no history, no flag log."""
    return not (interface.is_generator or interface.chat or interface.allow_flagging == "auto")


def wants_brief(scope: Scope) -> bool:
    """`Prefer: return=minimal` (RFC 7240), as the page does: the caller follows handles, so that large values may be
    files, and `done` need not repeat what the partial values have told."""
    return any(name == b"prefer" and b"return=minimal" in value for name, value in scope["headers"])


def wants_stream(scope: Scope) -> bool:
    """Whether the caller asked for events."""
    return any(name == b"accept" and b"text/event-stream" in value for name, value in scope["headers"])
