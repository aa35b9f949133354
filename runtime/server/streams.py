"""Event streams: how a job's events are sent, and what else is sent as events."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

import anyio
from starlette.types import Receive, Send

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.job import ENDED, Event, Outcome
from quickdemo.runtime.json_text import strict_json
from quickdemo.runtime.server.faults import describe, reply
from quickdemo.runtime.server.reply import HEADERS

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.entry import Entry
    from quickdemo.runtime.jobs.queue import Queue

#: seconds without an event after which a sign of life is due: proxies cut silent streams, many of them after 30 or 60
BEAT_S = 15.0
STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_ALIVE = b": still running\n\n"  # a comment, which readers of such streams pass over
_NAMES = {"failed": "error"}  # of events, where they differ from those of the queue
_ABOUT_THE_QUEUE = frozenset({"queued", "started"})
_OF_LASTING = _ABOUT_THE_QUEUE | {"job"}


def event_of(kind: str, payload: Any) -> bytes:
    """One event of a stream."""
    return b"event: " + kind.encode() + b"\ndata: " + strict_json(payload) + b"\n\n"


class JobStream:
    """The events of one job as bytes.

    lasting: whoever reads may come back: events have numbers, and those about the queue are told. brief: the answer
    need not repeat the values.
    """

    def __init__(self, engine: Queue, entry: Entry, *, lasting: bool, brief: bool, after: int = 0) -> None:
        self._engine, self._entry, self._after = engine, entry, after
        self._lasting, self._brief = lasting, brief
        self.refused: Outcome | None = None  #: it failed before there was anything else to tell
        self.begun = self.ended = False  #: the answer's head was sent; its last piece is on its way

    @property
    def goes_on(self) -> bool:
        """Whether the job does so without this reader, who may come back."""
        return self._lasting

    def opened(self, by: int) -> None:
        """One more reader, or one less."""
        self._engine.counts.streams += by

    async def pieces(self, wait: bool) -> AsyncGenerator[bytes, None]:
        """wait: what the queue tells is held back until there is more, so that an early refusal can have a status of
        its own: then nothing comes, and `refused` is set."""
        held: list[bytes] = []
        async for event in self._engine.read(self._entry, self._after, BEAT_S):
            if event is not None and event.kind == "failed" and wait:
                self.refused = self._entry.outcome
                return
            if event is None:
                held.append(_ALIVE)
            elif self._lasting or event.kind not in _OF_LASTING:
                held.append(self._bytes(event))
            if event is not None and wait and (event.kind in _ABOUT_THE_QUEUE or not held):
                continue
            if held:
                wait = False
                self.ended = event is not None and event.kind in ENDED  # it leaves with the end of the answer
                yield b"".join(held)
                held.clear()

    def _bytes(self, event: Event) -> bytes:
        data = event.data
        if event.kind == "done" and self._brief and self._entry.outcome is not None:
            data = self._entry.outcome.brief or data
        number = b"id: %d\n" % event.number if self._lasting else b""
        return b"%sevent: %s\ndata: %s\n\n" % (number, _NAMES.get(event.kind, event.kind).encode(), data)


async def send_job(stream: JobStream, receive: Receive, send: Send, *, new: bool) -> bool:
    """Send the events of a job until it has ended or the reader has gone; whether it went. new: see `wait`."""
    stream.opened(1)
    try:
        return await _send_pieces(stream, receive, send, new)
    except asyncio.CancelledError:  # only a server that stops cancels a request
        await _send_stopped(stream, receive, send)
        raise
    finally:
        stream.opened(-1)


async def _send_pieces(stream: JobStream, receive: Receive, send: Send, new: bool) -> bool:
    # a task and its cancellation by hand: a task group of anyio's costs as much as all else here together
    sending = asyncio.current_task()
    assert sending is not None
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        sending.cancel()

    watching = asyncio.ensure_future(watch())
    pieces = stream.pieces(wait=new)
    try:
        if not new:  # whoever comes back learns at once that the connection is there
            await _send_piece(stream, _ALIVE, send)
        async for piece in pieces:
            if gone:  # whatever waits for events may keep a cancellation to itself, as asyncio.wait_for of 3.11 does
                break
            await _send_piece(stream, piece, send)
            if stream.ended:
                break
        await _end(stream, send)
    except asyncio.CancelledError:
        if not gone:
            raise
    finally:
        watching.cancel()
        await pieces.aclose()
    if gone and sys.version_info >= (3, 11):
        sending.uncancel()
    return gone


async def _send_piece(stream: JobStream, piece: bytes, send: Send) -> None:
    if not stream.begun:
        await send({"type": "http.response.start", "status": 200, "headers": STREAM})
        stream.begun = True
    await send({"type": "http.response.body", "body": piece, "more_body": not stream.ended})


async def _send_stopped(stream: JobStream, receive: Receive, send: Send) -> None:
    """The server ends first. Whoever may come back only sees the end of this stream, and will."""
    error = RefusedError(503, "stopped", "The server stopped before it had ended.", "Try again.")
    if not stream.begun:
        await reply(error)({"type": "http"}, receive, send)
        return
    body = b"" if stream.goes_on else event_of("error", {"error": describe(error)[1]})
    await send({"type": "http.response.body", "body": body})


async def _end(stream: JobStream, send: Send) -> None:
    if stream.ended:
        return
    if stream.refused is not None:
        await send_outcome(stream.refused, send)
        return
    if not stream.begun:
        await send({"type": "http.response.start", "status": 200, "headers": STREAM})
    await send({"type": "http.response.body", "body": b""})


async def send_outcome(outcome: Outcome, send: Send) -> None:
    """How a job ended, as JSON."""
    more = [(name.encode(), value.encode("latin-1")) for name, value in outcome.headers.items()]
    length = (b"content-length", b"%d" % len(outcome.body))
    await send({"type": "http.response.start", "status": outcome.status, "headers": [*HEADERS, *more, length]})
    await send({"type": "http.response.body", "body": outcome.body})


async def send_events(events: AsyncGenerator[bytes, None], receive: Receive, send: Send) -> None:
    """Send a stream. What is refused before the first event is an answer with its own status, and later an `error`."""
    try:
        first = await anext(events)
    except Exception as error:
        await reply(error)({"type": "http"}, receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": STREAM})
    await send({"type": "http.response.body", "body": first, "more_body": True})
    try:
        async for event in events:
            await send({"type": "http.response.body", "body": event, "more_body": True})
    except Exception as error:
        body = event_of("error", {"error": describe(error)[1]})
        await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def cancel_when_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    """Cancel the scope when the client closes the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
