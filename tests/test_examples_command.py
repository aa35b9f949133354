"""`quickdemo examples`: a real command and its child; a server that runs finds what was computed."""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.running import Project, project, run_command

__all__ = ["project"]

SCRIPT = """
import sys
import quickdemo as gr

SUFFIX = {suffix!r}

def shout(text):
    print("called with", text)
    if text == "bad":
        raise ValueError("no bad words")
    return text.upper() + SUFFIX

gr.Interface(
    shout, "text", "text", examples={examples!r}, cache_examples={cache}, allow_flagging="never"
).launch()
"""

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def write(folder: Path, suffix: str = "!", examples: Any = ("one", "two"), cache: bool = True) -> None:
    (folder / "app.py").write_text(SCRIPT.format(suffix=suffix, examples=list(examples), cache=cache))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Runs `quickdemo examples` in the folder of the test."""

    return partial(run_command, tmp_path, "examples")


def states(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    return re.findall(r"^ +\d+  (\w+) +(.*)$", done.stdout, re.MULTILINE)


def test_missing_ones_are_computed_and_stale_ones_again(command: Command, tmp_path: Path) -> None:
    write(tmp_path)
    listed = command()
    assert states(listed) == [("missing", "'one'"), ("missing", "'two'")]
    assert (listed.returncode, listed.stdout.splitlines()[0]) == (0, "predict  0 of 2 kept")
    warmed = command("app.py", "--warm")
    assert warmed.returncode == 0
    assert re.findall(r"predict (\d)  kept in [\d.]+ s", warmed.stderr) == ["0", "1"]
    assert states(warmed) == [("cached", "'one'"), ("cached", "'two'")]
    assert "called with" not in warmed.stdout
    assert "called with" not in command("--warm").stderr  # nothing is missing any more
    write(tmp_path, suffix="?", examples=("one", "three"))
    assert states(command("--list")) == [("stale", "'one'"), ("missing", "'three'")]
    cleared = command("--clear")
    assert "2 removed" in cleared.stderr
    assert states(cleared) == [("missing", "'one'"), ("missing", "'three'")]


def test_one_that_fails_is_named_and_the_others_are_computed(command: Command, tmp_path: Path) -> None:
    write(tmp_path, examples=("one", "bad", "two"))
    done = command("--warm", "--json")
    assert done.returncode == 1
    assert "example 1 of predict ('bad'): ValueError: no bad words" in done.stderr
    told = json.loads(done.stdout)
    assert [row["state"] for row in told["endpoints"]["predict"]["examples"]] == ["cached", "missing", "cached"]
    assert told["failed"] == ["example 1 of predict ('bad'): ValueError: no bad words"]


@pytest.mark.parametrize("options", [(), ("--reload",)], ids=str)
def test_a_server_finds_what_was_computed(command: Command, project: Project, options: tuple[str, ...]) -> None:
    write(project.folder)
    assert command("--warm").returncode == 0
    run = project.run(*options)
    run.ready()
    example = json.loads(html.unescape(re.findall(r'data-example="(.*?)"', run.get())[1]))
    connection = run.connect()
    body = json.dumps({"data": ["two"], "example": example})
    connection.request("POST", "/api/predict", body, {"content-type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    connection.close()
    assert (answer["data"], answer.get("cached")) == (["TWO!"], True)


@pytest.mark.parametrize(
    ("examples", "message"),
    [(["a"], "No Interface of app.py keeps answers of examples"), ([], "No Interface of app.py has examples")],
)
def test_nothing_to_keep_is_exit_3(command: Command, tmp_path: Path, examples: list[str], message: str) -> None:
    write(tmp_path, examples=examples, cache=False)
    done = command("--warm")
    assert (done.returncode, message in done.stderr) == (3, True)


def test_a_script_that_fails_says_where(command: Command, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import quickdemo as gr\n1 / 0\n")
    done = command()
    assert done.returncode == 1
    assert "app.py:2 ZeroDivisionError" in done.stderr
    assert command("nowhere.py").returncode == 3


def test_a_script_that_ends_the_process_is_told(command: Command, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import os\nos._exit(5)\n")
    done = command()
    assert (done.returncode, "ended before it had said all" in done.stderr) == (1, True)


def test_options_that_exclude_each_other(command: Command, tmp_path: Path) -> None:
    write(tmp_path)
    assert command("--list", "--warm").returncode == 2
