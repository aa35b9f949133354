"""`quickdemo load`: asked once, described, written down, recorded, served."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.fakehub.hub import GOOD_TOKEN, FakeHub
from tests.hub.spaces.emulator import Demo, Emulator
from tests.running import Run, until

pytestmark = pytest.mark.slow


def test_a_model_is_asked_once(load: Any) -> None:
    done = load("huggingface/gpt2", "--call", "Once upon a time")
    assert (done.returncode, done.stdout.strip()) == (0, "Once upon a time and so on"), done.stderr
    told = json.loads(load("models/acme/text-classification", "--call", "a good day", "--json").stdout)
    assert told["data"] == [{"POSITIVE": 0.9, "NEGATIVE": 0.1}] and told["seconds"] > 0


def test_values_come_from_names_files_and_stdin(load: Any, tmp_path: Path) -> None:
    ref = "models/acme/question-answering"
    named = load(ref, "--call", "Context=Ada wrote it", "--call", "Question=Who?", "--json")
    asked = {"Context": "Ada wrote it", "Question": "Who?"}
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    for given, stdin in (("@asked.json", ""), ("-", json.dumps(asked))):
        other = load(ref, "--call", given, "--json", stdin=stdin)
        assert json.loads(other.stdout)["data"] == json.loads(named.stdout)["data"], other.stderr
    assert json.loads(named.stdout)["data"][0] == "Ada"


@pytest.mark.parametrize(("given", "stdin"), [("E = mc2", ""), ("-", "E = mc2\n"), ("@text.txt", "")])
def test_a_text_may_have_an_equals_sign(given: str, stdin: str, load: Any, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("E = mc2\n")

    done = load("huggingface/gpt2", "--call", given, stdin=stdin)

    assert (done.returncode, done.stdout.strip()) == (0, "E = mc2 and so on"), done.stderr


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_an_answer_does_not_command_the_terminal(as_json: list[str], load: Any, tmp_path: Path) -> None:
    told = "\x1b]0;evil\x07 a\nb \x9b2J \u202e ü"
    served = Emulator("4.44.1", Demo([("textbox", {})], [("textbox", {})], lambda text: [told]), tmp_path)
    ours, theirs = pty.openpty()
    try:
        piped = load(served.url, "--call", "a", *as_json)
        done = load(served.url, "--call", "a", *as_json, stdout=theirs)
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # how the end of it is told
            while piece := os.read(ours, 4096):
                shown += piece
    finally:
        os.close(ours)
        served.close()

    assert done.returncode == 0
    text = shown.decode()
    assert not any(mark in text for mark in "\x1b\x07\x9b\u202e") and "evil" in text
    assert (json.loads(text)["data"] == [told]) if as_json else ("b" in text and "ü" in text)
    assert (json.loads(piped.stdout)["data"] == [told]) if as_json else piped.stdout == told + "\n"


def test_an_answer_that_cannot_be_shown_is_no_mistake_of_who_asked(load: Any, tmp_path: Path) -> None:
    served = Emulator("4.44.1", Demo([("textbox", {})], [("json", {})], lambda text: [[1, 2]]), tmp_path)
    try:
        done = load(served.url, "--call", "a", "--outputs", "label")
    finally:
        served.close()

    assert done.returncode == 1 and "gave no answer that can be shown" in done.stderr


def test_media_go_where_they_are_wanted(load: Any, tmp_path: Path) -> None:
    done = load("models/acme/text-to-image", "--call", "a red square", "-o", "square.png")
    assert (done.returncode, done.stdout.strip()) == (0, "square.png"), done.stderr
    with Image.open(tmp_path / "square.png") as picture:
        assert picture.size == (16, 16)
    seen = load("models/acme/image-classification", "--call", "image=square.png", "--json")
    assert "tabby, tabby cat" in json.loads(seen.stdout).get("data", [""])[0], seen.stdout


def test_it_says_what_a_model_is(load: Any) -> None:
    told = json.loads(load("models/acme/question-answering", "--info", "--json").stdout)
    assert told["id"] == "models/acme/question-answering"
    assert (told["kind"], told["task"], told["served_by"]) == ("model", "question-answering", ["hf-inference"])
    assert [one["name"] for one in told["inputs"]] == ["Context", "Question"]
    text = load("models/acme/question-answering", "--info").stdout
    assert "Context (textbox), Question (textbox)" in text and "Answer (textbox), Score (label)" in text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["gpt2", "--info"], 2, "Write models/OWNER/NAME"),
        (["models/acme/nothing-here", "--info"], 3, "that you may see"),
        (["models/acme/question-answering", "--call", "Age=3"], 2, "There is no input 'Age'"),
        (["models/acme/fail-402", "--call", "a"], 6, "credits are used up"),
        (["models/acme/text-classification", "--offline", "--info"], 5, "Leave out --offline"),
        (["models/acme/text-classification", "--replay", "nowhere", "--call", "a"], 3, "There is no folder nowhere"),
    ],
)
def test_what_goes_wrong_has_its_code_and_sentence(load: Any, arguments: list[str], code: int, said: str) -> None:
    done = load(*arguments)
    assert done.returncode == code and said in done.stderr and done.stdout == "", done.stderr
    told = json.loads(load(*arguments, "--json").stdout)
    assert said in told["error"]["message"] + told["error"]["hint"]


@pytest.mark.parametrize(
    ("model", "code", "said"),
    [("no-provider", "hub.no_provider", "No inference provider serves"), ("nothing-here", "hub.not_found", "No model")],
)
def test_what_cannot_be_served_is_told_as_when_it_is_asked(load: Any, model: str, code: str, said: str) -> None:
    done = load(f"models/acme/{model}", "-p", "0")
    assert (done.returncode, done.stdout) == (3, "") and f"quickdemo load: {said}" in done.stderr, done.stderr
    assert json.loads(load(f"models/acme/{model}", "-p", "0", "--json").stdout)["error"]["code"] == code


def test_what_was_recorded_is_answered_without_a_network(load: Any, hub: FakeHub, tmp_path: Path) -> None:
    first = load("models/acme/text-to-image", "--call", "a red square", "-o", "one.png", "--record", "kept")
    assert first.returncode == 0, first.stderr
    hub.clear()
    again = load("models/acme/text-to-image", "--call", "a red square", "-o", "two.png", "--replay", "kept")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "two.png").read_bytes() == (tmp_path / "one.png").read_bytes()
    other = load("models/acme/text-to-image", "--call", "another", "--replay", "kept")
    assert other.returncode == 5 and "No answer of" in other.stderr
    assert hub.log == []
    assert all(GOOD_TOKEN.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_script_that_does_the_same(load: Any, tmp_path: Path, hub: FakeHub) -> None:
    done = load("models/acme/text-classification", "--title", "Mine", "--save", "app.py")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "app.py").read_text()
    assert GOOD_TOKEN not in text and "title='Mine'" in text
    again = load("models/acme/text-classification", "--save", "app.py")
    assert again.returncode == 1 and "exists already" in again.stderr and (tmp_path / "app.py").read_text() == text
    run = Run(tmp_path, "app.py", "-p", "0")
    try:
        run.ready()
        assert run.predict("a good day")["label"] == "POSITIVE"
    finally:
        run.kill()


def test_it_is_served(hub: FakeHub, tmp_path: Path) -> None:
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
    command = [sys.executable, "-m", "quickdemo", "load", "models/acme/text-classification", "-p", "0", "--json"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        ready: dict[str, Any] = {}
        while ready.get("event") != "ready":
            line = process.stdout.readline()
            assert line, "it ended"
            ready = json.loads(line)
        import urllib.request

        asked = urllib.request.Request(
            f"{ready['url']}api/predict", b'{"data": ["a good day"]}', {"Content-Type": "application/json"}
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked) as answer:
            assert json.loads(answer.read())["data"][0]["label"] == "POSITIVE"
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
    until(lambda: process.poll() is not None)
