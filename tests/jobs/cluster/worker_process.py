"""Start a worker as a process, read what it says, kill or stop it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.conftest import ROOT

LIMIT_S = 20.0


class WorkerProcess:
    """See worker.py."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[str] = []

    async def wait_for(self, *words: str) -> list[str]:
        """The next line that begins with these words."""
        assert self._process.stdout is not None
        while True:
            line = (await asyncio.wait_for(self._process.stdout.readline(), LIMIT_S)).decode().split()
            assert line, f"the worker ended after {self.said}"
            self.said.append(" ".join(line))
            if line[: len(words)] == list(words):
                return line

    def kill(self) -> None:
        """kill -9"""
        if self._process.returncode is None:
            self._process.kill()

    def stop(self) -> None:
        """It runs no further until `go_on`."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def ended(self) -> None:
        """Until it is gone."""
        await self._process.wait()


@asynccontextmanager
async def worker_process(url: str, app: str) -> AsyncIterator[WorkerProcess]:
    """One that is ready; it is killed afterwards."""
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.jobs.cluster.worker", url, app),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=asyncio.subprocess.PIPE,
    )
    worker = WorkerProcess(process)
    try:
        await worker.wait_for("ready")
        yield worker
    finally:
        worker.kill()
        await worker.ended()
