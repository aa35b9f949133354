"""`kill -9` while ten thousand accepted jobs wait: of the child, and of the supervisor. All are done afterwards."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sqlite3
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.running import Project, Run, alive, project, until
from tests.test_jobs_outlive import begun, go

__all__ = ["project"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]
COUNT = 10_000
CLIENTS = 8
LIMIT_S = 300.0  # the time is printed

APP = """
import os, time
import quickdemo as gr

def work(text):
    with open("starts.txt", "a") as file:
        file.write(f"{text} {os.getpid()}\\n")
    while not os.path.exists("go"):
        time.sleep(0.01)
    return text[::-1]

demo = gr.Interface(work, "text", "text", allow_flagging="never").queue(max_size=20_000, concurrency_count=2)
demo.launch()
"""


def accepted(run: Run) -> dict[int, str]:
    """The ids of so many jobs, by their numbers; a few clients ask at once."""

    def some(client: int) -> dict[int, str]:
        connection, found = run.connect(), {}
        headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
        for number in range(client, COUNT, CLIENTS):
            connection.request("POST", "/api/predict", json.dumps({"data": [f"n{number}"]}), headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            assert answer.status == 202, told
            found[number] = told["id"]
        connection.close()
        return found

    with ThreadPoolExecutor(CLIENTS) as pool:
        return {number: id for found in pool.map(some, range(CLIENTS)) for number, id in found.items()}


def states(folder: Path) -> Counter[str]:
    """How many jobs are in which state, as the journal says."""
    connection = sqlite3.connect(folder / ".quickdemo" / "jobs.db", timeout=30)
    try:
        return Counter(dict(connection.execute("SELECT state, count(*) FROM jobs GROUP BY state").fetchall()))
    finally:
        connection.close()


def result(run: Run, connection: http.client.HTTPConnection, id: str) -> Any:
    connection.request("GET", f"/api/jobs/{id}")
    return json.loads(connection.getresponse().read())["result"]["data"][0]


@pytest.mark.parametrize("whom", ["child", "supervisor"])
def test_all_that_waited_is_done_after_a_kill(project: Project, whom: str) -> None:
    project.write(APP)
    run = project.run("app.py")
    child = int(run.ready()["pid"])
    began = time.monotonic()
    jobs = accepted(run)
    took = [time.monotonic() - began]
    running = {line.split()[0] for line in until(lambda: begun(project))}
    began = time.monotonic()
    if whom == "child":
        os.kill(child, signal.SIGKILL)
        go(project)
        run.wait_for("ready", "reload_ok")
    else:
        run.process.kill()
        until(lambda: not alive(child))
        go(project)
        run = project.run("app.py", "-p", str(run.port))
        run.ready()
    took.append(time.monotonic() - began)
    until(lambda: states(project.folder) == {"done": COUNT}, LIMIT_S)
    took.append(time.monotonic() - began)
    print(f"\n    {whom}: {COUNT} accepted in {took[0]:.1f} s; after the kill, ready in {took[1]:.2f} s, all done in "
          f"{took[2]:.1f} s")  # fmt: skip
    starts = Counter(line.split()[0] for line in begun(project))
    assert len(starts) == COUNT and {text for text, times in starts.items() if times > 1} <= running
    connection = run.connect()
    for number in range(0, COUNT, 10):
        assert result(run, connection, jobs[number]) == f"n{number}"[::-1]
    connection.close()
