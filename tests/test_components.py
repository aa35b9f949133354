"""What is particular to single components: hints, markup in two degrees of trust, plain values."""

from __future__ import annotations

import datetime
import enum
import math
from collections import namedtuple
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.components.chatbot import Chatbot
from quickdemo.runtime.components.checkboxgroup import CheckboxGroup
from quickdemo.runtime.components.highlightedtext import HighlightedText
from quickdemo.runtime.components.html import HTML
from quickdemo.runtime.components.json import JSON
from quickdemo.runtime.components.label import Label
from quickdemo.runtime.components.markdown import Markdown
from quickdemo.runtime.components.markup import render_safe
from quickdemo.runtime.components.number import Number
from quickdemo.runtime.components.plain import plain
from quickdemo.runtime.components.radio import Radio
from quickdemo.runtime.components.slider import Slider
from quickdemo.runtime.components.textbox import Textbox
from quickdemo.runtime.errors import InvalidValueError

FILES: Any = None  # none of these components holds media
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_an_unknown_choice_is_refused_with_the_offered_ones_and_the_one_that_was_meant() -> None:
    radio = Radio(["Counting", "Logistic"], label="Model")
    with pytest.raises(InvalidValueError) as refusal:
        radio.preprocess("counting", FILES)
    assert refusal.value.message == "Model must be one of 'Counting', 'Logistic'; it was 'counting'."
    assert refusal.value.hint == "Did you mean 'Counting'?"


def test_a_long_list_of_choices_is_cut_in_the_message() -> None:
    with pytest.raises(InvalidValueError, match="and 88 more"):
        Radio(list(range(100)), label="N").preprocess(100, FILES)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused_by_number_and_slider(number: float) -> None:
    for component in (Number(label="N"), Slider(label="N")):
        with pytest.raises(InvalidValueError):
            component.preprocess(number, FILES)
        with pytest.raises(InvalidValueError):
            component.accept(number, FILES)


def test_a_slider_that_begins_outside_of_its_range_begins_at_its_end() -> None:
    with pytest.warns(UserWarning, match="value 9 is outside 1 to 5; 5 is taken"):
        assert Slider(1, 5, 9).value == 5
    assert Slider(0, 10, 5, step=-2).step == 2


def test_a_random_slider_stands_on_a_step_of_its_range() -> None:
    slider = Slider(-1, 2, step=0.3, randomize=True)
    places = {slider.loader() for _ in range(300)}
    steps = {round(-1 + 0.3 * number, 10) for number in range(11)}
    assert len(places) > 3 and places <= steps


def test_a_number_too_large_for_a_float_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="308 digits"):
        Number(label="N").preprocess(10**400, FILES)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Slider(5, 1),
        lambda: Slider(step=0),
        lambda: Number(minimum=2, maximum=1),
        lambda: Radio(["a"], value="b"),
        lambda: Radio(["a"], type="name"),
        lambda: CheckboxGroup(["a"], value=["b"]),
        lambda: Label(num_top_classes=0),
        lambda: Textbox(type="colour"),
    ],
)
def test_a_declaration_that_contradicts_itself_fails_where_it_is_written(make: Any) -> None:
    with pytest.raises(ValueError):
        make()


@pytest.mark.parametrize(
    ("component", "value"),
    [
        (Label(), {"cat": "sure"}),
        (Label(), [1, 2]),
        (Number(), "many"),
        (Slider(), "much"),
        (Radio(["a"]), "b"),
        (CheckboxGroup(["a"]), 5),
        (HighlightedText(), [("a", "b", "c")]),
        (HighlightedText(), {"text": "x"}),
        (Chatbot(), [("one", "two", "three")]),
        (JSON(), object()),
    ],
)
def test_a_result_of_the_wrong_kind_is_an_error_that_names_it(component: Any, value: Any) -> None:
    with pytest.raises(ValueError):
        component.postprocess(value, FILES)


def test_the_error_for_an_object_names_its_type() -> None:
    with pytest.raises(ValueError, match="builtins.object cannot be shown"):
        plain(object())


def test_a_value_that_contains_itself_is_an_error() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ValueError, match="nested deeper"):
        plain(loop)


def test_values_of_libraries_and_of_the_standard_library_become_plain() -> None:
    class Colour(enum.Enum):
        RED = "red"

    @dataclass
    class Point:
        x: int
        y: Any

    row = namedtuple("row", "a b")
    value = {
        1: np.arange(3), np.int64(2): np.float32(0.5), "nan": np.nan, "set": {3, 1, 2}, "enum": Colour.RED,
        "day": datetime.date(2026, 1, 2), "decimal": Decimal("1.5"), "point": Point(1, (np.str_("x"), None)),
        "row": row(1, 2), "deep": np.array([[True], [False]]),
    }  # fmt: skip
    assert plain(value) == {
        "1": [0, 1, 2], "2": 0.5, "nan": None, "set": [1, 2, 3], "enum": "red", "day": "2026-01-02", "decimal": 1.5,
        "point": {"x": 1, "y": ["x", None]}, "row": {"a": 1, "b": 2}, "deep": [[True], [False]],
    }  # fmt: skip


@given(JSON_VALUES)
def test_json_values_stay_as_they_are(value: Any) -> None:
    assert plain(value) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{oops", "J must be JSON: Expecting property name enclosed in double quotes in line 1; it was '{oops'."),
        ("[NaN]", "J must be JSON: NaN is no JSON value"),
        ("1e999", "J must be JSON: 1e999 is too large a number"),
        ("9" * 5000, "J must be JSON: Exceeds the limit"),
        ("[" * 100 + "]" * 100, "J must be nested at most 60 levels deep"),
        ("[" * 100_000, "J must be nested at most 60 levels deep"),
    ],
)
def test_json_text_that_is_none_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidValueError) as refusal:
        JSON(label="J").preprocess({"application/json": text}, FILES)
    assert refusal.value.message.startswith(problem)


@given(st.lists(st.text(), unique=True, min_size=1), st.data())
def test_choices_go_to_the_page_and_back(choices: list[str], data: st.DataObject) -> None:
    group = CheckboxGroup(choices, label="G")
    chosen = data.draw(st.lists(st.sampled_from(choices), unique=True))
    wire = group.postprocess(chosen, FILES)
    assert group.preprocess(wire, FILES) == chosen
    assert group.from_flag_cell(group.flag_cell(wire, FILES), "") == chosen


@given(st.lists(st.tuples(st.none() | st.text(), st.none() | st.text())))
def test_a_conversation_goes_to_the_page_and_back(pairs: list[tuple[str | None, str | None]]) -> None:
    chatbot = Chatbot(label="Talk")
    wire = chatbot.postprocess(pairs, FILES)
    assert chatbot.preprocess(wire, FILES) == [list(pair) for pair in pairs]
    assert chatbot.from_flag_cell(chatbot.flag_cell(wire, FILES), "") == [list(pair) for pair in pairs]


@given(st.dictionaries(st.text(), st.floats(0, 1), min_size=1))
def test_confidences_go_to_the_page_and_back_in_order(confidences: dict[str, float]) -> None:
    label = Label(label="Class")
    got = label.preprocess(label.postprocess(confidences, FILES), FILES)
    assert got == confidences
    assert list(got.values()) == sorted(confidences.values(), reverse=True)


def test_the_authors_html_stands_as_written_and_a_results_does_not_reach_the_page_unread() -> None:
    for component in (HTML("<b onclick=x()>mine</b>"), Markdown("<b onclick=x()>mine</b>")):
        component.label = "Text"
        wire = component.initial(FILES)
        html = str(component.html("o", "output", wire))
        assert "data-authored" in html and "<b onclick=x()>mine</b>" in html
        other = str(component.html("o", "output", "<b onclick=x()>theirs</b>"))
        assert "data-authored" not in other and "<b onclick=x()>theirs" not in other


@pytest.mark.parametrize(
    "text",
    [
        "<script>x</script>", "<img src=x onerror=x>", "[a](javascript:x)", "[a](data:text/html,x)", "[a](vbscript:x)",
        "![a](https://elsewhere.example/x.png)", "[a](JaVaScRiPt:x)", "<javascript:x>", "[a]: javascript:x\n\n[a]",
        "![a](//elsewhere.example/x.png)", "[a](&#106;avascript:x)", '[a](x "\\"><script>")',
    ],
)  # fmt: skip
def test_nothing_in_a_visitors_markdown_can_run_or_load(text: str) -> None:
    html = render_safe(text)
    assert "<script" not in html and "<img" not in html
    assert 'href="java' not in html.lower() and 'href="data' not in html and 'href="vb' not in html


def test_links_of_a_visitors_markdown_lead_out_without_a_way_back() -> None:
    assert render_safe("[a](https://x.example)") == (
        '<p><a href="https://x.example" rel="noopener noreferrer" target="_blank">a</a></p>\n'
    )
    assert '<img src="files/x" alt="a">' in render_safe("![a](files/x)")


def test_style_of_2022_changes_nothing_and_says_so() -> None:
    box = Textbox()
    with pytest.warns(UserWarning, match=r"Textbox\.style\(\) changes nothing; please remove it"):
        assert box.style(rounded=True, container=False) is box


def test_the_forms_of_2022_are_understood() -> None:
    assert Chatbot().style(color_map=("green", "pink")).options()["colors"] == ["green", "pink"]
    assert HighlightedText().style(color_map={"LOC": "red"}).options()["colors"] == {"LOC": "red"}
    assert Label().postprocess(np.array(["cat"]), FILES) == {"label": "cat"}
    assert Label().present({"a": np.float64(0.25), "b": np.float64(0.75)}, FILES) == {"b": 0.75, "a": 0.25}


@pytest.mark.parametrize(
    "entity", [{"entity": "X"}, 5, {"entity": "X", "start": None, "end": 2}, {"start": "a", "end": 1}]
)
def test_an_entity_without_its_place_is_told(entity: Any) -> None:
    with pytest.raises(ValueError, match="HighlightedText takes entities with whole numbers"):
        HighlightedText().postprocess({"text": "Rome", "entities": [entity]}, FILES)
