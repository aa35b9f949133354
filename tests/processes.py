"""What the kernel tells of the processes of one `quickdemo run` (Linux)."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

MARK = "QUICKDEMO_TEST_RUN"  # a variable that every process of a run inherits, also one that nobody's child is any more


@dataclass(frozen=True)
class Process:
    """One line of /proc. state: "Z" is a zombie, "T" a stopped one. started: clock ticks since the machine's start."""

    pid: int
    parent: int
    state: str
    started: int


def look(pid: int) -> Process | None:
    """One process; None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return Process(pid, int(fields[1]), fields[0], int(fields[19]))


def descendants(pid: int) -> list[Process]:
    """Children, theirs and so on, zombies too; the oldest first."""
    everything = [p for name in os.listdir("/proc") if name.isdigit() and (p := look(int(name)))]
    found = {pid}
    while more := {p.pid for p in everything if p.parent in found} - found:
        found |= more
    return sorted((p for p in everything if p.pid in found - {pid}), key=lambda p: (p.started, p.pid))


def marked(mark: str) -> list[int]:
    """All processes that run with this value of MARK, whoever their parent is. Zombies have no environment."""
    wanted, found = f"{MARK}={mark}".encode(), []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                if wanted in Path(f"/proc/{name}/environ").read_bytes().split(b"\0"):
                    found.append(int(name))
    return sorted(found)


def descriptors(pid: int) -> int:
    """How many it has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def pss_mb(*pids: int) -> float:
    """Memory of these processes together, in MB: a page that n processes share counts as 1/n in each of them."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024
