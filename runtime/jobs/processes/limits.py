"""What a worker may use, and what can be seen of a process from outside."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from typing import Any, NamedTuple

try:
    import resource
except ImportError:  # Windows, which has no worker processes
    resource = None  # type: ignore[assignment]

LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1


class MemoryLimit:
    """So many bytes more than the process has now. Made in the worker when it begins.

    Linux refuses memory beyond it (RLIMIT_DATA: what is private and writable), so that Python raises MemoryError.
    Elsewhere `is_exceeded` has to be asked now and then.
    """

    def __init__(self, more_bytes: int) -> None:
        self._more = more_bytes
        self._base = peak_bytes()
        self.by_system = LINUX and _limit_data(_data_bytes() + more_bytes)

    def is_exceeded(self) -> bool:
        """Whether the process has had more than that at any time."""
        return peak_bytes() - self._base > self._more

    def lift(self) -> None:
        """What is said of the end needs a little, too."""
        if self.by_system:
            _limit_data(None)


def peak_bytes(used: Any = None) -> int:
    """The most that has been resident of this process, or of one that used this."""
    peak: int = (used or resource.getrusage(resource.RUSAGE_SELF)).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _data_bytes() -> int:
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmData:"))


def _limit_data(bytes: int | None) -> bool:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = hard if bytes is None else bytes if hard == resource.RLIM_INFINITY else min(bytes, hard)
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
    except (OSError, ValueError):
        return False
    return True


def first_to_go() -> None:
    """Linux: when memory runs out, this process goes before the server."""
    if LINUX:
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("500")


def kills_for_memory() -> int:
    """Linux: how many processes of this machine were ended because memory had run out; 0 where that is not told."""
    with contextlib.suppress(OSError, ValueError), open("/proc/vmstat") as file:
        for line in file:
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


class Look(NamedTuple):
    """A process from outside. stopped: by a signal. busy: what changes while it computes."""

    stopped: bool
    busy: str


def look_at(pid: int) -> Look | None:
    """None when there is no such process any more."""
    if not LINUX:
        return _asked(pid)
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return Look(fields[0] == b"T", f"{fields[11]!r} {fields[12]!r}")  # the times in user and system mode


def _asked(pid: int) -> Look | None:
    command = ["ps", "-o", "stat=", "-o", "time=", "-p", str(pid)]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5).stdout.split()
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Look(said[0].startswith("T"), said[1]) if len(said) == 2 else None


def die_with(parent: int) -> None:
    """Linux: be killed when the parent ends in whatever way. Elsewhere the end of the socket tells."""
    tell_of_death(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def tell_of_death(number: int) -> None:
    """Linux: get that signal when the parent, or its thread that forked this process, ends in whatever way."""
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number)
