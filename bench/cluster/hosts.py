"""Fronts, workers and a broker on this machine, each a process in a folder of its own."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.reloads.processes import cpu_s
from bench.servers import ROOT, free_port, quickdemo, running

APP = Path(__file__).parent / "app.py"
NAME = "bench"  #: of the app, and so of its visitors' cookie


class Hosts(NamedTuple):
    """ports: of the fronts. roles: the processes by what they are."""

    ports: list[int]
    roles: dict[str, list[int]]

    def cpu_s(self) -> dict[str, float]:
        """Seconds of processor time so far, of each role."""
        return {role: sum(map(cpu_s, pids)) for role, pids in self.roles.items()}


@contextlib.contextmanager
def hosts(folder: Path, fronts: int, workers: int, slots: int) -> Iterator[Hosts]:
    """Ready ones; the fronts run nothing themselves. slots: jobs that each worker runs at a time."""
    with contextlib.ExitStack() as stack:
        port = free_port()
        broker = stack.enter_context(_process(_nats(port, folder), folder))
        store = ("--store", f"nats://127.0.0.1:{port}/{NAME}")
        ports = [free_port() for _ in range(fronts)]
        serving = [
            stack.enter_context(
                running(quickdemo("app.py", own, *store, "--slots", "0"), own, _home(folder, f"front {own}"))
            )
            for own in ports
        ]
        command = [sys.executable, "-m", "quickdemo", "worker", "app.py", *store, "--slots", str(slots), "--json"]
        working = [
            stack.enter_context(_process(command, _home(folder, f"worker {n}"), '"event": "ready"'))
            for n in range(workers)
        ]
        pids = {"fronts": serving, "workers": working, "broker": [broker]}
        yield Hosts(ports, {role: [one.pid for one in some] for role, some in pids.items()})


def _nats(port: int, folder: Path) -> list[str]:
    program = shutil.which("nats-server") or "/usr/sbin/nats-server"
    return [program, "-js", "-a", "127.0.0.1", "-p", str(port), "-sd", str(folder / "broker")]


def _home(folder: Path, name: str) -> Path:
    home = folder / name
    home.mkdir()
    shutil.copy(APP, home)
    return home


@contextlib.contextmanager
def _process(command: list[str], folder: Path, ready: str = "Server is ready") -> Iterator[subprocess.Popen[str]]:
    """One that runs from when it says `ready` until the block ends."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = ""
        while ready not in said:
            said = process.stdout.readline()
            if not said:
                raise RuntimeError(f"{command[0]} ended with {process.wait()}")
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=40)
