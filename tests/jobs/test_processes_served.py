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
from tests.running import Project, Run, alive, project, until

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


def posted(port: int, name: str, *values: Any, **headers: str) -> tuple[int, Any]:
    return asked(port, name, {"data": values}, **headers)


def asked(port: int, name: str, body: Any, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", f"/api/{name}", json.dumps(body), {"Content-Type": "application/json", **headers})
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


PLACES = """
import os, time
import quickdemo as gr

def hold(text):
    while not os.path.exists("go"):
        time.sleep(0.01)
    return f"{text} {os.getpid()}"

def few(text):
    return hold(text)

demo = gr.TabbedInterface([
    gr.Interface(hold, "text", "text", api_name="hold"),
    gr.Interface(few, "text", "text", api_name="few", concurrency_limit=1),
])
"""


def states(run: Run, jobs: list[str]) -> list[str]:
    return [json.loads(run.get(f"/api/jobs/{id}"))["state"] for id in jobs]


def test_a_function_has_as_many_places_as_workers(project: Project) -> None:
    project.write(PLACES)
    run = project.run("--workers", "2")
    run.ready()
    jobs: dict[str, list[str]] = {}
    for name in ("hold", "few"):
        asked = [posted(run.port, name, "a", prefer="respond-async") for _ in range(4)]
        assert [status for status, _ in asked] == [202] * 4
        jobs[name] = [told["id"] for _, told in asked]
    until(lambda: states(run, jobs["hold"]) == ["running", "running", "queued", "queued"])
    until(lambda: states(run, jobs["few"]) == ["running", "queued", "queued", "queued"])
    project.write("", "go")
    until(lambda: states(run, jobs["hold"] + jobs["few"]) == ["done"] * 8)


EXPLAINED = """
import os, time
import quickdemo as gr

def note():
    with open("pids.txt", "a") as file:
        file.write(f"{os.getpid()}\\n")

def plain(text):
    note()
    if text == "exit":
        os._exit(7)
    return 0.5 + 0.25 * ("good" in text.split())

async def coroutine(text):
    return plain(text)

def generator(text):
    yield 0
    yield plain(text)

async def async_generator(text):
    yield plain(text)

def batch(texts):
    return [[plain(text) for text in texts]]

def hangs(text):
    note()
    while True:
        try:
            time.sleep(3600)
        except BaseException:
            pass

def made(fn, **options):
    given = {"interpretation": "default", "process": True, "allow_flagging": "never"}
    return gr.Interface(fn, "text", "number", api_name=fn.__name__, **given, **options)

demo = gr.TabbedInterface([
    made(plain), made(coroutine), made(generator), made(async_generator), made(batch, batch=True, max_batch_size=3),
    made(hangs, time_limit=0.3, concurrency_limit=1),
])
"""


def test_explanations_call_the_function_in_its_workers(project: Project) -> None:
    project.write(EXPLAINED)
    run = project.run()
    run.ready()
    server = {process.pid for process in descendants(run.process.pid)}
    pids = project.folder / "pids.txt"
    for name in ("plain", "coroutine", "generator", "async_generator", "batch"):
        pids.write_text("")
        status, told = asked(run.port, "interpret", {"endpoint": name, "data": ["a good film"]})
        assert status == 200, (name, told)
        assert told["inputs"][0]["scores"] == pytest.approx([0, 0.25, 0])
        called = {int(pid) for pid in pids.read_text().split()}
        assert called and called <= {process.pid for process in descendants(run.process.pid)} - server

    status, told = asked(run.port, "interpret", {"endpoint": "plain", "data": ["exit"]})
    assert (status, told["error"]["code"]) == (500, "crashed")

    pids.write_text("")
    status, told = asked(run.port, "interpret", {"endpoint": "hangs", "data": ["a"]})
    assert (status, told["error"]["code"]) == (504, "time_limit")
    until(lambda: pids.read_text() and not any(alive(int(pid)) for pid in pids.read_text().split()), 10)
