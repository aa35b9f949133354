"""The event stream of development: reloads, faults and style sheets, to every open page of this machine."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import anyio
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.faults import reply
from quickdemo.runtime.server.hosts import is_loopback
from quickdemo.runtime.server.reply import strict_json

PING_S = 15.0
_MOST_PAGES = 256  # open streams; each is one browser tab of the developer
_RETRY_MS = 100  # how soon a page whose stream ended asks the next generation

_Subscriber = tuple[asyncio.AbstractEventLoop, "asyncio.Queue[bytes | None]"]


class Events:
    """Told from any thread, heard by every page that listens now. A fault is also told to pages that come later."""

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self._lock = threading.Lock()
        self._subscribers: set[_Subscriber] = set()
        self._fault: bytes | None = None
        self._closed = False

    def publish(self, event: str, data: dict[str, Any]) -> None:
        """Tell all pages: "reload" {generation, ms}, "fault" {report}, "mended" {}, "css" {text}."""
        frame = f"event: {event}\ndata: ".encode() + strict_json(data) + b"\n\n"
        with self._lock:
            self._fault = frame if event == "fault" else None if event in ("mended", "reload") else self._fault
            self._tell(frame)

    def close(self) -> None:
        """End every stream after what was published: the pages come back to the next generation."""
        with self._lock:
            self._closed = True
            self._tell(None)

    def subscribe(self) -> asyncio.Queue[bytes | None]:
        """A queue of frames, on the running loop; None ends it. Raises RefusedError when too many listen."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        with self._lock:
            if len(self._subscribers) >= _MOST_PAGES:
                raise RefusedError(503, "too_many_pages", f"{_MOST_PAGES} pages listen already.", "Close some.")
            hello = strict_json({"generation": self.generation})
            queue.put_nowait(b"retry: %d\nevent: hello\ndata: %b\n\n" % (_RETRY_MS, hello))
            if self._fault is not None:
                queue.put_nowait(self._fault)
            if self._closed:
                queue.put_nowait(None)
            self._subscribers.add((asyncio.get_running_loop(), queue))
        return queue

    def unsubscribe(self, queue: asyncio.Queue[bytes | None]) -> None:
        with self._lock:
            self._subscribers = {s for s in self._subscribers if s[1] is not queue}

    def _tell(self, frame: bytes | None) -> None:
        for loop, queue in self._subscribers:
            if not loop.is_closed():
                loop.call_soon_threadsafe(queue.put_nowait, frame)


def routes(context: Context) -> list[BaseRoute]:
    """GET api/events; there is nothing at this address unless the server reloads and is bound to loopback."""
    return [Route("/api/events", Stream(context), name="events")]


class Stream:
    """The ASGI endpoint: server-sent events until the page leaves or the server drains."""

    def __init__(self, context: Context) -> None:
        self._events = context.events
        self._open = context.settings.dev and is_loopback(context.settings.host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if scope["method"] != "GET" or not self._open or (client and not is_loopback(client[0])):
            error = RefusedError(404, "not_found", "There is nothing at this address.", "See api/docs.")
            await reply(error)(scope, receive, send)
            return
        try:
            queue = self._events.subscribe()
        except RefusedError as error:
            await reply(error)(scope, receive, send)
            return
        try:
            await self._send(queue, receive, send)
        finally:
            self._events.unsubscribe(queue)

    async def _send(self, queue: asyncio.Queue[bytes | None], receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_until_gone, receive, tasks.cancel_scope)
            while (frame := await _next(queue)) is not None:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
            tasks.cancel_scope.cancel()


async def _next(queue: asyncio.Queue[bytes | None]) -> bytes | None:
    try:
        return await asyncio.wait_for(queue.get(), PING_S)
    except asyncio.TimeoutError:
        return b": ping\n\n"


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
