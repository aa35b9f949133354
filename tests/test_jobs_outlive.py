"""Jobs outlive what runs them: reloads, a child that is killed, a `quickdemo run` that is killed or told to end."""

from __future__ import annotations

import http.client
import json
import os
import signal
from typing import Any

import pytest

from tests.running import Project, Run, alive, project, until

__all__ = ["project"]

pytestmark = pytest.mark.slow

APP = """
import os, time
import quickdemo as gr

def work(text):
    with open("starts.txt", "a") as file:
        file.write(f"{text} {os.getpid()}\\n")
    while not os.path.exists("go"):
        time.sleep(0.01)
    return text.upper() + " VERSION"

demo = gr.Interface(work, "text", "text", concurrency_limit=1, allow_flagging="never")
demo.launch()
"""


class Asked:
    """Jobs that were accepted from one run, by one program without a cookie."""

    def __init__(self, run: Run, *texts: str) -> None:
        self.jobs = {text: self._ask(run, text) for text in texts}

    @staticmethod
    def _ask(run: Run, text: str) -> str:
        status, told = ask(run, "POST", "/api/predict", {"data": [text]}, {"Prefer": "respond-async"})
        assert status == 202, told
        return str(told["id"])

    def all_end(self, run: Run) -> dict[str, Any]:
        """What each of them ended with."""

        def ended() -> dict[str, Any] | None:
            try:
                told = {text: ask(run, "GET", f"/api/jobs/{id}")[1] for text, id in self.jobs.items()}
            except (OSError, http.client.HTTPException):  # the server dies, and comes back
                return None
            return told if all(one["state"] in ("done", "failed", "cancelled") for one in told.values()) else None

        return dict(until(ended))


def ask(run: Run, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    connection = run.connect()
    try:
        sent = {"Content-Type": "application/json", **(headers or {})}
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def begun(project: Project) -> list[str]:
    path = project.folder / "starts.txt"
    return path.read_text().split("\n")[:-1] if path.exists() else []


def go(project: Project) -> None:
    (project.folder / "go").touch()


def started(project: Project, *arguments: str) -> Run:
    project.write(APP.replace("VERSION", "1"))
    run = project.run("app.py", *arguments)
    run.ready()
    return run


def test_a_child_that_is_killed_loses_no_job(project: Project) -> None:
    run = started(project)
    asked = Asked(run, *"abcdefgh")
    until(lambda: begun(project))
    os.kill(int(begun(project)[0].split()[1]), signal.SIGKILL)
    until(lambda: len(begun(project)) == 2)
    go(project)
    told = asked.all_end(run)
    assert {text: one["result"]["data"] for text, one in told.items()} == {t: [f"{t.upper()} 1"] for t in "abcdefgh"}
    assert {text: one["attempt"] for text, one in told.items()} == {**dict.fromkeys("bcdefgh", 1), "a": 2}


def test_a_job_that_kills_its_process_is_begun_three_times(project: Project) -> None:
    project.write(APP.replace("VERSION", "1").replace("    while", "    if text == 'poison': os._exit(7)\n    while"))
    run = project.run("app.py")
    run.ready()
    asked = Asked(run, "poison")
    told = asked.all_end(run)["poison"]
    assert told["state"] == "failed" and told["error"]["code"] == "crashed" and told["attempt"] == 3
    assert len(begun(project)) == 3
    go(project)
    assert Asked(run, "fine").all_end(run)["fine"]["result"]["data"] == ["FINE 1"]


def test_what_must_not_run_twice_fails_with_its_process(project: Project) -> None:
    project.write(APP.replace("VERSION", "1").replace("concurrency_limit=1", "concurrency_limit=1, retry=False"))
    run = project.run("app.py")
    run.ready()
    asked = Asked(run, "runs", "waits")
    until(lambda: begun(project))
    os.kill(int(begun(project)[0].split()[1]), signal.SIGKILL)
    until(lambda: len(begun(project)) == 2)  # the one that had only waited
    go(project)
    told = asked.all_end(run)
    assert (told["runs"]["state"], told["runs"]["error"]["code"], told["runs"]["attempt"]) == ("failed", "crashed", 1)
    assert told["waits"]["result"]["data"] == ["WAITS 1"]
    assert [line.split()[0] for line in begun(project)] == ["runs", "waits"]


def test_a_reload_finishes_what_runs_and_hands_on_what_waits(project: Project) -> None:
    run = started(project, "--reload")
    asked = Asked(run, "runs", "waits", "waits too")
    until(lambda: begun(project))
    project.write(APP.replace("VERSION", "2"))
    run.wait_for("reload_ok")
    go(project)
    told = asked.all_end(run)
    assert {text: one["result"]["data"][0] for text, one in told.items()} == {
        "runs": "RUNS 1",
        "waits": "WAITS 2",
        "waits too": "WAITS TOO 2",
    }
    assert {one["attempt"] for one in told.values()} == {1}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_next_run_takes_up_what_this_one_left(project: Project, how: signal.Signals) -> None:
    run = started(project, "--timeout-graceful", "0.2")
    asked = Asked(run, *"abc")
    until(lambda: begun(project))
    child = int(begun(project)[0].split()[1])
    run.process.send_signal(how)
    run.process.wait(20)
    until(lambda: not alive(child))
    go(project)
    again = project.run("app.py", "-p", str(run.port))
    again.ready()
    told = asked.all_end(again)
    assert {text: one["result"]["data"] for text, one in told.items()} == {t: [f"{t.upper()} 1"] for t in "abc"}
    assert {text: one["attempt"] for text, one in told.items()} == {"a": 2, "b": 1, "c": 1}


def test_scripts_in_one_folder_have_their_own_jobs(project: Project) -> None:
    """They share the journal, and neither takes up or finds what the other has accepted."""
    runs = []
    for name in ("one.py", "two.py"):
        project.write(APP.replace("VERSION", name), name)
        runs.append(project.run(name, "-p", "0"))
        runs[-1].ready()
    first, second = runs
    asked = Asked(first, *"abc")
    key = {"Prefer": "respond-async", "Idempotency-Key": "once"}
    mine = ask(first, "POST", "/api/predict", {"data": ["k"]}, key)[1]["id"]
    until(lambda: begun(project))
    first.kill()
    id = asked.jobs["b"]
    assert ask(second, "GET", f"/api/jobs/{id}")[0] == 404
    assert ask(second, "POST", "/api/predict", {"data": ["k"]}, key)[1]["id"] != mine
    go(project)
    again = project.run("one.py", "-p", "0")
    again.ready()
    assert {one["result"]["data"][0] for one in asked.all_end(again).values()} == {f"{c} one.py" for c in "ABC"}


POISON = """
import os, time
import quickdemo as gr

def work(text):
    with open("starts.txt", "a") as file:
        file.write(f"{text} {os.getpid()}\\n")
    if text == "poison":
        time.sleep(0.3)
        os._exit(9)
    while len(open("starts.txt").readlines()) < 4:
        time.sleep(0.01)
    time.sleep(1)
    return text.upper()

gr.Interface(work, "text", "text", allow_flagging="never").launch()
"""


def test_one_that_kills_its_process_takes_no_other_along(project: Project) -> None:
    """What ran beside it twice runs without it the third time."""
    project.write(POISON)
    run = project.run("app.py")
    run.ready()
    asked = Asked(run, "a", "poison", "b")
    ended = asked.all_end(run)
    assert ended["poison"]["error"]["code"] == "crashed"
    assert [ended[text]["result"]["data"] for text in "ab"] == [["A"], ["B"]]
