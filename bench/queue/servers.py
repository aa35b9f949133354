"""The servers that are compared, in a folder of their own, and what their processes use."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.reloads.processes import cpu_s, memory_mb, tree
from bench.servers import APPS, free_port, gradio_python, quickdemo, running

OWN_APPS = Path(__file__).parent / "apps"


class Server:
    """One that runs. folder: where it runs, and keeps its journal."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        self.process, self.port, self.folder = process, port, folder

    @property
    def children(self) -> list[int]:
        """The processes below the first one: of `quickdemo run`, the child."""
        return sorted(pid for pid in tree(self.process.pid) if pid != self.process.pid)

    def cpu_s(self) -> float:
        """Seconds of processor time so far, of all its processes."""
        return cpu_s(self.process.pid)

    def memory_kb(self) -> float:
        """The memory of all its processes (PSS)."""
        return sum(memory_mb(pid)["Pss"] for pid in tree(self.process.pid)) * 1000


@contextlib.contextmanager
def served(app: str, folder: Path, *options: str, port: int = 0) -> Iterator[Server]:
    """quickdemo's server of one of the apps here. The folder is made; one that exists keeps its journal."""
    port = port or free_port()
    _copied(folder)
    with running(quickdemo(folder / app, port, *options), port, folder) as process:
        yield Server(process, port, folder)


@contextlib.contextmanager
def gradio(folder: Path) -> Iterator[Server]:
    """Gradio's, of the same functions."""
    port = free_port()
    _copied(folder)
    with running([gradio_python(), str(folder / "gradio_app.py"), str(port)], port, folder) as process:
        yield Server(process, port, folder)


@contextlib.contextmanager
def bare(folder: Path) -> Iterator[Server]:
    """The least that answers the same."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    with running([sys.executable, str(APPS / "echo_starlette.py"), str(port)], port, folder) as process:
        yield Server(process, port, folder)


def _copied(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for app in OWN_APPS.glob("*.py"):
        shutil.copy(app, folder)


def precise_cpu_s(pid: int) -> float:
    """Seconds of processor time of one process, to the nanosecond where the kernel tells it (Linux)."""
    used = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError):  # it has just ended
            used += int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[0])
    return used / 1e9


def until_gone(pid: int) -> None:
    """Wait for the end of a process that is not our own child."""
    while (stat := Path(f"/proc/{pid}/stat")).exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)
