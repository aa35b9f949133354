"""The server's own part of HTTP: draining, passing connections on, time limits."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from quickdemo.runtime.server import protocol
from quickdemo.runtime.server.serve import Server


def app(name: str, gate: threading.Event | None = None) -> Starlette:
    async def who(request: Request) -> JSONResponse:
        await request.body()
        return JSONResponse(name)

    def slow(request: Request) -> JSONResponse:
        assert gate is not None
        gate.wait(10)
        return JSONResponse(name)

    return Starlette(routes=[Route("/", who, methods=["GET", "POST"]), Route("/slow", slow)])


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


def get(connection: http.client.HTTPConnection, path: str = "/") -> str:
    connection.request("GET", path)
    return str(json.loads(connection.getresponse().read()))


def test_an_answer_does_not_wait_for_the_clients_acknowledgement(listener: socket.socket) -> None:
    """Head and body are two writes: without TCP_NODELAY the second waits 40 ms for a delayed acknowledgement."""
    server = Server(app("here"))
    server.start()
    server.listen(listener)
    connection = http.client.HTTPConnection(*listener.getsockname()[:2], timeout=10)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        connection.request("POST", "/", b"x" * 2_000_000)
        assert json.loads(connection.getresponse().read()) == "here"
        times.append(time.perf_counter() - start)
    connection.close()
    server.close()
    assert min(times[1:]) < 0.035


def test_an_idle_keep_alive_connection_moves_to_the_next_server_unharmed(listener: socket.socket) -> None:
    new = Server(app("new"))
    new.start()
    old = Server(app("old"), handover=new.adopt)
    old.start()
    old.listen(listener)
    connection = http.client.HTTPConnection(*listener.getsockname()[:2], timeout=10)
    assert get(connection) == "old"
    before = connection.sock.getsockname()
    assert old.drain(5)
    assert get(connection) == "new"
    assert connection.sock.getsockname() == before, "the same connection"
    connection.close()
    old.close()
    new.close()


def test_a_busy_connection_finishes_in_the_old_server_and_then_moves(listener: socket.socket) -> None:
    gate = threading.Event()
    new = Server(app("new"))
    new.start()
    old = Server(app("old", gate), handover=new.adopt)
    old.start()
    old.listen(listener)
    connection = http.client.HTTPConnection(*listener.getsockname()[:2], timeout=10)
    connection.request("GET", "/slow")
    while not old.running:
        pass
    drained = threading.Thread(target=old.drain, args=(10,))
    drained.start()
    gate.set()
    assert json.loads(connection.getresponse().read()) == "old"
    drained.join(10)
    assert get(connection) == "new"
    connection.close()
    old.close()
    new.close()


def test_half_a_request_is_not_passed_on(listener: socket.socket) -> None:
    """It came with the last of a body whose answer did not wait for it."""
    new = Server(app("new"))
    new.start()
    old = Server(app("old"), handover=new.adopt)
    old.start()
    old.listen(listener)
    with socket.create_connection(listener.getsockname()[:2], timeout=10) as client:
        client.sendall(b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 405 ")
        client.sendall(b"bodyGET / HTTP/1.1\r\nHo")
        other = http.client.HTTPConnection(*listener.getsockname()[:2], timeout=10)
        assert get(other) == "old"  # so that it has been read
        drained = threading.Thread(target=old.drain, args=(10,))
        drained.start()
        assert get(other) in ("old", "new")
        client.sendall(b"st: x\r\n\r\n")
        assert client.recv(65536).endswith(b'"old"')
        drained.join(10)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(65536).endswith(b'"new"')
        other.close()
    old.close()
    new.close()


def test_a_drain_that_takes_too_long_says_so(listener: socket.socket) -> None:
    gate = threading.Event()
    server = Server(app("old", gate))
    server.start()
    server.listen(listener)
    connection = http.client.HTTPConnection(*listener.getsockname()[:2], timeout=10)
    connection.request("GET", "/slow")
    while not server.running:
        pass
    assert server.drain(0.05) is False
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("retry-after")) == (503, "1")
    assert json.loads(answer.read())["error"]["code"] == "stopped"
    gate.set()
    server.close()
    connection.close()


@pytest.mark.parametrize(
    "sent",
    [b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12", b""],
)
def test_a_request_that_never_ends_is_closed(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.1)
    monkeypatch.setattr(protocol, "BODY_IDLE_S", 0.1)
    server = Server(app("x"))
    server.start()
    server.listen(listener)
    with socket.create_connection(listener.getsockname()[:2], timeout=10) as client:
        client.sendall(sent)
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    server.close()


def test_a_huge_head_is_refused(listener: socket.socket) -> None:
    server = Server(app("x"))
    server.start()
    server.listen(listener)
    with socket.create_connection(listener.getsockname()[:2], timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 100_000)
        assert client.recv(4096).startswith(b"HTTP/1.1 4")
    server.close()
