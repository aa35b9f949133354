"""The routes of explanations. POST api/interpret: an explanation, as it becomes more exact; POST api/interpret/part:
what the answer is without some parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.server.body import read_json
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.explain_asked import FORM, Asked
from quickdemo.runtime.server.explain_part import without_parts
from quickdemo.runtime.server.explained_interfaces import explains
from quickdemo.runtime.server.faults import reply
from quickdemo.runtime.server.reply import JSON
from quickdemo.runtime.server.streams import cancel_when_gone, send_events
from quickdemo.runtime.server.wants import wants_stream


def routes(context: Context) -> list[BaseRoute]:
    """None where no Interface explains its answers."""
    if not any(explains(interface) for interface in context.endpoints.values()):
        return []
    return [
        Route("/api/interpret", Interpret(context), name="interpret"),
        Route("/api/interpret/part", Part(context), name="interpret_part"),
    ]


class Interpret:
    """The ASGI endpoint: a stream of events, or with `Accept: application/json` the final explanation."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held = 0
        try:
            _only_post(scope)
            body = await read_json(Request(scope, receive))
            held = await self._context.texts.put_back(body, scope["state"]["visitor"], "data")
            asked = Asked(self._context, scope, body)
            await self._answer(asked, wants_stream(scope), receive, send)
        except Exception as error:
            await reply(error)(scope, receive, send)
        finally:
            self._context.texts.release(held)

    async def _answer(self, asked: Asked, streams: bool, receive: Receive, send: Send) -> None:
        events = asked.events() if streams else asked.whole()

        async def answer() -> None:
            try:
                if streams:
                    await send_events(events, receive, send)
                else:
                    await _send_json(events, receive, send)
            finally:
                with anyio.CancelScope(shield=True):
                    await events.aclose()

        await until_gone(receive, answer)


class Part:
    """The ASGI endpoint of what the answer is without some parts."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            _only_post(scope)
            body = await read_json(Request(scope, receive))
        except Exception as error:
            await reply(error)(scope, receive, send)
            return

        async def answer() -> None:
            try:
                made: Response = JSON(await without_parts(self._context, scope, body))
            except Exception as error:
                made = reply(error)
            await made(scope, receive, send)

        await until_gone(receive, answer)


async def until_gone(receive: Receive, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work, until it is done or the client has gone. The request's body has been read."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(cancel_when_gone, receive, tasks.cancel_scope)
        await work()
        tasks.cancel_scope.cancel()


async def _send_json(events: AsyncGenerator[bytes, None], receive: Receive, send: Send) -> None:
    try:
        answer: Response = JSON(await anext(events))
    except Exception as error:
        answer = reply(error)
    await answer({"type": "http"}, receive, send)


def _only_post(scope: Scope) -> None:
    if scope["method"] != "POST":
        what = f"An explanation is a POST, not a {scope['method']}."
        raise RefusedError(405, "method_not_allowed", what, FORM, headers={"allow": "POST"})
