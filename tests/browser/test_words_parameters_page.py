"""Today's parameters of texts and choices, on the page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]

SCROLLED = "(box) => [box.scrollTop > 0, box.scrollTop + box.clientHeight >= box.scrollHeight - 1]"
FOCUSED = "document.activeElement.textContent"


def test_buttons_beside_a_text_run_and_stop_and_its_end_stays_in_view(page: Page, serve: Serve, looks: Check) -> None:
    step = threading.Semaphore(0)

    def numbered(text: str, note: str) -> Iterator[tuple[str, str, str]]:
        for count in (20, 40, 60, 80):
            lines = "\n".join(f"{text} {n}" for n in range(count))
            yield lines, lines, note
            step.acquire(timeout=30)

    outputs = [
        gr.Textbox(label="Lines", max_lines=5, show_copy_button=True),
        gr.Textbox(label="Still", max_lines=5, autoscroll=False),
        gr.Textbox(label="Right", text_align="right"),
    ]
    inputs = [
        gr.Textbox("a", label="Text", submit_btn=True, stop_btn="Halt", autofocus=True, buttons=["copy"]),
        gr.Textbox("שלום", label="Note", rtl=True, lines=2, submit_btn="Send"),
    ]
    page.goto(serve(gr.Interface(numbered, inputs, outputs, allow_flagging="never")))
    expect(page.get_by_label("Text", exact=True)).to_be_focused()
    assert page.get_by_label("Note").evaluate("(box) => getComputedStyle(box).direction") == "rtl"
    halt = page.get_by_role("button", name="Halt")
    expect(halt).to_be_hidden()
    looks(page)

    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Submit", "it stands behind its field"
    page.keyboard.press("Enter")
    lines, still = page.get_by_label("Lines", exact=True), page.get_by_label("Still")
    expect(lines).to_contain_text("a 19")
    assert (lines.evaluate(SCROLLED), still.evaluate(SCROLLED)) == ([True, True], [False, False])
    step.release()
    expect(lines).to_contain_text("a 39")
    assert lines.evaluate(SCROLLED) == [True, True]
    lines.evaluate("(box) => { box.scrollTop = 50; }")
    step.release()
    expect(lines).to_contain_text("a 59")
    assert lines.evaluate("(box) => box.scrollTop") == 50, "who reads further up stays there"

    expect(halt).to_be_focused()  # it took the place of Submit
    page.keyboard.press("Enter")
    expect(page.locator(".time")).to_contain_text("stopped after")
    expect(halt).to_be_hidden()
    assert page.evaluate(FOCUSED) == "Submit"
    for _ in range(2):
        step.release()
    assert page.get_by_label("Right").evaluate("(box) => getComputedStyle(box).textAlign") == "right"
    page.locator("qd-textbox", has=lines).get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == "\n".join(f"a {n}" for n in range(60))
    page.get_by_role("button", name="Send").click()
    expect(halt).to_be_visible()
    looks(page)
    for _ in range(4):
        step.release()
    expect(page.locator("[data-state=idle]")).to_have_count(1)


def test_lists_are_filtered_and_limited_and_boxes_ticked_at_once(page: Page, serve: Serve, looks: Check) -> None:
    greetings = ["Hei", "Olá", "Habari", "Merhaba", "Helô"]
    inputs = [
        gr.Dropdown(greetings, label="One", filterable=True),
        gr.Dropdown(greetings, label="Some", multiselect=True, max_choices=2, filterable=True),
        gr.CheckboxGroup(greetings[:3], value=["Habari"], label="Boxes", show_select_all=True),
    ]
    demo = gr.Interface(
        lambda one, some, boxes: f"{one} {some} {boxes}", inputs, gr.Textbox(label="Got"), allow_flagging="never"
    )
    page.goto(serve(demo))
    one, some = page.get_by_label("One", exact=True), page.get_by_label("Some", exact=True)
    told = page.locator("small[role=status]")
    page.get_by_label("Filter One").fill("helo")
    expect(told.first).to_have_text("1 of 5 found")
    assert one.locator("option").all_text_contents() == ["Choose …", "Helô"]
    page.keyboard.press("Enter")
    expect(one).to_have_value("4")
    page.get_by_label("Filter One").fill("xyz")
    expect(told.first).to_have_text("none of 5 found")
    assert one.locator("option").all_text_contents() == ["Choose …", "Helô"], "what is chosen stays"

    some.select_option(["Hei", "Olá"])
    expect(told.last).to_have_text("2 of at most 2 chosen")
    page.get_by_label("Filter Some").fill("ba")
    assert some.locator("option").all_text_contents() == ["Hei", "Olá", "Habari", "Merhaba"]
    page.keyboard.press("Enter")
    expect(told.last).to_have_text("2 of 5 found · Only 2 can be chosen: take one away first")
    looks(page)
    page.get_by_label("Filter Some").fill("olá")
    page.keyboard.press("Enter")
    expect(told.last).to_have_text("1 of 5 found · 1 of at most 2 chosen")
    page.get_by_label("Filter Some").press("ArrowDown")
    expect(some).to_be_focused()
    tick_all(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Got")).to_have_text("Helô ['Hei'] ['Habari', 'Hei', 'Olá']")
    tick_none(page)
    page.get_by_role("button", name="Clear").click()
    assert page.get_by_label("Select all").evaluate("(box) => box.indeterminate")
    expect(told.last).to_have_text("At most 2")
    assert some.locator("option").all_text_contents() == greetings


def tick_all(page: Page) -> None:
    """By the box that stands for all."""
    all_boxes = page.get_by_label("Select all")
    assert all_boxes.evaluate("(box) => box.indeterminate")
    all_boxes.press("Space")
    expect(page.get_by_role("group", name="Boxes").get_by_role("checkbox", checked=True)).to_have_count(4)


def tick_none(page: Page) -> None:
    """The box that stands for all follows the others, and leads them."""
    all_boxes = page.get_by_label("Select all")
    page.get_by_label("Olá").click()
    assert all_boxes.evaluate("(box) => box.indeterminate && !box.checked")
    page.get_by_label("Olá").click()
    expect(all_boxes).to_be_checked()
    all_boxes.press("Space")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)


def test_a_label_has_a_ground_on_which_its_text_is_read(page: Page, serve: Serve, looks: Check) -> None:
    classes = {"cat": 0.75, "dog": 0.25}
    outputs = [
        *(gr.Label(label=color, color=color) for color in ("#777", "#ffff00", "#00000030")),
        gr.Label(label="Bars", show_heading=False),
        gr.Label(label="Bare", show_heading=False),
    ]
    page.goto(serve(gr.Interface(lambda: [classes] * 4 + ["cat"], None, outputs, allow_flagging="never")))
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("group", name="Bare")).to_have_text("cat")
    assert page.locator(".top").all_text_contents() == ["cat"] * 4
    expect(page.get_by_role("group", name="Bars").locator(".top")).to_have_count(0)
    expect(page.get_by_role("group", name="Bars").get_by_role("listitem")).to_have_count(2)
    style = "(top) => [getComputedStyle(top).backgroundColor, getComputedStyle(top).color]"
    assert page.locator(".top").nth(1).evaluate(style) == ["rgb(255, 255, 0)", "rgb(0, 0, 0)"]
    looks(page)


def test_the_legend_shows_and_hides_marks_of_a_long_text_at_once(page: Page, serve: Serve, looks: Check) -> None:
    words = [("Ada", "person"), (" in ", None), ("Paris", "town"), (" so", 0.5)]
    shown = [
        gr.HighlightedText(label="Text", show_legend=True),
        gr.HighlightedText(label="Bare", show_inline_category=False),
    ]
    demo = gr.Interface(lambda count: [words * int(count)] * 2, gr.Number(2, label="Count"), shown)
    page.goto(serve(demo))
    page.get_by_role("button", name="Submit").click()
    group = page.get_by_role("group", name="Marks of Text")
    expect(group.get_by_role("button")).to_have_text(["person", "town", "raises it"])
    text, bare = page.get_by_role("group", name="Text", exact=True), page.get_by_role("group", name="Bare")
    expect(text.locator("mark").first).to_have_text("Ada person")
    expect(bare.locator("mark").first).to_have_text("Ada (person)")
    assert bare.locator("mark").first.evaluate("(mark) => mark.title") == "person"
    assert bare.locator("small").count() == 0
    looks(page)

    person = group.get_by_role("button", name="person")
    person.press("Space")
    expect(person).to_have_attribute("aria-pressed", "false")
    assert text.locator("p").inner_text().startswith("Ada in Paris town so")
    ground = "(mark) => getComputedStyle(mark).backgroundColor"
    assert text.locator("mark").first.evaluate(ground) == "rgba(0, 0, 0, 0)"
    expect(text.get_by_role("mark")).to_have_count(4)
    looks(page)
    page.get_by_label("Count").fill("20000")
    person.focus()
    page.keyboard.press("Control+Enter")
    expect(text.locator("mark.off").nth(1000)).to_be_attached()
    expect(person).to_be_focused()  # the legend is as it was: it stays
    toggled = """(button) => {
      const began = performance.now();
      button.click();
      return performance.now() - began;
    }"""
    assert person.evaluate(toggled) < 500
    expect(text.locator("mark.off")).to_have_count(0)
    page.get_by_role("button", name="Show more").first.click()
    group.get_by_role("button", name="raises it").click()
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Count").fill("2")
    page.keyboard.press("Enter")
    expect(group.get_by_role("button", pressed=True)).to_have_count(3)
