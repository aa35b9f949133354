"""SIGTERM and Ctrl-C with jobs that run and wait: what ends, what is told, what stays (F21)."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from tests.running import ROOT, Project, Run, project, until
from tests.test_jobs_outlive import APP, Asked, begun, go, started

__all__ = ["project"]

pytestmark = pytest.mark.slow


class Caller:
    """One who waits on the line for the answer, plain or as a stream."""

    def __init__(self, run: Run, text: str, accept: str = "application/json") -> None:
        self.status, self.body = 0, ""
        self._connection = run.connect()
        headers = {"Content-Type": "application/json", "Accept": accept}
        self._connection.request("POST", "/api/predict", json.dumps({"data": [text]}), headers)
        self._thread = threading.Thread(target=self._wait)
        self._thread.start()
        later = run.connect()  # one that came after it is answered: the server has it
        later.request("GET", "/livez")
        later.getresponse().read()
        later.close()

    def _wait(self) -> None:
        answer = self._connection.getresponse()
        self.status = answer.status
        self.body = answer.read().decode()
        self._connection.close()

    def ended(self) -> tuple[int, str]:
        self._thread.join(15)
        return self.status, self.body


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_what_stays_is_told_and_the_end_comes_in_time(project: Project, how: signal.Signals, code: int) -> None:
    run = started(project)
    Asked(run, "runs")
    until(lambda: begun(project))
    plain, stream = Caller(run, "plain"), Caller(run, "stream", "text/event-stream")
    Asked(run, "waits")
    began = time.monotonic()
    run.process.send_signal(how)
    drained = run.wait_for("drained")
    assert drained["jobs_kept"] == 2, "of those who wait on the line nobody would find the answer"
    ended, _ = run.ends()
    assert ended == code and time.monotonic() - began < 10
    status, body = plain.ended()
    assert status == 503 and json.loads(body)["error"]["code"] == "stopped"
    status, body = stream.ended()
    assert "stopped" in body
    assert run.wait_for_last("stop")["code"] == code


def test_people_read_what_stays(project: Project) -> None:
    run = started(project, "--timeout-graceful", "0.2", "--log-format", "json")
    Asked(run, "runs", "waits")
    until(lambda: begun(project))
    run.process.send_signal(signal.SIGTERM)
    code, said = run.ends()
    assert code == 143
    assert "2 jobs stay in the journal; the next run takes them up" in [
        json.loads(line)["message"] for line in said.splitlines()
    ]


def test_what_ends_in_time_leaves_nothing(project: Project) -> None:
    run = started(project)
    asked = Asked(run, "a", "b")
    until(lambda: begun(project))
    caller = Caller(run, "c")
    run.process.send_signal(signal.SIGTERM)
    go(project)
    drained = run.wait_for("drained")
    assert run.ends()[0] == 143
    assert caller.ended()[0] == 200 and "C 1" in caller.body, caller.body
    assert drained["calls_cut"] == 0 and drained["jobs_kept"] <= 1, "b waits for nobody, and may stay"
    assert asked.jobs


def test_a_script_of_its_own_tells_it_too(project: Project) -> None:
    project.write(APP.replace("VERSION", "1").replace("demo.launch()", "demo.launch(server_port=0)"))
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=project.folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline().rsplit(":", 1)[1].strip().rstrip("/"))
        _post(port, "a")
        _post(port, "b")
        until(lambda: begun(project))
        process.send_signal(signal.SIGTERM)
        said = process.stdout.read()
        assert process.wait(10) == 143
        assert "2 jobs stay in the journal; the next run takes them up" in said
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _post(port: int, text: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
    connection.request("POST", "/api/predict", json.dumps({"data": [text]}), headers)
    told = json.loads(connection.getresponse().read())
    connection.close()
    return told


def test_the_words() -> None:
    from quickdemo.runtime.jobs.left import Left

    assert Left().lines() == []
    assert Left(1, 1).lines() == [
        "1 job stays in the journal; the next run takes it up",
        "1 call was cut off; its caller was told so",
    ]
    assert Left(2, 3).lines()[1] == "3 calls were cut off; callers were told so"
