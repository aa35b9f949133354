"""A file that appears whole under its name, or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile


class NewFile:
    """Written beside its final place and moved there by `commit`; `discard` leaves what was there before.

    Readable by this user only, like the flag log. What is no regular file, such as a named pipe, is written directly.
    All methods raise OSError.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._place = os.path.realpath(path)  # a link stays a link
        self._temporary = ""
        if os.path.exists(self._place) and not os.path.isfile(self._place):
            self._file = open(self._place, "wb")  # closed by commit and discard
        else:
            folder = os.path.dirname(self._place)
            fd, self._temporary = tempfile.mkstemp(dir=folder, prefix=f".{os.path.basename(path)[:50]}-")
            self._file = os.fdopen(fd, "wb")

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def commit(self) -> None:
        """Put it in place, once it is on the disk."""
        self._file.flush()
        if self._temporary:
            os.fsync(self._file.fileno())
        self._file.close()
        if self._temporary:
            os.replace(self._temporary, self._place)
            self._temporary = ""

    def discard(self) -> None:
        """Remove what was written, unless it was committed."""
        with contextlib.suppress(OSError):  # closing flushes, and a full disk is why we are here
            self._file.close()
        if self._temporary:
            os.unlink(self._temporary)
            self._temporary = ""
