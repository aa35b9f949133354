"""A cable between a browser and a server, or between hosts, which a test can cut and mend, and make long."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time


class Wire:
    """Forwards connections to `port` of this machine; `url` leads through it, and `host` is what the browser calls it.

    State: "whole"; "cut": connections break, and new ones with them; "dead": nothing comes through any more, and nobody
    is told; "deaf": requests arrive, and the connection breaks when an answer comes.
    """

    def __init__(self, address: str = "127.0.0.1", delay_s: float = 0.0) -> None:
        """address: where it listens. delay_s: how long all bytes take, each way."""
        self.port, self._delay_s = 0, delay_s
        self._listener = socket.create_server((address, 0))
        self.host = f"{address}:{self._listener.getsockname()[1]}"
        self.url = f"http://{self.host}/"
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self.state = "whole"
        self.asked = 0  #: connections that were tried since the state changed
        threading.Thread(target=self._accept, daemon=True).start()

    def become(self, state: str) -> None:
        """Change the state; "cut" breaks what is open."""
        self.state, self.asked = state, 0
        if state == "cut":
            self._break()

    def close(self) -> None:
        """No connection any more."""
        self._listener.close()
        self._break()

    def _break(self) -> None:
        with self._lock:
            gone, self._open = self._open, []
        for one in gone:
            _shut(one)

    def _accept(self) -> None:
        while True:
            try:
                near = self._listener.accept()[0]
            except OSError:
                return
            self.asked += 1
            if self.state == "cut":
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.port))
            except OSError:
                near.close()
                continue
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open += [near, far]
            for one, other, answers in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._forward, args=(one, other, answers), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        if self._delay_s:
            self._forward_late(source, target)
            return
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self.state == "dead":
                    continue
                if answers and self.state == "deaf":
                    break
                target.sendall(data)
        _shut(source)
        _shut(target)

    def _forward_late(self, source: socket.socket, target: socket.socket) -> None:
        """As a long line does: as many bytes as come are on their way at once. b"" is the end."""
        under_way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

        def arrive() -> None:
            with contextlib.suppress(OSError):
                while True:
                    due, data = under_way.get()
                    time.sleep(max(0.0, due - time.monotonic()))
                    if not data:
                        break
                    target.sendall(data)
            _shut(source)
            _shut(target)

        threading.Thread(target=arrive, daemon=True).start()
        data = b"-"
        while data:
            try:
                data = source.recv(65536)
            except OSError:
                data = b""
            under_way.put((time.monotonic() + self._delay_s, data))


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
