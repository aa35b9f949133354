"""POST api/{name}: one call in, one answer out; or a stream of a generator's values."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import anyio
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from quickdemo.runtime.components.base import Files, Wire
from quickdemo.runtime.errors import InvalidValueError, RefusedError, shown
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.threads import CallEnded
from quickdemo.runtime.server import flags
from quickdemo.runtime.server.body import read_json
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.faults import FunctionFailed, describe, reply
from quickdemo.runtime.server.reply import HEADERS, strict_json
from quickdemo.runtime.server.visitors import Visitor

logger = logging.getLogger("quickdemo.app")


def routes(context: Context) -> list[BaseRoute]:
    """`api/{name}` for each endpoint; `api/predict` is the first one's whatever its name."""
    return [Route("/api/{name}", Predict(context), name="predict")]


class ServedCall:
    """The `Call` of one request: the visitor's files and the session's state."""

    def __init__(self, context: Context, visitor: Visitor, session: str | None, endpoint: str) -> None:
        self.files: Files = context.files.for_visitor(visitor)
        self._sessions = context.sessions
        self._session = session
        self._endpoint = endpoint

    def load_state(self, slot: int, default: Any) -> Any:
        return self._sessions.load(self._session or "", f"{self._endpoint}/{slot}", default)

    def save_state(self, slot: int, value: Any) -> None:
        self._sessions.save(self._session or "", f"{self._endpoint}/{slot}", value)


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
        try:
            interface = self._endpoint(name)
            body = await read_json(Request(scope, receive))
            wires, session = self._request(body, interface, scope["state"]["visitor"])
            call = ServedCall(self._context, scope["state"]["visitor"], session, name)
            finish = partial(self._answer, interface, wires, scope["state"]["visitor"], session, time.perf_counter())
            if _wants_stream(scope):
                await self._stream(interface, wires, call, finish, scope, receive, send)
                return
            answer = await self._guarded(interface, wires, call, finish)
        except Exception as error:
            await reply(error)(scope, receive, send)
            return
        length = (b"content-length", b"%d" % len(answer))
        await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]})
        await send({"type": "http.response.body", "body": answer})

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
        if not interface.stateful:
            return body["data"], None
        if session is None:
            return body["data"], self._context.sessions.new(visitor)
        if not isinstance(session, str):
            raise InvalidValueError(f"session must be text; it was {session!r:.60}.", "Leave it out for a new one.")
        return body["data"], self._context.sessions.check(session, visitor)

    async def _guarded(self, interface: Interface, wires: list[Wire], call: ServedCall, finish: Any) -> bytes:
        try:
            answer: bytes = await self._context.runner.call(interface, wires, call, finish)
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
        visitor: Visitor,
        session: str | None,
        started: float,
        outputs: list[Wire],
    ) -> bytes:
        """In the function's thread: the answer's bytes, after the sample was flagged when that is automatic."""
        payload: dict[str, Any] = {"data": outputs, "duration": round(time.perf_counter() - started, 6)}
        if session is not None:
            payload["session"] = session
        if interface.allow_flagging == "auto":
            flags.flag_after(self._context, interface, inputs, outputs, visitor)
        return strict_json(payload)

    async def _stream(
        self,
        interface: Interface,
        wires: list[Wire],
        call: ServedCall,
        finish: Any,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        headers = [
            (b"content-type", b"text/event-stream"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_cancel_when_gone, receive, tasks.cancel_scope)
            async for event in self._events(interface, wires, call, finish):
                await send({"type": "http.response.body", "body": event, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
            tasks.cancel_scope.cancel()

    async def _events(
        self, interface: Interface, wires: list[Wire], call: ServedCall, finish: Any
    ) -> AsyncIterator[bytes]:
        last: list[Wire] = []
        stream = self._context.runner.stream(interface, wires, call)
        try:
            async for last in stream:
                yield b"event: partial\ndata: " + strict_json({"data": last}) + b"\n\n"
            yield b"event: done\ndata: " + await self._context.runner.background(partial(finish, last)) + b"\n\n"
        except (InvalidValueError, RefusedError) as error:
            yield b"event: error\ndata: " + strict_json({"error": describe(error)[1]}) + b"\n\n"
        except Exception as error:
            failed = FunctionFailed(error, interface.name, self._show_error)
            yield b"event: error\ndata: " + strict_json({"error": describe(failed)[1]}) + b"\n\n"
        finally:
            await stream.aclose()  # type: ignore[attr-defined]  # an async generator


async def _cancel_when_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def _wants_stream(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/event-stream" in value for name, value in scope["headers"])
