"""What today's parameters of texts and choices draw and refuse; what they do on the page is in browser/."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.components.colours import ground_of
from quickdemo.runtime.components.dropdown import Dropdown
from quickdemo.runtime.components.textbox import Textbox
from quickdemo.runtime.errors import InvalidValueError


def drawn(component: Any, role: str = "input") -> str:
    """The element's HTML with nothing in it."""
    component.label = component.label or "Field"
    return str(component.html("x", role, component.initial(None)))


def test_a_textbox_without_todays_parameters_is_drawn_as_ever() -> None:
    field = '<textarea id="x" name="x" rows="1" style="--lines: 1; --max-lines: 20">\nhi</textarea>'
    assert f'<label for="x">Field</label>{field}' in drawn(gr.Textbox("hi"))
    assert '<output id="x" class="text" aria-labelledby="x-name">hi</output>' in drawn(gr.Textbox("hi"), "output")
    assert 'data-options="{}"' in drawn(gr.Textbox())


def test_a_textbox_takes_todays_parameters_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        box = gr.Textbox(
            submit_btn="<Send>",
            stop_btn=True,
            autofocus=True,
            autoscroll=False,
            text_align="right",
            rtl=True,
            buttons=["copy"],
        )
    html = drawn(box)
    assert '<button type="button" data-do="submit">&lt;Send&gt;</button>' in html
    assert '<button type="button" data-do="stop" hidden disabled>Stop</button>' in html
    assert ' autofocus rows="1" dir="rtl" style="--lines: 1; --max-lines: 20; text-align: right">' in html
    assert box.options() == {"copy": True, "follow": False}
    assert "<button" not in drawn(box, "output"), "what is only read has nothing to send"


def test_an_output_is_as_high_as_its_author_says() -> None:
    shown = drawn(gr.Textbox(lines=8, max_lines=5, rtl=True), "output")
    assert 'class="text bounded" aria-labelledby="x-name" dir="rtl" style="--max-lines: 8" tabindex="0"' in shown


def test_passwords_are_neither_aligned_nor_turned() -> None:
    assert '<input id="x" name="x" type="password" value="">' in drawn(
        gr.Textbox(type="password", text_align="right", rtl=True)
    )


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"text_align": "center"}, "text_align is 'left' or 'right' or None; it was 'center'."),
        ({"buttons": ["share"]}, "buttons is 'copy'; it was 'share'."),
        ({"submit_btn": 1}, "submit_btn is True, False or the button's text; it was 1."),
        ({"stop_btn": ["Stop"]}, "stop_btn is True, False or the button's text"),
        ({"type": "number"}, "type is 'text' or 'password' or 'email'; it was 'number'."),
    ],
)
def test_a_textbox_refuses_what_it_cannot_draw(parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=r"Textbox: ") as refused:
        Textbox(**parameters)
    assert said in str(refused.value)


def test_a_dropdown_without_todays_parameters_is_drawn_as_ever() -> None:
    assert '<select id="x" name="x" multiple size="2"><option value="0">a</option></select></qd-' in drawn(
        gr.Dropdown(["a"], multiselect=True)
    )
    assert gr.Dropdown(["a"], multiselect=True).options() == {"values": ["a"], "names": ["a"], "multiple": True}
    assert "maxItems" not in gr.Dropdown(["a"], multiselect=True).schema()


def test_a_visitor_may_choose_as_many_as_the_author_says_and_a_function_any_number() -> None:
    some = Dropdown(["a", "b", "c"], multiselect=True, max_choices=2, value=["a", "b"], label="Some")
    assert some.preprocess(["c", "a"], None) == ["c", "a"]  # type: ignore[arg-type]
    assert some.preprocess(None, None) == []  # type: ignore[arg-type]
    with pytest.raises(InvalidValueError) as refused:
        some.preprocess(["a", "b", "c"], None)  # type: ignore[arg-type]
    assert refused.value.message == "Some may have at most 2 choices, not 3; it was ['a', 'b', 'c']."
    assert some.schema()["maxItems"] == 2
    assert some.postprocess(["a", "b", "c"], None) == ["a", "b", "c"]  # type: ignore[arg-type]
    assert "maxItems" not in some.output_schema()
    assert '<small id="x-said" role="status">At most 2</small>' in drawn(some)
    assert 'aria-describedby="x-said"' in drawn(some)


def test_a_list_that_is_filtered_has_a_field_for_it() -> None:
    field = '<input type="search" id="x-filter" aria-label="Filter Field" aria-controls="x" placeholder="Filter"'
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert field in drawn(gr.Dropdown(["a"], filterable=True))
        assert "search" not in drawn(gr.Dropdown(["a"], filterable=False))
        assert "search" not in drawn(gr.Dropdown(["a"], filterable=True, allow_custom_value=True))


def test_a_dropdown_says_what_does_not_go_together() -> None:
    with pytest.warns(UserWarning, match="max_choices has no effect without multiselect=True") as warned:
        gr.Dropdown(["a"], max_choices=1)
    assert warned[0].filename == __file__
    with pytest.warns(UserWarning, match="filterable=False has no effect with allow_custom_value=True"):
        gr.Dropdown(["a"], filterable=False, allow_custom_value=True)
    with pytest.raises(ValueError, match="max_choices must be at least 1; it was 0"):
        gr.Dropdown(["a"], multiselect=True, max_choices=0)
    with pytest.raises(ValueError, match="value has 2 choices, more than max_choices=1"):
        gr.Dropdown(["a", "b"], multiselect=True, max_choices=1, value=["a", "b"])


def test_one_more_box_stands_for_all() -> None:
    plain = drawn(gr.CheckboxGroup(["a", "b"], value=["a"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        some, all_of_it, none = (
            drawn(gr.CheckboxGroup(choices, value=value, show_select_all=True))
            for choices, value in ((["a", "b"], ["a"]), (["a", "b"], ["a", "b"]), ([], []))
        )
    box = '<div class="all"><label><input type="checkbox" id="x-all"> Select all</label></div>'
    assert some == plain.replace('<div class="choices">', box + '<div class="choices">')
    assert '<input type="checkbox" id="x-all" checked> Select all' in all_of_it
    assert "Select all" not in none


def test_a_label_without_todays_parameters_is_drawn_as_ever() -> None:
    html = drawn(gr.Label(), "output")
    assert '<div id="x" class="shown" role="group" aria-labelledby="x-name"></div>' in html
    assert 'data-options="{}"' in html


def test_a_label_has_a_ground_and_may_lack_its_heading() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        label = gr.Label(color="Teal", show_heading=False)
    assert 'class="shown grounded"' in drawn(label, "output")
    assert 'style="--ground: #008080; --on-ground: light-dark(#fff, #fff)"' in drawn(label, "output")
    assert label.options() == {"heading": False}


@pytest.mark.parametrize(
    ("colour", "variables"),
    [
        ("yellow", "--ground: #ffff00; --on-ground: light-dark(#000, #000)"),
        ("#123", "--ground: #112233; --on-ground: light-dark(#fff, #fff)"),
        ("#00000020", "--ground: #00000020; --on-ground: light-dark(#000, #fff)"),
        ("rgba(255, 255, 255, .9)", "--ground: #ffffffe6; --on-ground: light-dark(#000, #000)"),
        ("hsl(0, 100%, 50%)", "--ground: #ff0000; --on-ground: light-dark(#000, #000)"),
    ],
)
def test_the_text_on_a_ground_is_the_one_that_is_read_better(colour: str, variables: str) -> None:
    assert ground_of(colour) == variables


@pytest.mark.parametrize("colour", ["red; position: fixed", "url(//x.example)", "var(--ink)", "", "#12345", 7, None])
def test_a_ground_is_a_colour_and_nothing_else(colour: Any) -> None:
    with pytest.raises(ValueError, match="A colour is"):
        ground_of(colour)


def test_marks_are_named_in_the_text_unless_their_author_says_no() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bare = gr.HighlightedText(show_inline_category=False)
    assert bare.options() == {"colors": {}, "legend": False, "inline": False}
    assert gr.HighlightedText().options() == {"colors": {}, "legend": False}
