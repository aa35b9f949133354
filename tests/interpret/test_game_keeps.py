"""What a game keeps of many answers at once is what it keeps of them one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import quickdemo as gr
from quickdemo.runtime.call import LocalCall
from quickdemo.runtime.errors import ExplanationError
from quickdemo.runtime.game import Case, Game, keys_of

SURE = {"cat": 0.7, "dog": 0.3}


def game(outputs: Any) -> Game:
    return Game(gr.Interface(lambda text: text, "text", outputs), ["a b c"], LocalCall().files)


def cases(of: Game) -> list[Case]:
    masks = np.array([[True] * 3, [True, True, False], [False, True, False]])
    return of.cases(keys_of(masks), masks)


@pytest.mark.parametrize(
    ("outputs", "answers"),
    [
        ("label", [SURE, {"dog": 0.4, "cat": 0.6}, {"cat": 0.0, "dog": 1.0}]),
        ("label", [SURE, {"cat": 0.6}, {"cat": 0.1, "bird": 0.9}]),
        ("label", [SURE, "dog", None]),
        ("label", [SURE, {"cat": 1, "dog": 0}, {"cat": np.float32(0.5), "dog": 0.5}]),
        ("label", [SURE, {"cat": float("nan"), "dog": 0.5}, SURE]),
        ("label", [{"label": 0.5, "cat": 0.5}] * 3),
        ("label", [{"cat": 1.0}] * 3),
        ("number", [0.5, 0.25, -1.0]),
        ("number", [0.5, 2, True]),
        ("text", ["a", "b", "a"]),
        (["label", "number"], [(SURE, 1.0), (SURE, 2.0), ("dog", 3.0)]),
    ],
)
def test_many_answers_are_kept_as_one_by_one(outputs: Any, answers: list[Any]) -> None:
    one, all_at_once = game(outputs), game(outputs)
    for case, answer in zip(cases(one), answers, strict=True):
        one.keep(case, answer)
    first, *others = cases(all_at_once)
    all_at_once.keep_all([first], answers[:1])
    all_at_once.keep_all(others, answers[1:])
    assert one.kept.keys() == all_at_once.kept.keys()
    for key, vectors in one.kept.items():
        for vector, other in zip(vectors, all_at_once.kept[key], strict=True):
            np.testing.assert_array_equal(vector, other)


def test_an_answer_without_a_score_among_many_is_told_with_what_was_left_out() -> None:
    found = game("number")
    with pytest.raises(ExplanationError, match="with 'a' and 'c' left out gave 'x'"):
        found.keep_all(cases(found), [0.5, 1.0, "x"])
