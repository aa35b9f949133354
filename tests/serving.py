"""The server of a small demo, without a network."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from anyio.from_thread import start_blocking_portal
from starlette.testclient import TestClient

from quickdemo.runtime.interface import Interface
from quickdemo.runtime.launch import LaunchOptions
from quickdemo.runtime.server.app import build
from quickdemo.runtime.server.context import Context, ServerSettings
from quickdemo.runtime.server.serve import Server
from quickdemo.runtime.server.starting import begin, close_queue, end, open_queue

ORIGIN = "http://127.0.0.1:7860"
PAGE = {"accept": "text/html"}
OURS = {"origin": ORIGIN}
USER = {"username": "ada", "password": "correct horse"}


class Client(TestClient):
    """One that stays on the loop of its server, also as a context manager."""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Served:
    """A built app, and the loop that it runs on. `client()` is a browser or program with cookies of its own."""

    app: Any
    context: Context
    opened: ClassVar[list[Served]] = []  #: closed after each test, whoever made them

    def __init__(self, folder: Path, demo: Any = None, settings: dict[str, Any] | None = None, **options: Any) -> None:
        demo = demo or Interface(str.upper, "text", "text")
        given = {"secret": b"s" * 32, "dev": True, **(settings or {})}
        self.app, self.context = build(
            demo, LaunchOptions(**options), ServerSettings(str(folder / "store"), str(folder / "files"), **given)
        )
        self._opened: Any = None
        self._opening = threading.Lock()
        self._server: Server | None = None
        self.opened.append(self)

    def client(self, address: str = "127.0.0.1", url: str = ORIGIN) -> TestClient:
        client = Client(self.app, base_url=url, client=(address, 50000), follow_redirects=False)
        client.portal = self.portal  # else each request had a loop of its own, and jobs belong to one
        return client

    @property
    def portal(self) -> Any:
        """Its loop, which begins with the first client; a server on a port brings its own."""
        with self._opening:
            if self._opened is None:
                self._opened = start_blocking_portal()
                self._portal = self._opened.__enter__()
                self._portal.call(open_queue, self.context)
            return self._portal

    def listen(self, listener: socket.socket) -> Server:
        """A server on a port, with a loop of its own."""
        self._server = Server(self.app)
        self._server.start()
        begin(self.context, self._server.loop)
        self._server.listen(listener)
        return self._server

    @classmethod
    def close_all(cls) -> None:
        while cls.opened:
            cls.opened.pop().close()

    def close(self) -> None:
        if self._server is not None and not self._server.loop.is_closed():
            end(self.context, self._server.loop)
            self._server.close()
        if self._opened is not None:
            self._portal.call(close_queue, self.context)
            self._opened.__exit__(None, None, None)
            self._opened = None
        self.context.store.close()


Serve = Callable[..., Served]
