"""Long texts on the page: of an answer the first part is drawn, all of it is copied; none is too long to be sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]

LINES = "".join(f"line {n} <of> text & more\n" for n in range(80_000))  # 2 MB
ONE_LINE = "word " * 400_000
SHOWN = {  # component, returned, what Copy gives
    "lines": (gr.Textbox(label="lines"), LINES, LINES),
    "one line": (gr.Textbox(label="one line"), ONE_LINE, ONE_LINE),
    "code": (gr.Code(label="code", language="python"), LINES, LINES),
    "code in one line": (gr.Code(label="code in one line"), ONE_LINE, ONE_LINE),
    "html": (gr.HTML(label="html"), "<p>some <b>words</b></p>" * 80_000, "some words" * 80_000),
    "markdown": (gr.Markdown(label="markdown"), LINES, LINES),
    "marks": (gr.HighlightedText(label="marks"), [("some ", None), ("words ", "X")] * 100_000, "some words " * 100_000),
    "chat": (gr.Chatbot(label="chat"), [("hi", LINES)], LINES),
}


def copied(page: Page, button: Locator) -> str:
    """What the button puts into the clipboard."""
    page.evaluate("navigator.clipboard.writeText('')")
    button.click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()) !== ''")
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_of_a_long_answer_the_beginning_is_drawn_and_all_is_copied(page: Page, serve: Serve, axe: Any) -> None:
    values = [value for _, value, _ in SHOWN.values()]
    outputs = [component for component, _, _ in SHOWN.values()]
    page.goto(serve(gr.Interface(lambda: values, None, outputs, allow_flagging="never")))
    page.get_by_role("button", name="Generate").click()
    for label, (_, _, whole) in SHOWN.items():
        part = page.locator(f"[data-label='{label}']")
        note = part.locator(".portion span")
        expect(note).to_contain_text("characters are shown.")
        assert part.evaluate("(part) => part.textContent.length") < 600_000, label
        assert part.locator("*").count() < 50_000, label
        assert copied(page, part.get_by_role("button", name="Copy all")) == whole, label
    more = page.locator("[data-label=lines]")
    text = more.locator("output")
    for _ in range(3):
        assert LINES.startswith(text.evaluate("(output) => output.value"))
        more.get_by_role("button", name="Show more").press("Enter")
    assert text.evaluate("(output) => output.value") == LINES
    expect(more.locator(".portion")).to_be_hidden()
    with page.expect_download() as download:
        page.locator("[data-label=marks]").get_by_role("button", name="Save all").click()
    assert download.value.suggested_filename == "marks.txt"
    assert download.value.path().read_text() == SHOWN["marks"][2]


def test_an_input_too_long_to_be_sent_is_named_and_stays(page: Page, serve: Serve) -> None:
    story, note = gr.Textbox(label="Story", lines=3), gr.Textbox(label="Note")
    page.goto(serve(gr.Interface(lambda story, note: len(story), [story, note], gr.Number(label="Length"))))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    field = page.locator("#predict-i0-field")
    field.evaluate("(field) => { field.value = 'word '.repeat(3_300_000); }")
    page.get_by_role("button", name="Submit").click()
    told = "Story has 16.5 MB; a text may have 16 MB. Shorten it, or send it as a file."
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_role("textbox", name="Story")).to_have_attribute("aria-invalid", "true")
    assert field.evaluate("(field) => field.value.length") == 16_500_000 and not sent
    field.evaluate("(field) => { field.value = 'word '.repeat(900_000); }")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Length")).to_have_text("4500000")
