"""How long a call takes, and how much of that it computes, or would if it had a processor."""

from __future__ import annotations

import time


class Stopwatch:
    """Started when it is made; read in the same thread."""

    def __init__(self) -> None:
        self._began, self._busy, self._queued = time.perf_counter(), time.process_time(), _queued_s()

    def read(self) -> tuple[float, float]:
        """(seconds, of these computing): that of all threads of the process, which may be more than there are seconds,
        and what this thread waited for a processor, since a busy machine must not look like a function that waits."""
        computed = time.process_time() - self._busy
        return time.perf_counter() - self._began, computed + _queued_s() - self._queued


def _queued_s() -> float:
    """Seconds that this thread was ready to run and had no processor, since it began; 0 where nobody counts them."""
    try:
        with open("/proc/thread-self/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
