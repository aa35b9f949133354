"""Signals to the supervisor, as something its loop can read."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

from quickdemo.cli.exit_codes import INTERRUPTED, TERMINATED

if TYPE_CHECKING:
    from quickdemo.cli.supervisor import Supervisor

_TAKEN = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


class Signals:
    """SIGINT and SIGTERM end the run, SIGHUP reloads; SIGCHLD only wakes the loop."""

    def __init__(self, owner: Supervisor) -> None:
        self._owner = owner
        self._out, self._in = socket.socketpair()
        self._out.setblocking(False)
        self._in.setblocking(False)

    def take(self) -> None:
        """From now on they come here."""
        signal.set_wakeup_fd(self._in.fileno(), warn_on_full_buffer=False)
        for number in _TAKEN:
            signal.signal(number, lambda *_: None)
        self._owner.register(self._out, self._on_signal)

    def release(self) -> None:
        """They come here no more; the process is about to end."""
        signal.set_wakeup_fd(-1)
        self._owner.unregister(self._out)

    def _on_signal(self, mask: int) -> None:
        for number in self._out.recv(64):
            if number == signal.SIGINT:
                self._owner.stop(INTERRUPTED)
            elif number == signal.SIGTERM:
                self._owner.stop(TERMINATED)
            elif number == signal.SIGHUP:
                self._owner.reload(("SIGHUP",), why="asked for by SIGHUP")
