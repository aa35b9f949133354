"""Worker processes of a demo that is served, by `quickdemo run` and by its own script."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from quickdemo.runtime.interface import Interface
from quickdemo.runtime.launch import LaunchOptions
from tests.jobs.playing import environment
from tests.processes import descendants
from tests.running import Project, alive, project, until

__all__ = ["project"]

APP = """
import os, threading, time
import quickdemo as gr

MODEL = object()

def answer(text):
    if text == "exit":
        os._exit(4)
    return f"{text} VERSION {os.getpid()} {os.getppid()} {id(MODEL)}"

def count(n):
    for i in range(int(n)):
        yield f"{i} {os.getpid()}"

demo = gr.TabbedInterface(
    [
        gr.Interface(answer, "text", "text", process=True),
        gr.Interface(count, "number", "text", process=False),
        gr.ChatInterface(lambda message, history: f"{len(history)} {os.getpid()}"),
    ]
)
if __name__ == "__main__":
    demo.launch(server_port=0)
"""


def posted(port: int, name: str, *values: Any) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", f"/api/{name}", json.dumps({"data": values}), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def test_run_with_workers_survives_a_crash_follows_saves_and_leaves_nothing_behind(project: Project) -> None:
    project.write(APP.replace("VERSION", "one"))
    run = project.run("--workers", "2", "--reload")
    run.ready()
    text, version, worker, parent, _ = run.predict("a").split()
    assert (text, version) == ("a", "one")
    own = posted(run.port, "predict_1", 3)[1]["data"][0]
    assert own.startswith("2 ") and own.split()[1] not in (worker, parent)  # process=False: in the server's own process

    said = posted(run.port, "chat", "hello", None, None)[1]["data"][0][1]["content"]["text"].split()
    assert said[0] == "0" and said[1] not in (own.split()[1], parent)

    status, body = posted(run.port, "predict", "exit")
    assert (status, body["error"]["code"]) == (500, "crashed")
    assert body["error"]["message"] == "The process that ran answer has crashed: it ended with the code 4."
    assert run.predict("b").split()[3] == parent

    project.write(APP.replace("VERSION", "two"))
    run.wait_for("reload_ok")
    assert run.predict("c").split()[1] == "two"
    until(lambda: not alive(int(parent)) and not alive(int(worker)), 10)

    everything = [process.pid for process in descendants(run.process.pid)]
    assert int(run.predict("d").split()[2]) in everything
    os.kill(run.process.pid, signal.SIGKILL)
    until(lambda: not any(alive(pid) for pid in everything), 5)


def test_a_script_of_its_own_has_workers_and_ends_them(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    command = [sys.executable, "app.py"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r":(\d+)/", process.stdout.readline())
        assert found is not None
        _, _, worker, parent, model = posted(int(found[1]), "predict", "a")[1]["data"][0].split()
        server = posted(int(found[1]), "predict_1", 1)[1]["data"][0].split()[1]
        assert server == str(process.pid) and len({worker, parent, server}) == 3
        process.send_signal(signal.SIGTERM)
        until(lambda: process.poll() is not None, 20)
        until(lambda: not alive(int(worker)) and not alive(int(parent)), 5)


def test_parameters_are_checked_where_they_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Interface(str, "text", "text", process=True, memory_limit="2mb").memory_limit == 2 << 20
    with pytest.raises(ValueError, match="memory_limit needs a process of its own"):
        Interface(str, "text", "text", process=False, memory_limit=5)
    with pytest.raises(ValueError, match="memory_limit must be above 0 bytes, or None; it was 0"):
        Interface(str, "text", "text", memory_limit=0)
    with pytest.raises(ValueError, match="workers must be at least 1, or None for threads; it was 0"):
        LaunchOptions(workers=0)
    monkeypatch.setenv("QUICKDEMO_WORKERS", "3")
    assert LaunchOptions().workers == 3
    assert LaunchOptions(workers=2).workers == 2
