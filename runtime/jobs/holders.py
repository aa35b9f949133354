"""Which processes live: each holds the lock of a file of its own, which the system gives back when it dies."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sys
import time

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NEW = ".new-"  #: before its name, while a file is not locked yet
_NEW_S = 3600.0  #: seconds after which one that never was is removed


class Holder:
    """This process, as it stands in the journal: `id` is its own and never used again.

    To be made after the last fork that shall not count as this process; a process that is forked later gives its
    copy of the lock up by itself. Raises OSError where the folder cannot be written.
    """

    def __init__(self, folder: str) -> None:
        """folder: store_dir; the lock files are in holders/ in it."""
        self._folder = os.path.join(folder, "holders")
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        self.id = secrets.token_urlsafe(12)
        self._fd = self._locked()
        self._pid = os.getpid()
        _holders.add(self)
        self._sweep()

    def alive(self, id: str) -> bool:
        """Whether the process of this id lives, this one included. The file of a dead one is removed."""
        return is_alive(os.path.dirname(self._folder), id)

    def others(self) -> bool:
        """Whether other processes have been here and may live, or have left jobs."""
        try:
            return any(_ID.fullmatch(name) and name != self.id for name in os.listdir(self._folder))
        except OSError:
            return False

    def close(self) -> None:
        """Give the lock back: this process holds nothing any more."""
        if self._fd is None:
            return
        _holders.discard(self)
        if os.getpid() == self._pid:
            with contextlib.suppress(OSError):
                os.remove(os.path.join(self._folder, self.id))
        self._let_go()

    def _locked(self) -> int | None:
        """The open file. It gets its name when it is locked, so that nobody finds it without a lock."""
        path = os.path.join(self._folder, self.id)
        new = path if sys.platform == "win32" else os.path.join(self._folder, _NEW + self.id)  # no renaming while open
        fd = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(fd, f"{os.getpid()}\n".encode())
            if not _try_lock(fd):
                raise OSError(f"The lock of {new} cannot be had.")
            os.rename(new, path)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def _sweep(self) -> None:
        """Remove the files of the dead."""
        for name in os.listdir(self._folder):
            if not name.startswith(_NEW):
                self.alive(name)
                continue
            path = os.path.join(self._folder, name)
            with contextlib.suppress(OSError):
                if time.time() - os.stat(path).st_mtime > _NEW_S:
                    os.remove(path)

    def _let_go(self) -> None:
        """Close the file; the lock itself is that of all copies."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


def is_alive(folder: str, id: str) -> bool:
    """Whether the process of this id lives; folder: store_dir. The file of a dead one is removed."""
    if not _ID.fullmatch(id):
        return False
    path = os.path.join(folder, "holders", id)
    try:
        fd = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return False
    except OSError:  # as with too many open files: nobody is declared dead for that
        return True
    try:
        if not _try_lock(fd, shared=True):  # shared: two that ask at once do not take each other for the holder
            return True
    finally:
        os.close(fd)
    with contextlib.suppress(OSError):
        os.remove(path)
    return False


_holders: set[Holder] = set()  #: of this process; one that is dropped without being closed counts on


def _after_fork() -> None:
    for holder in list(_holders):
        holder._let_go()
    _holders.clear()


if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int, shared: bool = False) -> bool:
        os.lseek(fd, 1 << 30, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    os.register_at_fork(after_in_child=_after_fork)

    def _try_lock(fd: int, shared: bool = False) -> bool:
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
