"""uvicorn's HTTP/1.1 connection with what it lacks: limits on heads, time limits on heads and bodies, a limit of
connections per address, and passing an idle connection on to the next generation."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.json_text import strict_json
from quickdemo.runtime.server.answering import Answering

logger = logging.getLogger("quickdemo.server")

MOST_HEAD_BYTES = 32 * 1024
MOST_HEADERS = 256
KEEP_ALIVE_S = 75
HEAD_S = 10.0  # seconds for a whole request head
BODY_IDLE_S = 15.0  # seconds without a byte of an unfinished body
LINGER_S = 5.0  # how long an answered request's unread body is still taken, so that the client gets to read the answer
MOST_PER_ADDRESS = 64  # connections from one address that is not this machine

_NO_HTTP = RefusedError(400, "bad_http", "The request is no HTTP/1.1.")
_NO_CODING = RefusedError(501, "unknown_coding", "Only the transfer coding chunked of HTTP/1.1 is understood.")
_LONG_HEAD = RefusedError(431, "long_head", "The request's address and headers are too long.", "Send data as JSON.")
_TOO_SLOW = RefusedError(408, "too_slow", "The request took too long to arrive.", "Try again.")
_TOO_MANY = RefusedError(503, "too_many_connections", "Too many connections from your address.", "Close some.")


class _Lingering:
    """A transport whose `close` lets the connection take what the client is still sending."""

    def __init__(self, transport: asyncio.Transport, linger: Callable[[], bool]) -> None:
        self._transport, self._linger = transport, linger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Close, now or when the body has come."""
        if self._transport.is_closing() or not self._linger():
            self._transport.close()


def _send_at_once(transport: asyncio.Transport) -> None:
    """No waiting for the client's delayed acknowledgement, 40 ms, between the head of an answer and its body.

    asyncio does it itself only for sockets that name their protocol; listeners of `socket.create_server` do not.
    """
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Connection(HttpToolsProtocol):
    """One connection. `shared` (of the Server) counts addresses and takes connections that are passed on.

    What comes is parsed by llhttp, as strict as it is by default. Requests are answered one after the other: whoever
    sends the next one before the answer gets that answer, and the end of the connection, after which it asks again.
    """

    shared: SharedConnections

    def __init__(self, *args: Any, shared: SharedConnections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shared = shared
        self._deadline: asyncio.TimerHandle | None = None
        self._counted: str | None = None
        self._lingers = self._deaf = False  # deaf: nothing that comes is looked at any more
        self._in_head = False
        self._unseen = 0  # bytes since the last whole head or piece of a body
        self._fault = _NO_HTTP

    # ------------------------------------------------------------------ life

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _send_at_once(transport)
        self.transport = _Lingering(transport, self._linger)  # type: ignore[assignment]
        if self.client and not _is_loopback(self.client[0]):
            self._counted = self.client[0]
            self.shared.per_address[self._counted] += 1
            if self.shared.per_address[self._counted] > MOST_PER_ADDRESS:
                self._refuse(_TOO_MANY)
                return
        self._set_deadline(HEAD_S)
        if self.shared.draining:
            self.shared.pass_on(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        if self._counted:
            self.shared.per_address[self._counted] -= 1
            if not self.shared.per_address[self._counted]:
                del self.shared.per_address[self._counted]
            self._counted = None
        super().connection_lost(exc)

    def _linger(self) -> bool:
        """Closing while the client sends would reset the connection, and the answer would be lost with it."""
        unread = self._deaf or (self.cycle is not None and self.cycle.more_body and self.cycle.response_complete)
        if self._lingers or not unread:
            return False
        self._lingers = True
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._clear_deadline()
        self._deadline = self.loop.call_later(LINGER_S, self.transport.abort)
        return True

    def eof_received(self) -> None:
        super().eof_received()
        if self._lingers:
            self.transport.close()

    # ------------------------------------------------------------------ what comes

    def data_received(self, data: bytes) -> None:
        if self._lingers or self._deaf:
            return
        self._unset_keepalive_if_required()
        self._unseen += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError as error:
            if not self._deaf:
                logger.info("a request was no HTTP: %s", error)
                self._refuse(self._fault, unread=True)
            return
        if self._unseen > MOST_HEAD_BYTES:
            self._refuse(_LONG_HEAD, unread=True)
        if not self.transport.is_closing() and not self._lingers:
            self._expect()

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # nothing is upgraded to here; llhttp would leave the body out, so that it gets the request without the wish
            rest = data[upgrade.args[0] :]
            version = self.parser.get_http_version().encode()
            lines = [b"%b: %b\r\n" % (name, value) for name, value in self.headers if name != b"upgrade"]
            head = b"%b %b HTTP/%b\r\n%b\r\n" % (self.parser.get_method(), self.url, version, b"".join(lines))
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            self.parser.feed_data(head + rest)

    def _expect(self) -> None:
        """Until when something has to come."""
        if self.cycle is not None and self.cycle.more_body:
            self._set_deadline(BODY_IDLE_S)
        elif self.in_flight:
            self._clear_deadline()
        elif self._unseen:
            if self._deadline is None:  # a head that has begun; more bytes do not buy more time
                self._set_deadline(HEAD_S)
        else:  # the last of a body that was answered before
            self._clear_deadline()
            self.timeout_keep_alive_task = self.loop.call_later(KEEP_ALIVE_S, self.timeout_keep_alive_handler)

    @property
    def in_flight(self) -> bool:
        """Whether an answer is due."""
        return self.cycle is not None and not self.cycle.response_complete

    def on_message_begin(self) -> None:
        if self.in_flight:
            self.cycle.keep_alive = False
            self._deaf = True
            raise ValueError("a request before the answer to the last one")
        super().on_message_begin()
        self._in_head = True
        self._unseen = self._unseen or 1  # it may come with the last of a body that was answered before

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # a field behind the body would come when the head has been judged
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The request begins. Raises ValueError, whereupon `_fault` is answered."""
        if self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT":
            return
        version = self.parser.get_http_version()
        if (fault := self._fault_of_head(version)) is not None:
            self._fault = fault
            raise ValueError(fault.message)
        self._in_head = False
        self._unseen = 0
        raw_path, _, query = self.url.partition(b"?")
        path = raw_path.decode("ascii")
        self.scope["method"], self.scope["http_version"] = self.parser.get_method().decode("ascii"), version
        self.scope["path"] = unquote(path) if "%" in path else path
        self.scope["raw_path"], self.scope["query_string"] = raw_path, query
        self.cycle = Answering(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version == "1.1" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        self._start_asgi_task(self.cycle, self.app)

    def _fault_of_head(self, version: str) -> RefusedError | None:
        if self.parser.get_method() == b"CONNECT" or version not in ("1.0", "1.1"):
            return _NO_HTTP
        size = len(self.url)
        for name, value in self.headers:
            size += len(name) + len(value) + 4
            if name == b"transfer-encoding" and (value.lower() != b"chunked" or version == "1.0"):
                return _NO_CODING
        return _LONG_HEAD if size > MOST_HEAD_BYTES or len(self.headers) > MOST_HEADERS else None

    def on_body(self, body: bytes) -> None:
        self._unseen = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._in_head:
            self._unseen = 0
            self._clear_deadline()  # that of the body; the next head has its own
            self.cycle.more_body = False
            self.cycle.message_event.set()

    # ------------------------------------------------------------------ refusals

    def _set_deadline(self, seconds: float) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(seconds, self._too_late)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self.flow.read_paused and self.cycle is not None and self.cycle.more_body:
            self._set_deadline(BODY_IDLE_S)  # the app reads slowly; the client is not to blame
            return
        self._refuse(_TOO_SLOW)

    def _refuse(self, error: RefusedError, unread: bool = False) -> None:
        """The last answer of this connection. unread: the client may still be sending."""
        self._clear_deadline()
        if self.transport.is_closing():
            return
        if self.cycle is not None and self.cycle.response_started and (self.in_flight or self.cycle.more_body):
            self.transport.abort()
            return
        if self.in_flight:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        body = strict_json({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
        head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        self.transport.write(STATUS_LINE[error.status] + head + body)
        self._deaf = unread
        self.transport.close()

    # ------------------------------------------------------------------ passing on

    @property
    def is_idle(self) -> bool:
        """Nothing asked, nothing half said, nothing left to send."""
        if self.in_flight or self._deaf or self._lingers or self._unseen:
            return False
        return (self.cycle is None or not self.cycle.more_body) and not self.transport.get_write_buffer_size()

    def on_response_complete(self) -> None:
        if self.expect_100_continue and self.cycle.more_body:
            self.transport.close()  # nobody knows whether the body still comes
        super().on_response_complete()
        if self.shared.draining and not self.transport.is_closing():
            self.loop.call_soon(self.shared.pass_on, self)

    def detach(self) -> socket.socket:
        """The connection's socket, for another process. What the client sends meanwhile waits in the kernel."""
        self.transport.pause_reading()
        self._unset_keepalive_if_required()
        duplicate = socket.socket(fileno=os.dup(self.transport.get_extra_info("socket").fileno()))
        self.transport.abort()  # closes this process's descriptor; the duplicate keeps the connection alive
        return duplicate


class SharedConnections:
    """What the connections of one Server share."""

    def __init__(self) -> None:
        self.per_address: Counter[str] = Counter()
        self.draining = False
        self.handover: Any = None  # Callable[[socket.socket], None] | None

    def pass_on(self, connection: Connection) -> None:
        """While draining: hand an idle connection over, or close it when there is nobody to take it."""
        if connection.transport.is_closing():
            return
        if connection.transport.get_write_buffer_size() and not connection.in_flight:
            connection.loop.call_later(0.005, self.pass_on, connection)
            return
        if not connection.is_idle:
            return  # it comes back here when its answer is complete
        if self.handover is None or connection.scheme == "https":
            connection.shutdown()
            return
        self.handover(connection.detach())


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return True  # a Unix socket has no address
