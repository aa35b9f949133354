"""/livez and /readyz: whether a call should be sent here."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path

import pytest

from quickdemo.runtime.server import health
from tests.running import Project, Run, project, until
from tests.serving import Serve

__all__ = ["project"]

WAITS = """
import os, time
import quickdemo as gr

def work(text):
    open("began", "w").close()
    while not os.path.exists("go"):
        time.sleep(0.01)
    return text.upper()

gr.Interface(work, "text", "text", allow_flagging="never").launch()
"""


def break_journal(folder: Path) -> Path:
    """A folder stands where the journal was."""
    for path in (folder / "store").glob("jobs.db*"):
        path.rename(folder / path.name)
    (folder / "store" / "jobs.db").mkdir()
    return folder / "store" / "jobs.db"


def test_ready_means_that_a_journal_can_be_written(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_HOLDS_S", 0.0)
    client = serve(auth=("ada", "correct horse")).client()
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (200, "ok\n")
    journal = break_journal(tmp_path)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the journal of jobs cannot be written\n")
    assert answer.headers["retry-after"] == "1" and client.get("/livez").text == "ok\n"
    journal.rmdir()
    assert client.get("/readyz").status_code == 200


def test_ready_means_that_the_state_file_can_be_written(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_HOLDS_S", 0.0)
    served = serve()
    client = served.client()
    served.context.store._writer.execute("PRAGMA query_only = 1")
    assert client.get("/readyz").text == "the state file cannot be written\n"
    served.context.store._writer.execute("PRAGMA query_only = 0")
    assert client.get("/readyz").text == "ok\n"


def test_many_who_ask_write_once(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer holds for a moment, in which nothing is written."""
    monkeypatch.setattr(health, "_HOLDS_S", 1000.0)
    client = serve().client()
    assert client.get("/readyz").text == "ok\n"
    break_journal(tmp_path)
    assert {client.get("/readyz").text for _ in range(20)} == {"ok\n"}
    monkeypatch.setattr(health, "_HOLDS_S", 0.0)
    assert client.get("/readyz").status_code == 503
    (tmp_path / "store" / "jobs.db").rmdir()


def test_a_queue_that_is_not_open_or_retires_is_not_ready(serve: Serve) -> None:
    served = serve()
    client = served.client()
    served.portal.call(served.context.engine.retire)
    assert client.get("/readyz").text == "draining: it ends what runs, and takes nothing new\n"
    assert client.get("/livez").status_code == 200


def told(run: Run, path: str) -> tuple[int, str]:
    connection = run.connect()
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("reload", [(), ("--reload",)])
def test_while_it_drains_who_comes_is_told_at_once(project: Project, reload: tuple[str, ...]) -> None:
    project.write(WAITS)
    run = project.run("app.py", *reload, "--timeout-graceful", "20")
    run.ready()
    answers: list[str] = []
    caller = threading.Thread(target=lambda: answers.append(run.predict("a")))
    caller.start()
    until(lambda: (project.folder / "began").exists())
    assert told(run, "/readyz") == (200, "ok\n")
    run.process.send_signal(signal.SIGTERM)
    until(lambda: told(run, "/readyz")[0] == 503)
    assert told(run, "/readyz")[1].startswith("draining") and told(run, "/livez") == (200, "ok\n")
    (project.folder / "go").touch()
    code, _ = run.ends()
    caller.join(10)
    assert code == 143 and answers == ["A"], json.dumps(run.events)
