"""Additional inputs, validators, texts of buttons, on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr
from tests.running import Project

pytestmark = pytest.mark.browser
Serve = Callable[..., str]


def write(prompt: str, tokens: float, style: str) -> str:
    """Write a text in a style."""
    return f"{prompt} {tokens:g} {style}"


def check(prompt: str, tokens: float, style: str) -> list[Any]:
    return [gr.validate(bool(prompt), "Say something."), gr.validate(tokens < 100, "At most 100 tokens."), True]


def writer(**options: Any) -> gr.Interface:
    return gr.Interface(
        write,
        gr.Textbox(label="Prompt"),
        gr.Textbox(label="Text"),
        additional_inputs=[gr.Number(64, label="Tokens"), gr.Radio(["plain", "loud"], value="plain", label="Style")],
        additional_inputs_accordion="Options",
        validator=check,
        **{"allow_flagging": "never", "submit_btn": "Write", "clear_btn": "Forget", **options},
    )


def test_additional_inputs_are_opened_by_keyboard_and_used_while_closed(
    page: Page, serve: Serve, looks: Callable[[Page], None]
) -> None:
    page.goto(serve(writer()))
    tokens = page.get_by_label("Tokens")
    expect(tokens).to_be_hidden()
    looks(page)
    page.get_by_text("Options", exact=True).press("Enter")
    expect(tokens).to_be_visible()
    tokens.fill("7")
    looks(page)
    page.get_by_text("Options", exact=True).press("Enter")
    page.get_by_label("Prompt").fill("Hello")
    page.get_by_role("button", name="Write").click()
    expect(page.get_by_label("Text", exact=True)).to_have_text("Hello 7 plain")
    page.get_by_role("button", name="Forget").click()
    expect(tokens).to_have_value("64")


def test_all_refused_inputs_are_marked_and_a_closed_one_is_shown(
    page: Page, serve: Serve, looks: Callable[[Page], None]
) -> None:
    page.goto(serve(writer()))
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Tokens").fill("500")
    page.get_by_text("Options", exact=True).click()
    expect(page.get_by_label("Tokens")).to_be_hidden()
    page.get_by_role("button", name="Write").click()
    expect(page.locator(".hint")).to_have_text(["Say something.", "At most 100 tokens."])
    expect(page.get_by_label("Tokens")).to_be_visible()
    expect(page.get_by_label("Prompt")).to_be_focused()
    expect(page.get_by_label("Tokens")).to_have_attribute("aria-invalid", "true")
    looks(page)
    page.get_by_label("Prompt").fill("Hi")
    page.get_by_label("Tokens").fill("5")
    page.get_by_label("Tokens").press("Control+Enter")
    expect(page.get_by_label("Text", exact=True)).to_have_text("Hi 5 plain")
    expect(page.locator(".hint")).to_have_count(0)


def test_examples_with_labels_fill_additional_inputs_too(page: Page, serve: Serve) -> None:
    demo = writer(examples=[["One", 1], ["Two", 2]], example_labels=["The first", "The second"])
    page.goto(serve(demo))
    page.get_by_role("button", name="The second").click()
    expect(page.get_by_label("Prompt")).to_have_value("Two")
    expect(page.get_by_label("Tokens")).to_have_value("2")


def test_the_authors_style_sheet_reaches_single_components(page: Page, serve: Serve) -> None:
    inputs = [
        gr.Textbox(label="Name", elem_id="name", elem_classes="warm"),
        gr.Number(2, label="Size", elem_classes=["warm", "narrow"], show_label=False),
        gr.Textbox("kept", label="Secret", visible=False, elem_id="secret"),
        gr.CheckboxGroup(["a", "b"], label="Parts", elem_id="parts"),
    ]
    css = "#name { background: rgb(255, 0, 0) } .warm input { color: rgb(0, 0, 255) } .narrow { max-inline-size: 90px }"
    css += " #said output, #parts legend { color: rgb(0, 128, 0) }"
    shown = [gr.Textbox(label="Said", elem_id="said"), gr.Textbox(label="Unseen", visible=False)]
    page.goto(serve(gr.Interface(lambda *given: [repr(given), "x"], inputs, shown, css=css, allow_flagging="never")))
    size = page.get_by_label("Size")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Name").press("Control+Enter")
    said = page.get_by_label("Said")
    expect(said).to_have_text("('Ada', 2.0, 'kept', [])")
    expect(said).to_have_css("color", "rgb(0, 128, 0)")
    expect(page.get_by_text("Parts", exact=True)).to_have_css("color", "rgb(0, 128, 0)")
    expect(page.locator("#name")).to_have_css("background-color", "rgb(255, 0, 0)")
    expect(size).to_have_css("color", "rgb(0, 0, 255)")
    assert (size.bounding_box() or {})["width"] <= 90
    expect(page.get_by_text("Size", exact=True)).to_have_class("visually-hidden")
    for label in ("Secret", "Unseen"):
        expect(page.get_by_text(label, exact=True)).to_be_hidden()
    page.get_by_label("Name").fill("Bob")
    size.fill("3")
    size.press("Control+Enter")
    expect(said).to_have_text("('Bob', 3.0, 'kept', [])")


SCRIPT = """
import quickdemo as gr

def write(prompt, tokens, style):
    return "{mark} " + prompt

gr.Interface(
    write, gr.Textbox(label="Prompt"), gr.Textbox(label="Text"),
    additional_inputs=[gr.Number({start}, label="Tokens"), {style}], additional_inputs_accordion="Options",
    title="{mark}", allow_flagging="never",
).launch()
"""
STYLE = 'gr.Radio(["plain", "loud"], label="Style")'


def test_a_reload_keeps_what_was_opened_and_the_values(page: Page, project: Project) -> None:
    project.write(SCRIPT.format(mark="old", start=64, style=STYLE))
    run = project.run("--reload")
    run.ready()
    with page.expect_response("**/api/events"):
        page.goto(f"http://127.0.0.1:{run.port}/")
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Tokens").fill("9")
    project.write(SCRIPT.format(mark="new", start=64, style=STYLE.replace("Style", "Manner")))
    expect(page.get_by_role("heading", level=1)).to_have_text("new")
    expect(page.get_by_label("Tokens")).to_be_visible()
    expect(page.get_by_label("Tokens")).to_have_value("9")
    project.write(SCRIPT.format(mark="newer", start=65, style='gr.Checkbox(label="Manner")'))
    expect(page.get_by_role("heading", level=1)).to_have_text("newer")
    expect(page.get_by_label("Tokens")).to_have_value("9")
    expect(page.get_by_label("Tokens")).to_be_visible()
    page.get_by_text("Options", exact=True).click()
    project.write(SCRIPT.format(mark="last", start=65, style='gr.Checkbox(label="Manner")'))
    expect(page.get_by_role("heading", level=1)).to_have_text("last")
    expect(page.get_by_label("Tokens")).to_be_hidden()
