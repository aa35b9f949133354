"""Many choices, choices that no page can hold, results that do not fit."""

from __future__ import annotations

import time

import pytest

import quickdemo as gr
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.local_files import LocalFiles


def test_the_time_of_many_choices_grows_with_their_number() -> None:
    def took(count: int) -> float:
        names = [f"choice {n}" for n in range(count)]
        group = gr.CheckboxGroup(names, label="Many")
        began = time.process_time()
        assert group.preprocess(names, LocalFiles()) == names
        return time.process_time() - began

    few = min(took(2_000) for _ in range(5))
    assert min(took(20_000) for _ in range(3)) < 40 * few  # a hundredfold when each is compared with each


def test_choices_are_told_apart_as_json_does() -> None:
    group = gr.CheckboxGroup([True, 1, 1.5, None, [1], {"a": 1}, "1"], label="Mixed")

    assert group.preprocess([1, True, "1", [1], {"a": 1}, None], LocalFiles()) == [1, True, "1", [1], {"a": 1}, None]
    for twice in ([1, 1.0], [[1], [1]], [True, True]):
        with pytest.raises(InvalidValueError, match="twice"):
            group.preprocess(twice, LocalFiles())


@pytest.mark.parametrize("kind", [gr.Radio, gr.Dropdown, gr.CheckboxGroup])
def test_half_of_a_character_is_shown_as_what_it_is_and_chosen_all_the_same(kind: type[gr.Radio]) -> None:
    component = kind(["a\ud800", "b"], label="Odd")
    wire = "a\ufffd"
    sent = [wire] if kind is gr.CheckboxGroup else wire
    back = ["a\ud800"] if kind is gr.CheckboxGroup else "a\ud800"

    assert component.names == ["a\ufffd", "b"]
    assert component.preprocess(sent, LocalFiles()) == back
    assert component.postprocess(back, LocalFiles()) == sent
    component.html("predict-i0", "input", sent).encode()


@pytest.mark.parametrize(
    ("returned", "ticked"), [("False", False), ("no", False), ("", False), (" TRUE ", True), (0, False)]
)
def test_a_text_that_says_no_is_no_tick(returned: object, ticked: bool) -> None:
    assert gr.Checkbox(label="Loud").postprocess(returned, LocalFiles()) is ticked


def test_a_text_that_says_neither_is_the_functions_fault() -> None:
    with pytest.raises(ValueError, match="Checkbox shows True or False; 'maybe' is neither"):
        gr.Checkbox(label="Loud").postprocess("maybe", LocalFiles())


def test_a_slider_says_once_that_a_result_is_out_of_its_range(caplog: pytest.LogCaptureFixture) -> None:
    slider = gr.Slider(0, 10, label="Size")

    assert [slider.postprocess(number, LocalFiles()) for number in (10, 12, -3)] == [10, 12, -3]
    assert [record.message for record in caplog.records] == [
        "Size shows 12, which is outside of 0 to 10; its bar ends there."
    ]
