"""Start what is measured, wait until it answers, end it."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parent.parent
LIMIT_S = 120.0


def free_port() -> int:
    """A port that nobody used a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def gradio_python() -> str:
    """The Python that has Gradio; installs it on first use."""
    script = str(Path(__file__).parent / "gradio_env.sh")
    return subprocess.run([script], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def quickdemo(app: str | Path, port: int, *options: str) -> list[str]:
    """The command that serves an app with the CLI."""
    command = [sys.executable, "-m", "quickdemo", "run", str(app), "--port", str(port), "--strict-port", "--json"]
    return [*command, *options]


@contextlib.contextmanager
def serving(command: Sequence[str], port: int, folder: Path) -> Iterator[float]:
    """Runs the command until the block ends; gives the seconds from its start to the first answer."""
    start = time.monotonic()
    with running(command, port, folder):
        yield time.monotonic() - start


@contextlib.contextmanager
def running(command: Sequence[str], port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Runs the command in the folder until the block ends, which begins when it answers; gives its process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    with open(folder / "server.log", "ab") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        try:
            wait_until_it_answers(port, process, folder / "server.log")
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_it_answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Ask for the page until it comes. Raises RuntimeError when the server ended or LIMIT_S went by."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}:\n{log.read_text()[-2000:]}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
        try:
            connection.request("GET", "/")
            if connection.getresponse().status < 500:
                return
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()
    raise RuntimeError(f"{process.args} did not answer within {LIMIT_S:.0f} s")
