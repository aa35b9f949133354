"""HTTP/1.1 as it comes over a connection: whole or in pieces, right or wrong, and what is answered."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from quickdemo.runtime.server import protocol
from quickdemo.runtime.server.serve import Server

HEAD = b"POST /a%20b?c=%20d HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = HEAD + b"Content-Length: 4\r\n\r\nbody"
#: the answer is what the app saw: method, path, query, body
RIGHT = {
    "a length": (WHOLE, ["POST", "/a b", "c=%20d", "body"]),
    "no body": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", ["GET", "/", "", ""]),
    "an empty body": (HEAD + b"Content-Length: 0\r\n\r\n", ["POST", "/a b", "c=%20d", ""]),
    "an empty header": (HEAD + b"X-Empty:\r\nContent-Length: 4\r\n\r\nbody", ["POST", "/a b", "c=%20d", "body"]),
    "latin-1": (HEAD + b"X: \xe9\r\nContent-Length: 4\r\n\r\nbody", ["POST", "/a b", "c=%20d", "body"]),
    "chunks": (CHUNKED + b"3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n", ["POST", "/a b", "c=%20d", "body"]),
    "an extension of a chunk": (CHUNKED + b"4;a=b\r\nbody\r\n0\r\n\r\n", ["POST", "/a b", "c=%20d", "body"]),
    "a trailer": (CHUNKED + b"4\r\nbody\r\n0\r\nX-Late: no\r\n\r\n", ["POST", "/a b", "c=%20d", "body"]),
    "an upgrade": (
        HEAD + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbody",
        ["POST", "/a b", "c=%20d", "body"],
    ),
    "a websocket": (
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        ["GET", "/", "", ""],
    ),
}
WRONG = {
    "a length and chunks": HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nbodyx",
    "the same length twice": HEAD + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
    "a list of lengths": HEAD + b"Content-Length: 4, 4\r\n\r\nbody",
    "a signed length": HEAD + b"Content-Length: +4\r\n\r\nbody",
    "an empty length": HEAD + b"Content-Length:\r\n\r\nbody",
    "a huge length": HEAD + b"Content-Length: 99999999999999999999999\r\n\r\nbody",
    "a vertical tab": HEAD + b"Content-Length: 4\x0b\r\n\r\nbody",
    "another coding": HEAD + b"Transfer-Encoding: identity\r\n\r\nbody",
    "two codings": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked is not the last": HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunked twice": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bare newline in a chunk": CHUNKED + b"4\nbody\n0\n\n",
    "a chunk that does not end": CHUNKED + b"4\r\nbodyXX0\r\n\r\n",
    "a negative chunk": CHUNKED + b"-4\r\nbody\r\n0\r\n\r\n",
    "a chunk in another base": CHUNKED + b"0x4\r\nbody\r\n0\r\n\r\n",
    "a huge chunk": CHUNKED + b"fffffffffffffffff\r\nbody\r\n0\r\n\r\n",
    "a space before the colon": HEAD + b"Content-Length : 4\r\n\r\nbody",
    "a folded line": HEAD + b"X: a\r\n b\r\n\r\n",
    "a folded first line": b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
    "a bare newline": HEAD + b"X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "newlines only": b"GET / HTTP/1.1\nHost: x\n\n",
    "a bare return": HEAD + b"X: a\rTransfer-Encoding: chunked\r\n\r\n",
    "a zero byte": HEAD + b"X: a\0b\r\n\r\n",
    "a control character": HEAD + b"X: a\x01b\r\n\r\n",
    "no colon": HEAD + b"Xa\r\n\r\n",
    "no name": HEAD + b": a\r\n\r\n",
    "a bracket in a name": HEAD + b"X(a): a\r\n\r\n",
    "another method": b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a proxy's method": b"CONNECT a:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a space in the path": b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "a zero byte in the path": b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "beyond ASCII in the path": b"GET /\xe9 HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/2": b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
    "HTTP/2 by prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a long header": HEAD + b"X: " + b"a" * 40_000 + b"\r\n\r\n",
    "a long address": b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "many headers": HEAD + b"X: a\r\n" * 300 + b"\r\n",
    "a header without an end": HEAD + b"X: " + b"a" * 100_000,
    "a trailer without an end": CHUNKED + b"4\r\nbody\r\n0\r\nX: " + b"a" * 400_000,
}
STATUS = {
    "another coding": 501,
    "two codings": 501,
    "chunks in HTTP/1.0": 501,
    "a long header": 431,
    "a long address": 431,
    "many headers": 431,
    "a header without an end": 431,
    "a trailer without an end": 431,
}


async def seen(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what came; /stream in pieces, /early before the body has come."""
    body, more = b"", scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message["body"], message["more_body"]
    found = [scope["method"], scope["path"], scope["query_string"].decode(), body.decode()]
    assert b"x-late" not in dict(scope["headers"])
    answer = json.dumps(found).encode()
    headers = [(b"content-type", b"application/json")]
    if scope["path"] != "/stream":
        headers.append((b"content-length", b"%d" % len(answer)))
    if scope["path"] == "/split":
        headers.append((b"x-split", b"a\r\nx-other: b"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for piece in (answer[:3], b"", answer[3:]):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    server = Server(seen)
    server.start()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.listen(listener)
        yield listener.getsockname()[:2]
        server.close()


class Client:
    """Raw bytes there and back."""

    def __init__(self, address: tuple[str, int], *pieces: bytes) -> None:
        self._socket = socket.create_connection(address, timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._data = b""
        for piece in pieces:
            self.send(piece)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], Any]:
        """(status, headers, JSON) of one answer."""
        while b"\r\n\r\n" not in self._data:
            assert self._more(), self._data
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        if "content-length" in headers:
            length = int(headers["content-length"])
            while len(self._data) < length:
                assert self._more()
            body, self._data = self._data[:length], self._data[length:]
        elif headers.get("transfer-encoding") == "chunked":
            while not self._data.endswith(b"0\r\n\r\n"):
                assert self._more()
            body = b"".join(self._data.split(b"\r\n")[1:-3:2])
            self._data = b""
        else:
            body = self.rest()
        return int(first.split()[1]), headers, json.loads(body)

    def rest(self) -> bytes:
        """All that comes until the server ends the connection."""
        while self._more():
            pass
        return self._data

    def _more(self) -> bytes:
        new = self._socket.recv(65536)
        self._data += new
        return new


@pytest.mark.parametrize("name", RIGHT)
def test_a_request_is_answered_and_the_connection_goes_on(address: tuple[str, int], name: str) -> None:
    request, expected = RIGHT[name]
    with Client(address, request) as client:
        for _ in range(2):
            assert client.answer()[::2] == (200, expected)
            client.send(request)
        assert client.answer()[2] == expected
    with Client(address) as client:
        for cut in range(1, len(request), 3):
            client.send(request[:cut])
            client.send(request[cut:])
            assert client.answer()[2] == expected


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_plain_http_is_refused_and_ends_the_connection(address: tuple[str, int], name: str) -> None:
    with Client(address, WRONG[name]) as client:
        status, headers, body = client.answer()
        assert (status, headers["connection"]) == (STATUS.get(name, 400), "close")
        assert body["error"]["code"] in ("bad_http", "unknown_coding", "long_head")
        assert body["error"]["message"]
        assert client.rest() == b"", "nothing behind it is answered"


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_stays_wrong_in_pieces(address: tuple[str, int], name: str) -> None:
    request = WRONG[name]
    for cut in {1, len(request) // 3, len(request) - 1}:
        with Client(address, WHOLE) as client:
            assert client.answer()[0] == 200
            client.send(request[:cut])
            client.send(request[cut:])
            status, _, _ = client.answer()
            assert status == STATUS.get(name, 400)
            assert client.rest() == b""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_byte_that_is_changed_makes_two_answers_of_one_request(address: tuple[str, int], data: Any) -> None:
    """Whatever comes of it: at most the answer to one request, and never one to the body."""
    request = HEAD + b"Content-Length: 24\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost:x\r\n\r\n"
    at = data.draw(st.integers(0, request.index(b"\r\n\r\n") + 3))
    byte = data.draw(st.sampled_from(b"\r\n :\t\0,a0A\x7f\x80"))
    changed = request[:at] + bytes([byte]) + request[at + 1 :]
    with Client(address, changed) as client:
        client._socket.shutdown(socket.SHUT_WR)
        assert client.rest().count(b"HTTP/1.1 ") <= 1


def test_who_asks_again_before_the_answer_gets_that_answer_and_the_end(address: tuple[str, int]) -> None:
    with Client(address, WHOLE + b"GET /second HTTP/1.1\r\nHost: x\r\n\r\n" * 1000) as client:
        status, headers, body = client.answer()
        assert (status, body[1], headers["connection"]) == (200, "/a b", "close")
        assert client.rest() == b""


def test_a_request_after_the_one_that_closes_is_not_answered(address: tuple[str, int]) -> None:
    with Client(address, HEAD + b"Connection: close\r\n\r\n" + WHOLE) as client:
        assert client.answer()[1]["connection"] == "close"
        assert client.rest() == b""


def test_an_answer_of_unknown_length_comes_in_chunks(address: tuple[str, int]) -> None:
    with Client(address, b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n") as client:
        status, headers, body = client.answer()
        assert (status, headers["transfer-encoding"], body[1]) == (200, "chunked", "/stream")
        client.send(WHOLE)
        assert client.answer()[0] == 200


def test_http_1_0_gets_no_chunks_and_the_end_after_one_answer(address: tuple[str, int]) -> None:
    with Client(address, b"GET /stream HTTP/1.0\r\nHost: x\r\n\r\n") as client:
        status, headers, body = client.answer()
        assert (status, body[1]) == (200, "/stream")
        assert "transfer-encoding" not in headers and headers["connection"] == "close"
    with Client(address, b"GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n") as client:
        assert client.answer()[1]["connection"] == "close"
        assert client.rest() == b""


def test_head_gets_the_head_alone(address: tuple[str, int]) -> None:
    with Client(address, b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as client:
        answer = client.rest()
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.endswith(b"\r\n\r\n")
        assert b"content-length: " in answer


def test_who_waits_for_permission_gets_it(address: tuple[str, int]) -> None:
    with Client(address, HEAD + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n") as client:
        while not client._data.endswith(b"\r\n\r\n"):
            client._more()
        assert client._data == b"HTTP/1.1 100 Continue\r\n\r\n"
        client._data = b""
        client.send(b"body")
        assert client.answer()[2][3] == "body"


def test_an_answer_without_that_permission_ends_the_connection(address: tuple[str, int]) -> None:
    """Nobody knows whether the body still comes, or the next request."""
    early = b"POST /early HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    with Client(address, early) as client:
        assert client.answer()[0] == 200
        client.send(WHOLE)
        assert client.rest() == b""


def test_a_body_that_comes_after_its_answer_is_no_request(address: tuple[str, int]) -> None:
    early = b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(WHOLE)
    with Client(address, early) as client:
        assert client.answer()[0] == 200
        client.send(WHOLE)
        client.send(b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.answer()[2][1] == "/next"


def test_a_head_that_begins_behind_such_a_body_has_its_own_time(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.1)
    with Client(address, b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n") as client:
        assert client.answer()[0] == 200
        client.send(b"bodyGET /half")
        assert client.rest().startswith(b"HTTP/1.1 408 ")


def test_a_header_of_an_answer_cannot_become_two(address: tuple[str, int]) -> None:
    with Client(address, b"GET /split HTTP/1.1\r\nHost: x\r\n\r\n") as client:
        assert b"x-other" not in client.rest()


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"\r\n", b"HTTP/1.1 408 "),
        (b"GET / HTTP/1.1\r\nHo", b"HTTP/1.1 408 "),
        (HEAD + b"Content-Length: 10\r\n\r\n12", b"HTTP/1.1 408 "),
        (CHUNKED + b"4\r\nbody\r\n0\r\nX:", b"HTTP/1.1 408 "),
        (b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12", b"HTTP/1.1 200 "),
    ],
)
def test_a_later_request_that_never_ends_is_closed(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch, sent: bytes, answer: bytes
) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.1)
    monkeypatch.setattr(protocol, "BODY_IDLE_S", 0.1)
    with Client(address, WHOLE) as client:
        assert client.answer()[0] == 200
        client.send(sent)
        try:
            found = client.rest()
        except ConnectionResetError:  # it had its answer before
            found = client._data
        assert found.startswith(answer)
