"""The processes that are ours, orphans of theirs included: their ends are seen in one place."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections import OrderedDict
from typing import NamedTuple

_PR_SET_CHILD_SUBREAPER = 36
_MOST_REMEMBERED = 1000


class Processes:
    """`ended` tells how a process ended, also one that a child of ours had started and left behind."""

    def __init__(self) -> None:
        self._statuses: OrderedDict[int, int] = OrderedDict()
        if sys.platform == "linux":
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1)

    def reap(self) -> None:
        """Take note of those that ended, and wake those that somebody stopped: nobody else would."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
                if not pid:
                    return
                if os.WIFSTOPPED(status):
                    kill(pid, signal.SIGCONT)
                    continue
                self._statuses[pid] = os.waitstatus_to_exitcode(status)
                if len(self._statuses) > _MOST_REMEMBERED:
                    self._statuses.popitem(last=False)

    def began(self, pid: int) -> None:
        """A process of this number begins: what an older one of the same number did is forgotten."""
        self._statuses.pop(pid, None)

    def ended(self, pid: int | None) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._statuses.get(pid) if pid is not None else None


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to one process; nothing when it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def kill_group(pid: int) -> None:
    """End a process that leads a group, and what it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


class OwnMemory(NamedTuple):
    """Bytes of the pages of processes that are no file's: all of them, their share of those that others have too
    (1/n of what n processes have), and what nobody else has."""

    whole: int
    share: int
    alone: int


def own_memory(*pids: int | None) -> OwnMemory:
    """Of these together; zeros for what cannot be told."""
    found = {"Anonymous": 0, "Pss_Anon": 0, "Private_Dirty": 0}
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup") as file:
            for line in file:
                name, _, rest = line.partition(":")
                if name in found:
                    found[name] += int(rest.split()[0]) * 1024
    return OwnMemory(*found.values())


def cpu_s(pid: int) -> float:
    """Seconds that its threads have computed; 0 when it cannot be told."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # in user and system mode
