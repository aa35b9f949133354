"""Who comes while the run ends: told at once, instead of waiting for a server that will not come."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quickdemo.cli.supervisor import Supervisor

MOST = 64  # at a time; more are closed without a word
_HEAD = b"Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nConnection: close\r\n"
_ALIVE = b"HTTP/1.1 200 OK\r\n" + _HEAD + b"Content-Length: 3\r\n\r\nok\n"
_TEXT = b"draining: this server ends, and takes nothing new\n"
_DRAINING = b"HTTP/1.1 503 Service Unavailable\r\n%sRetry-After: 1\r\nContent-Length: %d\r\n\r\n" % (_HEAD, len(_TEXT))


class TurnedAway:
    """Accepts, and answers each connection's first bytes with 503; `/livez` is still well."""

    def __init__(self, owner: Supervisor, listener: socket.socket, plain: bool) -> None:
        """plain: http; what speaks TLS is closed without a word."""
        self._owner, self._listener, self._plain = owner, listener, plain
        self._open: set[socket.socket] = set()
        listener.setblocking(False)
        owner.register(listener, self._on_connection)

    def _on_connection(self, mask: int) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        self.take(connection)

    def take(self, connection: socket.socket) -> None:
        """One more that came, or that a generation has no more to say to."""
        if not self._plain or len(self._open) >= MOST:
            connection.close()
            return
        connection.setblocking(False)
        self._open.add(connection)
        self._owner.register(connection, lambda mask: self._answer(connection))

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            asked = connection.recv(1 << 16)
            if asked:
                connection.send(_ALIVE if asked.startswith(b"GET /livez ") else _DRAINING + _TEXT)
                connection.shutdown(socket.SHUT_WR)
        self._close(connection)

    def _close(self, connection: socket.socket) -> None:
        self._open.discard(connection)
        self._owner.unregister(connection)
        connection.close()

    def close(self) -> None:
        """The run has ended."""
        self._owner.unregister(self._listener)
        for connection in tuple(self._open):
            self._close(connection)
