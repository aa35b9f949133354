"""Functions of 2022 that cannot answer when everything is left out: what is known is told, with a note that says so."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import quickdemo as gr
from quickdemo.cli.explain import chart
from quickdemo.runtime.errors import ExplanationError


def longest(text: str) -> float:
    return float(max(len(word) for word in text.split()))


def demo(fn: Any = longest, inputs: Any = "text", outputs: Any = "number", **options: Any) -> gr.Interface:
    return gr.Interface(fn, inputs, outputs, allow_flagging="never", **{"interpretation": "default", **options})


async def longest_later(text: str) -> float:
    return longest(text)


def longest_of_each(texts: list[str]) -> list[list[float]]:
    return [[longest(text) for text in texts]]


def mean_of_cells(rows: list[list[float | None]]) -> float:
    cells = [x for row in rows for x in row if x]
    return sum(cells) / len(cells)


def share_of_dark(picture: Any) -> float:
    if not picture.any():
        raise ValueError("the picture is black")
    return float(picture.mean())


SHEET = gr.Dataframe(label="sheet", headers=["a", "b"], type="array", datatype="number")
SHEET.set_interpret_parameters(baseline={"a": 0, "b": 0})
PICTURE = gr.Image(label="picture").set_interpret_parameters(fill="black", regions="grid", segments=4)
CASES = {
    "text": (lambda: demo(), ["a longer text"], [0, 2, 0], "ValueError: max"),
    "async": (lambda: demo(longest_later), ["a longer text"], [0, 2, 0], "ValueError: max"),
    "batch": (lambda: demo(longest_of_each, batch=True, max_batch_size=3), ["a longer text"], [0, 2, 0], "a batch of"),
    "table": (lambda: demo(mean_of_cells, SHEET), [[[3.0, 5.0]]], [-1, 1], "ZeroDivisionError"),
    "picture": (lambda: demo(share_of_dark, PICTURE), [np.full((8, 8, 3), 4, np.uint8)], None, "the picture is black"),
    "no score": (lambda: demo(lambda t: len(t) or float("nan")), ["ab c"], [3, 2], "gave NaN"),
    "too large": (lambda: demo(lambda t: len(t) or -1.5e308), ["ab c"], [3, 2], "gave -1.5e+308 for output, which can"),
    "score=": (
        lambda: demo(lambda t: {"n": len(t)} if t else {}, outputs="json", score=lambda answer: answer["n"]),
        ["ab c"],
        [3, 2],
        "gave {}, for which score= raised KeyError.",
    ),
    "no text": (lambda: demo(lambda t: len(t) or next(iter([]))), ["ab c"], [3, 2], "left out: StopIteration. So"),
}


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("method", ["default", "shap", "exact"])
def test_without_an_answer_to_nothing_each_part_is_left_out_once(kind: str, method: str) -> None:
    make, values, scores, said = CASES[kind]
    made = make().explain(*values, method=method)

    assert made.estimator == "leave one out" and made.final and made.method == method
    assert made.base is None and made.full is not None and made.errors is None
    assert np.allclose(made.values[0], scores if scores is not None else made.values[0])
    assert made.note is not None and said in made.note
    assert "with " in made.note and "they do not sum to the answer" in made.note
    assert "replacement=" in made.note or "score=" in made.note  # what to do about it
    wire = json.loads(json.dumps(made.to_json()))
    assert wire["base"] is None and wire["note"] == made.note
    shown = " ".join(chart(wire, 20).split())
    assert made.note.split(":")[0] in shown and made.note in repr(made) and "they do not sum" in made._repr_html_()


def test_without_an_answer_to_all_but_one_part_there_is_no_explanation() -> None:
    def fn(text: str) -> float:
        return {"a b": 1.0, "a": 2.0}[text]

    for method in ("default", "shap", "exact"):
        with pytest.raises(ExplanationError, match="fn failed with 'a' left out: KeyError: 'b'"):
            demo(fn).explain("a b", method=method)


def test_calls_that_have_no_use_are_not_made() -> None:
    seen: list[str] = []

    def fn(text: str) -> float:
        seen.append(text)
        return longest(text)

    made = demo(fn).explain("a b c d e")

    assert len(seen) == 7 and seen[-1] == "" and made.calls == 6


def test_what_shap_knew_before_a_call_failed_stands() -> None:
    def fn(text: str) -> float:
        words = text.split()
        if 1 < len(words) < 6:
            raise ValueError("neither short nor long")
        return float(len(words))

    made = demo(fn).explain("a b c d e f g", method="shap", budget=60)

    assert made.estimator == "averaged ends" and np.allclose(made.values[0], np.ones(7)) and made.base == 0
    assert made.note is not None and "neither short nor long. So the scores are those that follow" in made.note


def test_long_texts_are_left_out_group_by_group() -> None:
    words = [f"w{n}" + ("." if n % 12 == 11 else "") + ("\n\n" if n % 60 == 59 else "") for n in range(600)]
    words[70] = "extraordinary"
    made = demo().explain(" ".join(words))

    assert made.estimator == "leave one out" and made.base is None and made.note is not None
    assert np.isclose(made.values[0].sum(), 13 - 5)  # type: ignore[union-attr]


def test_a_value_of_a_slider_that_fails_costs_its_curve_alone() -> None:
    def fn(a: float, b: float) -> float:
        return b / (a - 8)

    two = demo(fn, [gr.Slider(0, 8, value=0, step=1, label="a"), gr.Slider(0, 8, value=0, step=1, label="b")])
    made = two.explain(4, 3).to_json()

    assert made["estimator"] != "leave one out" and made["base"] is not None
    assert made["inputs"][0]["sweep"] is None and made["inputs"][1]["sweep"] is not None
    assert "fn failed with 8" in made["note"] and "So the curve of a is left out." in made["note"]


def test_all_well_is_no_note() -> None:
    made = demo(len).explain("a b")

    assert made.note is None and made.to_json()["note"] is None and "Note" not in repr(made)
