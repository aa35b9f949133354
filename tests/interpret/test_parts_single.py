"""Numbers, moments, colours and choices as parts: what they are compared with, and their forms of 2022."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import quickdemo as gr
from quickdemo.interpret.parts.number import NumberParts
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.local_files import LocalFiles

FILES = LocalFiles()
HERE, GONE = np.array([True]), np.array([False])


def parts_of(component: Any, value: Any) -> Any:
    return component.parts(component.accept(value, FILES), FILES)


def test_a_number_has_three_neighbours_on_each_side_as_in_2022() -> None:
    parts = parts_of(gr.Number(), 200)

    assert parts.alternatives == [194, 196, 198, 202, 204, 206] and parts.labels == ["200"]
    assert parts.scores_2022([1, 2, 3, 4, 5, -6]) == [
        *[(194, 1), (196, 2), (198, 3)],
        [200, None],
        *[(202, 4), (204, 5), (206, -6)],
    ]
    assert (parts.masked(HERE), parts.masked(GONE), parts.shown()) == (200, 0, {"value": 200, "baseline": 0})


def test_neighbours_are_set_as_in_2022() -> None:
    absolute = gr.Number().set_interpret_parameters(steps=1, delta=0.5, delta_type="absolute")

    assert parts_of(absolute, 3).alternatives == [2.5, 3.5]
    assert parts_of(gr.Number().set_interpret_parameters(2, 10), -50).alternatives == [-60, -55, -45, -40]
    assert parts_of(gr.Number(minimum=0), 0).alternatives == [0, 0, 0, 0.01, 0.02, 0.03]


@given(st.floats(-1e6, 1e6), st.integers(0, 3), st.floats(0.001, 500), st.sampled_from(["percent", "absolute"]))
def test_neighbours_are_of_the_precision_and_apart(value: float, precision: int, delta: float, kind: str) -> None:
    value = round(value, precision) if precision else round(value)

    parts = NumberParts(value, 0, delta=delta, delta_type=kind, precision=precision)

    around = [*parts.alternatives[:3], value, *parts.alternatives[3:]]
    assert around == sorted(around) and len(set(around)) == 7
    assert all(type(x) is (float if precision else int) and round(x, precision) == x for x in parts.alternatives)


def test_the_neighbours_of_the_largest_numbers_are_numbers() -> None:
    assert np.isfinite(parts_of(gr.Number(), 1.79e308).alternatives).all()
    assert np.isfinite(parts_of(gr.Number(precision=2), -1.79e308).alternatives).all()


def test_an_empty_number_has_no_neighbours() -> None:
    parts = parts_of(gr.Number(), None)

    assert parts.alternatives == [] and parts.scores_2022([]) == [[None, None]] and parts.labels == ["empty"]
    assert parts.masked(HERE) is None


def test_what_a_number_is_compared_with() -> None:
    with_example = gr.Number(precision=0)
    with_example.first_example = 7

    assert parts_of(gr.Number(3), 5).baseline == 3
    assert parts_of(with_example, 5).baseline == 7 and type(parts_of(with_example, 5).baseline) is int
    assert parts_of(gr.Number(3).set_interpret_parameters(baseline=4), 5).baseline == 4
    assert parts_of(gr.Number(minimum=2), 5).baseline == 2 and parts_of(gr.Number(maximum=-2), -5).baseline == -2
    assert parts_of(gr.Number(0, minimum=1), 5).baseline == 1 and parts_of(gr.Number("4"), 5).baseline == 4
    with pytest.raises(InvalidValueError, match="number must be at least 1; it was 0"):
        parts_of(gr.Number(minimum=1).set_interpret_parameters(baseline=0), 5)
    assert parts_of(gr.Number(5), 5).idle.tolist() == [True] and parts_of(gr.Number(5), 6).idle.tolist() == [False]


def test_a_slider_has_eight_places_over_its_range_as_in_2022() -> None:
    parts = parts_of(gr.Slider(), 30)
    whole = parts_of(gr.Slider(0, 100, step=1), 30).alternatives

    assert parts.alternatives == pytest.approx([100 * n / 7 for n in range(8)])
    assert whole == [0, 14, 29, 43, 57, 71, 86, 100] and {type(x) for x in whole} == {int}
    assert parts.scores_2022(np.arange(8)) == list(range(8))
    assert (parts.masked(HERE), parts.masked(GONE)) == (30, 0)
    assert parts_of(gr.Slider(2, 20, step=0.1), 3).alternatives == [2, 4.6, 7.1, 9.7, 12.3, 14.9, 17.4, 20]
    assert parts_of(gr.Slider(0, 1, 0.5).set_interpret_parameters(3), 1).alternatives == [0, 0.5, 1]
    assert parts_of(gr.Slider(0, 1, 0.5), 1).baseline == 0.5


def test_a_tick_has_the_other_state_as_in_2022() -> None:
    ticked, not_ticked = parts_of(gr.Checkbox(), True), parts_of(gr.Checkbox(), False)

    assert (ticked.alternatives, ticked.scores_2022([0.5])) == ([False], (0.5, None))
    assert (not_ticked.alternatives, not_ticked.scores_2022([0.5])) == ([True], (None, 0.5))
    assert ticked.masked(GONE) is False and (ticked.idle[0], not_ticked.idle[0]) == (False, True)
    assert ticked.shown() == {"choices": ["no", "yes"], "chosen": [1], "baseline": [0], "parts": [1]}
    assert parts_of(gr.Checkbox().set_interpret_parameters(baseline=True), False).masked(GONE) is True


@pytest.mark.parametrize("kind", [gr.Radio, gr.Dropdown])
def test_a_choice_has_the_other_choices_as_in_2022(kind: Any) -> None:
    parts = parts_of(kind(["a", "b", "c"]), "b")

    assert parts.alternatives == ["a", "c"] and parts.scores_2022([0.1, -0.2]) == [0.1, None, -0.2]
    assert (parts.masked(HERE), parts.masked(GONE), parts.labels) == ("b", "a", ["b"])
    assert parts.shown() == {"choices": ["a", "b", "c"], "chosen": [1], "baseline": [0], "parts": [1]}


@pytest.mark.parametrize("kind", [gr.Radio, gr.Dropdown])
def test_no_choice_is_one_too(kind: Any) -> None:
    parts = parts_of(kind(["a", "b"]), None)

    assert parts.scores_2022([0.1, 0.2]) == [0.1, 0.2] and parts.alternatives == ["a", "b"]
    assert parts.masked(HERE) is None and parts.labels == ["none"] and not parts.idle[0]
    assert parts_of(kind([]), None).idle.tolist() == [True]


def test_the_function_gets_indices_where_it_asks_for_them() -> None:
    radio = gr.Radio([("Yes", "y"), ("No", "n")], type="index", value="n")
    group = gr.CheckboxGroup(["a", "b", "c"], type="index")

    assert parts_of(radio, "y").alternatives == [1] and parts_of(radio, "y").masked(GONE) == 1
    assert parts_of(radio, "y").labels == ["Yes"] and parts_of(radio, "n").idle[0]
    assert parts_of(group, ["c", "a"]).alternatives == [[2], [2, 0, 1], [0]]


def test_what_a_choice_is_compared_with() -> None:
    radio = gr.Radio(["a", "b", "c"])
    radio.first_example = "c"

    assert parts_of(radio, "b").masked(GONE) == "c"
    assert parts_of(gr.Radio(["a", "b"], value="b"), "a").masked(GONE) == "b"
    assert parts_of(radio.set_interpret_parameters(baseline="a"), "b").masked(GONE) == "a"
    for wrong in (radio, gr.CheckboxGroup(["a", "b", "c"])):
        with pytest.raises(ValueError, match="must be one of 'a', 'b', 'c'; it was 'd'"):
            wrong.set_interpret_parameters(baseline="d")


def test_a_typed_text_may_be_no_choice() -> None:
    parts = parts_of(gr.Dropdown(["a", "b"], allow_custom_value=True, value="z"), "other")

    assert parts.alternatives == ["a", "b"] and parts.scores_2022([0.1, 0.2]) == [0.1, 0.2]
    assert (parts.masked(HERE), parts.masked(GONE), parts.labels) == ("other", "z", ["other"])


@pytest.mark.parametrize("component", [gr.CheckboxGroup(list("abc")), gr.Dropdown(list("abc"), multiselect=True)])
def test_several_choices_have_one_toggled_each_as_in_2022(component: Any) -> None:
    parts = parts_of(component, ["c", "a"])

    assert parts.alternatives == [["c"], ["c", "a", "b"], ["a"]]
    assert parts.scores_2022([1, 2, 3]) == [[1, None], [None, 2], [3, None]]
    assert parts.labels == ["a", "c"] and parts.shown()["parts"] == [0, 2]
    assert [parts.masked(np.array(mask)) for mask in ([True, True], [True, False], [False, False])] == [
        ["c", "a"],
        ["a"],
        [],
    ]


def test_ticks_are_parts_where_they_are_not_those_of_the_default() -> None:
    group = gr.CheckboxGroup(list("abcd"), value=["a", "b"])
    parts = parts_of(group, ["b", "d"])

    assert parts.labels == ["not a", "d"] and parts.masked(np.array([False, True])) == ["b", "d", "a"]
    assert parts.masked(np.array([False, False])) == ["b", "a"] and parts_of(group, ["b", "a"]).labels == []
    few = gr.Dropdown(list("abc"), multiselect=True, max_choices=1, value=["a"])
    assert parts_of(few, ["b"]).masked(np.array([False, True])) == ["b"]


def test_moments_and_colours_are_compared_with_their_default() -> None:
    moment = gr.DateTime("2022-07-01 12:00:00", type="datetime")
    parts = parts_of(moment, "2023-01-01 00:00:00")

    assert parts.masked(GONE) == dt.datetime(2022, 7, 1, 12) and parts.shown()["value"] == "2023-01-01 00:00:00"
    assert parts_of(gr.DateTime(type="string"), "2023-01-01 00:00:00").idle[0]
    counted = parts_of(gr.DateTime("2022-07-01 12:00:00"), "2023-01-01 00:00:00")  # seconds since 1970
    assert counted.labels == ["2023-01-01 00:00:00"] and counted.masked(GONE) == dt.datetime(2022, 7, 1, 12).timestamp()
    assert counted.shown() == {"value": "2023-01-01 00:00:00", "baseline": "2022-07-01 12:00:00"}
    assert [parts_of(gr.Number(0), n).labels for n in (1500000.0, 0.25, 1e-7)] == [["1500000"], ["0.25"], ["1e-07"]]
    assert parts_of(gr.ColorPicker(), "#ff0000").masked(GONE) == "#000000"
    assert parts_of(gr.ColorPicker().set_interpret_parameters((0, 255, 0)), "#ff0000").masked(GONE) == "#00ff00"


@pytest.mark.parametrize(
    ("component", "wrong", "problem"),
    [
        (gr.Number(), {"steps": 0}, "steps must be a whole number from 1 to 100; it was 0"),
        (gr.Number(), {"delta": 0}, "delta must be a number above 0; it was 0"),
        (gr.Number(), {"delta_type": "relative"}, "delta_type must be 'percent' or 'absolute'; it was 'relative'"),
        (gr.Slider(), {"steps": 1}, "steps must be a whole number from 2 to 100; it was 1"),
    ],
)
def test_what_may_be_set_is_checked(component: Any, wrong: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        component.set_interpret_parameters(**wrong)
