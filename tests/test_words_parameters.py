"""What today's parameters of texts and choices draw and refuse; what they do on the page is in browser/."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.components.textbox import Textbox


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
