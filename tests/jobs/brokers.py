"""A real NATS server for tests, with its files in a folder of its own, that can be killed and started again."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.running import until


class NatsServer:
    """On a free port of this machine."""

    def __init__(self, folder: Path, config: str = "", store: str = "") -> None:
        """config: lines of its configuration file; store: of the part about JetStream."""
        self.folder = folder
        self.port = free_port()
        self._config = folder / "nats.conf"
        jetstream = f'store_dir: "{folder / "store"}"\n{store}'
        self._config.write_text(f'host: "127.0.0.1"\nport: {self.port}\njetstream {{\n{jetstream}\n}}\n{config}\n')
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """As `--store` takes it."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [program(), "-c", str(self._config), "-l", str(self.folder / "log.txt")]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        until(self._listens)

    def _listens(self) -> bool:
        assert self._process is not None and self._process.poll() is None, (self.folder / "log.txt").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """kill -9"""
        assert self._process is not None
        self._process.kill()
        self._process.wait()


@contextmanager
def nats_server(folder: Path, config: str = "", store: str = "") -> Iterator[NatsServer]:
    """One that is gone afterwards."""
    server = NatsServer(folder, config, store)
    try:
        yield server
    finally:
        server.kill()


def program() -> str:
    """Where Debian puts it is not on everybody's path."""
    found = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
    if found is None:
        pytest.fail("These tests need nats-server: tools/setup.sh browser installs it, or apt-get install nats-server.")
    return found


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
