"""Start `quickdemo run` as a person would, and read its JSON lines."""

from __future__ import annotations

import http.client
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
LIMIT_S = 60.0

APP = """
import quickdemo as gr
demo = gr.Interface(lambda text: text + " {version}", "text", "text", title="{version}")
demo.launch()
"""


def run_command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One `quickdemo ...` in a folder, to its end."""
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-m", "quickdemo", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def until(condition: Callable[[], Any], limit_s: float = LIMIT_S) -> Any:
    """The first true value of `condition()`."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if value := condition():
            return value
        threading.Event().wait(0.01)
    raise AssertionError("the condition did not come true in time")


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Run:
    """One `quickdemo run --json`, or of another command that serves."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        env: dict[str, str] | None = None,
        prefix: tuple[str, ...] = (),
        command: str = "run",
    ) -> None:
        path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "quickdemo", command, "--json", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.address = "127.0.0.1"  #: of the machine that it runs on
        self.events: list[dict[str, Any]] = []
        self._new: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.said: list[str] = []
        self._readers = [threading.Thread(target=f, daemon=True) for f in (self._read, self._listen)]
        for reader in self._readers:
            reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._new.put(json.loads(line))
        self._new.put(None)

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.said.extend(self.process.stderr)

    def wait_for(self, *names: str, limit_s: float = LIMIT_S, where: Callable[[Any], bool] = bool) -> dict[str, Any]:
        """The next event of one of these names."""
        end = time.monotonic() + limit_s
        while True:
            try:
                event = self._new.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {names} in time: {self.events[-5:]} {self.said[-20:]}") from None
            if event is None:
                raise AssertionError(f"it ended with {self.process.wait()}: {self.events} {self.said}")
            self.events.append(event)
            if event["event"] in names and where(event):
                return event

    def wait_for_last(self, name: str) -> dict[str, Any]:
        """The newest event of this name among all that have come so far."""
        while not self._new.empty():
            if event := self._new.get():
                self.events.append(event)
        return [event for event in self.events if event["event"] == name][-1]

    def ready(self) -> dict[str, Any]:
        """Wait until it serves."""
        self.facts = self.wait_for("ready")
        self.port: int = self.facts["port"]
        return self.facts

    def connect(self) -> http.client.HTTPConnection:
        """A connection of one's own."""
        return http.client.HTTPConnection(self.address, self.port, timeout=30)

    def get(self, path: str = "/") -> str:
        """The body of one GET; fails unless the status is 200."""
        connection = self.connect()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read().decode()
            assert answer.status == 200, (answer.status, body[:500])
            return body
        finally:
            connection.close()

    def predict(self, text: str = "a", connection: http.client.HTTPConnection | None = None) -> Any:
        """The first output of a prediction."""
        own = connection or self.connect()
        try:
            own.request("POST", "/api/predict", json.dumps({"data": [text]}), {"Content-Type": "application/json"})
            answer = own.getresponse()
            body = answer.read()
            assert answer.status == 200, (answer.status, body[:500])
            return json.loads(body)["data"][0]
        finally:
            if connection is None:
                own.close()

    def ends(self, limit_s: float = 20.0) -> tuple[int, str]:
        """(exit code, what it said on stderr) when it ends by itself."""
        code = self.process.wait(limit_s)
        for reader in self._readers:
            reader.join(5)
        return code, "".join(self.said)

    def kill(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for reader in self._readers:
            reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


class Project:
    """A folder with an app, and the runs that were started in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs: list[Run] = []

    def write(self, text: str, name: str = "app.py") -> Path:
        """Save a file in place."""
        path = self.folder / name
        path.write_text(text)
        return path

    def version(self, version: str) -> Path:
        """Save an app that shows and answers this version."""
        return self.write(APP.replace("{version}", version))

    def run(self, *arguments: str, env: dict[str, str] | None = None, prefix: tuple[str, ...] = ()) -> Run:
        """Start `quickdemo run`; any free port unless one is asked for."""
        port = () if any(a in arguments for a in ("-p", "--port", "--check", "--get")) else ("-p", "0")
        run = Run(self.folder, *port, *arguments, env=env, prefix=prefix)
        self.runs.append(run)
        return run


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A folder; everything that was started in it is ended."""
    made = Project(tmp_path)
    yield made
    for run in made.runs:
        run.kill()
