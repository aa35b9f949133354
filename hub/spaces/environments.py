"""Folders of Spaces that run here: each made once, by one process for all that run it; those used last are kept."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

MOST_KEPT = 5
LEFT_S = 86400.0  #: after which what an installation that was killed has left is removed
POLL_S = 0.2


class Lease:
    """What keeps a folder from being removed, or made a second time: in all processes, until `give_back`, or until the
    process ends."""

    def __init__(self, folder: str) -> None:
        self._path = folder + ".lock"
        self._descriptor = -1

    def take(self, sleep: Callable[[float], None] | None, *, alone: bool) -> bool:
        """Have it, alone or with others that want it so. sleep: waits that many seconds; with None nothing is waited
        for, and it may stay False."""
        import fcntl  # load_local has said that this machine has it

        how = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        while True:
            self.give_back()
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(self._descriptor, how | fcntl.LOCK_NB)
                if self._is_there():
                    return True
            if sleep is None:
                self.give_back()
                return False
            sleep(POLL_S)

    def _is_there(self) -> bool:
        """Whether the file is still the one that others open."""
        try:
            return os.stat(self._path).st_ino == os.fstat(self._descriptor).st_ino
        except FileNotFoundError:
            return False

    def remove(self) -> None:
        """The file too; only for who has it alone."""
        os.remove(self._path)
        self.give_back()

    def give_back(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def made(folder: str, make: Callable[[str], None], sleep: Callable[[float], None]) -> Lease:
    """The lease of the folder, which is there then. make: fills another one, that becomes it. sleep: waits, while
    another process makes it. Raises what these raise, and OSError."""
    parent = os.path.dirname(folder)
    os.makedirs(parent, mode=0o700, exist_ok=True)
    ready = Path(folder, "ready")
    lease = Lease(folder)
    try:
        lease.take(sleep, alone=False)
        if not ready.exists():
            lease.take(sleep, alone=True)
            if not ready.exists():
                _make(folder, make)
            lease.take(sleep, alone=False)
        ready.touch()
    except BaseException:
        lease.give_back()
        raise
    _prune(parent)
    return lease


def _make(folder: str, make: Callable[[str], None]) -> None:
    """In a folder of another name: what was begun and killed may still write there."""
    part = tempfile.mkdtemp(dir=os.path.dirname(folder), suffix=".part")
    try:
        make(part)
        Path(part, "ready").touch()
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(part, folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _prune(parent: str) -> None:
    """Remove those that were not used for longest, and that nobody runs; a disk that refuses is no error."""
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        folders = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        left = [path for path in folders if path.endswith(".part")]
        for path in left:
            if time.time() - os.stat(path).st_mtime > LEFT_S:
                shutil.rmtree(path, ignore_errors=True)
        known = sorted(set(folders) - set(left), key=_used_at, reverse=True)
        for path in known[MOST_KEPT:]:
            lease = Lease(path)
            if lease.take(None, alone=True):
                shutil.rmtree(path, ignore_errors=True)
                lease.remove()


def _used_at(folder: str) -> float:
    try:
        return os.stat(os.path.join(folder, "ready")).st_mtime
    except OSError:
        return 0.0
