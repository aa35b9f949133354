"""Which project files were opened, also by native code that Python's audit hook cannot see (image decoders, OpenCV).

Linux: inotify's `open` events of the project's folders. Elsewhere nothing is seen; there are no checkpoints there.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterator

from quickdemo.runtime.reload.project import Project

MOST_FOLDERS = 1000
_SKIPPED = {"__pycache__", "node_modules", "venv", "site-packages", "build", "dist"}
_OPEN, _WRITTEN, _IS_FOLDER = 0x20, 0x2 | 0x8, 0x40000000  # written: modified, or closed after writing
_EVENT = struct.Struct("iIII")


class NativeReads:
    """`read()` gives the files opened since the last call, synchronously."""

    def __init__(self, project: Project) -> None:
        self._root = project.root
        self._folders: dict[int, str] = {}
        self._fd = -1
        if sys.platform == "linux":
            self._begin()

    def _begin(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            return  # no instances left: what native code reads is then unknown, as on other systems
        for folder in _folders(self._root):
            watch = libc.inotify_add_watch(self._fd, os.fsencode(folder), _OPEN | _WRITTEN)
            if watch >= 0:
                self._folders[watch] = folder

    @property
    def fd(self) -> int:
        """The descriptor of the events, -1 for none."""
        return self._fd

    def renew(self) -> None:
        """In a forked copy: events of its own instead of ones shared with other copies."""
        if self._fd >= 0:
            self.close()
            self._begin()

    def close(self) -> None:
        """End."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def read(self) -> tuple[set[str], set[str]]:
        """Paths of files that somebody opened, and of those that somebody wrote."""
        opened: set[str] = set()
        written: set[str] = set()
        while self._fd >= 0:
            try:
                data = os.read(self._fd, 1 << 16)
            except BlockingIOError:
                break
            at = 0
            while at < len(data):
                watch, mask, _, length = _EVENT.unpack_from(data, at)
                name = os.fsdecode(data[at + 16 : at + 16 + length].rstrip(b"\0"))
                at += _EVENT.size + length
                if name and not mask & _IS_FOLDER and watch in self._folders:
                    (written if mask & _WRITTEN else opened).add(os.path.join(self._folders[watch], name))
        return opened, written


def _folders(root: str) -> Iterator[str]:
    count = 0
    for folder, names, _ in os.walk(root):
        names[:] = [n for n in names if n not in _SKIPPED and not n.startswith(".")]
        yield folder
        count += 1
        if count >= MOST_FOLDERS:
            return
