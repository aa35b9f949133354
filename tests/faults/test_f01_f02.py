"""F01 and F02: what functions do wrong costs their own call alone, and is told at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

import quickdemo as gr
from tests.running import Project, project
from tests.test_job_routes import Client, demo

__all__ = ["project"]

CLOSES = """
import sys
import quickdemo as gr

def answer(text):
    if text == "close":
        sys.stdout.close()
    return text

gr.Interface(answer, "text", "text", allow_flagging="never").launch()
"""


def raises(text: str) -> str:
    raise ValueError(text)


def deep(text: str) -> str:
    return deep(text)


def wrong_count(text: str) -> Any:
    return 1, 2, 3


def noisy_and_raises(text: str) -> str:
    sys.stdout.write("noise " * 200_000)
    raise ValueError(text)


class Own(BaseException):
    """No Exception."""


def own(text: str) -> str:
    raise Own


def exits(text: str) -> str:
    sys.exit(3)


def interrupted(text: str) -> str:
    raise KeyboardInterrupt


@pytest.mark.parametrize("bad", [raises, deep, wrong_count, noisy_and_raises, own, exits, interrupted])
@pytest.mark.parametrize("form", [{}, {"accept": "text/event-stream"}, {"prefer": "respond-async"}])
def test_a_function_that_goes_wrong_costs_its_own_call_alone(
    live: Any, bad: Callable[[str], Any], form: dict[str, str]
) -> None:
    outputs = ["text", "text"] if bad is wrong_count else "text"
    both = gr.TabbedInterface([demo(bad, outputs, api_name="bad"), demo(str.upper, api_name="good")], ["bad", "good"])
    client = Client(live(both))
    for _ in range(5):
        status, told = client.json("POST", "/api/bad", {"data": ["a"]}, **form)
        if form.get("prefer"):
            assert status == 202
            told, status = client.until(told["id"], "failed"), 500
        assert status == 500 and told["error"]["message"]
        assert client.json("POST", "/api/good", {"data": ["a"]})[1]["data"] == ["A"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="`quickdemo run` needs Linux or macOS")
def test_a_function_that_closes_stdout_harms_nobody(project: Project) -> None:
    project.write(CLOSES)
    run = project.run("app.py")
    run.ready()
    assert run.predict("close") == "close"
    assert run.predict("a") == "a"
    assert "<title>" in run.get("/")


def test_what_is_no_number_and_no_character_is_strict_json(live: Any) -> None:
    values = {"nan": {"a": float("nan"), "b": float("inf")}, "text": {"a": "x\ud800y"}}
    client = Client(live(demo(lambda text: values[text], outputs="json")))
    for text in values:
        answer = client.ask("POST", "/api/predict", {"data": [text]})
        body = answer.read()
        assert answer.status == 200 and b"NaN" not in body and b"Infinity" not in body
        assert "\ufffd" in body.decode() or text == "nan"
    echo = Client(live(demo(lambda text: text)))
    status, told = echo.json("POST", "/api/predict", {"data": ["x\ud800y"]})
    assert (status, told["data"]) == (200, ["x\ufffdy"])
