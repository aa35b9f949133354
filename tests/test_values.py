"""A function as a component's value: called at each page load, again with `every=`, never by the constructor."""

from __future__ import annotations

import asyncio
import functools
import html
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import quickdemo as gr
from quickdemo.runtime.components.registry import CLASSES, component_class
from tests.serving import PAGE, Serve, Served


def counting() -> Callable[[], str]:
    turns = itertools.count(1)
    return lambda: f"turn {next(turns)}"


def demo(*inputs: Any, outputs: Any = "text", **options: Any) -> gr.Interface:
    return gr.Interface(lambda *given: str(given), list(inputs), outputs, allow_flagging="never", **options)


def initial(served: Served, place: str = "i0") -> Any:
    page = served.client().get("/", headers=PAGE)
    assert page.status_code == 200
    found = re.search(rf'id="predict-{place}-field".*?data-initial="(.*?)"', page.text, re.DOTALL)
    assert found
    return json.loads(html.unescape(found[1]))


def test_each_page_load_asks_and_the_constructor_does_not(serve: Serve) -> None:
    served = serve(demo(gr.Textbox(value=counting())))
    assert [initial(served), initial(served)] == ["turn 1", "turn 2"]


def test_async_functions_partials_and_positions(serve: Serve) -> None:
    async def later() -> str:
        await asyncio.sleep(0)
        return "later"

    served = serve(
        demo(gr.Textbox(later), gr.Slider(0, 9, functools.partial(int, "7")), outputs=gr.Textbox(lambda: "out"))
    )
    assert [initial(served, place) for place in ("i0", "i1", "o0")] == ["later", 7, "out"]


def test_a_value_that_cannot_be_loaded_is_empty_and_the_log_says_why(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve(
        demo(gr.Number(value=lambda: 1 / 0, label="Rate"), gr.Slider(0, 9, value=lambda: "nine", label="Size"))
    )
    assert [initial(served, "i0"), initial(served, "i1")] == [None, 0]
    assert "the value of Rate could not be loaded" in caplog.text
    assert "the value of Size could not be loaded" in caplog.text
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("name", [name for name in CLASSES if name not in ("State", "BrowserState")])
def test_every_component_takes_one(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # FileExplorer lists the folder
    more: dict[str, Any] = {"components": ["text"], "samples": [["a"]]} if name == "Dataset" else {}
    component = component_class(name)(value=lambda: None, every=3, **more)
    assert (callable(component.loader), callable(component.value), component.every) == (True, False, 3)


def test_a_state_keeps_its_function_as_its_value() -> None:
    assert gr.State(len).value is len


def test_every_without_a_function_warns_and_must_be_seconds() -> None:
    with pytest.warns(UserWarning, match="every= of Textbox has no effect"):
        gr.Textbox("a", every=2)
    with pytest.raises(ValueError, match="every= is a number of seconds above 0; it was 0"):
        gr.Textbox(counting(), every=0)


def test_the_value_as_it_is_now(serve: Serve) -> None:
    client = serve(
        demo(gr.Textbox(value=counting(), every=2), outputs=gr.Image(lambda: np.zeros((2, 2, 3), "u1")))
    ).client()
    assert [client.get("/api/values/predict/i0").json() for _ in range(2)] == [{"value": "turn 1"}, {"value": "turn 2"}]
    picture = client.get("/api/values/predict/o0").json()["value"]
    assert client.get("/" + picture["url"]).status_code == 200
    assert 'data-every="2"' in client.get("/", headers=PAGE).text


def test_a_picture_that_a_function_gives_is_its_visitors_alone(serve: Serve) -> None:
    served = serve(demo(gr.Textbox(), outputs=gr.Image(lambda: np.zeros((2, 2, 3), "u1"))))
    first, second = served.client(), served.client()
    first.get("/", headers=PAGE)
    second.get("/", headers=PAGE)
    url = first.get("/api/values/predict/o0").json()["value"]["url"]
    assert (first.get("/" + url).status_code, second.get("/" + url).status_code) == (200, 404)


@pytest.mark.parametrize(
    "path", ["predict/i1", "predict/i9", "predict/x0", "predict/i", "predict/i-1", "other/i0", "predict/ié"]
)
def test_other_places_are_not_found(serve: Serve, path: str) -> None:
    served = serve(demo(gr.Textbox(value=counting()), "text"))
    answer = served.client().get(f"/api/values/{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_such_value")


def test_a_value_that_fails_later_is_an_error_of_the_demo(serve: Serve) -> None:
    def broken() -> str:
        raise gr.Error("The sensor sleeps.")

    answer = serve(demo(gr.Textbox(broken))).client().get("/api/values/predict/i0")
    assert (answer.status_code, answer.json()["error"]["message"]) == (500, "The sensor sleeps.")


def test_an_interface_without_inputs_may_be_asked_every_few_seconds(serve: Serve) -> None:
    clock = gr.Interface(lambda: "noon", None, "text", every=2, allow_flagging="never")
    page = serve(clock).client().get("/", headers=PAGE).text
    assert '"every":2.0' in page
    assert ">Stop updates</button>" in page


@pytest.mark.parametrize(
    ("every", "inputs", "message"),
    [
        (0, None, "every= is a number of seconds above 0; it was 0"),
        ("2", None, "every= is a number of seconds above 0; it was '2'"),
        (2, "text", "every= is for an Interface without inputs"),
    ],
)
def test_wrong_periods_are_refused(every: Any, inputs: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gr.Interface(lambda *a: "", inputs, "text", every=every, allow_flagging="never")


@pytest.mark.parametrize("kind", [gr.HTML, gr.Markdown])
def test_markup_that_a_function_gives_is_nobodys_to_trust(serve: Serve, kind: Any) -> None:
    page = serve(demo("text", outputs=kind(lambda: "<b>any words</b>"))).client().get("/", headers=PAGE).text
    assert "<b>any words" not in page and "data-authored" not in page
    assert "<b>own words</b>" in (
        serve(demo("text", outputs=kind("<b>own words</b>"))).client().get("/", headers=PAGE).text
    )
