"""Many classes, many marks, many choices, texts of both directions: nothing stalls, all of it can be reached."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]


def generate(page: Page, serve: Serve, value: Any, shown: Any) -> None:
    page.goto(serve(gr.Interface(lambda: value, None, shown, allow_flagging="never")))
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


def test_a_thousand_classes_are_shown_step_by_step(page: Page, serve: Serve) -> None:
    generate(page, serve, {f"class {n}": 1 / (n + 2) for n in range(1000)}, gr.Label(label="Classes"))
    bars = page.get_by_role("listitem")
    for count in (30, 300, 1000):
        expect(bars).to_have_count(count)
        if count < 1000:
            page.get_by_role("button", name="Show more of 1000 classes").press("Enter")
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_a_hundred_thousand_parts_of_a_text(page: Page, serve: Serve) -> None:
    parts = [(f"w{n} ", "X" if n % 50 == 0 else None) for n in range(100_000)]
    generate(page, serve, parts, gr.HighlightedText(label="Words"))
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("mark")).to_have_count(2000)


def test_seventeen_thousand_paragraphs_and_both_directions(page: Page, serve: Serve) -> None:
    text = "\n\n".join(["שלום עולם", *(f"paragraph {n}" for n in range(17_000))])
    generate(page, serve, text, gr.Markdown(label="Text"))
    expect(page.locator(".prose p")).to_have_count(17_001)
    assert page.locator(".prose p").first.evaluate("(p) => getComputedStyle(p).unicodeBidi") == "plaintext"


@pytest.mark.parametrize("kind", [gr.Radio, gr.CheckboxGroup])
def test_a_thousand_choices_scroll_and_none_are_said(page: Page, serve: Serve, kind: Any) -> None:
    inputs = [kind([f"choice {n}" for n in range(1000)], label="Many"), kind([], label="None")]
    page.goto(
        serve(gr.Interface(lambda many, none: repr(many), inputs, gr.Textbox(label="Got"), allow_flagging="never"))
    )
    box = page.get_by_role("group", name="Many")
    assert (box.bounding_box() or {})["height"] < 500
    box.get_by_label("choice 999").check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Got")).to_contain_text("choice 999")
