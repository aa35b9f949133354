"""Private copies of uploads for the user's function, under a name it can use: `cat.png`, not a handle.

They live in one folder of this process below the system's temporary folder, go away an hour after they were
made (a function that takes longer should open its file at once), and all go away when the process ends. When they are
more than MAX_BYTES, those of calls that have ended go first; what the running calls hold alone may not be more. Who
makes many and knows when nobody needs them (`noted`) removes them at once.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import re
import shutil
import tempfile
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.reports import Reports, current

LIFETIME_S = 3600.0
MAX_BYTES = 4 * 2**30
_BEFORE_NS = 20_000_000  # file systems tell times 10 ms apart; a copy says it was written earlier than that
_NAME_BYTES = 200
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)


_noted: ContextVar[list[str] | None] = ContextVar("noted", default=None)


@dataclass
class _Made:
    """A folder with one file. call: what the call reports to that it was made for; None outside of a call."""

    at: float
    folder: str
    call: weakref.ref[Reports] | None
    size: int | None = None  # bytes, when it was measured

    @property
    def in_use(self) -> bool:
        call = None if self.call is None else self.call()
        return call is not None and not call.ended


class Scratch:
    """A folder of short-lived copies. Thread-safe."""

    def __init__(self, folder: str, lifetime_s: float = LIFETIME_S, max_bytes: int = MAX_BYTES) -> None:
        self.folder = folder
        self.lifetime_s, self.max_bytes = lifetime_s, max_bytes
        self._lock = threading.Lock()
        self._open: list[_Made] = []  # of running calls, and the last one that was made outside of any
        self._done: deque[_Made] = deque()  # oldest first
        self._bytes = 0  # of all that was measured
        self._copies: dict[str, tuple[str, str, tuple[int, ...]]] = {}  # folder -> the copy, what it is of, its stamp

    def path(self, name: str) -> str:
        """An absolute path, in a new folder of its own, whose last part is a harmless form of `name`.

        Raises RefusedError (507) when the running calls hold MAX_BYTES already.
        """
        call, now = current.get(), time.monotonic()
        with self._lock:
            gone = self._taken_out(now)
            full = self._bytes > self.max_bytes and call is not None
            folder = "" if full else tempfile.mkdtemp(dir=self.folder)
            if not full:
                self._open.append(_Made(now, folder, None if call is None else weakref.ref(call)))
        for made in gone:
            shutil.rmtree(made.folder, ignore_errors=True)
        if full:
            problem = f"The files of the calls that run now are more than {self.max_bytes >> 20} MB together."
            raise RefusedError(507, "storage_full", problem, "Use fewer or smaller files, or try again in a moment.")
        path = os.path.join(folder, safe_name(name))
        if (noted := _noted.get()) is not None:
            noted.append(path)
        return path

    def remove(self, paths: Sequence[str]) -> None:
        """Remove files of this folder whose time is not over yet; of others nothing."""
        folders = {os.path.dirname(path) for path in paths}
        with self._lock:
            gone = [made for made in (*self._open, *self._done) if made.folder in folders]
            self._open = [made for made in self._open if made.folder not in folders]
            self._done = deque(made for made in self._done if made.folder not in folders)
            for made in gone:
                self._bytes -= made.size or 0
                self._copies.pop(made.folder, None)
        for made in gone:
            shutil.rmtree(made.folder, ignore_errors=True)

    def _taken_out(self, now: float) -> list[_Made]:
        """What has outlived its time, and what must make room; the lock is held."""
        still: list[_Made] = []
        for made in self._open:
            in_use = made.in_use
            if made.size is None or not in_use:
                size = _size_of(made.folder)
                self._bytes += size - (made.size or 0)
                made.size = size
            (still if in_use and now - made.at < self.lifetime_s else self._done).append(made)
        self._open = still
        gone = []
        while self._done and (now - self._done[0].at >= self.lifetime_s or self._bytes > self.max_bytes):
            made = self._done.popleft()
            self._bytes -= made.size or 0
            self._copies.pop(made.folder, None)
            gone.append(made)
        return gone

    def copy(self, source: str, path: str) -> None:
        """Copy a stored file, which nobody changes, to `path` of this folder. Raises OSError."""
        shutil.copyfile(source, path)
        written = time.time_ns() - _BEFORE_NS
        os.utime(path, ns=(written, written))  # so that any later write shows, even one at once
        with self._lock:
            self._copies[os.path.dirname(path)] = (path, source, _stamp(path))

    def unchanged_source(self, path: str) -> str | None:
        """What the file at `path` is still a true copy of; None when it is none, or not any more."""
        copy, source, stamp = self._copies.get(os.path.dirname(path), ("", "", ()))
        return source if copy == path and os.path.isfile(source) and _stamp(path) == stamp else None


def _size_of(folder: str) -> int:
    """Bytes of the files in a folder; of what is gone by now, none."""
    total = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            total += entry.stat(follow_symlinks=False).st_size
    return total


def _stamp(path: str) -> tuple[int, ...]:
    try:
        found = os.lstat(path)
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


@functools.lru_cache(maxsize=1)
def _scratch_of(pid: int) -> Scratch:
    """One per process: a forked child must not remove its parent's files."""
    folder = tempfile.mkdtemp(prefix="quickdemo-")
    atexit.register(_remove_own, pid, folder)
    return Scratch(folder)


def _remove_own(pid: int, folder: str) -> None:
    if os.getpid() == pid:
        shutil.rmtree(folder, ignore_errors=True)


def scratch_path(name: str) -> str:
    """Where to write a private copy that is to be called `name`."""
    return _scratch_of(os.getpid()).path(name)


def is_scratch(path: str) -> bool:
    """Whether it is the path of a private copy of this process."""
    return os.path.realpath(os.path.dirname(os.path.dirname(path))) == os.path.realpath(_scratch_of(os.getpid()).folder)


@contextlib.contextmanager
def noted(paths: list[str]) -> Iterator[None]:
    """Adds to `paths` what `scratch_path` gives in the block, in this thread."""
    token = _noted.set(paths)
    try:
        yield
    finally:
        _noted.reset(token)


def remove(paths: Sequence[str]) -> None:
    """Remove private copies that nobody needs any more. Blocks."""
    if paths:
        _scratch_of(os.getpid()).remove(paths)


def scratch_copy(source: str, path: str) -> None:
    """Copy the stored file `source` to a scratch path. Raises OSError."""
    _scratch_of(os.getpid()).copy(source, path)


def unchanged_source(path: str) -> str | None:
    """The stored file of which `path` is a private copy that nobody has changed; None for any other path."""
    return _scratch_of(os.getpid()).unchanged_source(path)


def safe_name(name: str) -> str:
    """The last part of `name` without anything that a file system or a shell reads specially; stem and
    extensions stay. Never empty, at most 200 bytes."""
    name = re.split(r"[/\\]", name)[-1]
    name = re.sub(r'[\x00-\x1f\x7f-\x9f:*?"<>|\ud800-\udfff]', "_", name).strip(" ")
    name = name.lstrip(".-").rstrip(". ") or "file"
    if _DEVICES.match(name):
        name = f"_{name}"
    if len(name.encode()) <= _NAME_BYTES:
        return name
    stem, extension = os.path.splitext(name)
    extension = extension.encode()[:20].decode(errors="ignore")
    return stem.encode()[: _NAME_BYTES - 20].decode(errors="ignore") + extension
