"""Demos that explain their answers, on a server with a port."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from typing import Any

import quickdemo as gr
from tests.serving import Serve

WORDS = {"good": 0.3, "not": -0.2}


def sentiment(text: str) -> dict[str, float]:
    positive = 0.5 + sum(score for word, score in WORDS.items() if word in text.split())
    return {"negative": 1 - positive, "positive": positive}


def demo(fn: Any = sentiment, inputs: Any = "text", outputs: Any = "label", **options: Any) -> gr.Interface:
    given = {"interpretation": "default", "allow_flagging": "never", **options}
    return gr.Interface(fn, inputs, outputs, **given)


def events(body: str) -> list[tuple[str, Any]]:
    """(name, payload) of each event of a stream."""
    found = []
    for block in filter(None, body.split("\n\n")):
        if not block.startswith(":"):
            name, data = block.split("\n", 1)
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


class Live:
    """A server on a port, and a browser's cookie."""

    def __init__(self, serve: Serve, interface: gr.Interface, **options: Any) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.served = serve(interface, {"port": self.port}, **options)
        self.server = self.served.listen(listener)
        self._connections: list[http.client.HTTPConnection] = []

    def connection(self) -> http.client.HTTPConnection:
        """A connection that ends with the server at the latest."""
        self._connections.append(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30))
        return self._connections[-1]

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        self.served.close()

    def connect(
        self, path: str, body: Any, accept: str = "application/json", cookie: str = ""
    ) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"content-type": "application/json", "accept": accept, **({"cookie": cookie} if cookie else {})}
        connection.request("POST", path, json.dumps(body), headers)
        return connection

    def visitor(self) -> str:
        """The cookie of a new browser."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/")
        cookie = connection.getresponse().getheader("set-cookie") or ""
        connection.close()
        return cookie.split(";")[0]

    def post(self, path: str, body: Any, accept: str = "application/json") -> str:
        connection = self.connect(path, body, accept)
        try:
            return connection.getresponse().read().decode()
        finally:
            connection.close()


class Gate:
    """A function whose calls wait for `open`; `order` is that of their beginning."""

    def __init__(self) -> None:
        self.open = threading.Semaphore(0)
        self.order: list[str] = []
        self.at_once = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, text: str) -> float:
        with self._lock:
            self.order.append(text)
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        assert self.open.acquire(timeout=20)
        with self._lock:
            self.at_once -= 1
        return len(text)


def in_threads(*work: Any) -> list[threading.Thread]:
    threads = [threading.Thread(target=one, daemon=True) for one in work]
    for thread in threads:
        thread.start()
    return threads
