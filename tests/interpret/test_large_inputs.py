"""Large inputs: colours come early, and memory stays within bounds. `make bench-interpret-large` measures the rest."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

import quickdemo as gr
from quickdemo.interpret.explanation import Explanation
from quickdemo.runtime.call import LocalCall
from quickdemo.runtime.explaining import Plan
from quickdemo.runtime.game import Game, Wanted

MB = 2**20


def a_text() -> str:
    return " ".join(f"word{n}" + "." * (n % 10 == 9) + "\n\n" * (n % 100 == 99) for n in range(2000))


def a_photo() -> Any:
    return np.random.default_rng(0).integers(0, 256, (75, 100, 3), np.uint8).repeat(40, 0).repeat(40, 1)


def a_minute_of_sound() -> Any:
    return 44100, (9000 * np.sin(np.arange(60 * 44100) / 9)).astype(np.int16)


def fields() -> list[Any]:
    rows = [
        (gr.Number(value=0), gr.Slider(0, 10, value=5), gr.Checkbox(), gr.Textbox(), gr.Dropdown(["a", "b"], value="a"))
        for _ in range(6)
    ]
    return [component for row in rows for component in row]


INPUTS: dict[str, tuple[Any, list[Any], int, int]] = {  # inputs, values, parts, megabytes besides the value
    "text": ("text", [a_text], 2000, 8),
    "picture": (gr.Image(), [a_photo], 64, 200),
    "sound": (gr.Audio(), [a_minute_of_sound], 8, 20),
    "form": (fields(), [3, 2, True, "some words", "b"] * 6, 36, 4),
}


@pytest.mark.parametrize("kind", INPUTS)
def test_colours_come_within_a_call_for_each_unit_and_one(kind: str) -> None:
    inputs, made, parts, most_mb = INPUTS[kind]
    values = [value() if callable(value) else value for value in made]
    demo = gr.Interface(lambda *_: 0.5, inputs, "number", interpretation="shap")
    tracemalloc.start()
    try:
        plan = Plan(game := Game(demo, values, LocalCall().files), Wanted())
        calls, first = 0, None
        for step in plan.steps():
            if isinstance(step, Explanation):
                first = step
                break
            game.keep_all(step, [0.5 for case in step if case.arguments()])
            calls += len(step)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert first is not None and first.calls == calls
    units = [one for one in first.inputs if one.kind]
    assert sum(sum(one.sizes or [1] * len(one.scores)) for one in units) >= parts
    assert calls <= sum(len(one.scores) for one in units) + 1 <= parts + 1
    assert peak < most_mb * MB
