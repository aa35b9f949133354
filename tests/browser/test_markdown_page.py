"""Footnotes on the page: reached and left by keyboard, named, in every look."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]

TEXT = """## What the answer rests on

The first sentence has a source[^1], the second another one[^long-name], and the third the first again[^1].

A [link](https://other.example/), [up](#what-the-answer-rests-on) and a table:

| claim | value |
|:--|--:|
| measured[^long-name] | 4.2 |

[^1]: Ada Lovelace, *Notes on the Analytical Engine*, 1843.

[^long-name]: A note of several paragraphs.

    The second one, with `code` and a formula $x^2$.
"""


def test_places_of_a_text_are_followed_there_and_back_in_that_text(
    page: Page, serve: Serve, looks: Callable[[Page], None]
) -> None:
    outputs = [gr.Markdown(label="Answer"), gr.Chatbot(label="Talk")]
    texts = {"description": TEXT, "article": TEXT, "allow_flagging": "never"}
    demo = gr.Interface(lambda _: (TEXT, [("1", TEXT), ("2", TEXT)]), gr.Markdown(TEXT, label="Mine"), outputs, **texts)
    page.goto(serve(demo))
    page.get_by_role("button", name="Submit").click()
    answers = page.get_by_role("log").locator(".message.bot")
    expect(answers).to_have_count(2)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))
    shown = page.locator(".prose:has(.footnotes)")
    expect(shown).to_have_count(6)
    for text in shown.all():
        text.get_by_role("link", name="up").click()
        expect(text.locator("h2:target")).to_have_text("What the answer rests on")
        text.get_by_role("link", name="Note 1").first.click()
        expect(text.locator("li:target")).to_contain_text("Ada Lovelace")
    answer = page.get_by_role("group", name="Answer")
    answer.get_by_role("link", name="Note 1").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(answer.get_by_role("link", name="Back to reference 1", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(answer.locator("a:target")).to_have_accessible_name("Note 1")
    expect(answer.get_by_role("link", name="Back to reference 1-2")).to_have_text("↩2")
    expect(answer.get_by_role("link", name="link")).to_have_attribute("target", "_blank")
    looks(page)
