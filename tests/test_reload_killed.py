"""Whatever is killed or stopped: nothing is left behind, or the app is served again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
from typing import Any

import pytest

from tests.processes import MARK, descendants, marked
from tests.running import Project, Run, alive, project, until

__all__ = ["project"]
pytestmark = [
    pytest.mark.slow,  # each starts processes of its own
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]
AGAIN_S = 10.0  # wanted is one second; a busy machine may be slower, and the time is printed

APP = """
import os, subprocess, sys, time
import quickdemo as gr
time.sleep(0.5)
VERSION = "1"

def answer(text):
    if text == "fork":
        if not (pid := os.fork()):
            time.sleep(1000)
        return f"{pid} {subprocess.Popen(['sleep', '1000']).pid}"
    if text == "exit":
        os._exit(3)
    if text == "abort":
        os.abort()
    return VERSION + text

gr.Interface(answer, "text", "text").launch()
"""
KILLS = [signal.SIGTERM, signal.SIGINT, signal.SIGKILL]


def serving(project: Project, *options: str) -> tuple[Run, int]:
    """A run, and the number of the process that serves."""
    project.write(APP)
    run = project.run("--reload", *options, env={MARK: str(project.folder)})
    pid = run.ready()["pid"]
    if not options:
        until(lambda: len(descendants(run.process.pid)) >= 4)  # serves; the root, a checkpoint, and a twin that waits
    return run, pid


def edit(project: Project, version: str) -> None:
    project.write(APP.replace('"1"', f'"{version}"'))


def answers(run: Run, text: str) -> Any:
    """The answer, None while there is none."""
    try:
        return run.predict(text)
    except (OSError, AssertionError, ValueError):
        return None
    except Exception as error:  # http.client has many
        assert "http" in type(error).__module__, error
        return None


@pytest.mark.parametrize("options", [(), ("--no-checkpoints",)], ids=["checkpoints", "no-checkpoints"])
@pytest.mark.parametrize("number", KILLS)
def test_nothing_is_left_when_the_command_ends(
    project: Project, number: signal.Signals, options: tuple[str, ...]
) -> None:
    run, _ = serving(project, *options)
    forked = [int(pid) for pid in run.predict("fork").split()] if not options else []
    edit(project, "2")
    run.wait_for("reload_ok")
    run.process.send_signal(number)
    run.process.wait(AGAIN_S)
    until(lambda: not marked(str(project.folder)), AGAIN_S)
    until(lambda: not any(alive(pid) for pid in forked), AGAIN_S)
    with socket.socket() as sock:
        assert sock.connect_ex(("127.0.0.1", run.port)) != 0


def test_nothing_is_left_when_the_first_copy_was_dropped_and_another_took_over(project: Project) -> None:
    large = "held = bytearray(b'%d' * 2**26)\ntime.sleep(2)"  # long enough to be worth a copy, and each holds its own
    app = APP.replace("time.sleep(0.5)", "\n".join(large % number for number in range(3)))
    project.write(app)
    run = project.run("--reload", env={MARK: str(project.folder)})
    run.ready()
    copies = sum(event["event"] == "checkpoint" for event in run.events)
    assert copies > 1
    until(lambda: len(descendants(run.process.pid)) == 3 + copies)  # the run, the root, a twin
    until(lambda: len(descendants(run.process.pid)) <= 4)  # the least valuable are dropped: all hold too much memory
    project.write(app.replace('"1"', '"2"'))
    run.wait_for("reload_ok")
    forked = [int(pid) for pid in run.predict("fork").split()]
    run.process.kill()
    until(lambda: not marked(str(project.folder)), AGAIN_S)
    until(lambda: not any(alive(pid) for pid in forked), AGAIN_S)


@pytest.mark.parametrize("number", [*KILLS, signal.SIGSTOP])
@pytest.mark.parametrize("stopped_first", [False, True])
def test_a_killed_child_is_replaced(project: Project, number: signal.Signals, stopped_first: bool) -> None:
    run, pid = serving(project)
    if stopped_first:
        os.kill(pid, signal.SIGSTOP)
    os.kill(pid, number)
    began = time.monotonic()
    until(lambda: answers(run, "!") == "1!", AGAIN_S)
    print(f"\n    served again after {time.monotonic() - began:.2f} s")
    edit(project, "2")
    until(lambda: answers(run, "!") == "2!", AGAIN_S)


@pytest.mark.parametrize("number", [*KILLS, signal.SIGSTOP])
def test_killed_copies_are_done_without(project: Project, number: signal.Signals) -> None:
    run, pid = serving(project)
    for copy in descendants(run.process.pid):
        if copy.pid != pid:
            with contextlib.suppress(ProcessLookupError):  # a twin ends with what it was made of
                os.kill(copy.pid, number)
    edit(project, "2")
    began = time.monotonic()
    until(lambda: answers(run, "!") == "2!", AGAIN_S)
    print(f"\n    served after {time.monotonic() - began:.2f} s")
    edit(project, "3")
    until(lambda: answers(run, "!") == "3!", AGAIN_S)


@pytest.mark.parametrize("how", ["exit", "abort"])
def test_a_call_that_ends_its_process_costs_only_itself(project: Project, how: str) -> None:
    run, _ = serving(project)
    edit(project, "2")
    run.wait_for("reload_ok")
    assert answers(run, how) is None
    until(lambda: answers(run, "!") == "2!", AGAIN_S)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_resumed_run_that_is_killed_while_it_starts_is_run_anew(project: Project, number: signal.Signals) -> None:
    run, _ = serving(project)
    before = {p.pid for p in descendants(run.process.pid)}
    slow = "open('begun', 'a').write('x')\ntime.sleep(0.5)\nVERSION = \"2\""
    begun = project.folder / "begun"
    project.write(APP.replace('VERSION = "1"', slow))
    until(begun.exists)
    run.wait_for("resume")
    # the twin that waited is what runs now
    for process in descendants(run.process.pid):
        if process.pid in before and os.path.realpath(f"/proc/{process.pid}/fd/0") and _has_begun(process.pid):
            os.kill(process.pid, number)
    until(lambda: answers(run, "!") == "2!", AGAIN_S)


def _has_begun(pid: int) -> bool:
    """Whether it sleeps for a time, as the slow statement does; copies wait for a message."""
    try:
        with open(f"/proc/{pid}/wchan") as file:
            return "nanosleep" in file.read()
    except OSError:
        return False


@pytest.mark.parametrize("trouble", ["os._exit(5)", "os.kill(os.getppid(), 0); __import__('ctypes').string_at(0)"])
def test_what_only_a_copy_does_is_found_and_condemned(project: Project, trouble: str) -> None:
    text = APP.replace("import os,", "import builtins, os,").replace(
        "time.sleep(0.5)", "import psutil_free as own\ntime.sleep(0.5)"
    )
    project.write("import ctypes\nnumber = ctypes.CDLL(None).getpid()\n", "psutil_free.py")
    guard = f"if __import__('ctypes').CDLL(None).getpid() != own.number: {trouble}\nVERSION ="
    project.write(text)
    run = project.run("--reload")
    run.ready()
    project.write(text.replace("VERSION =", guard))
    condemned = run.wait_for("condemned")
    assert condemned["statement"] == "app.py:5"
    run.wait_for("reload_ok")
    assert run.predict("!") == "1!"
    project.write(text.replace("VERSION =", guard).replace('"1"', '"2"'))
    assert run.wait_for("resume", "clean")["event"] == "clean"
    run.wait_for("reload_ok")
    assert run.predict("!") == "2!"


def test_a_copy_that_hangs_gets_a_clean_rival(project: Project) -> None:
    project.write("import ctypes\nnumber = ctypes.CDLL(None).getpid()\n", "own.py")
    text = APP.replace("time.sleep(0.5)", "import own\ntime.sleep(0.5)")
    project.write(text)
    run = project.run("--reload")
    run.ready()
    hang = "if __import__('ctypes').CDLL(None).getpid() != own.number: time.sleep(1000)\nVERSION ="
    project.write(text.replace("VERSION =", hang).replace('"1"', '"2"'))
    assert run.wait_for("hedge")["why"] == "it is late"
    run.wait_for("condemned")
    run.wait_for("reload_ok")
    assert run.predict("!") == "2!"
