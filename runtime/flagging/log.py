"""AppendLog: a CSV file that loses no acknowledged row.

What makes it so, whoever else writes to the same folder (threads, processes, other generations of this script):

- One lock per folder, an exclusive flock on `.log.state`. Every append opens its files anew, so that threads exclude
  each other too, a fork shares nothing, and a log that was deleted or replaced meanwhile is noticed.
- A row is one write() on a descriptor opened with O_APPEND, then fdatasync, then the answer. A write that fails or is
  short is taken back and raised. What a crashed writer left behind is cut off by the next.
- No append reads the log. Row counts stand in `.log.state` beside the size they belong to; only bytes beyond that
  size, left by a crash or by somebody's editor, are read, once.
- Other columns go to another file: `log.csv`, then `log-2.csv`, and so on; decided under the lock.
"""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import stat
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from quickdemo.runtime.errors import FlagError
from quickdemo.runtime.flagging.cells import encode_row
from quickdemo.runtime.flagging.records import records

logger = logging.getLogger("quickdemo.flagging")

STATE_NAME = ".log.state"
MAX_FILES = 1000  # that many sets of columns in one folder is a mistake, such as a label with the time in it
_SLOT_BYTES = 64
_TAIL_BYTES = 64
_HEAD_BYTES = 1 << 16
_SAFE = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class AppendLog:
    """Rows of one set of columns in `folder`. Safe to use from any number of threads and processes."""

    def __init__(
        self, folder: str, header: Sequence[str] | None, *, width: int | None = None, sync: bool = True
    ) -> None:
        """
        header: the column names; None writes none, and `width` says how many fields a row has.
        sync: wait for the disk before `append` returns. Without it a power failure may cost the last rows.
        """
        if header is None and width is None:
            raise ValueError("AppendLog needs a header, or a width when it shall have none.")
        self.folder = folder
        self.width = len(header) if header is not None else width
        self.sync = sync
        self._names = None if header is None else list(header)
        self._header = b"" if header is None else encode_row(header)

    def append(self, row: Iterable[Any]) -> int:
        """Add a row; returns how many rows the file now has. It is on the disk when this returns.

        Raises OSError when the row could not be written (the file is then as before), FlagError when the log is no
        regular file or the row has a wrong number of cells.
        """
        cells = list(row)
        if len(cells) != self.width:
            raise FlagError(f"This log has {self.width} columns, and the row has {len(cells)} cells.")
        data = encode_row(cells)
        with _locked(self.folder) as state:
            for number in range(1, MAX_FILES + 1):
                path = os.path.join(self.folder, log_name(number))
                count = self._append_to(path, _Slot(state, number), data)
                if count is not None:
                    return count
        raise FlagError(
            f"{self.folder} holds {MAX_FILES} logs with other columns than {self._names}.",
            "Export them with `quickdemo flag-export`, then move them away.",
        )

    def _append_to(self, path: str, slot: _Slot, data: bytes) -> int | None:
        """Append to this file, or return None because it has other columns."""
        fd, created = _open_log(path)
        try:
            status = os.fstat(fd)
            if status.st_size and not self._is_ours(fd):
                return None
            size, rows = self._repaired(fd, status.st_size, slot)
            end = self._write(fd, data if size else self._header + data, size)
            slot.put(fd, end, rows + 1)
        except BaseException:
            if created:  # an empty file would say that something had been flagged
                os.unlink(path)
            raise
        finally:
            os.close(fd)
        if created:
            sync_folder(self.folder)
        return rows + 1

    def _write(self, fd: int, data: bytes, size: int) -> int:
        """Append in one write and wait for the disk; returns the new size. Takes back what it cannot finish."""
        try:
            written = os.write(fd, data)
            if written != len(data):
                raise OSError(errno.ENOSPC, f"only {written} of {len(data)} bytes could be written")
            if self.sync:
                sync_data(fd)
        except BaseException:
            os.ftruncate(fd, size)
            raise
        return size + len(data)

    def _is_ours(self, fd: int) -> bool:
        """Whether the file has our columns. Looks at its first bytes only."""
        os.lseek(fd, 0, os.SEEK_SET)
        head = os.read(fd, max(len(self._header), 1))
        if self._names is not None and self._header.startswith(head):
            return True  # our header, or the part of it that a crash left; `_repaired` cuts that
        os.lseek(fd, 0, os.SEEK_SET)
        first = next(records(io.BytesIO(os.read(fd, _HEAD_BYTES))), None)
        if first is None:
            return True
        texts = [text.removeprefix("\ufeff") for text in first.texts]
        if self._names is not None:  # a spreadsheet writes the same header with other quotes
            return texts == [text.removesuffix("\r\n") for text in _texts(self._header)]
        return first.unfinished or (len(texts) == self.width and "timestamp" not in texts)

    def _repaired(self, fd: int, size: int, slot: _Slot) -> tuple[int, int]:
        """Size and row count of the whole rows in the file; a torn tail is cut off."""
        known_size, rows = slot.get(fd)
        if known_size == size:
            return size, rows
        trusted = 0 < known_size < size
        start, rows = (known_size, rows) if trusted else (0, 0 if self._names is None else -1)
        cut, lacks_end = size, False
        with os.fdopen(fd, "rb", closefd=False) as file:
            for record in records(file, width=self.width, start=start):
                lacks_end = record.unfinished and not record.problem and not trusted
                if record.unfinished and not lacks_end:
                    cut = min(cut, record.start)
                elif not record.problem:
                    rows, cut = rows + 1, size
        if cut < size:
            logger.warning("cut off %d bytes of an unfinished row at the end of %s", size - cut, self.folder)
            os.ftruncate(fd, cut)
        elif lacks_end:  # saved by an editor that ends no last line
            return self._write(fd, b"\r\n", size), rows
        return cut, max(rows, 0)


class _Slot:
    """The record of one log in `.log.state`: its size, rows and inode, with a checksum; 64 bytes.

    The checksum covers the last bytes of the log too: a log that was rewritten meanwhile is read anew.
    """

    def __init__(self, state: int, number: int) -> None:
        self.state = state
        self.offset = (number - 1) * _SLOT_BYTES

    def get(self, log: int) -> tuple[int, int]:
        """Size and rows of this log as of its last append; (0, 0) when they are not known."""
        os.lseek(self.state, self.offset, os.SEEK_SET)
        text, _, check = os.read(self.state, _SLOT_BYTES).strip().rpartition(b" ")
        try:
            size, rows, inode = (int(part, 16) for part in text.split())
            known = int(check, 16) == _checksum(text, log, size) and inode == _inode(log)
        except (ValueError, OverflowError):
            return 0, 0
        return (size, rows) if known else (0, 0)

    def put(self, log: int, size: int, rows: int) -> None:
        """Remember. A failure costs nothing but a second look at the last rows: the row itself is safe."""
        text = b"%x %x %x" % (size, rows, _inode(log))
        try:
            slot = (text + b" %x" % _checksum(text, log, size)).ljust(_SLOT_BYTES - 1) + b"\n"
            os.lseek(self.state, self.offset, os.SEEK_SET)
            os.write(self.state, slot)
        except OSError as error:
            logger.warning("the row count of the flag log could not be kept (%s); it will be counted again", error)


def _inode(fd: int) -> int:
    return os.fstat(fd).st_ino & 0xFFFF_FFFF_FFFF_FFFF


def _checksum(text: bytes, log: int, size: int) -> int:
    """CRC-32 of a slot's text and of what stands before byte `size` of the log."""
    start = max(size - _TAIL_BYTES, 0)
    os.lseek(log, start, os.SEEK_SET)
    return zlib.crc32(os.read(log, max(size - start, 0)), zlib.crc32(text))


def log_name(number: int) -> str:
    """The file name of the first, second, ... set of columns in a folder."""
    return "log.csv" if number == 1 else f"log-{number}.csv"


def settled_size(path: str) -> int:
    """The size of a log in bytes while nobody appends to it: waits for the row that is being written.

    A log of another program, or one whose folder cannot be locked, is taken as it is. Raises OSError.
    """
    try:
        fd = os.open(os.path.join(os.path.dirname(path), STATE_NAME), os.O_RDONLY | _SAFE)
    except OSError:
        return os.path.getsize(path)
    try:
        lock_file(fd)
        size = os.path.getsize(path)
        unlock_file(fd)
        return size
    finally:
        os.close(fd)


def make_folder(folder: str) -> None:
    """Create a folder and its parents, readable by this user only where they are new. Raises FlagError, OSError."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except FileExistsError:
        raise FlagError(
            f"{folder} is a file, and flags need a folder.", "Rename it, or give another flagging_dir."
        ) from None


def sync_data(fd: int) -> None:
    """Wait until the file's data are on the disk."""
    getattr(os, "fdatasync", os.fsync)(fd)


def sync_folder(folder: str) -> None:
    """Wait until the folder's list of names is on the disk, where the system can do that."""
    with contextlib.suppress(OSError):  # Windows opens no folders, and some network mounts refuse to sync them
        fd = os.open(folder, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def open_private(path: str, flags: int) -> int:
    """Open a regular file of ours, 0600 when it is new; a link or a device in its place is a FlagError."""
    try:
        fd = os.open(path, flags | _SAFE, 0o600)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.EISDIR):
            raise FlagError(
                f"{path} is a link or a folder; flags are written to regular files only.", "Move it away."
            ) from error
        raise
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise FlagError(f"{path} is no regular file.", "Move it away.")
    return fd


def _open_log(path: str) -> tuple[int, bool]:
    """The log's descriptor, and whether it had to be created."""
    try:
        return open_private(path, os.O_RDWR | os.O_APPEND), False
    except FileNotFoundError:
        return open_private(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL), True


@contextlib.contextmanager
def _locked(folder: str) -> Iterator[int]:
    """The descriptor of the folder's `.log.state`, locked against every thread and process."""
    path = os.path.join(folder, STATE_NAME)
    fd = _lock(folder, path)
    while not _is_at(fd, path):  # somebody deleted it between our open and our lock
        os.close(fd)
        fd = _lock(folder, path)
    try:
        yield fd
    finally:
        unlock_file(fd)  # explicitly: a process forked meanwhile holds a copy of the descriptor
        os.close(fd)


def _lock(folder: str, path: str) -> int:
    try:
        fd = open_private(path, os.O_RDWR | os.O_CREAT)
    except FileNotFoundError:
        make_folder(folder)
        fd = open_private(path, os.O_RDWR | os.O_CREAT)
    try:
        lock_file(fd)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _is_at(fd: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        return False


def _texts(line: bytes) -> list[str]:
    return next(records(io.BytesIO(line))).texts


if sys.platform == "win32":
    import msvcrt

    def lock_file(fd: int) -> None:
        """Wait for the exclusive lock of an open file."""
        while True:
            with contextlib.suppress(OSError):  # gives up after ten seconds by itself
                os.lseek(fd, 1 << 30, os.SEEK_SET)
                return msvcrt.locking(fd, msvcrt.LK_LOCK, 1)

    def unlock_file(fd: int) -> None:
        """Give the lock back."""
        os.lseek(fd, 1 << 30, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def lock_file(fd: int) -> None:
        """Wait for the exclusive lock of an open file."""
        fcntl.flock(fd, fcntl.LOCK_EX)

    def unlock_file(fd: int) -> None:
        """Give the lock back."""
        fcntl.flock(fd, fcntl.LOCK_UN)
