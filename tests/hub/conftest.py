"""The stand-in for the Hub, and this process sent to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.fakehub.hub import FakeHub
from tests.hub.endpoints import Endpoint


@pytest.fixture(scope="session")
def _one_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHub]:
    hub = FakeHub(tmp_path_factory.mktemp("fakehub"))
    yield hub
    hub.close()


@pytest.fixture
def hub(_one_hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """The stand-in, empty of what other tests did; this process, and its children, take it for the Hub. Their token is
    a good one, and their caches are empty."""
    _one_hub.lead(monkeypatch, tmp_path)
    yield _one_hub
    _one_hub.clear()


@pytest.fixture
def apart(hub: FakeHub, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs code in a Python of its own, unpatched, which takes the stand-in for the Hub."""

    def run(code: str, **more: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
        environment = {**os.environ, "PYTHONPATH": path, **more}
        command = [sys.executable, "-W", "error", "-c", code]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)

    return run


@pytest.fixture
def load(hub: FakeHub, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `quickdemo load`, unpatched, in an empty folder."""

    def run(
        *arguments: str, stdin: str = "", stdout: int = subprocess.PIPE, **env: str
    ) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
        command = [sys.executable, "-m", "quickdemo", "load", *arguments]
        known = {**os.environ, "PYTHONPATH": path, **env}
        return subprocess.run(
            command, cwd=tmp_path, env=known, input=stdin, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=120
        )

    return run


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.close()
