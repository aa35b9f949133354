"""A child that does nothing any more, although it lives: its stacks are shown, then it is replaced."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any

import pytest

from tests.running import Project, Run, alive, project, until
from tests.test_jobs_outlive import ask

__all__ = ["project"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]

APP = """
import ctypes, os
import quickdemo as gr

def hold(text):
    with open("starts.txt", "a") as file:
        file.write(f"{text} {os.getpid()}\\n")
    while not os.path.exists("go"):
        ctypes.PyDLL(None).sleep(1000)  # PyDLL: it keeps Python's lock, as a careless extension does
    return text.upper()

gr.Interface(hold, "text", "text", allow_flagging="never").launch()
"""


def started(project: Project, *options: str) -> tuple[Run, int]:
    """A run, and the number of the process that serves."""
    project.write(APP)
    run = project.run("app.py", "--timeout-silent", "6", *options)
    return run, int(run.ready()["pid"])


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
    assert fault["message"] == "app.py was silent for 6 s and was ended"
    until(lambda: not alive(pid))
    run.wait_for("ready", "reload_ok")
    told = until(lambda: (now := ask(run, "GET", f"/api/jobs/{job['id']}")[1]).get("state") == "done" and now)
    assert told["result"]["data"] == ["A"] and told["attempt"] == 2


def test_people_read_where_it_stands(project: Project) -> None:
    run, _ = started(project, "--log-format", "json")
    ask(run, "POST", "/api/predict", {"data": ["b"]}, {"Prefer": "respond-async"})
    run.wait_for("fault")
    (project.folder / "go").touch()
    said: list[Any] = [json.loads(line) for line in run.said]
    messages = [line["message"] for line in said if line["logger"] == "quickdemo.run"]
    assert any(text.startswith("app.py has done nothing for ") for text in messages), messages
    assert any("in hold" in text for text in messages)


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
