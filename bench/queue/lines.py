"""Clients: keep-alive connections that send requests, and read answers and event streams as they come."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator, Iterable
from typing import Any

from bench.load import skip_body

CONNECTING = 200  # at a time: the backlog of a listening socket is short


class Line:
    """One connection. `headers` goes with each request: lines that end in CR LF."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, headers: str) -> None:
        self._reader, self._writer, self.port = reader, writer, port
        self._headers = f"Host: 127.0.0.1:{port}\r\n{headers}"

    @classmethod
    async def to(cls, port: int, headers: str = "") -> Line:
        return cls(*await asyncio.open_connection("127.0.0.1", port), port, headers)

    def close(self) -> None:
        self._writer.close()

    def request(self, method: str, path: str, body: object = None, headers: str = "") -> bytes:
        """The bytes of one; body: JSON."""
        data = b"" if body is None else json.dumps(body).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n" if data else ""
        return f"{method} {path} HTTP/1.1\r\n{self._headers}{headers}{kind}\r\n".encode() + data

    async def skip(self, request: bytes) -> None:
        """Ask, and only count the answer."""
        await skip_body(self._reader, await self._head(request))

    async def json(self, request: bytes) -> dict[str, Any]:
        """Ask for JSON."""
        head = await self._head(request)
        parts = [part async for part in self._body(head)]
        return dict(json.loads(b"".join(parts)))

    async def events(self, request: bytes) -> AsyncIterator[bytes]:
        """The events of a stream as they come, to its end; the connection can be used again."""
        head = await self._head(request)
        left = b""
        async for part in self._body(head):
            *blocks, left = (left + part).split(b"\n\n")
            for block in blocks:
                yield block

    async def last(self, request: bytes) -> bytes:
        """The last event of a stream."""
        last = b""
        async for event in self.events(request):
            last = event
        return last

    async def _head(self, request: bytes) -> bytes:
        """The head of the answer, in lower case. Raises RuntimeError where the status is an error's."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if head[9:10] != b"2":
            body = (await self._reader.read(500)).decode(errors="replace")
            raise RuntimeError(f"bench: {head.decode(errors='replace').splitlines()[0]}: {body}")
        return head.lower()

    async def _body(self, head: bytes) -> AsyncIterator[bytes]:
        if b"content-length: " in head:
            yield await self._reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
            return
        while size := int(await self._reader.readline(), 16):
            yield (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readline()


def visitor(place: int | str) -> str:
    """The cookie of a browser that never logged in: each gets a line of its own in the queue. place: the port, or of
    several hosts the name that they share."""
    token = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return f"Cookie: quickdemo_{place}={token}\r\n"


async def logged_in(port: int) -> str:
    """The cookie of a login."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    form = b"username=bench&password=correct+horse"
    head = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    writer.write(f"{head}Content-Length: {len(form)}\r\n\r\n".encode() + form)
    answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    cookie = next(line for line in answer.splitlines() if line.lower().startswith("set-cookie: "))
    return f"Cookie: {cookie.split(': ', 1)[1].split(';')[0]}\r\n"


async def opened(port: int, headers: Iterable[str]) -> list[Line]:
    """Connections, one with each of these headers."""
    room = asyncio.Semaphore(CONNECTING)

    async def one(own: str) -> Line:
        async with room:
            return await Line.to(port, own)

    return list(await asyncio.gather(*(one(own) for own in headers)))
