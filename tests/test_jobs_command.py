"""`quickdemo jobs`: an app's jobs are listed, shown, cancelled and retried, while it runs and while it does not."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from quickdemo.cli.jobs_text import seconds
from tests.running import Project, Run, project, run_command, until
from tests.test_jobs_outlive import Asked, ask

__all__ = ["project"]

pytestmark = pytest.mark.slow

APP = """
import os, time
import quickdemo as gr

def work(text):
    with open("starts.txt", "a") as file:
        file.write(text + "\\n")
    while text.startswith("wait") and not os.path.exists("go"):
        time.sleep(0.01)
    if text == "bad" and not os.path.exists("mended"):
        raise gr.Error("It is bad.")
    return text.upper()

gr.Interface(work, "text", "text", allow_flagging="never", concurrency_limit=1).launch()
"""


def jobs(project: Project, *arguments: str, code: int = 0) -> Any:
    """What a `quickdemo jobs ... --json` says."""
    done = run_command(project.folder, "jobs", *arguments, "--json")
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout)


def told(project: Project, *arguments: str, code: int = 0) -> str:
    done = run_command(project.folder, "jobs", *arguments)
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout + done.stderr


def state(project: Project, id: str) -> str:
    return str(jobs(project, "show", id)["state"])


def started(project: Project) -> Run:
    project.write(APP)
    run = project.run("app.py")
    run.ready()
    return run


def begun(project: Project) -> list[str]:
    path = project.folder / "starts.txt"
    return path.read_text().split("\n")[:-1] if path.exists() else []


def test_jobs_of_an_app_that_runs(project: Project) -> None:
    run = started(project)
    asked = Asked(run, "good", "bad")
    asked.all_end(run)
    good, bad = asked.jobs["good"], asked.jobs["bad"]
    listed = jobs(project, "ls")
    assert [(one["id"], one["state"]) for one in listed["jobs"]] == [(bad, "failed"), (good, "done")]
    assert listed["counts"] == {"predict": {"done": 1, "failed": 1}}
    assert [one["id"] for one in jobs(project, "ls", "--limit", "1")["jobs"]] == [bad]
    assert [one["id"] for one in jobs(project, "ls", "--state", "done", "--function", "predict")["jobs"]] == [good]
    assert jobs(project, "ls", "--function", "other", code=3)["jobs"] == []
    assert told(project, "ls", "--state", "failed", "--quiet") == f"{bad}\n"
    text = told(project, "ls")
    assert text.splitlines()[0].split() == ["ID", "FUNCTION", "STATE", "ACCEPTED", "WAITED", "RAN", "STARTS"]
    assert good in text and "2 of 2 jobs: 1 done, 1 failed" in text
    shown = jobs(project, "show", good[:6])
    assert shown["inputs"] == ["good"] and shown["result"]["data"] == ["GOOD"] and shown["attempt"] == 1
    assert jobs(project, "show", bad)["error"]["message"] == "It is bad."
    assert "It is bad." in told(project, "show", bad) and '["GOOD"]' in told(project, "show", good)

    (project.folder / "mended").touch()
    (again,) = jobs(project, "retry", bad)["jobs"]
    assert again["new_id"] != bad and again["ok"]
    until(lambda: state(project, again["new_id"]) == "done", 20)
    assert jobs(project, "show", again["new_id"])["result"]["data"] == ["BAD"]
    assert state(project, bad) == "failed", "what was told of the old one stays true"
    assert ask(run, "GET", f"/api/jobs/{again['new_id']}")[1]["state"] == "done", "it is the same visitor's"
    assert "is done; only failed and cancelled" in told(project, "retry", good, code=1)


def test_cancel_reaches_the_app_that_runs_it(project: Project) -> None:
    run = started(project)
    asked = Asked(run, "wait 1", "wait 2")
    until(lambda: begun(project))
    answer = jobs(project, "cancel", *asked.jobs.values())
    assert [one["state"] for one in answer["jobs"]] == ["cancelled", "cancelled"]
    assert {one["state"] for one in asked.all_end(run).values()} == {"cancelled"}
    (project.folder / "go").touch()
    assert begun(project) == ["wait 1"]
    assert "is cancelled already" in told(project, "cancel", asked.jobs["wait 1"])


def test_while_the_app_does_not_run(project: Project) -> None:
    run = started(project)
    asked = Asked(run, "bad", "wait 1", "wait 2", "wait 3")
    until(lambda: "wait 1" in begun(project))
    run.process.send_signal(signal.SIGKILL)
    run.process.wait(20)
    bad, one, two, three = asked.jobs.values()
    assert state(project, bad) == "failed" and state(project, three) == "queued"
    until(lambda: [job["id"] for job in jobs(project, "ls")["jobs"] if "left" in job] == [one])
    assert "left" in next(line for line in told(project, "ls").splitlines() if one in line)
    assert jobs(project, "cancel", two, "--app", "app.py:demo")["jobs"][0]["state"] == "cancelled"
    assert jobs(project, "show", two)["error"]["message"] == "It was cancelled by whoever runs this demo."
    (new,) = jobs(project, "retry", bad, "--app", str(project.folder))["jobs"]
    assert "next run takes it up" in told(project, "retry", two)
    (project.folder / "mended").touch()
    (project.folder / "go").touch()
    project.run("app.py").ready()
    until(lambda: [state(project, id) for id in (one, three, new["new_id"])] == ["done"] * 3)
    assert state(project, two) == "cancelled"


def test_what_cannot_be_found(project: Project) -> None:
    assert jobs(project, "ls", code=3)["error"]["code"] == "jobs.no_journal"
    assert not (project.folder / ".quickdemo").exists(), "looking makes nothing"
    assert jobs(project, "ls", "--app", "nope.py", code=3)["error"]["code"] == "jobs.no_app"
    assert jobs(project, "ls", "--state", "lost", code=2)["error"]["code"] == "jobs.usage"
    run = started(project)
    Asked(run, "a", "b", "c").all_end(run)
    assert jobs(project, "show", "nope", code=3)["error"]["code"] == "jobs.unknown"
    assert jobs(project, "cancel", "-", code=3)["error"]["code"] == "jobs.unknown"
    assert "Which job?" in told(project, "show", code=2)


def test_a_journal_of_another_version_is_left_alone(project: Project) -> None:
    import sqlite3

    folder = project.folder / ".quickdemo"
    folder.mkdir()
    connection = sqlite3.connect(folder / "jobs.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "another version" in jobs(project, "ls", code=1)["error"]["message"]
    assert [path.name for path in folder.glob("jobs*.db")] == ["jobs.db"]


def test_the_command_is_light(tmp_path: Path, root: Path) -> None:
    """A list of jobs loads neither arrays nor the server nor what speaks to a broker, as `--help` does."""
    from quickdemo.runtime.jobs.journal import Journal

    (tmp_path / ".quickdemo").mkdir()
    Journal(str(tmp_path / ".quickdemo")).close()
    code = (
        "import sys; sys.argv = ['quickdemo', 'jobs', 'ls'];\n"
        "from quickdemo.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    print(end.code)\n"
        "print(sorted({'numpy', 'PIL', 'starlette', 'uvicorn', 'nats'} & set(sys.modules)))"
    )
    env = {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert run.stdout == "3\n[]\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [(-1, "0 ms"), (0.0124, "12 ms"), (3.44, "3.4 s"), (59.96, "1 min 0 s"), (125, "2 min 5 s"), (12000, "3 h 20 min")],
)
def test_times_are_readable(value: float, text: str) -> None:
    assert seconds(value) == text
