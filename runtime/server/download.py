"""Sending a stored file: whole or one range of it, never as something that could run."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import Iterator
from typing import BinaryIO, Protocol
from urllib.parse import quote

from starlette.types import Receive, Scope, Send

from quickdemo.runtime.components.base import StoredFile
from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.server import headers

#: shown inside the page; these types are only ever given to files whose bytes say so
INLINE = frozenset(
    "image/png image/jpeg image/webp image/gif video/mp4 video/webm video/ogg "
    "audio/wav audio/mpeg audio/flac audio/ogg audio/mp4 audio/aac".split()
)
CHUNK_BYTES = 1024 * 1024

_RANGE = re.compile(rb"bytes=(\d{0,18})-(\d{0,18})")


class Sendable(StoredFile, Protocol):
    """A stored file that knows its handle."""

    @property
    def handle(self) -> str: ...


class Reading:
    """A file opened and read in threads. Once closed it stays closed, also when a thread was about to open it:

    the one who waits for that thread may be cancelled, and then nobody else would close what it opened.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._closed = False

    def open(self, start: int) -> None:
        """Open at a byte. Raises OSError."""
        with self._busy():
            self._file = open(self._path, "rb")
            self._file.seek(start)

    def read(self, size: int) -> bytes:
        """At most `size` bytes, none at the end. Raises OSError; ValueError once closed."""
        with self._busy():
            if self._file is None:
                raise ValueError(f"{self._path} is not open")
            return self._file.read(size)

    def close(self) -> None:
        """Close the file: now, or when the thread that is at it leaves it. Waits for nobody."""
        self._closed = True
        if self._lock.acquire(blocking=False):
            try:
                if self._file is not None:
                    self._file.close()
            finally:
                self._lock.release()

    @contextlib.contextmanager
    def _busy(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        finally:
            if self._closed:
                self.close()


class FileAnswer:
    """The answer to GET and HEAD of a file, as an ASGI app."""

    def __init__(self, file: Sendable) -> None:
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = {name: value for name, value in scope["headers"] if name in (b"range", b"if-range", b"if-none-match")}
        etag = f'"{self._file.handle}"'.encode()
        common = [(b"etag", etag), headers.NO_STORE, headers.SANDBOX]
        if etag in asked.get(b"if-none-match", b""):
            await send({"type": "http.response.start", "status": 304, "headers": common})
            await send({"type": "http.response.body", "body": b""})
            return
        part = range(self._file.size)
        if b"range" in asked and asked.get(b"if-range", etag) == etag:
            part = one_range(asked[b"range"], self._file.size)
        fields = [*common, *self._fields(part)]
        status = 206 if b"range" in asked and asked.get(b"if-range", etag) == etag else 200
        if status == 206:
            last = part.start + len(part) - 1
            fields.append((b"content-range", b"bytes %d-%d/%d" % (part.start, last, self._file.size)))
        await self._send(part if scope["method"] != "HEAD" else range(0), status, fields, send)

    def _fields(self, part: range) -> headers.Headers:
        inline = self._file.type in INLINE
        kind = self._file.type if inline else "application/octet-stream"
        name = quote(self._file.name, safe="", encoding="utf-8", errors="replace")
        disposition = f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{name}"
        return [
            (b"content-type", kind.encode("latin-1")),
            (b"content-length", b"%d" % len(part)),
            (b"content-disposition", disposition.encode("ascii")),
            (b"accept-ranges", b"bytes"),
        ]

    async def _send(self, part: range, status: int, fields: headers.Headers, send: Send) -> None:
        with contextlib.closing(Reading(self._file.path)) as file:
            try:
                await asyncio.to_thread(file.open, part.start)
            except FileNotFoundError as error:
                raise RefusedError(404, "unknown_file", "The file is no longer kept.", "Upload it again.") from error
            await send({"type": "http.response.start", "status": status, "headers": fields})
            left = len(part)
            while left > 0:
                chunk = await asyncio.to_thread(file.read, min(CHUNK_BYTES, left))
                if not chunk:
                    raise OSError(f"{self._file.path} became shorter while it was sent")
                left -= len(chunk)
                await send({"type": "http.response.body", "body": chunk, "more_body": left > 0})
            if not len(part):
                await send({"type": "http.response.body", "body": b""})


def one_range(header: bytes, size: int) -> range:
    """The bytes that a Range header asks for. Raises RefusedError (416) for several ranges and for bad ones."""
    match = _RANGE.fullmatch(header.strip())
    if match is not None and (match[1] or match[2]):
        if not match[1]:
            start, stop = max(size - int(match[2]), 0), size
        else:
            start = int(match[1])
            stop = min(int(match[2]) + 1, size) if match[2] else size
        if start < stop:
            return range(start, stop)
    raise RefusedError(
        416,
        "bad_range",
        f"The file has {size} bytes; that range is not one part of it.",
        "Ask for one range such as bytes=0-99.",
        headers={"content-range": f"bytes */{size}"},
    )
