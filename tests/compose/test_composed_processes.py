"""Members in worker processes, under `quickdemo run`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.running import Project, Run, project

__all__ = ["project"]

pytestmark = pytest.mark.slow

APP = """
import os
import quickdemo as gr

server = os.getpid()

def place(text):
    if text == "exit" and os.getpid() != server:
        os._exit(4)
    return f"{text} {os.getpid()}"

members = [gr.Interface(place, "text", "text", process=apart) for apart in (True, False)]
demo = gr.Parallel(gr.Series(members[0]), members[1])
"""


def ask(run: Run, text: str) -> Any:
    connection = run.connect()
    connection.request("POST", "/api/predict", json.dumps({"data": [text]}), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    return body


def test_a_member_runs_in_its_process_and_its_crash_is_its_own(project: Project) -> None:
    project.write(APP)
    run = project.run()
    run.ready()
    apart, here = ask(run, "a")["data"]
    assert apart.split()[0] == here.split()[0] == "a" and apart.split()[1] != here.split()[1]
    body = ask(run, "exit")
    assert body["data"][0] is None and body["data"][1] == f"exit {here.split()[1]}"
    assert body["members"][0]["state"] == "failed" and body["members"][0]["error"]["code"] == "crashed"
    assert ask(run, "b")["data"][1] == f"b {here.split()[1]}"
