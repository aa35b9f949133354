"""For the developer's own pages: the event stream of reloads, faults and style sheets, and opening their editor.

Neither is there for anybody else: the server must reload and be bound to loopback, the request must come from
loopback, and not by way of a proxy, behind which everybody seems to.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from typing import Any

import anyio
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from quickdemo.runtime.errors import InvalidValueError, RefusedError, shown
from quickdemo.runtime.json_text import strict_json
from quickdemo.runtime.server import editor
from quickdemo.runtime.server.body import read_json
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.faults import reply
from quickdemo.runtime.server.hosts import BY_PROXY, asks_loopback, is_loopback
from quickdemo.runtime.server.reply import JSON

PING_S = 15.0
_MOST_PAGES = 256  # open streams; each is one browser tab of the developer
_RETRY_MS = 100  # how soon a page whose stream ended asks the next generation
_BETWEEN_EDITORS_S = 0.3  # no page needs to open them faster
_LAST_LINE = 10_000_000

_Subscriber = tuple[asyncio.AbstractEventLoop, "asyncio.Queue[bytes | None]"]


class Events:
    """Told from any thread, heard by every page that listens now. A fault is also told to pages that come later."""

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self.edition = 0  # how often what the page only shows was edited
        self._lock = threading.Lock()
        self._subscribers: set[_Subscriber] = set()
        self._fault: bytes | None = None
        self._closed = False
        #: the author's files that the present fault names, as its report names them, and where they are
        self.places: dict[str, str] = {}

    def publish(self, event: str, data: dict[str, Any]) -> None:
        """Tell all pages: "reload" {generation, ms}, "fault" {report}, "mended" {}, "css" {text}.

        Also "content" {edition}: the page of the same generation shows other texts or examples.
        """
        if event == "fault":
            data = {**data, "editor": _described(editor.find())}
        frame = f"event: {event}\ndata: ".encode() + strict_json(data) + b"\n\n"
        with self._lock:
            if event == "fault":
                self._fault, self.places = frame, _places(data["report"])
            elif event in ("mended", "reload"):
                self._fault, self.places = None, {}
            elif event == "content":
                self.edition = data["edition"]
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
            hello = strict_json({"generation": self.generation, "edition": self.edition})
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


def _described(found: editor.Editor) -> dict[str, Any]:
    return {"name": found.name, "opens": bool(found.command), "why": found.why}


def _places(report: Any) -> dict[str, str]:
    return {frame["file"]: frame["path"] for frame in report["frames"] if frame["own"] and frame["path"]}


def routes(context: Context) -> list[BaseRoute]:
    """GET api/events and POST api/dev/open; there is nothing at these addresses for anybody but the developer."""
    return [
        Route("/api/events", Stream(context), name="events"),
        Route("/api/dev/open", OpenEditor(context), name="open_editor"),
    ]


def _is_developers(context: Context, scope: Scope) -> bool:
    settings, client = context.settings, scope.get("client")
    here = settings.dev and is_loopback(settings.host) and (not client or is_loopback(client[0]))
    return here and not any(name in BY_PROXY for name, _ in scope["headers"])


def _nothing() -> RefusedError:
    return RefusedError(404, "not_found", "There is nothing at this address.", "See api/docs.")


class OpenEditor:
    """The ASGI endpoint that opens {"file", "line"} in the developer's editor: a file of the present fault, no other.

    The gate has checked Host and origin before. What is started is the author's own choice, see `editor.find`.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._last = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["method"] != "POST" or not _is_developers(self._context, scope) or not asks_loopback(scope):
                raise _nothing()
            answer = self._open(await read_json(Request(scope, receive)))
        except Exception as error:
            await reply(error)(scope, receive, send)
            return
        await JSON(answer)(scope, receive, send)

    def _open(self, body: Any) -> dict[str, str]:
        """Raises InvalidValueError and RefusedError."""
        if not isinstance(body, dict) or set(body) != {"file", "line"}:
            raise InvalidValueError(f'The body must be {{"file": ..., "line": ...}}; it was {shown(body)}.')
        file, line = body["file"], body["line"]
        if type(line) is not int or not 1 <= line <= _LAST_LINE:
            raise InvalidValueError(f"line must be a number from 1 to {_LAST_LINE}; it was {shown(line)}.")
        path = self._context.events.places.get(file) if isinstance(file, str) else None
        if path is None:
            raise RefusedError(403, "not_in_fault", "Only a file that the present fault names can be opened.")
        if not os.path.isfile(path):
            raise RefusedError(409, "gone", f"{file} is no longer there.", "Save it again.")
        found = editor.find()
        if not found.command:
            raise RefusedError(409, "no_editor", found.why)
        now = time.monotonic()
        if now - self._last < _BETWEEN_EDITORS_S:
            raise RefusedError(429, "too_soon", "An editor was opened just now.", "Try again in a moment.")
        self._last = now
        try:
            found.open(path, line)
        except OSError as error:
            raise RefusedError(409, "no_editor", f"{found.name} did not start: {error.strerror}.") from error
        return {"editor": found.name}


class Stream:
    """The ASGI endpoint: server-sent events until the page leaves or the server drains."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._events = context.events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET" or not _is_developers(self._context, scope):
            await reply(_nothing())(scope, receive, send)
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
