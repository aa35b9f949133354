"""Private copies of uploads for the user's function, under a name it can use: `cat.png`, not a handle.

They live in one folder of this process below the system's temporary folder, go away an hour after they were
made (a function that takes longer should open its file at once), and all go away when the process ends.
"""

from __future__ import annotations

import atexit
import functools
import os
import re
import shutil
import tempfile
import threading
import time

LIFETIME_S = 3600.0
_BEFORE_NS = 20_000_000  # file systems tell times 10 ms apart; a copy says it was written earlier than that
_NAME_BYTES = 200
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)


class Scratch:
    """A folder of short-lived copies. Thread-safe."""

    def __init__(self, folder: str, lifetime_s: float = LIFETIME_S) -> None:
        self.folder = folder
        self.lifetime_s = lifetime_s
        self._lock = threading.Lock()
        self._made: list[tuple[float, str]] = []  # oldest first
        self._copies: dict[str, tuple[str, tuple[int, ...]]] = {}  # path of a copy -> what it was made of, its stamp

    def path(self, name: str) -> str:
        """An absolute path, in a new folder of its own, whose last part is a harmless form of `name`."""
        now = time.monotonic()
        folder = tempfile.mkdtemp(dir=self.folder)
        with self._lock:
            self._made.append((now, folder))
            kept = next((n for n, (made, _) in enumerate(self._made) if now - made < self.lifetime_s), -1)
            old, self._made = self._made[:kept], self._made[kept:]
            for _, expired in old:
                for path in [path for path in self._copies if os.path.dirname(path) == expired]:
                    del self._copies[path]
        for _, expired in old:
            shutil.rmtree(expired, ignore_errors=True)
        return os.path.join(folder, safe_name(name))

    def copy(self, source: str, path: str) -> None:
        """Copy a stored file, which nobody changes, to `path` of this folder. Raises OSError."""
        shutil.copyfile(source, path)
        written = time.time_ns() - _BEFORE_NS
        os.utime(path, ns=(written, written))  # so that any later write shows, even one at once
        with self._lock:
            self._copies[path] = (source, _stamp(path))

    def unchanged_source(self, path: str) -> str | None:
        """What the file at `path` is still a true copy of; None when it is none, or not any more."""
        source, stamp = self._copies.get(path, ("", ()))
        return source if source and os.path.isfile(source) and _stamp(path) == stamp else None


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
