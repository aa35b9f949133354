"""What `quickdemo run --reload` keeps over a save, and what it says of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.running import Project, Run, project

pytestmark = pytest.mark.slow  # each starts processes of its own
__all__ = ["project"]

LOADED = """
import time
import quickdemo as gr
print("loading", flush=True)
time.sleep(0.4)
VERSION = "1"
gr.Interface(lambda text, count: (VERSION + text, (count or 0) + 1), ["text", "state"], ["text", "state"]).launch()
"""


def start(project: Project, text: str, *arguments: str) -> Run:
    project.write(text)
    run = project.run("--reload", *arguments)
    run.ready()
    return run


def how(run: Run, *names: str) -> dict[str, Any]:
    """The last event of one of these names, after the reload is over."""
    run.wait_for("reload_ok", "reload_failed")
    return [event for event in run.events if event["event"] in names][-1]


def test_an_edit_below_resumes_and_the_load_is_not_run_again(project: Project) -> None:
    run = start(project, LOADED)
    project.write(LOADED.replace('"1"', '"2"'))
    resumed = how(run, "resume", "clean")
    assert (resumed["event"], resumed["statement"], resumed["text"]) == ("resume", "app.py:5", "time.sleep(0.4)")
    assert resumed["saved_s"] >= 0.4
    assert run.predict("!") == "2!"
    assert "".join(run.said).count("loading") == 1


def test_an_edit_above_runs_from_the_beginning_and_says_why(project: Project) -> None:
    run = start(project, LOADED)
    project.write(LOADED.replace("0.4", "0.3"))
    clean = how(run, "resume", "clean")
    assert (clean["event"], clean["why"]) == ("clean", "app.py:5 changed")
    assert clean["refused"][0]["statement"] == "app.py:5"


def test_without_checkpoints_each_save_is_a_fresh_process(project: Project) -> None:
    run = start(project, LOADED, "--no-checkpoints")
    project.write(LOADED.replace('"1"', '"2"'))
    assert how(run, "resume", "clean")["why"] == "there are no checkpoints"
    assert run.predict("!") == "2!"
    assert "".join(run.said).count("loading") == 2


def test_the_environment_file_is_part_of_the_past(project: Project) -> None:
    project.write("WORD=one\n", ".env")
    text = LOADED.replace('"1"', '__import__("os").environ["WORD"]')
    run = start(project, text, "--env-file", ".env")
    assert run.predict("!") == "one!"
    project.write("WORD=two\n", ".env")
    assert how(run, "resume", "clean")["why"] == "the environment file changed"
    assert run.predict("!") == "two!"
    project.write(text.replace("VERSION + text", "text + VERSION"))
    assert how(run, "resume", "clean")["event"] == "resume"
    assert run.predict("!") == "!two"


@pytest.mark.parametrize(
    ("tied", "why"),
    [
        ("import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()", "the thread"),
        ("log = open('log.txt', 'w')", "is open for writing"),
        ("import socket; s = socket.socket()", "a socket is open"),
        ("import subprocess; p = subprocess.Popen(['sleep', '60'])", "its child process"),
        ("import tempfile; folder = tempfile.TemporaryDirectory()", "the temporary"),
        ("import os; number = os.getpid()", "it knows the number of its process"),
        ("import signal; signal.setitimer(signal.ITIMER_REAL, 1000)", "a timer is set"),
    ],
)
def test_what_cannot_be_copied_is_told_and_the_load_above_it_is_kept(project: Project, tied: str, why: str) -> None:
    text = LOADED.replace("VERSION =", f"{tied}\ntime.sleep(0.4)\nVERSION =")
    run = start(project, text)
    told = next(event for event in run.events if event["event"] == "unsafe")
    assert told["statement"] == "app.py:7"
    assert any(why in reason for reason in told["why"])
    assert told["hint"]
    project.write(text.replace('"1"', '"2"'))
    assert how(run, "resume", "clean")["statement"] == "app.py:5"
    assert run.predict("!") == "2!"


def test_a_person_reads_one_line_for_each_reload_and_may_ask_for_more(project: Project) -> None:
    project.write(LOADED)
    import subprocess
    import sys

    from tests.running import ROOT

    command = [sys.executable, "-m", "quickdemo", "run", "app.py", "--reload", "--explain-reload", "-p", "0"]
    process = subprocess.Popen(
        command, cwd=project.folder, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=_env(str(ROOT))
    )
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    explained = [next(line for line in lines if "checkpoint after app.py:5" in line)]
    project.write(LOADED.replace('"1"', '"2"'))
    reloaded = next(line for line in lines if "reloaded in" in line)
    process.terminate()
    process.wait(20)
    process.stderr.close()
    assert "`time.sleep(0.4)`: saves 0.4" in explained[0]
    assert "app.py  reloaded in" in reloaded
    assert "from app.py:5, saved 4" in reloaded
    assert "kept 2 inputs" in reloaded


def test_an_error_of_a_library_in_a_resumed_run_is_shown_when_a_clean_one_has_it_too(project: Project) -> None:
    text = LOADED.replace("import time", "import time, json")
    run = start(project, text)
    for number in ("1", "2"):
        project.write(text.replace('"1"', f'json.loads("["), {number}'))
        assert how(run, "reload_failed")["report"]["type"] == "JSONDecodeError"
    seen = [event["event"] for event in run.events if event["event"] in ("resume", "clean", "hedge", "failed")]
    assert seen == ["clean", "resume", "hedge", "clean", "failed", "resume", "failed"], "the second time it is known"


def test_state_of_a_session_is_there_in_the_next_generation(project: Project) -> None:
    run = start(project, LOADED)
    connection = run.connect()

    def count(session: str | None) -> Any:
        body = {"data": ["!"], **({"session": session} if session else {})}
        connection.request("POST", "/api/predict", json.dumps(body), {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())

    first = count(None)
    assert count(first["session"])["data"][0] == "1!"
    project.write(LOADED.replace('"1"', '"2"').replace("VERSION + text", "VERSION + str(count)"))
    how(run, "resume")
    assert count(first["session"])["data"][0] == "22"
    connection.close()


def _env(root: str) -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": root}
