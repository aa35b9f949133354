"""The number of calls that the page tells before an explanation begins is the number that it makes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import quickdemo as gr
from quickdemo.runtime.explained_calls import calls_before
from quickdemo.runtime.server.explained_interfaces import page_config, said_before

NOISE = np.random.default_rng(5).integers(0, 255, (64, 64, 3)).astype(np.uint8)
SOUND = (8000, (NOISE[..., 0].ravel().astype(np.int16) - 128) * 100)
#: a component, and a value of it that is not its baseline
INPUTS: dict[str, tuple[Any, Any]] = {
    "number": (lambda: gr.Number(), 3.0),
    "slider": (lambda: gr.Slider(0, 10).set_interpret_parameters(steps=5), 3.0),
    "checkbox": (lambda: gr.Checkbox(), True),
    "radio": (lambda: gr.Radio(["a", "b", "c"], value="a"), "b"),
    "dropdown": (lambda: gr.Dropdown(["a", "b", "c", "d"], value="a"), "c"),
    "several": (lambda: gr.Dropdown(["a", "b", "c"], multiselect=True), ["a", "b", "c"]),
    "group": (lambda: gr.CheckboxGroup(["a", "b", "c"]), ["a", "b", "c"]),
    "many": (lambda: gr.Radio([str(n) for n in range(99)], value="0"), "7"),
    "date": (lambda: gr.DateTime(value="2022-07-01 00:00:00", type="string"), "2023-01-01 00:00:00"),
    "colour": (lambda: gr.ColorPicker(), "#ff0000"),
    "grid": (lambda: gr.Image().set_interpret_parameters(segments=9, regions="grid"), NOISE),
    "sound": (lambda: gr.Audio().set_interpret_parameters(segments=5), SOUND),
    "file": (lambda: gr.File(), None),
}


def demo(*inputs: Any, **options: Any) -> gr.Interface:
    options = {"interpretation": "default", "allow_flagging": "never", **options}
    return gr.Interface(lambda *values: len(str(values)), list(inputs), "number", **options)


@pytest.mark.parametrize("kind", [kind for kind in INPUTS if kind != "file"])
@pytest.mark.parametrize("method", ["default", "shap"])
def test_of_one_input_and_a_number(kind: str, method: str) -> None:
    make, value = INPUTS[kind]
    one = demo(gr.Number(), make(), interpretation=method)
    told = calls_before(one)
    made = one.explain(2.0, value)

    assert told is not None and (made.calls == told == made.budget if method == "default" else made.calls <= told)


def test_of_a_whole_form() -> None:
    names = [kind for kind in INPUTS if kind not in ("grid", "sound")]
    form = demo(*(INPUTS[kind][0]() for kind in names))
    made = form.explain(*(INPUTS[kind][1] for kind in names))

    assert calls_before(form) == made.budget == made.calls


@pytest.mark.parametrize(
    ("make", "calls", "said"),
    [
        (lambda: demo("text"), None, ""),
        (lambda: demo("text", interpretation_budget=40), None, "Interpret makes at most 40 calls of the model."),
        (lambda: demo("number", "number", "number"), 26, "Interpret makes about 26 calls of the model."),
        (lambda: demo("number", "number", interpretation_budget=9), 9, "Interpret makes at most 9 calls of the model."),
        (
            lambda: demo("number", "text", interpretation=["default", None]),
            8,
            "Interpret makes about 8 calls of the model.",
        ),
        (lambda: demo("number", "dataframe"), None, ""),
        (lambda: demo("file"), None, ""),
        (lambda: demo("text", interpretation=lambda text: [(text, 1.0)]), 1, ""),
    ],
)
def test_what_the_page_says(make: Any, calls: int | None, said: str) -> None:
    interface = make()
    config = page_config(interface)

    assert config is not None and config["calls"] == calls and said_before(interface) == said


def test_demos_that_explain_nothing_say_nothing() -> None:
    plain = gr.Interface(len, "text", "number")

    assert page_config(plain) is None and said_before(plain) == ""
