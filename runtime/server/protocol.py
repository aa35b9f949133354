"""uvicorn's HTTP/1.1 connection with what it lacks: time limits on heads and bodies, a limit of connections per
address, and passing an idle connection on to the next generation."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

logger = logging.getLogger("quickdemo.server")

HEAD_S = 10.0  # seconds for a whole request head
BODY_IDLE_S = 15.0  # seconds without a byte of an unfinished body
LINGER_S = 5.0  # how long an answered request's unread body is still taken, so that the client gets to read the answer
MOST_PER_ADDRESS = 64  # connections from one address that is not this machine


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


class Connection(H11Protocol):
    """One connection. `shared` (of the Server) counts addresses and takes connections that are passed on."""

    shared: SharedConnections

    def __init__(self, *args: Any, shared: SharedConnections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shared = shared
        self._deadline: asyncio.TimerHandle | None = None
        self._counted: str | None = None

    # ------------------------------------------------------------------ limits

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _send_at_once(transport)
        self._lingers = False
        self.transport = _Lingering(transport, self._linger)  # type: ignore[assignment]
        if self.client and not _is_loopback(self.client[0]):
            self._counted = self.client[0]
            self.shared.per_address[self._counted] += 1
            if self.shared.per_address[self._counted] > MOST_PER_ADDRESS:
                self._refuse(503, "Too many connections from your address.")
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
        if self._lingers or self.cycle is None or not self.cycle.more_body or not self.cycle.response_complete:
            return False
        self._lingers = True
        self.flow.resume_reading()
        self._clear_deadline()
        self._deadline = self.loop.call_later(LINGER_S, self.transport.abort)
        return True

    def eof_received(self) -> None:
        super().eof_received()
        if self._lingers:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        if self._lingers:
            return
        super().data_received(data)
        if self.transport.is_closing():
            return
        waiting_for_body = self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete
        if waiting_for_body:
            self._set_deadline(BODY_IDLE_S)
        elif self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            if self._deadline is None:  # a head that has begun; more bytes do not buy more time
                self._set_deadline(HEAD_S)
        else:
            self._clear_deadline()

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
        self._refuse(408, "The request took too long to arrive.")

    def _refuse(self, status: int, message: str) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is not None and self.cycle.response_started:
            self.transport.abort()
            return
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        try:
            for event in (
                h11.Response(status_code=status, headers=headers, reason=STATUS_PHRASES[status]),
                h11.Data(data=message.encode()),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        except h11.LocalProtocolError:
            logger.debug("a connection in state %s was closed without an answer", self.conn.our_state)
        self.transport.close()

    # ------------------------------------------------------------------ passing on

    @property
    def is_idle(self) -> bool:
        """Nothing asked, nothing half said, nothing left to send."""
        between = self.conn.our_state is h11.IDLE and self.conn.their_state is h11.IDLE
        return between and not self.conn.trailing_data[0] and not self.transport.get_write_buffer_size()

    def on_response_complete(self) -> None:
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
        if connection.transport.get_write_buffer_size() and connection.conn.our_state is h11.IDLE:
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
