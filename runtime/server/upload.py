"""One file on its way into the store: written in pieces or copied, named so that people can read it, all or nothing."""

from __future__ import annotations

import contextlib
import errno
import mimetypes
import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.server.download import INLINE
from quickdemo.runtime.server.tokens import encode
from quickdemo.runtime.sniff import HEAD_BYTES, sniff

if TYPE_CHECKING:
    from quickdemo.runtime.server.files import FileStore, Stored

CHUNK_BYTES = 1024 * 1024  # smaller ones cost a change of threads each
HANDLE_BYTES = 16
MAX_NAME_BYTES = 255
UNKNOWN = "application/octet-stream"

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}$", re.ASCII)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # the last where this process may write no larger file


class Upload:
    """One file on its way in. Until `finish` nobody can see it; whatever goes wrong, nothing of it stays."""

    def __init__(self, files: FileStore, owner: str, role: str, name: str) -> None:
        """Raises RefusedError: 413 or 507 when there are too many files, 507 when the disk is full."""
        files.make_room(owner, role)
        self._files = files
        self.owner, self.role = owner, role
        self.name = clean_name(name)
        suffix = _SUFFIX.search(self.name)
        self.suffix = suffix[0].lower() if suffix else ""
        self.handle = encode(secrets.token_bytes(HANDLE_BYTES))
        self.path = files.path_of(self.handle, self.suffix)
        self.size = 0
        self._head = b""
        self._done = False
        with disk_errors():
            self._file: BinaryIO = open(os.open(self.path, _NEW, 0o600), "wb", buffering=0)

    def write(self, chunk: bytes | bytearray) -> None:
        """Add bytes. Raises RefusedError: 413 (file or quota too large) or 507 (disk full); the file is gone then."""
        try:
            if self.size + len(chunk) > self._files.max_file_bytes and self.role == "upload":
                raise file_too_large(self._files.max_file_bytes)
            self.size += len(chunk)
            self._files.reserve(self.owner, self.role, len(chunk))
            if len(self._head) < HEAD_BYTES:
                self._head = (self._head + bytes(chunk[:HEAD_BYTES]))[:HEAD_BYTES]
            with disk_errors():
                view = memoryview(chunk)
                while view:
                    view = view[self._file.write(view) :]
        except BaseException:
            self.abort()
            raise

    def copy(self, source: BinaryIO) -> None:
        """Add all of an open regular file, by the kernel where it can. Raises as `write` does."""
        try:
            size = os.fstat(source.fileno()).st_size
            self._files.reserve(self.owner, self.role, size)
            self.size += size
            self._head = source.read(HEAD_BYTES)
            source.seek(0)
            with disk_errors():
                if not self._linked(source):
                    self.size += copied(source, self._file) - size
        except BaseException:
            self.abort()
            raise

    def _linked(self, source: BinaryIO) -> bool:
        """Whether the source is a stored file, which nobody changes: then this one shares its bytes on the disk."""
        path = os.fspath(source.name)
        if not self._files.holds(path):
            return False
        os.unlink(self.path)
        try:
            os.link(path, self.path)
        except OSError:  # a file system without links
            self._file = open(os.open(self.path, _NEW, 0o600), "wb", buffering=0)
            return False
        return True

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
    with open(path, "rb", buffering=0, opener=lambda *_: descriptor) as file:
        yield file


def copied(source: BinaryIO, target: BinaryIO) -> int:
    """Copy an unbuffered file to its end; the number of bytes. Raises OSError."""
    total = 0
    copy_range = getattr(os, "copy_file_range", None)  # Linux
    with contextlib.suppress(OSError):  # between two file systems, or on one that cannot
        while copy_range and (count := copy_range(source.fileno(), target.fileno(), 2**30)):
            total += count
        if copy_range:
            return total
    while chunk := source.read(CHUNK_BYTES):
        view = memoryview(chunk)
        while view:
            view = view[target.write(view) :]
        total += len(chunk)
    return total


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
        f"The file is larger than {megabytes(limit)}.",
        "Send a smaller one.",
        headers={"connection": "close"},
    )


def megabytes(size: int) -> str:
    """The size as an error says it."""
    return f"{size / 2**20:.4g} MB" if size >= 100_000 else f"{size} bytes"
