"""Uploads and results: kept under unguessable handles, owned by their visitor, bounded in size and time.

No route takes a path: a handle is 16 random bytes, looked up in a table. A file's name is only ever shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import logging
import mimetypes
import os
import re
import secrets
import stat
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.components.base import Files, Wire
from quickdemo.runtime.errors import InvalidValueError, RefusedError, shown
from quickdemo.runtime.server import body
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.download import INLINE, FileAnswer
from quickdemo.runtime.server.reply import JSON
from quickdemo.runtime.server.store import Store, private_folder
from quickdemo.runtime.server.tokens import decode, encode
from quickdemo.runtime.server.visitors import Visitor
from quickdemo.runtime.sniff import HEAD_BYTES, sniff

log = logging.getLogger("quickdemo.files")

MAX_FILE_BYTES = 64 * 2**20
MAX_SESSION_BYTES = 256 * 2**20
MAX_TOTAL_BYTES = 2 * 2**30
TTL_S = 3600.0
CHUNK_BYTES = 256 * 1024
MAX_NAME_BYTES = 255
UNKNOWN = "application/octet-stream"

_HANDLE_BYTES = 16
_REAP_EVERY_S = 60.0
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}$", re.ASCII)
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Stored:
    """A file behind a handle: `name` is for people, `type` its MIME type."""

    handle: str
    path: str
    name: str
    size: int
    type: str

    @property
    def wire(self) -> Wire:
        """The wire value that stands for this file."""
        return {
            "h": self.handle,
            "url": f"files/{self.handle}",
            "name": self.name,
            "size": self.size,
            "type": self.type,
        }


class FileStore:
    """The folder of files and its index. Thread-safe; two generations share it."""

    def __init__(
        self,
        store: Store,
        folder: str,
        *,
        max_file_bytes: int = MAX_FILE_BYTES,
        max_session_bytes: int = MAX_SESSION_BYTES,
        max_total_bytes: int = MAX_TOTAL_BYTES,
        ttl_s: float = TTL_S,
    ) -> None:
        private_folder(folder)
        self._store = store
        self._folder = folder
        self.max_file_bytes = max_file_bytes
        self._max_session_bytes = max_session_bytes
        self._max_total_bytes = max_total_bytes
        self._ttl_s = ttl_s
        self._lock = threading.Lock()
        self._arriving: Counter[str] = Counter()  # bytes of unfinished uploads by owner
        self._pinned: set[str] = set()  # the author's files, as long as this process lives
        self._reaped = time.monotonic()
        store.define(
            "CREATE TABLE IF NOT EXISTS files (handle TEXT PRIMARY KEY, owner TEXT, role TEXT, name TEXT,"
            " type TEXT, size INTEGER, suffix TEXT, digest TEXT, used REAL) WITHOUT ROWID",
            "CREATE INDEX IF NOT EXISTS files_owner ON files (owner, role, used)",
            "CREATE INDEX IF NOT EXISTS files_digest ON files (digest)",
        )
        self.reap()

    def writer(self, visitor: Visitor, name: str) -> Upload:
        """A file that is being uploaded; `finish` it or `abort` it."""
        self._reap_sometimes()
        return Upload(self, visitor.key, "upload", name)

    def for_visitor(self, visitor: Visitor) -> Files:
        """The files of one call of this visitor."""
        return VisitorFiles(self, visitor)

    def public(self) -> Files:
        """The author's own files, for every visitor who may see the page."""
        return PublicFiles(self)

    def find(self, handle: str, visitor: Visitor) -> Stored:
        """The file, when it is this visitor's, public, or made for a caller without a cookie.

        Raises RefusedError (404): nobody can tell another visitor's file from one that never was.
        """
        if isinstance(handle, str) and decode(handle, _HANDLE_BYTES) is not None:
            rows = self._store.execute(
                "SELECT owner, role, name, size, type, suffix, used FROM files WHERE handle = ?", (handle,)
            )
            for owner, role, name, size, type, suffix, used in rows:
                if owner in (visitor.key, "") or role == "public":
                    self._touch(handle, used)
                    return Stored(handle, self.path_of(handle, suffix), name, size, type)
        raise RefusedError(404, "unknown_file", "There is no such file, or it is no longer kept.", "Upload it again.")

    def path_of(self, handle: str, suffix: str) -> str:
        """Where a file lies: made of the handle and at most ten letters of its name's end."""
        return os.path.join(self._folder, handle + suffix)

    def add(self, upload: Upload, type: str, digest: str = "") -> Stored:
        """Enter a completely written file into the index."""
        values = (upload.handle, upload.owner, upload.role, upload.name, type, upload.size, upload.suffix, digest)
        self._store.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*values, time.time()))
        if upload.role == "public":
            self._pinned.add(upload.handle)
        return Stored(upload.handle, upload.path, upload.name, upload.size, type)

    def reserve(self, owner: str, role: str, size: int) -> None:
        """Make sure that `size` more bytes fit; results push out older results. Raises RefusedError (413, 507)."""
        with self._lock:
            self._arriving[owner] += size
        if role == "upload" and owner and self._used("owner = ? AND role = 'upload'", owner) > self._max_session_bytes:
            raise RefusedError(
                413,
                "quota_reached",
                f"Your uploads of the last hour are more than {_megabytes(self._max_session_bytes)}.",
                "Wait until older ones are dropped, or send smaller files.",
            )
        if role == "result" and owner:
            self._push_out("owner = ? AND role = 'result'", self._max_session_bytes, owner)
        self._push_out("1", self._max_total_bytes)
        if self._used("1") > self._max_total_bytes:
            raise full(f"all files together are more than {_megabytes(self._max_total_bytes)}")

    def release(self, owner: str, size: int) -> None:
        """The bytes of an upload that ended are no longer arriving."""
        with self._lock:
            self._arriving[owner] -= size
            if self._arriving[owner] <= 0:
                del self._arriving[owner]

    def reap(self) -> None:
        """Delete files that were not used for `ttl_s`, and those that no index knows."""
        self._reaped = time.monotonic()
        rows = self._store.execute("SELECT handle, suffix FROM files WHERE used < ?", (time.time() - self._ttl_s,))
        self._delete([(handle, suffix) for handle, suffix in rows if handle not in self._pinned])
        known = {handle + suffix for handle, suffix in self._store.execute("SELECT handle, suffix FROM files")}
        for entry in os.scandir(self._folder):
            with contextlib.suppress(FileNotFoundError):  # the other generation may reap too
                if entry.name not in known and entry.stat().st_mtime < time.time() - self._ttl_s:
                    os.unlink(entry.path)

    def by_digest(self, digest: str, name: str) -> Stored | None:
        """A public file of that content and name which an earlier generation kept."""
        rows = self._store.execute(
            "SELECT handle, name, size, type, suffix FROM files WHERE digest = ? AND name = ? AND role = 'public'",
            (digest, name),
        )
        for handle, name, size, type, suffix in rows:
            path = self.path_of(handle, suffix)
            if os.path.exists(path):
                self._pinned.add(handle)
                self._touch(handle, 0)
                return Stored(handle, path, name, size, type)
        return None

    def _touch(self, handle: str, used: float) -> None:
        if time.time() - used > _REAP_EVERY_S:
            self._store.execute("UPDATE files SET used = ? WHERE handle = ?", (time.time(), handle))

    def _used(self, where: str, *params: str) -> int:
        kept: int = self._store.execute(f"SELECT coalesce(sum(size), 0) FROM files WHERE {where}", params)[0][0]
        with self._lock:
            return kept + (self._arriving[params[0]] if params else self._arriving.total())

    def _push_out(self, where: str, limit: int, *params: str) -> None:
        """Delete the longest unused results until what `where` selects is at most `limit` bytes."""
        excess = self._used(where, *params) - limit
        if excess <= 0:
            return
        rows = self._store.execute(
            f"SELECT handle, suffix, size FROM files WHERE {where} AND role = 'result' ORDER BY used", params
        )
        victims = []
        for handle, suffix, size in rows:
            if excess <= 0:
                break
            victims.append((handle, suffix))
            excess -= size
        self._delete(victims)

    def _delete(self, files: list[tuple[str, str]]) -> None:
        with self._store.transaction() as write:
            write.executemany("DELETE FROM files WHERE handle = ?", [(handle,) for handle, _ in files])
        for handle, suffix in files:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path_of(handle, suffix))

    def _reap_sometimes(self) -> None:
        if time.monotonic() - self._reaped > _REAP_EVERY_S:
            self.reap()


class Upload:
    """One file on its way in. Until `finish` nobody can see it; whatever goes wrong, nothing of it stays."""

    def __init__(self, files: FileStore, owner: str, role: str, name: str) -> None:
        """Raises RefusedError (507) when the disk is full."""
        self._files = files
        self.owner, self.role = owner, role
        self.name = clean_name(name)
        suffix = _SUFFIX.search(self.name)
        self.suffix = suffix[0].lower() if suffix else ""
        self.handle = encode(secrets.token_bytes(_HANDLE_BYTES))
        self.path = files.path_of(self.handle, self.suffix)
        self.size = 0
        self._head = b""
        self._done = False
        with disk_errors():
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            self._file: BinaryIO = open(os.open(self.path, flags, 0o600), "wb", buffering=0)

    def write(self, chunk: bytes) -> None:
        """Add bytes. Raises RefusedError: 413 (file or quota too large) or 507 (disk full); the file is gone then."""
        try:
            if self.size + len(chunk) > self._files.max_file_bytes and self.role == "upload":
                raise file_too_large(self._files.max_file_bytes)
            self.size += len(chunk)
            self._files.reserve(self.owner, self.role, len(chunk))
            if len(self._head) < HEAD_BYTES:
                self._head = (self._head + chunk)[:HEAD_BYTES]
            with disk_errors():
                view = memoryview(chunk)
                while view:
                    view = view[self._file.write(view) :]
        except BaseException:
            self.abort()
            raise

    def finish(self, type: str | None = None, digest: str = "") -> Stored:
        """Keep the file. Its type is what its bytes say, else what `type` or its name says."""
        known = sniff(self._head)
        if known is None:
            known = type or mimetypes.guess_type(self.name)[0] or UNKNOWN
            known = UNKNOWN if known in INLINE else known  # a name cannot make a picture of a script
        try:
            with disk_errors():
                self._file.close()
            stored = self._files.add(self, known, digest)
        except BaseException:
            self.abort()
            raise
        self._end()
        return stored

    def abort(self) -> None:
        """Remove what was written so far."""
        if not self._done:
            self._file.close()
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)
            self._end()

    def _end(self) -> None:
        if not self._done:
            self._done = True
            self._files.release(self.owner, self.size)


class VisitorFiles:
    """The `Files` of one visitor: his uploads in, his results out."""

    role = "result"

    def __init__(self, files: FileStore, visitor: Visitor) -> None:
        self._files = files
        self._visitor = visitor

    def get(self, handle: str) -> Stored:
        """Raises InvalidValueError when this visitor has no such file."""
        try:
            return self._files.find(handle, self._visitor)
        except RefusedError as error:
            raise InvalidValueError(f"There is no file {shown(handle)}.", error.hint) from error

    def put_bytes(self, data: bytes, name: str, type: str) -> Wire:
        """Keep `data`. Raises RefusedError (507)."""
        self._files._reap_sometimes()
        upload = Upload(self._files, self._visitor.key, self.role, name)
        upload.write(data)
        return upload.finish(type).wire

    def put_path(self, path: str, name: str | None = None) -> Wire:
        """Keep a copy of a regular file. Raises OSError that names the path, RefusedError (507)."""
        self._files._reap_sometimes()
        with open_regular(path) as source:
            upload = Upload(self._files, self._visitor.key, self.role, name or os.path.basename(path))
            try:
                while chunk := source.read(CHUNK_BYTES):
                    upload.write(chunk)
            except BaseException:
                upload.abort()
                raise
        return upload.finish().wire


class PublicFiles(VisitorFiles):
    """The author's files (examples, start values). Each content is kept once over all generations."""

    role = "public"

    def __init__(self, files: FileStore) -> None:
        super().__init__(files, Visitor())

    def put_bytes(self, data: bytes, name: str, type: str) -> Wire:
        digest = hashlib.sha256(data).hexdigest()
        kept = self._files.by_digest(digest, clean_name(name))
        if kept is not None:
            return kept.wire
        upload = Upload(self._files, "", self.role, name)
        upload.write(data)
        return upload.finish(type, digest).wire

    def put_path(self, path: str, name: str | None = None) -> Wire:
        with open_regular(path) as source:
            data = source.read()
        kind = mimetypes.guess_type(path)[0] or UNKNOWN
        return self.put_bytes(data, name or os.path.basename(path), kind)


def clean_name(name: str) -> str:
    """A file name as people may see it: the last part of a path, printable, at most 255 bytes, never empty."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()))[-1]
    kept = "".join(c for c in name if unicodedata.category(c)[0] not in "CZ" or c == " ").strip(" .")
    stem, suffix = os.path.splitext(kept)
    while len((stem + suffix).encode()) > MAX_NAME_BYTES:
        stem, suffix = (stem[:-1], suffix) if stem else ("", suffix[:-1])
    return stem + suffix or "file"


@contextlib.contextmanager
def open_regular(path: str) -> Iterator[BinaryIO]:
    """A file that the author's code named, by descriptor: no symbolic link, no device, no pipe. Raises OSError."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(f"{path} is a symbolic link; return os.path.realpath() of it.") from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is not a regular file, so it cannot be sent.")
    with open(descriptor, "rb") as file:
        yield file


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """A full disk is something that a visitor should be told."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise full("the disk is full") from error
        raise


def full(reason: str) -> RefusedError:
    """There is no room for another file."""
    return RefusedError(
        507, "storage_full", f"The file could not be kept: {reason}.", "Nothing was stored. Try again later."
    )


def file_too_large(limit: int) -> RefusedError:
    """A file beyond the limit for one file."""
    return RefusedError(
        413,
        "file_too_large",
        f"The file is larger than {_megabytes(limit)}.",
        "Send a smaller one.",
        headers={"connection": "close"},
    )


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.4g} MB" if size >= 100_000 else f"{size} bytes"


def routes(context: Context) -> list[BaseRoute]:
    """Upload and download."""

    async def upload(request: Request) -> Response:
        return JSON((await receive_file(context.files, request)).wire)

    async def download(request: Request) -> Any:
        stored = context.files.find(request.path_params["handle"], request.scope["state"]["visitor"])
        return FileAnswer(stored)

    return [
        Route("/api/files", upload, methods=["POST"], name="upload"),
        Route("/files/{handle}", download, methods=["GET"], name="file"),
    ]


async def receive_file(files: FileStore, request: Request) -> Stored:
    """The body of an upload, written in threads chunk by chunk. Raises RefusedError: 400, 413 or 507."""
    name = body.header(request, b"x-file-name").decode("latin-1")
    if not name:
        raise RefusedError(
            400, "no_name", "The upload has no name.", "Send the header X-File-Name, percent-encoded, and a raw body."
        )
    announced = body.header(request, b"content-length")
    if announced.isdigit() and int(announced[:20]) > files.max_file_bytes:
        raise file_too_large(files.max_file_bytes)
    writer = await asyncio.to_thread(files.writer, request.scope["state"]["visitor"], unquote(name[:4096]))
    try:
        waiting = bytearray()
        async for chunk in request.stream():
            waiting += chunk
            if len(waiting) >= CHUNK_BYTES:
                await asyncio.to_thread(writer.write, bytes(waiting))
                waiting.clear()
        if waiting:
            await asyncio.to_thread(writer.write, bytes(waiting))
        return await asyncio.to_thread(writer.finish)
    except ClientDisconnect:
        log.info("an upload was broken off by its visitor after %d bytes", writer.size)
        raise
    finally:
        await asyncio.to_thread(writer.abort)  # nothing to do after `finish`
