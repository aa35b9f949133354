"""`quickdemo load` of a Gradio app at an address."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.fakehub.hub import FakeHub
from tests.hub.spaces.demos import TEXT
from tests.hub.spaces.emulator import Emulator

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("version", ["2.9.4", "3.50.2", "6.31.0"])
def test_a_space_is_described_and_asked_once(space: Callable[..., Emulator], tmp_path: Path, version: str) -> None:
    url = space(version, TEXT).url

    def load(*arguments: str) -> dict[str, object]:
        path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
        command = [sys.executable, "-m", "quickdemo", "load", url, *arguments, "--json"]
        known = {**os.environ, "PYTHONPATH": path}
        done = subprocess.run(command, cwd=tmp_path, env=known, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return dict(json.loads(done.stdout))

    told = load("--info")
    known = version.rpartition(".")[0] if version > "3" else "2.0"  # those of 2 do not say which they are
    assert (told["kind"], told["gradio"]) == ("space", known)
    assert load("--call", "abc")["data"] == ["ABC"]


def test_a_space_that_sleeps_is_waited_for_in_words(
    hub: FakeHub, space: Callable[..., Emulator], tmp_path: Path
) -> None:
    stages = iter(["SLEEPING", "SLEEPING", "APP_STARTING"])
    hub.add_space("acme/late", space("4.44.1", TEXT).port, stage=lambda: next(stages, "RUNNING"))
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
    command = [sys.executable, "-m", "quickdemo", "load", "spaces/acme/late", "-p", "0"]
    known = {**os.environ, "PYTHONPATH": path}
    with subprocess.Popen(command, cwd=tmp_path, env=known, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while "Local" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.terminate()
    waits = (
        "The Space acme/late is waking up (SLEEPING) (about 60 s) ...\nThe Space acme/late is starting (APP_STARTING)"
    )
    assert waits in said


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15), (signal.SIGKILL, -9)])
def test_a_command_that_is_ended_leaves_nobody_who_waits_for_the_space(
    number: signal.Signals, code: int, hub: FakeHub, space: Callable[..., Emulator], tmp_path: Path
) -> None:
    hub.add_space("acme/late", space("4.44.1", TEXT).port, stage="SLEEPING")
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
    command = [sys.executable, "-m", "quickdemo", "load", "spaces/acme/late", "-p", "0"]
    known = {**os.environ, "PYTHONPATH": path}
    with subprocess.Popen(command, cwd=tmp_path, env=known, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "is waking up" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(number)  # to it alone, as a service manager's is
        assert process.communicate(timeout=60)[1] == ""  # it ends with the last process that could write
    assert process.returncode == code
