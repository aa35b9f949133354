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

A [link](https://other.example/) and a table:

| claim | value |
|:--|--:|
| measured[^long-name] | 4.2 |

[^1]: Ada Lovelace, *Notes on the Analytical Engine*, 1843.

[^long-name]: A note of several paragraphs.

    The second one, with `code` and a formula $x^2$.
"""


def test_footnotes_are_followed_there_and_back(page: Page, serve: Serve, looks: Callable[[Page], None]) -> None:
    demo = gr.Interface(lambda: TEXT, None, gr.Markdown(label="Answer"), allow_flagging="never")
    page.goto(serve(demo))
    page.get_by_role("button", name="Generate").click()
    answer = page.get_by_role("group", name="Answer")
    expect(answer.get_by_role("listitem")).to_have_count(2)
    answer.get_by_role("link", name="Note 1").first.focus()
    page.keyboard.press("Enter")
    expect(answer.locator("li:target")).to_contain_text("Ada Lovelace")
    page.keyboard.press("Tab")
    expect(answer.get_by_role("link", name="Back to reference 1", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(answer.locator("a:target")).to_have_accessible_name("Note 1")
    expect(answer.get_by_role("link", name="Back to reference 1-2")).to_have_text("↩2")
    expect(answer.get_by_role("link", name="link")).to_have_attribute("target", "_blank")
    looks(page)
