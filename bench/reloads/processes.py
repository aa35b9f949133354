"""What processes use: processor time of a tree, memory of single ones. Reads /proc."""

from __future__ import annotations

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
ALONE_S, LOOK_S, ALONE_SHARE = 10.0, 0.2, 0.25  # alone: in LOOK_S all cores together were busy less than this


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def tree(pid: int) -> dict[int, list[str]]:
    """The fields of a process and of all below it; zombies left out."""
    fields = {int(name): stat for name in os.listdir("/proc") if name.isdigit() and (stat := _stat(int(name)))}
    found, new = {pid}, {pid}
    while new:
        new = {p for p, stat in fields.items() if int(stat[1]) in new} - found
        found |= new
    return {p: fields[p] for p in found if p in fields and fields[p][0] != "Z"}


def cpu_s(pid: int) -> float:
    """Seconds of processor time of a process, those below it, and those of them that ended."""
    return sum(sum(map(int, stat[11:15])) for stat in tree(pid).values()) / TICKS


def wait_until_alone() -> bool:
    """Wait a while for a moment in which others leave the machine alone; whether there was one."""
    end = time.monotonic() + ALONE_S
    while time.monotonic() < end:
        busy, idle = _machine_s()
        time.sleep(LOOK_S)
        now_busy, now_idle = _machine_s()
        if now_busy - busy < ALONE_SHARE * (now_busy - busy + now_idle - idle):
            return True
    return False


def _machine_s() -> tuple[float, float]:
    """Seconds that all cores together have computed and have been idle since the machine started."""
    values = [int(value) / TICKS for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = values[3] + values[4]
    return sum(values) - idle, idle


def memory_mb(pid: int) -> dict[str, float]:
    """Megabytes by the names of smaps_rollup (Rss, Pss, Pss_Anon, Anonymous, ...); empty when the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return {}
    return {line.split(":")[0]: int(line.split()[1]) * 1024 / 1e6 for line in lines}
