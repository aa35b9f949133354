"""What processes use: processor time of a tree, memory of single ones. Reads /proc."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


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


def memory_mb(pid: int) -> dict[str, float]:
    """Megabytes by the names of smaps_rollup (Rss, Pss, Pss_Anon, Anonymous, ...); empty when the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return {}
    return {line.split(":")[0]: int(line.split()[1]) * 1024 / 1e6 for line in lines}
