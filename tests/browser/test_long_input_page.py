"""Ten megabytes of text in a field: pasted, edited, answered, flagged, and kept through a save."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr
from tests.running import Project

pytestmark = pytest.mark.browser

LINE = "line with wörds & <marks>\n"
LONG = LINE * 400_000  # 10.4 million characters
SCRIPT = """
import quickdemo as gr

def measure(story, note):
    return len(story), story[:20] + note + story[-20:]

gr.Interface(
    measure,
    [gr.Textbox(label="Story", lines={lines}), gr.Textbox(label="Note")],
    [gr.Number(label="Length"), gr.Textbox(label="Ends")],
    flagging_dir="flagged",
).launch()
"""


def paste(page: Page, text: str) -> None:
    """As a visitor does; the text is in the field, or behind it, when this returns."""
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def cut_all(page: Page) -> None:
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+x")


def holds(page: Page, length: int, beginning: str) -> None:
    """Waits until the first input has so many characters, and looks at the first six."""
    page.wait_for_function("(n) => document.querySelector('#predict-i0-field').value.length === n", arg=length)
    assert page.evaluate("document.querySelector('#predict-i0-field').value.slice(0, 6)") == beginning


def test_ten_megabytes_are_pasted_answered_flagged_and_kept(page: Page, project: Project) -> None:
    project.write(SCRIPT.format(lines=3))
    run = project.run("--reload")
    run.ready()
    with page.expect_response("**/api/events"):
        page.goto(f"http://127.0.0.1:{run.port}/")
    story = page.get_by_role("textbox", name="Story")
    story.focus()
    paste(page, LONG)
    page.keyboard.type("> ")
    expect(page.locator(".portion span")).to_contain_text(f"of {len(LONG) + 2:,} characters are in the field")
    assert story.evaluate("(field) => [field.value.length < 200_000, field.value.slice(0, 6)]") == [True, "> line"]
    page.get_by_label("Note").fill(" | ")
    for times in (1, 2):
        page.get_by_role("button", name="Submit").click()
        expect(page.get_by_label("Length")).to_have_text(str(len(LONG) + 2))
        expect(page.get_by_label("Ends")).to_have_text(f"> {LINE[:18]} | {LINE[-20:]}")
        page.get_by_role("button", name="Flag").click()
        expect(page.locator(".toast")).to_contain_text(f"{times} sample")
        if times == 1:
            project.write(SCRIPT.format(lines=5))
            expect(page.locator(".toast")).to_contain_text("Reloaded")
            expect(story).to_have_attribute("rows", "5")
            expect(page.get_by_label("Length")).to_have_text(str(len(LONG) + 2))
    before = csv.field_size_limit(100_000_000)
    with open(project.folder / "flagged" / "log.csv", newline="", encoding="utf-8") as log:
        rows = list(csv.DictReader(log))
    csv.field_size_limit(before)
    assert [row["Story"] == "> " + LONG for row in rows] == [True, True]


def test_what_is_behind_the_field_goes_with_what_is_in_it(page: Page, serve: Callable[..., str], looks: Any) -> None:
    story = gr.Textbox(label="Story", lines=3, max_lines=6)
    page.goto(serve(gr.Interface(lambda text: f"{len(text)} {text[:6]}", story, gr.Textbox(label="Got"))))
    field, note = page.get_by_role("textbox", name="Story"), page.locator(".portion")

    field.focus()
    paste(page, LINE * 4_000)  # long enough to have a fixed height, and not to be parted
    holds(page, len(LINE) * 4_000, LINE[:6])
    assert field.evaluate("(field) => getComputedStyle(field).fieldSizing") == "fixed"
    assert 100 < field.evaluate("(field) => field.offsetHeight") < 200  # six lines
    page.keyboard.press("Control+a")
    paste(page, LONG)
    holds(page, len(LONG), LINE[:6])
    looks(page)
    shown = field.evaluate("(field) => field.value.length")
    page.get_by_role("button", name="Show more").click()
    assert field.evaluate("(field) => field.value.length") == pytest.approx(2 * shown, rel=0.01)
    holds(page, len(LONG), LINE[:6])
    field.evaluate("(field) => { field.focus(); field.setSelectionRange(2, 4); }")
    paste(page, "y" * 300_000)
    holds(page, len(LONG) + 299_998, "liyyyy")
    page.get_by_role("button", name="Remove the rest").click()
    expect(note).to_be_hidden()
    expect(field).to_be_focused()
    holds(page, 200_000, "liyyyy")
    page.keyboard.press("Control+a")
    paste(page, LONG)
    cut_all(page)
    holds(page, 0, "")
    page.keyboard.press("Control+v")
    holds(page, len(LONG), LINE[:6])
    page.keyboard.press("Control+a")
    page.keyboard.type("new")  # replaces all that is seen, and so all of it
    holds(page, 3, "new")
    paste(page, LONG)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Got")).to_have_text(f"{len(LONG) + 3} newlin")
    page.get_by_role("button", name="Clear").click()
    holds(page, 0, "")
    expect(note).to_be_hidden()
    assert field.evaluate("(field) => getComputedStyle(field).fieldSizing") == "content"
