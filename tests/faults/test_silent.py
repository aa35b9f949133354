"""A child that does nothing any more, although it lives: its stacks are shown, then it is replaced."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from quickdemo.cli import vigil
from quickdemo.cli.options import RunOptions
from quickdemo.cli.vigil import Vigil
from tests.running import Project, Run, alive, project, until
from tests.test_jobs_outlive import ask

__all__ = ["project"]

slow = pytest.mark.slow
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

APP = """
import ctypes, os
import quickdemo as gr

def hold(text):
    with open("starts.txt", "a") as file:
        file.write(f"{text} {os.getpid()}\\n")
    if not os.path.exists("go"):
        ctypes.PyDLL(None).sleep(1000)  # PyDLL: it keeps Python's lock, as a careless extension does
    return text.upper()

gr.Interface(hold, "text", "text", allow_flagging="never").launch()
"""


def started(project: Project, *options: str) -> tuple[Run, int]:
    """A run, and the number of the process that serves."""
    project.write(APP)
    run = project.run("app.py", "--timeout-silent", "6", *options)
    return run, int(run.ready()["pid"])


@slow
@pytest.mark.parametrize("options", [(), ("--reload",)], ids=["plain", "reload"])
def test_a_call_that_keeps_pythons_lock_is_shown_and_its_process_replaced(
    project: Project, options: tuple[str, ...]
) -> None:
    run, pid = started(project, *options)
    status, job = ask(run, "POST", "/api/predict", {"data": ["a"]}, {"Prefer": "respond-async"})
    assert status == 202
    silent = run.wait_for("silent")
    assert silent["seconds"] < 6 and "in hold" in silent["stacks"] and "app.py" in silent["stacks"]
    (project.folder / "go").touch()
    fault = run.wait_for("fault")
    assert re.fullmatch(r"app\.py was silent for [67] s and was ended", fault["message"])
    until(lambda: not alive(pid))
    run.wait_for("ready", "reload_ok")
    told = until(lambda: (now := ask(run, "GET", f"/api/jobs/{job['id']}")[1]).get("state") == "done" and now)
    assert told["result"]["data"] == ["A"] and told["attempt"] == 2


@slow
def test_people_read_where_it_stands(project: Project) -> None:
    run, _ = started(project, "--log-format", "json")
    ask(run, "POST", "/api/predict", {"data": ["b"]}, {"Prefer": "respond-async"})
    run.wait_for("fault")
    (project.folder / "go").touch()
    said: list[Any] = [json.loads(line) for line in run.said]
    messages = [line["message"] for line in said if line["logger"] == "quickdemo.run"]
    assert any(text.startswith("app.py has done nothing for ") for text in messages), messages
    assert any("in hold" in text for text in messages)


@slow
def test_what_stands_still_as_a_whole_is_not_taken_for_silence(project: Project) -> None:
    """As a laptop that sleeps."""
    run, pid = started(project)
    (project.folder / "go").touch()
    os.kill(run.process.pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGSTOP)
    threading.Event().wait(8)  # longer than the limit
    os.kill(run.process.pid, signal.SIGCONT)
    os.kill(pid, signal.SIGCONT)
    assert run.predict("d") == "D"
    threading.Event().wait(3)  # the supervisor has looked
    assert alive(pid) and not any(event["event"] == "silent" for event in run.events)


class Quiet:
    """What a Vigil needs of a supervisor, of whose process it never hears anything; time goes on as it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.options = RunOptions("app.py", "app.py", silent_s=15.0)
        self.console = SimpleNamespace(event=lambda *_, **__: None, line=lambda *_: None)
        self.now, self.computed, self.asked = 0.0, 0.0, 0.0
        self.serving = SimpleNamespace(**GENERATION, kill=self.kill)
        self.killed_at: float | None = None
        self._due: list[Callable[[], None]] = []
        monkeypatch.setattr(vigil, "time", SimpleNamespace(monotonic=lambda: self.now))
        monkeypatch.setattr(vigil, "cpu_s", lambda pid: self.computed)
        monkeypatch.setattr(vigil, "kill", lambda pid, number: setattr(self, "asked", self.asked or self.now))
        Vigil(self).begin()  # type: ignore[arg-type]  # it is one as far as it is used

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        self._due.append(action)

    def kill(self) -> None:
        self.killed_at = self.killed_at or self.now

    def go_on(self, seconds: float, computed_s: float = 0.0) -> None:
        """So much time passes before the supervisor has its next turn."""
        self.now += seconds
        self.computed += computed_s
        due, self._due = self._due, []
        for action in due:
            action()


GENERATION: dict[str, Any] = {
    **{"pid": 1, "number": 1, "beats": 7, "silent_s": 0.0, "idle_s": 0.0, "cpu_s": 0.0, "asked": False},
    **{"heard": SimpleNamespace(count=lambda: 7, stacks=lambda: ""), "why_killed": ""},
}


def test_who_does_nothing_is_asked_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = Quiet(monkeypatch)
    while owner.killed_at is None:
        owner.go_on(1.0)
    assert (owner.asked, owner.killed_at) == (5.0, 15.0)
    assert owner.serving.why_killed == "was silent for 15 s and was ended"


def test_who_computes_may_be_silent_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = Quiet(monkeypatch)
    while owner.killed_at is None:
        owner.go_on(1.0, computed_s=0.9)
    assert owner.asked == 5.0 and 55 < owner.killed_at < 61


def test_time_in_which_the_supervisor_stood_still_counts_as_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = Quiet(monkeypatch)
    owner.go_on(1.0)
    owner.go_on(3600.0)
    assert owner.asked == 0.0 and owner.killed_at is None
    owner.serving.heard = SimpleNamespace(count=lambda: 8)
    owner.go_on(1.0)
    assert owner.serving.silent_s == 0.0
