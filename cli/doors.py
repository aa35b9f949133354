"""Under --reload the supervisor accepts, and hands each connection to the generation that serves."""

from __future__ import annotations

import socket
import sys
import time
from typing import TYPE_CHECKING, Any

from quickdemo.cli.console import clean
from quickdemo.cli.exit_codes import FAILED, PORT_IN_USE
from quickdemo.cli.listener import DEFAULT_PORT, PortInUseError, listen_as_asked
from quickdemo.cli.turned_away import TurnedAway
from quickdemo.runtime.reload.messages import Message, close_all

if TYPE_CHECKING:
    from quickdemo.cli.generation import Generation
    from quickdemo.cli.supervisor import Supervisor

HOLD_S = 0.25  # how long a new connection waits for a resumed run before the old one gets it


class Doors:
    """The listening socket's connections. homeless: those that came while nobody served, or while a generation that is
    replaced still hands over: it may answer, and nobody must be answered by its successor before it has stopped."""

    def __init__(self, owner: Supervisor) -> None:
        self._owner = owner
        self._homeless: list[int] = []
        self._first_wants: dict[str, Any] = {}
        self._away: TurnedAway | None = None
        self._held_since: float | None = None  # monotonic, when a resumed run was first waited for

    def address(self) -> tuple[str, int] | None:
        """What a generation that starts now will be told when it asks; None while it must ask and wait."""
        listener = self._owner.listener
        return (listener.host, listener.port) if listener is not None and self._owner.options.reload else None

    def on_wants(self, generation: Generation, message: Message) -> None:
        """A generation asks for an address: the first one decides, later ones get the same socket."""
        owner = self._owner
        generation.wants = message.facts
        wanted = {name: message[name] for name in ("host", "port", "ssl")}
        if not owner.options.listens:
            owner.post(generation, "bound", host="127.0.0.1", port=owner.options.port or DEFAULT_PORT)
            return
        if owner.listener is None:
            try:
                owner.listener = listen_as_asked(owner.options, message["host"], message["port"])
            except PortInUseError as error:
                self._give_up(str(error), PORT_IN_USE)
                return
            except OSError as error:
                self._give_up(error.strerror or str(error), FAILED)
                return
            self._first_wants = wanted
        elif wanted != self._first_wants:
            owner.console.line("!", "launch() asks for another address or for ssl: restart quickdemo to change that")
        if generation.address_known:
            return
        fds = () if owner.options.reload else (owner.listener.sock.fileno(),)
        owner.post(generation, "bound", fds, host=owner.listener.host, port=owner.listener.port)

    def _give_up(self, why: str, code: int) -> None:
        owner = self._owner
        owner.console.event("fault", message=why)
        owner.console.line("x", why)
        if owner.options.json_lines:
            print(clean(why), file=sys.stderr)
        owner.exit_code = code

    def turn(self) -> None:
        """Accept or not; while connections change hands, or will in an instant, new ones wait in the backlog."""
        owner = self._owner
        if owner.listener is None:
            return
        if owner.stopping is not None and self._away is None:
            owner.unregister(owner.listener.sock)
            self._away = TurnedAway(owner, owner.listener.sock, plain=not self._first_wants["ssl"])
        if self._away is not None or not owner.options.reload:
            return
        wanted = owner.serving is not None and not owner.handing and not self._holds()
        registered = owner.listener.sock in owner.selector.get_map()
        if wanted and not registered:
            owner.listener.sock.setblocking(False)
            owner.register(owner.listener.sock, self._on_connection)
        elif registered and not wanted:
            owner.unregister(owner.listener.sock)

    def _holds(self) -> bool:
        """Saves that follow each other quickly replace the run that is waited for: all of them together hold once."""
        starting = self._owner.starting
        if starting is None or starting.origin is None:
            self._held_since = None
            return False
        if self._held_since is None:
            self._held_since = time.monotonic()
        return starting.age_ms < 1000 * HOLD_S and time.monotonic() - self._held_since < HOLD_S

    def _on_connection(self, mask: int) -> None:
        assert self._owner.listener is not None
        try:
            connection, _ = self._owner.listener.sock.accept()
        except BlockingIOError:
            return
        except OSError as error:  # no descriptors left, or the client is gone
            self._owner.console.line("!", f"a connection could not be accepted: {error.strerror}")
            time.sleep(0.01)  # without it the loop would turn at full speed until a descriptor is free
            return
        self.pass_on([connection.detach()])

    def pass_on(self, fds: list[int]) -> None:
        """Give connections to the generation that serves, or keep them for the next."""
        owner = self._owner
        if self._away is not None:
            for fd in fds:
                self._away.take(socket.socket(fileno=fd))
        elif owner.stopping is not None:
            close_all(fds)
        elif owner.serving is None or owner.handing:
            self._homeless += fds
        else:
            for fd in fds:
                owner.post(owner.serving, "connection", (fd,))
            close_all(fds)

    def open(self) -> None:
        """Those that waited go in, if somebody serves now and nobody else does."""
        waiting, self._homeless = self._homeless, []
        self.pass_on(waiting)

    def close(self) -> None:
        """Nobody will come any more."""
        if self._away is not None:
            self._away.close()
        close_all(self._homeless)
