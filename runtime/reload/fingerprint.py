"""What a file holds, short enough to be compared: supervisor and child must compute it the same way."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Collection

SETTLED_NS = 100_000_000
WHOLE_BYTES = 8 * 1024 * 1024  # larger files are told apart by size and times, smaller ones by content


def of_bytes(content: bytes) -> str:
    """The fingerprint of a small file's content."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def of_file(path: str) -> str | None:
    """The fingerprint of a file as it is now; None when it cannot be read."""
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if status.st_size > WHOLE_BYTES:
                return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_ino}"
            return of_bytes(file.read())
    except OSError:
        return None


def stamp(path: str) -> tuple[int, int, int] | None:
    """(change time in ns, size, inode): differs after every writing, however the times were set."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ctime_ns, status.st_size, status.st_ino


class Fingerprints:
    """Remembers what files held, as long as their stamps say that nobody has written them since."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, int, int], str | None]] = {}

    def of(self, path: str) -> str | None:
        """`of_file`, read only when it may have changed."""
        before = stamp(path)
        if before is not None and path in self._known and self._known[path][0] == before:
            return self._known[path][1]
        found = of_file(path)
        # Times of files are as coarse as the kernel's clock ticks: a file written a moment ago may be written again
        # without showing it.
        if before is not None and before == stamp(path) and time.time_ns() - before[0] > SETTLED_NS:
            self._known[path] = (before, found)
        return found


def of_listing(folder: str) -> str:
    """The names in a folder, short enough to be compared; ours and Python's own folders do not count."""
    try:
        names = sorted(n for n in os.listdir(folder) if n not in ("__pycache__", ".quickdemo"))
    except OSError:
        return ""
    return of_bytes("\0".join(names).encode("utf-8", "surrogateescape"))


def look(how: str, path: str) -> str:
    """What somebody sees at a path: "kind" (is it there, a file, a folder), "access" (its mode and owner, too), or
    "stat" (everything but times of folders, which change with each file in them)."""
    try:
        status, target = os.lstat(path), ""
        if stat.S_ISLNK(status.st_mode):
            target = os.readlink(path)
            status = os.stat(path)
    except OSError:
        return "nothing" if not os.path.lexists(path) else "a broken link"
    kind = f"{stat.S_IFMT(status.st_mode):o} {target}"
    if how == "kind":
        return kind
    kind = f"{kind} {status.st_mode:o} {status.st_uid} {status.st_gid}"
    if how == "access" or stat.S_ISDIR(status.st_mode):
        return kind
    return f"{kind} {status.st_size} {status.st_mtime_ns} {status.st_ino}"


def of_modules(folder: str, names: Collection[str]) -> list[str]:
    """Which of these module names (last part only) a folder offers now."""
    wanted = names if isinstance(names, set) else set(names)
    try:
        found = {name.partition(".")[0] for name in os.listdir(folder) if _may_be_module(name)}
    except OSError:
        return []
    return sorted(found & wanted)


def _may_be_module(name: str) -> bool:
    return "." not in name or name.endswith((".py", ".so", ".pyc", ".pyd"))
