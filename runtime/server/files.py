"""Uploads and results: kept under unguessable handles, owned by their visitor, bounded in size and time.

No route takes a path: a handle is 16 random bytes, looked up in a table. A file's name is only ever shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import mimetypes
import os
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.components.base import Files, Wire
from quickdemo.runtime.errors import InvalidValueError, RefusedError, shown
from quickdemo.runtime.scratch import unchanged_source
from quickdemo.runtime.server import body
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.download import FileAnswer
from quickdemo.runtime.server.reply import JSON
from quickdemo.runtime.server.shared import SharedFiles, written
from quickdemo.runtime.server.store import Store, private_folder
from quickdemo.runtime.server.tokens import decode
from quickdemo.runtime.server.upload import (
    CHUNK_BYTES,
    HANDLE_BYTES,
    UNKNOWN,
    Upload,
    clean_name,
    file_too_large,
    full,
    megabytes,
    open_regular,
)
from quickdemo.runtime.server.visitors import Visitor

log = logging.getLogger("quickdemo.files")

MAX_FILE_BYTES = 64 * 2**20
MAX_SESSION_BYTES = 256 * 2**20
MAX_TOTAL_BYTES = 2 * 2**30
MAX_SESSION_FILES = 10_000
MAX_TOTAL_FILES = 100_000
TTL_S = 3600.0

_REAP_EVERY_S = 60.0
_TOLD = ("owner", "role", "name", "type", "size", "suffix")  # to other hosts, of a file


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
        max_session_files: int = MAX_SESSION_FILES,
        max_total_files: int = MAX_TOTAL_FILES,
        ttl_s: float = TTL_S,
    ) -> None:
        private_folder(folder)
        self._store = store
        self._folder = folder
        self._place = os.path.realpath(folder)  # two runs of one app share the store, but not this folder
        self.max_file_bytes = max_file_bytes
        self._max_session_bytes = max_session_bytes
        self._max_total_bytes = max_total_bytes
        self._max_session_files = max_session_files
        self._max_total_files = max_total_files
        self._ttl_s = ttl_s
        self._lock = threading.Lock()
        self._arriving: Counter[str] = Counter()  # bytes of unfinished uploads by owner
        self._pinned: set[str] = set()  # the author's files, as long as this process lives
        self._reaped = time.monotonic()
        self.shared: SharedFiles | None = None  #: where files of other hosts are found
        store.define(
            "CREATE TABLE IF NOT EXISTS kept_files (place TEXT, handle TEXT, owner TEXT, role TEXT, name TEXT,"
            " type TEXT, size INTEGER, suffix TEXT, digest TEXT, used REAL, PRIMARY KEY (place, handle)) WITHOUT ROWID",
            "CREATE INDEX IF NOT EXISTS kept_files_owner ON kept_files (place, owner, role, used)",
            "CREATE INDEX IF NOT EXISTS kept_files_digest ON kept_files (place, digest)",
        )
        self._forget_lost_places()
        self.reap()

    def writer(self, visitor: Visitor, name: str) -> Upload:
        """A file that is being uploaded; `finish` it or `abort` it."""
        self._reap_sometimes()
        return Upload(self, visitor.key, "upload", name)

    def for_visitor(self, visitor: Visitor, brief: bool = False, takes_json_text: bool = False) -> Files:
        """The files of one call of this visitor. brief: its large values may be answered by handle.
        takes_json_text: or as text."""
        return VisitorFiles(self, visitor, brief, takes_json_text)

    def public(self) -> Files:
        """The author's own files, for every visitor who may see the page."""
        return PublicFiles(self)

    def find(self, handle: str, visitor: Visitor) -> Stored:
        """The file, when it is this visitor's, public, or made for a caller without a cookie.

        Raises RefusedError (404): nobody can tell another visitor's file from one that never was.
        """
        if isinstance(handle, str) and decode(handle, HANDLE_BYTES) is not None:
            rows = self._rows(handle)
            if not rows and self.shared is not None and (found := self.shared.get(handle)) is not None:
                self.take(handle, *found)
                rows = self._rows(handle)
            for owner, role, name, size, type, suffix, used in rows:
                if owner in (visitor.key, "") or role == "public":
                    self._touch(handle, used)
                    return Stored(handle, self.path_of(handle, suffix), name, size, type)
        raise RefusedError(404, "unknown_file", "There is no such file, or it is no longer kept.", "Upload it again.")

    def _rows(self, handle: str) -> list[Any]:
        columns = "owner, role, name, size, type, suffix, used"
        where = "place = ? AND handle = ?"
        return self._store.execute(f"SELECT {columns} FROM kept_files WHERE {where}", (self._place, handle))

    async def fetched(self, handle: str) -> None:
        """On the loop, before `find`: a file of another host is here afterwards, if there is one."""
        if self.shared is not None and decode(handle, HANDLE_BYTES) is not None and not self._rows(handle):
            if (found := await self.shared.fetch(handle)) is not None:
                await asyncio.to_thread(self.take, handle, *found)

    def take(self, handle: str, about: dict[str, Any], data: bytes) -> None:
        """Keep what another host has under this handle, too."""
        self._reap_sometimes()
        self._push_out("1", self._max_total_bytes - len(data))
        written(data, self.path_of(handle, about["suffix"]))
        self._enter(handle, *(about[name] for name in _TOLD), "")

    def _enter(self, handle: str, *row: Any) -> None:
        self._store.execute(
            "INSERT OR REPLACE INTO kept_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._place, handle, *row, time.time()),
        )

    def drop_upload(self, handle: str, visitor: Visitor) -> None:
        """Forget an upload of this visitor that is used up; another's, and what is no upload, stays."""
        rows: Any = self._store.execute(
            "SELECT handle, suffix FROM kept_files WHERE place = ? AND handle = ? AND owner = ? AND role = 'upload'",
            (self._place, handle, visitor.key),
        )
        self._delete(list(rows))

    def holds(self, path: str) -> bool:
        """Whether the path is that of a file of this store."""
        return os.path.dirname(path) == self._folder

    def path_of(self, handle: str, suffix: str) -> str:
        """Where a file lies: made of the handle and at most ten letters of its name's end."""
        return os.path.join(self._folder, handle + suffix)

    def add(self, upload: Upload, type: str, digest: str = "") -> Stored:
        """Enter a completely written file into the index."""
        row = (upload.owner, upload.role, upload.name, type, upload.size, upload.suffix)
        if self.shared is not None:
            about = dict(zip(_TOLD, row, strict=True))
            self.shared.put(upload.handle, about, upload.path)
        self._enter(upload.handle, *row, digest)
        if upload.role == "public":
            self._pinned.add(upload.handle)
        return Stored(upload.handle, upload.path, upload.name, upload.size, type)

    def make_room(self, owner: str, role: str) -> None:
        """Make sure that one more file fits, however small; results push out older results.

        Raises RefusedError (413, 507).
        """
        own = "owner = ? AND role = 'upload'"
        if role == "upload" and owner and self._count(own, owner) >= self._max_session_files:
            raise RefusedError(
                413,
                "quota_reached",
                f"Your uploads of the last hour are {self._max_session_files} files.",
                "Wait until older ones are dropped, or send them in an archive.",
            )
        for where, most, params in (
            ("owner = ? AND role = 'result'", self._max_session_files, (owner,)),
            ("1", self._max_total_files, ()),
        ):
            excess = self._count(where, *params) + 1 - most if params != ("",) else 0
            if excess > 0:
                self._delete([(handle, suffix) for handle, suffix, _ in self._results(where, *params)[:excess]])
        if self._count("1") >= self._max_total_files:
            raise full(f"there are {self._max_total_files} files already")

    def reserve(self, owner: str, role: str, size: int) -> None:
        """Make sure that `size` more bytes fit; results push out older results. Raises RefusedError (413, 507)."""
        with self._lock:
            self._arriving[owner] += size
        if role == "upload" and owner and self._used("owner = ? AND role = 'upload'", owner) > self._max_session_bytes:
            raise RefusedError(
                413,
                "quota_reached",
                f"Your uploads of the last hour are more than {megabytes(self._max_session_bytes)}.",
                "Wait until older ones are dropped, or send smaller files.",
            )
        if role == "result" and owner:
            self._push_out("owner = ? AND role = 'result'", self._max_session_bytes, owner)
        self._push_out("1", self._max_total_bytes)
        if self._used("1") > self._max_total_bytes:
            raise full(f"all files together are more than {megabytes(self._max_total_bytes)}")

    def release(self, owner: str, size: int) -> None:
        """The bytes of an upload that ended are no longer arriving."""
        with self._lock:
            self._arriving[owner] -= size
            if self._arriving[owner] <= 0:
                del self._arriving[owner]

    def reap(self) -> None:
        """Delete files that were not used for `ttl_s`, and those that no index knows."""
        self._reaped = time.monotonic()
        mine = "SELECT handle, suffix FROM kept_files WHERE place = ?"
        rows = self._store.execute(f"{mine} AND used < ?", (self._place, time.time() - self._ttl_s))
        self._delete([(handle, suffix) for handle, suffix in rows if handle not in self._pinned])
        known = {handle + suffix for handle, suffix in self._store.execute(mine, (self._place,))}
        for entry in os.scandir(self._folder):
            with contextlib.suppress(FileNotFoundError):  # the other generation may reap too
                if entry.name not in known and entry.stat().st_mtime < time.time() - self._ttl_s:
                    os.unlink(entry.path)

    def _forget_lost_places(self) -> None:
        """What earlier runs kept went away with their folders; it must not count against the limits."""
        places = self._store.execute("SELECT DISTINCT place FROM kept_files")
        for place in [place for (place,) in places if not os.path.isdir(place)]:
            self._store.execute("DELETE FROM kept_files WHERE place = ?", (place,))

    def by_digest(self, digest: str, name: str) -> Stored | None:
        """A public file of that content and name which an earlier generation kept."""
        rows = self._store.execute(
            "SELECT handle, name, size, type, suffix FROM kept_files"
            " WHERE place = ? AND digest = ? AND name = ? AND role = 'public'",
            (self._place, digest, name),
        )
        for handle, name, size, type, suffix in rows:
            path = self.path_of(handle, suffix)
            if os.path.exists(path):
                self._pinned.add(handle)
                self._touch(handle, 0)
                if self.shared is not None:
                    row = ("", "public", name, type, size, suffix)
                    self.shared.put(handle, dict(zip(_TOLD, row, strict=True)), path)
                return Stored(handle, path, name, size, type)
        return None

    def _touch(self, handle: str, used: float) -> None:
        if time.time() - used > _REAP_EVERY_S:
            self._store.execute(
                "UPDATE kept_files SET used = ? WHERE place = ? AND handle = ?", (time.time(), self._place, handle)
            )

    def _used(self, where: str, *params: str) -> int:
        total = f"SELECT coalesce(sum(size), 0) FROM kept_files WHERE place = ? AND {where}"
        kept: int = self._store.execute(total, (self._place, *params))[0][0]
        with self._lock:
            return kept + (self._arriving[params[0]] if params else self._arriving.total())

    def _push_out(self, where: str, limit: int, *params: str) -> None:
        """Delete the longest unused results until what `where` selects is at most `limit` bytes."""
        excess = self._used(where, *params) - limit
        if excess <= 0:
            return
        victims = []
        for handle, suffix, size in self._results(where, *params):
            if excess <= 0:
                break
            victims.append((handle, suffix))
            excess -= size
        self._delete(victims)

    def _results(self, where: str, *params: str) -> list[tuple[str, str, int]]:
        """Handle, suffix and size of results, the longest unused first."""
        selected = f"FROM kept_files WHERE place = ? AND {where} AND role = 'result' ORDER BY used"
        rows: Any = self._store.execute(f"SELECT handle, suffix, size {selected}", (self._place, *params))
        return list(rows)

    def _count(self, where: str, *params: str) -> int:
        rows = self._store.execute(
            f"SELECT count(*) FROM kept_files WHERE place = ? AND {where}", (self._place, *params)
        )
        return int(rows[0][0])

    def _delete(self, files: list[tuple[str, str]]) -> None:
        with self._store.transaction() as write:
            gone = [(self._place, handle) for handle, _ in files]
            write.executemany("DELETE FROM kept_files WHERE place = ? AND handle = ?", gone)
        for handle, suffix in files:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path_of(handle, suffix))

    def _reap_sometimes(self) -> None:
        if time.monotonic() - self._reaped > _REAP_EVERY_S:
            self.reap()


class VisitorFiles:
    """The `Files` of one visitor: his uploads in, his results out."""

    role = "result"

    def __init__(self, files: FileStore, visitor: Visitor, brief: bool = False, takes_json_text: bool = False) -> None:
        self._files = files
        self._visitor = visitor
        self.brief = brief
        self.takes_json_text = takes_json_text

    def get(self, handle: str) -> Stored:
        """Raises InvalidValueError when this visitor has no such file."""
        try:
            return self._files.find(handle, self._visitor)
        except RefusedError as error:
            raise InvalidValueError(f"There is no file {shown(handle)}.", error.hint) from error

    def put_bytes(self, data: bytes, name: str, type: str) -> Wire:
        """Keep `data`. Raises RefusedError (507)."""
        return self.put_parts([data], name, type)

    def put_parts(self, parts: Iterable[bytes], name: str, type: str) -> Wire:
        """The same of data that comes in parts. What making them raises leaves nothing behind."""
        self._files._reap_sometimes()
        upload = Upload(self._files, self._visitor.key, self.role, name)
        try:
            for part in parts:
                upload.write(part)
        except BaseException:
            upload.abort()
            raise
        return upload.finish(type).wire

    def put_path(self, path: str, name: str | None = None) -> Wire:
        """Keep a copy of a regular file. Raises OSError that names the path, RefusedError (507).

        An upload that the function returns as it came is kept once, under a second handle.
        """
        self._files._reap_sometimes()
        with open_regular(unchanged_source(path) or path) as source:
            upload = Upload(self._files, self._visitor.key, self.role, name or os.path.basename(path))
            upload.copy(source)
        return upload.finish().wire


class PublicFiles(VisitorFiles):
    """The author's files (examples, start values). Each content is kept once over all generations."""

    role = "public"

    def __init__(self, files: FileStore) -> None:
        super().__init__(files, Visitor(), brief=True)

    def put_bytes(self, data: bytes, name: str, type: str) -> Wire:
        digest = hashlib.sha256(data).hexdigest()
        kept = self._files.by_digest(digest, clean_name(name))
        if kept is not None:
            return kept.wire
        upload = Upload(self._files, "", self.role, name)
        upload.write(data)
        return upload.finish(type, digest).wire

    def put_parts(self, parts: Iterable[bytes], name: str, type: str) -> Wire:
        return self.put_bytes(b"".join(parts), name, type)

    def put_path(self, path: str, name: str | None = None) -> Wire:
        with open_regular(path) as source:
            data = source.read()
        kind = mimetypes.guess_type(path)[0] or UNKNOWN
        return self.put_bytes(data, name or os.path.basename(path), kind)


def routes(context: Context) -> list[BaseRoute]:
    """Upload and download."""

    async def upload(request: Request) -> Response:
        return JSON((await receive_file(context.files, request)).wire)

    async def download(request: Request) -> Any:
        await context.files.fetched(request.path_params["handle"])
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
                await asyncio.to_thread(writer.write, waiting)
                waiting = bytearray()
        if waiting:
            await asyncio.to_thread(writer.write, waiting)
        return await asyncio.to_thread(writer.finish)
    except ClientDisconnect:
        log.info("an upload was broken off by its visitor after %d bytes", writer.size)
        raise
    finally:
        await asyncio.to_thread(writer.abort)  # nothing to do after `finish`
