"""interpretation=f: what a function of one's own may return, and what it is told when that is something else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import quickdemo as gr
from quickdemo.runtime.errors import ExplanationError

PAIRS = [("a", 0.1), (" ", 0), ("good", 0.3)]


def explained(returned: Any, *values: Any, inputs: Any = "text") -> Any:
    inputs = inputs if isinstance(inputs, list) else [inputs]
    demo = gr.Interface(lambda *v: "x", inputs, "text", interpretation=lambda *v: returned, allow_flagging="never")
    return demo.explain(*(values or ["a good"] * len(inputs)))


@pytest.mark.parametrize(
    "returned",
    [
        PAIRS,
        [PAIRS],
        (PAIRS,),
        dict(PAIRS),
        gr.Explanation([0.1, 0, 0.3], 0.5, ["a", " ", "good"]),
    ],
)
def test_one_input_takes_its_interpretation_with_or_without_a_list_around_it(returned: Any) -> None:
    made = explained(returned)

    assert made.labels == [["a", " ", "good"]] and np.allclose(made.values[0], [0.1, 0, 0.3])
    assert [text for text, _ in made.to_json()["inputs"][0]["parts"]["tokens"]] == ["a", " ", "good"]


def test_scores_of_the_words_need_no_texts() -> None:
    assert explained([0.1, 0.3]).labels == [["a", "good"]]


def test_several_inputs_have_one_each_and_none_is_left_out() -> None:
    made = explained([PAIRS, None], inputs=["text", "text"])

    assert made.values[1] is None and "gave no interpretation" in made.to_json()["inputs"][1]["why"]


def test_a_base_and_the_sum_of_the_scores_are_told() -> None:
    made = explained(gr.Explanation([0.1, 0.3], 0.5))

    assert made.base == 0.5 and made.full == pytest.approx(0.9)


def test_a_generator_ends_with_its_last_value() -> None:
    def explain(text: str) -> Iterator[Any]:
        yield [("a", 0)]
        yield [("a", 1)]

    demo = gr.Interface(len, "text", "number", interpretation=explain, allow_flagging="never")

    assert demo.explain("a").values[0] == [1]
    assert demo.interpret(["a"]) == [{"original": "a", "interpretation": [("a", 1)]}]


@pytest.mark.parametrize(
    "returned", ["good", 3, [0.1, 0.2, 0.3], [("a", "b")], [("a", float("nan"))], [[PAIRS, PAIRS]], object(), []]
)
def test_a_wrong_form_is_told_with_the_right_one_and_an_example(returned: Any) -> None:
    with pytest.raises(ExplanationError, match=r"must return .*\(text, score\) pairs for"):
        explained(returned)


def test_a_wrong_number_of_interpretations_names_the_inputs() -> None:
    with pytest.raises(ExplanationError, match="a list of 2 interpretations, one for each input: .* It returned 3"):
        explained([PAIRS] * 3, inputs=["text", "text"])


def test_other_arguments_than_the_main_function_gets_are_not_needed() -> None:
    seen: list[Any] = []

    def explain(text: str, number: float) -> Any:
        seen.append((text, number))
        return [[("a", 1.0)], None]

    gr.Interface(lambda t, n: t, ["text", "number"], "text", interpretation=explain).explain("a", 2)

    assert seen == [("a", 2.0)]
