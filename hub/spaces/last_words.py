"""What a process says: read all the time, and the last of it kept, in a file that does not grow without an end."""

from __future__ import annotations

import contextlib
import os
import threading

MOST_BYTES = 1_000_000  #: of the file
SHOWN_BYTES = 2000
_PIECE = 64 * 1024


class LastWords:
    """path: of the file, which begins anew. writer: the descriptor for the process; `started` once it has it."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        self._reader, self.writer = os.pipe()
        self._last = b""
        self._thread = threading.Thread(target=self._read, daemon=True, name="quickdemo-space-log")

    def started(self) -> None:
        """The process has the descriptor, or will never be there."""
        os.close(self.writer)
        self._thread.start()

    def _read(self) -> None:
        while piece := os.read(self._reader, _PIECE):
            self._last = (self._last + piece)[-SHOWN_BYTES:]
            with contextlib.suppress(OSError):  # a disk that is full must not make the process wait
                if os.fstat(self._file).st_size + len(piece) > MOST_BYTES:
                    os.ftruncate(self._file, 0)
                os.write(self._file, piece)
        os.close(self._reader)
        os.close(self._file)

    def text(self) -> str:
        """The end of it, in one line. For a process that has ended: what it started may still have the descriptor."""
        self._thread.join(1.0)
        return " ".join(self._last.decode("utf-8", "replace").split())[-300:]
