"""The journal's disk is full for a while: what cannot be promised is not, and what was promised is kept."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.explaining import Gate
from tests.faults.clients import Notes
from tests.faults.nemesis import Nemesis
from tests.running import Project, project, until
from tests.test_job_routes import JOB, STREAM, Client, counted, events, gate
from tests.test_jobs_outlive import ask, begun

__all__ = ["gate", "project"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")


@contextlib.contextmanager
def full() -> Iterator[None]:
    """This process can write no file any further than 4 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def written(folder: Path, id: str) -> tuple[str, int]:
    """(state, starts) as another process would find them."""
    connection = sqlite3.connect(folder / "store" / "jobs.db")
    try:
        (row,) = connection.execute("SELECT state, attempt FROM jobs WHERE id = ?", (id,)).fetchall()
        return str(row[0]), int(row[1])
    finally:
        connection.close()


def test_what_begins_and_ends_meanwhile_is_written_down_when_there_is_room(
    live: Any, gate: Gate, tmp_path: Path
) -> None:
    client = Client(live(counted(gate, concurrency_limit=1)))
    runs, waits = client.job("runs"), client.job("waits")
    until(lambda: gate.order)
    with full():
        gate.open.release(2)
        client.until(runs["id"], "done")
        client.until(waits["id"], "done")
        assert written(tmp_path, waits["id"]) == ("queued", 0)
    for job in (runs, waits):
        until(lambda id=job["id"]: written(tmp_path, id) == ("done", 1), 20)


def test_what_cannot_be_written_down_is_refused_and_can_be_sent_again(live: Any, gate: Gate) -> None:
    client = Client(live(counted(gate)))
    kept = {**JOB, "idempotency_key": "4f1e"}
    gate.open.release(10)
    with full():
        for _ in range(2):
            status, told = client.json("POST", "/api/predict", {"data": ["four"]}, **kept)
            assert (status, told["error"]["code"]) == (507, "journal_full")
        assert client.json("POST", "/api/predict", {"data": ["one"]})[0] == 200
        assert [name for _, name, _ in events(client.ask("POST", "/api/predict", {"data": ["two"]}, **STREAM))][-1] == (
            "done"
        )
    job = client.job("four", idempotency_key="4f1e")
    assert client.until(job["id"], "done")["result"]["data"] == [4]


def test_a_stream_that_could_not_be_written_down_ends_as_it_would(live: Any, gate: Gate) -> None:
    client = Client(live(counted(gate)))
    keyed = {"idempotency_key": "4f1e"}
    with full():
        read = events(client.ask("POST", "/api/predict", {"data": ["four"]}, **STREAM, **keyed))
        until(lambda: gate.order)
        assert next(read)[1] == "started"
        assert client.json("POST", "/api/predict", {"data": ["four"]}, **JOB, **keyed)[0] == 507
        gate.open.release()
        assert next(read)[1:][0] == "done"


def test_an_end_that_readers_hear_of_is_written_down(live: Any, gate: Gate, tmp_path: Path) -> None:
    client = Client(live(counted(gate)))
    gate.open.release(50)
    for _ in range(50):
        job = client.job("four")
        assert [*events(client.ask("GET", f"/api/jobs/{job['id']}/events"))][-1][1] == "done"
        assert written(tmp_path, job["id"]) == ("done", 1)


@pytest.mark.slow
def test_a_process_that_starts_on_a_full_disk_takes_up_what_is_left_when_there_is_room(project: Project) -> None:
    nemesis = Nemesis(project, Notes(), "1", lambda: None)
    try:
        run = nemesis.run
        status, job = ask(run, "POST", "/api/plain", {"data": ["a-2000"]}, {"Prefer": "respond-async"})
        until(lambda: begun(project))
        pid = int(begun(project)[0].split()[1])
        nemesis.disk.fill([pid])
        os.kill(pid, signal.SIGKILL)
        run.wait_for("reload_ok")
        assert ask(run, "POST", "/api/plain", {"data": ["b-0"]})[1]["data"] == ["0-b"]
        if nemesis.disk.mounted:  # else the new process may write again
            assert ask(run, "GET", f"/api/jobs/{job['id']}")[0] == 503, "it is not gone, and cannot be read"
            assert ask(run, "POST", "/api/plain", {"data": ["c-0"]}, {"Prefer": "respond-async"})[0] == 507
        nemesis.disk.clear()
        told = until(lambda: (now := ask(run, "GET", f"/api/jobs/{job['id']}")[1]).get("state") == "done" and now)
        starts = sum(line.startswith("a-") for line in begun(project))
        assert told["result"]["data"] == ["0002-a"] and told["attempt"] == starts
        assert ask(run, "POST", "/api/plain", {"data": ["d-0"]}, {"Prefer": "respond-async"})[0] == 202
    finally:
        nemesis.close()
