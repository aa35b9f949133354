"""Real Gradio servers of several versions, each in an environment of its own, dated at its release.

They are made below QUICKDEMO_TEST_SPACES (the system's temporary folder without it), from the package index, when they
are first asked for.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

#: version -> the Python it runs on, and the day after which no package is taken
VERSIONS = {
    "3.16.1": ("3.10", "2023-01-25"),
    "3.50.2": ("3.10", "2023-11-01"),
    "4.44.1": ("3.11", "2024-10-01"),
    "5.49.1": ("3.11", "2025-11-01"),
    "6.31.0": ("3.11", None),
}
START_S = 180.0


def python_of(version: str) -> str:
    """The Python that has this version; its environment is made where it is not there yet."""
    folder = Path(os.environ.get("QUICKDEMO_TEST_SPACES") or tempfile.gettempdir(), f"quickdemo-gradio-{version}")
    python = str(folder / "bin" / "python")
    if (folder / "ready").exists():
        return python
    own, day = VERSIONS[version]
    uv = [sys.executable, "-m", "uv"]
    dated = ["--exclude-newer", day] if day else []
    made = (subprocess.run([*uv, "venv", "-q", "--clear", "-p", one, str(folder)]) for one in (own, sys.executable))
    if not any(done.returncode == 0 for done in made):
        raise RuntimeError(f"no environment for Gradio {version} could be made in {folder}")
    subprocess.run([*uv, "pip", "install", "-q", "-p", python, *dated, f"gradio=={version}", "setuptools"], check=True)
    (folder / "ready").touch()
    return python


@contextlib.contextmanager
def served(version: str, script: Path, *arguments: str, home: Path) -> Iterator[str]:
    """Runs `script ARGUMENTS PORT` until the block ends; gives its address. RuntimeError if it does not start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"GRADIO_ANALYTICS_ENABLED": "0", "HF_HUB_OFFLINE": "1", "HOME": str(home)}
    command = [python_of(version), str(script), *arguments, str(port)]
    process = subprocess.Popen(
        command, env={**os.environ, **quiet}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_it_listens(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{process.args} did not start")
