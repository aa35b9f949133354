"""api/jobs: one's own runs; where one stands, its events, its answer; cancel."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from quickdemo.runtime.errors import InvalidValueError, RefusedError
from quickdemo.runtime.jobs.engine import JobGoneError
from quickdemo.runtime.jobs.entry import Entry
from quickdemo.runtime.server.calls import owner_of
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.descriptions import described, inputs_of
from quickdemo.runtime.server.faults import reply
from quickdemo.runtime.server.reply import JSON
from quickdemo.runtime.server.short_values import named, shorts
from quickdemo.runtime.server.streams import JobStream, send_job
from quickdemo.runtime.server.tokens import decode
from quickdemo.runtime.server.wants import wants_brief

MOST_LISTED = 50


def routes(context: Context) -> list[BaseRoute]:
    """api/jobs, api/jobs/{id}, api/jobs/{id}/events."""

    async def mine(request: Request) -> Response:
        """The newest first, inputs and answers only in a few words; nothing for programs without a cookie, who know
        their ids."""
        engine, visitor = context.engine, request.scope["state"]["visitor"]
        entries = await engine.of(visitor.key, MOST_LISTED) if visitor.key else []
        short = [partial(shorts, inputs_of(entry), entry.outcome, context.files, visitor) for entry in entries]
        texts = await context.runner.background(lambda: [one() for one in short])
        told = [await described(engine, entry) for entry in entries]
        return JSON({"jobs": [{**job, "short": text} for job, text in zip(told, texts, strict=True)]})

    async def one(request: Request) -> Response:
        entry = await _find(context, request.scope)
        if request.method == "DELETE":
            await context.engine.cancel(entry.job.id, "Cancelled by whoever asked for it.")
            entry = await _find(context, request.scope)
        told = await described(context.engine, entry, whole=True)
        name = partial(named, told["inputs"], context.files, request.scope["state"]["visitor"])
        return JSON({**told, "inputs": await context.runner.background(name)})

    return [
        Route("/api/jobs", mine, methods=["GET"], name="jobs"),
        Route("/api/jobs/{id}", one, methods=["GET", "DELETE"], name="job"),
        Route("/api/jobs/{id}/events", JobEvents(context), name="job_events"),
    ]


class JobEvents:
    """The ASGI endpoint of a job's events, from the one after `Last-Event-ID` (or ?after=) on."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["method"] != "GET":
                raise RefusedError(405, "method_not_allowed", "Events are read with GET.", headers={"allow": "GET"})
            entry = await _find(self._context, scope)
            after = _after(Request(scope))
        except Exception as error:
            await reply(error)(scope, receive, send)
            return
        brief = wants_brief(scope) and after > 0
        stream = JobStream(self._context.engine, entry, lasting=True, brief=brief, after=after)
        await send_job(stream, receive, send, new=False)


async def _find(context: Context, scope: Scope) -> Entry:
    """The job, if it is the caller's. Raises RefusedError (404): others' do not exist."""
    id: Any = scope["path_params"]["id"]
    try:
        if decode(id, 16) is None:
            raise JobGoneError(id)
        entry = await context.engine.find(id)
        if entry.job.owner != owner_of(scope):
            raise JobGoneError(id)
    except JobGoneError:
        raise RefusedError(
            404, "unknown_job", "There is no such run of yours, or no longer.", "Run it again."
        ) from None
    return entry


def _after(request: Request) -> int:
    text = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    if not text.isdecimal() or len(text) > 15:
        raise InvalidValueError(f"The number of an event is a whole number; it was {text[:60]!r}.", "Leave it out.")
    return int(text)
