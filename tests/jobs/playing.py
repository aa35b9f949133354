"""Worker processes in a script of their own: functions, and what is asked of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.running import ROOT

HEAD = """
import asyncio, ctypes, json, os, signal, sys, threading, time
import quickdemo as gr
from quickdemo.runtime.call import LocalCall
from quickdemo.runtime.function import Function
from quickdemo.runtime.jobs.processes.failures import UnsendableError, WorkerDiedError
from quickdemo.runtime.jobs.processes.forking import spawner_for
from quickdemo.runtime.jobs.processes.pool import Processes

def told(**facts):
    print(json.dumps(facts), flush=True)

async def until(condition, limit_s=20.0):
    end = time.monotonic() + limit_s
    while not (value := condition()):
        assert time.monotonic() < end, "the condition did not come true in time"
        await asyncio.sleep(0.01)
    return value

async def error_of(awaitable):
    try:
        return f"no error, but {await awaitable!r}"
    except BaseException as error:
        return error

def interface_of(function):
    return gr.Interface(function, ["text"] * len(Function.of(function).parameters), "text")

class Play:
    \"\"\"Workers of some functions: `play.of(function, count=2)` gives the Processes.\"\"\"

    def __init__(self, *functions):
        self.interfaces = {function.__name__: interface_of(function) for function in functions}
        self.spawner = spawner_for(self.interfaces)

    def of(self, function, count=1, **options):
        name = function.__name__
        return Processes(self.interfaces[name], self.spawner, count=count, name=name, **options)
"""


def script(folder: Path, text: str, before: str = "") -> list[str]:
    """The command that runs the text after the head. before: what the script does first."""
    path = folder / "play.py"
    path.write_text(before + HEAD + text, encoding="utf-8")
    return [sys.executable, "-W", "error", str(path)]


def environment() -> dict[str, str]:
    """In which scripts find the package."""
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path}


def played(folder: Path, text: str, before: str = "") -> dict[str, Any]:
    """What the script told, all of it in one."""
    done = subprocess.run(
        script(folder, text, before), env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    facts: dict[str, Any] = {"stderr": done.stderr}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            facts |= json.loads(line)
    return facts
