"""Signs of life: the process that serves counts in a file that the supervisor has open too, and which takes its stacks.

A file cannot fill up as a channel can, costs the supervisor no turn, and can be written to when a call holds Python's
lock for long and nothing else in the process runs any more: the handler of the signal that asks for stacks is in C.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import struct

from quickdemo.runtime.nameless import nameless_file

BEAT_S = 1.0  # how often it counts
_COUNT = struct.Struct("=Q")
_MOST_BYTES = 256 * 1024  # of stacks that are read; a hundred threads have less


class Pulse:
    """The side of the process that serves."""

    def __init__(self) -> None:
        """From now on SIGQUIT writes the stacks of all threads into the file, behind the count."""
        self.fd = nameless_file()
        self._count = 0
        os.write(self.fd, _COUNT.pack(0))
        faulthandler.register(signal.SIGQUIT, file=self.fd, all_threads=True)

    def beat(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count, now and for ever, as long as the loop runs. To be called on it."""
        self._count += 1
        os.pwrite(self.fd, _COUNT.pack(self._count), 0)
        loop.call_later(BEAT_S, self.beat, loop)


class Heard:
    """The supervisor's side."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._read = _COUNT.size  # so many bytes are known

    def count(self) -> int:
        """How often it has counted."""
        number: int = _COUNT.unpack(os.pread(self.fd, _COUNT.size, 0))[0]
        return number

    def stacks(self) -> str:
        """What was written since the last time: where its threads are, the newest call of each first."""
        data = os.pread(self.fd, _MOST_BYTES, self._read)
        self._read += len(data)
        return data.decode(errors="replace").strip()

    def close(self) -> None:
        os.close(self.fd)
