"""Shared by all tests: where the project lies, and scripts in a Python of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# How long one example takes says more about the machine's load than about the code.
settings.register_profile("quickdemo", deadline=None)
settings.load_profile("quickdemo")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture
def python() -> Callable[[str], str]:
    """Runs code in a fresh Python of this environment, started in the project's folder; gives its output."""

    def run(code: str) -> str:
        command = [sys.executable, "-W", "error", "-c", code]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture(autouse=True)
def _served() -> Iterator[None]:
    """Whatever a test has served ends with it."""
    yield
    if (serving := sys.modules.get("tests.serving")) is not None:
        serving.Served.close_all()


@pytest.fixture
def serve(tmp_path: Path) -> Callable[..., Any]:
    """Builds the server of a demo (see tests/serving.py); several of one test share their store, like generations."""
    from tests.serving import Served

    return partial(Served, tmp_path)


@pytest.fixture
def live(serve: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Serves demos on ports of their own (see tests/explaining.py)."""
    from tests.explaining import Live

    made: list[Live] = []

    def make(*args: Any, **options: Any) -> Live:
        made.append(Live(serve, *args, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
