"""How an answer's messages become bytes: uvicorn's cycle of a request and its answer, with one write less."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

_LARGE = 65_536  # bytes of a body that are not worth being copied to leave with their head


class Answering(RequestResponseCycle):
    """The head of an answer waits for the first bytes of its body and leaves with them, as ASGI wants it. HTTP/1.0 gets
    no chunks: there the end of the connection is the end of a body whose length nobody knows."""

    _head = b""
    _bodyless = False
    _left: int | None = None  # bytes of the body that are still to come, where that was said
    _chunked = False

    async def send(self, message: Any) -> None:
        """Raises RuntimeError for what may not be sent now."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if kind == "http.response.start" and not self.response_started:
            self._start(message["status"], message.get("headers", ()))
        elif kind == "http.response.body" and self.response_started and not self.response_complete:
            self._send_body(message.get("body", b""), message.get("more_body", False))
        else:
            raise RuntimeError(f"{kind} may not be sent now")

    def _start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._bodyless = self.scope["method"] == "HEAD" or status in (204, 304)
        lines = [STATUS_LINE[status]]
        for name, value in headers:
            if name == b"connection" and b"close" in value.lower():
                self.keep_alive = False
                continue
            if name == b"content-length":
                self._left = int(value)
            lines.append(_line(name, value))
        if self._left is None and not self._bodyless:
            self._chunked = self.scope["http_version"] == "1.1"
            self.keep_alive = self.keep_alive and self._chunked
            lines.append(b"transfer-encoding: chunked\r\n" if self._chunked else b"")
        lines.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        self._head = b"".join(lines)
        self.response_started, self.waiting_for_100_continue = True, False

    def _send_body(self, body: bytes, more: bool) -> None:
        data = self._framed(body, more)
        if self._head and len(data) > _LARGE:
            self.transport.write(self._head)
        else:
            data = self._head + data
        self._head = b""
        if data:
            self.transport.write(data)
        if not more:
            self._complete()

    def _framed(self, body: bytes, more: bool) -> bytes:
        if self._bodyless:
            return b""
        if self._chunked:
            chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            return chunk if more else chunk + b"0\r\n\r\n"
        if self._left is None:
            return body
        self._left -= len(body)
        if self._left < 0 or (self._left and not more):
            raise RuntimeError("the body of the answer is not as long as its Content-Length says")
        return body

    def _complete(self) -> None:
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


@lru_cache(maxsize=1024)  # most answers say the same
def _line(name: bytes, value: bytes) -> bytes:
    """One header. Raises RuntimeError where it could be taken for more than one."""
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        raise RuntimeError(f"the answer's header {name!r} has a character that it may not have")
    return b"%b: %b\r\n" % (name.lower(), value)
