"""The sockets that a piece of work waits on, so that whoever gives it up can end the wait from another thread."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextvars import ContextVar

_current: ContextVar[Opened | None] = ContextVar("opened", default=None)


class Opened:
    """`with opened.noted(): ...` in the thread that works, and `opened.shut()` in another. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_shut = False

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Sockets that are read from in the block, in this thread, are known here."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)
            with self._lock:
                self._sockets.clear()  # they are others' now

    def add(self, one: socket.socket) -> None:
        """It is read from now."""
        with self._lock:
            self._sockets.append(one)
            if self._is_shut:
                _shut(one)

    def shut(self) -> None:
        """End what blocks on them, and on those that are still to come."""
        with self._lock:
            self._is_shut = True
            for one in self._sockets:
                _shut(one)


def note(one: socket.socket | None) -> None:
    """A request of this thread waits for its answer there."""
    opened = _current.get()
    if opened is not None and one is not None:
        opened.add(one)


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(Exception):  # it may have been closed since, and TLS within TLS has no such end
        one.shutdown(socket.SHUT_RDWR)
