"""The stream over which open pages hear of a reload, a fault in the script, or a changed style sheet."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.hosts import is_loopback

PING_S = 15.0
MAX_STREAMS = 256
_KEPT = 64  # events that a page which lost its connection can catch up on
_LATEST = ("fault", "mended")  # of these, a page that comes anew must know the last


class Listener:
    """One open page: a queue that any thread may fill."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    def put(self, block: bytes | None) -> None:
        """Pass on one block of the stream; None ends it. From any thread."""
        try:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, block)
        except RuntimeError:  # the loop has ended, and this page's connection with it
            return

    async def next(self) -> bytes | None:
        """The next block, or a ping after PING_S of silence."""
        try:
            return await asyncio.wait_for(self._queue.get(), PING_S)
        except asyncio.TimeoutError:
            return b": ping\n\n"


class Events:
    """Publishes to every open page. Thread-safe."""

    def __init__(self, generation: int = 1) -> None:
        self.generation = generation
        self.closed = False
        self._count = 0
        self._kept: deque[tuple[int, str, bytes]] = deque(maxlen=_KEPT)
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()

    def publish(self, event: str, data: dict[str, Any]) -> None:
        """Send an event to every open page."""
        with self._lock:
            self._publish(event, data)

    def close(self, ms: float | None = None) -> None:
        """Tell every page that the next generation serves (after `ms` milliseconds of reload), and end the streams."""
        with self._lock:
            if self.closed:
                return
            self.closed = True
            data: dict[str, Any] = {"generation": self.generation + 1}
            self._publish("reload", data if ms is None else {**data, "ms": ms})
            for listener in self._listeners:
                listener.put(None)

    async def stream(self, last_id: str = "", generation: str = "") -> AsyncIterator[bytes]:
        """The blocks for one page, beginning with what it missed. Raises RefusedError (503)."""
        listener = Listener()
        with self._lock:
            if self.closed or len(self._listeners) >= MAX_STREAMS:
                raise RefusedError(503, "too_many_streams", "No further page can listen.", headers={"retry-after": "1"})
            self._listeners.add(listener)
            for missed in self._missed(last_id, generation):
                listener.put(missed)
        try:
            yield b"retry: 250\n\n"
            while (block := await listener.next()) is not None:
                yield block
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def _publish(self, event: str, data: dict[str, Any]) -> None:
        self._count += 1
        block = self._block(self._count, event, data)
        self._kept.append((self._count, event, block))
        for listener in self._listeners:
            listener.put(block)

    def _missed(self, last_id: str, generation: str) -> list[bytes]:
        known, _, number = last_id.partition("-")
        known = known or generation
        if known and known != str(self.generation):
            return [self._block(0, "reload", {"generation": self.generation})]
        if number.isdigit():
            return [block for count, _, block in self._kept if count > int(number)]
        latest = [(event, block) for _, event, block in self._kept if event in _LATEST]
        return [latest[-1][1]] if latest and latest[-1][0] == "fault" else []

    def _block(self, number: int, event: str, data: dict[str, Any]) -> bytes:
        return f"id: {self.generation}-{number}\nevent: {event}\ndata: {json.dumps(data)}\n\n".encode()


def routes(context: Context) -> list[BaseRoute]:
    """`api/events`: only while developing, and only within this machine."""

    async def events(request: Request) -> Response:
        client = request.client.host if request.client else "localhost"
        if not (context.settings.dev and is_loopback(context.settings.host) and is_loopback(client)):
            raise RefusedError(404, "not_found", "There is no event stream here.", "Run with --reload on this machine.")
        last_id = request.headers.get("last-event-id", "")
        stream = context.events.stream(last_id, request.query_params.get("generation", ""))
        first = await stream.__anext__()  # refuses before the answer has begun

        async def blocks() -> AsyncIterator[bytes]:
            try:
                yield first
                async for block in stream:
                    yield block
            finally:
                await stream.aclose()  # type: ignore[attr-defined]  # an async generator

        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(blocks(), 200, headers, "text/event-stream")

    return [Route("/api/events", events, methods=["GET"], name="events")]
