"""Nothing that axe objects to: in light and in dark, on a phone and on a desktop, before and after an answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]


def everything(folder: Path) -> gr.Interface:
    """Six kinds of inputs, as many outputs, examples, all texts, flag buttons."""
    Image.new("RGB", (60, 40), "#395").save(folder / "leaf.png")

    def run(text: str, number: float, size: float, kind: str, parts: list[str], colour: str) -> tuple[object, ...]:
        if kind == "bad":
            raise gr.Error("That kind cannot be processed.")
        words = [(word + " ", score) for word, score in zip(text.split(), (0.9, -0.7, 0.0, 0.3), strict=False)]
        return (
            text,
            number,
            {"leaf": 0.7, "stone": 0.3},
            {"size": size, "parts": parts, "of": None},
            f"**{colour}**",
            words,
        )

    return gr.Interface(
        run,
        [
            gr.Textbox(label="Text", value="some words to read", info="Four are enough."),
            gr.Number(label="Number", value=3),
            gr.Slider(0, 10, value=4, label="Size"),
            gr.Radio(["good", "bad"], value="good", label="Kind"),
            gr.CheckboxGroup(["left", "right"], value=["left"], label="Parts"),
            gr.Dropdown(["red", "green"], value="red", label="Colour"),
        ],
        [
            gr.Textbox(label="Said"),
            gr.Number(label="Count"),
            gr.Label(label="Kinds"),
            gr.JSON(label="Details"),
            gr.Markdown(label="Note"),
            gr.HighlightedText(label="Words"),
        ],
        examples=[["a b c d", n, 2, "good", ["right"], "green"] for n in range(4)],
        examples_per_page=2,
        title="Everything at once",
        description="All the kinds of inputs, and [a link](#about).",
        article="## About\n\nMore text, with `code`.",
        flagging_options=["wrong", "unsure"],
    )


def test_a_form_of_six_components_before_and_after_its_answer_and_an_error(
    page: Page, serve: Serve, looks: Check, tmp_path: Path
) -> None:
    page.goto(serve(everything(tmp_path)))
    looks(page)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".said-status")).to_contain_text("Result ready")
    looks(page)
    page.get_by_role("radio", name="bad").check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_be_visible()
    looks(page)


def test_a_wrong_field(page: Page, serve: Serve, looks: Check, tmp_path: Path) -> None:
    page.goto(serve(everything(tmp_path)) + "?Size=99")
    expect(page.locator(".hint")).to_be_visible()
    looks(page)


def test_tabs_with_a_chat_and_a_picture(page: Page, serve: Serve, looks: Check, tmp_path: Path) -> None:
    everything(tmp_path)
    leaf = str(tmp_path / "leaf.png")
    talk = gr.Interface(lambda text: [(text, f"You said {text}.")], gr.Textbox(label="You"), gr.Chatbot(label="Talk"))
    look = gr.Interface(lambda p: p, gr.Image(label="Photo"), gr.Image(label="Same"), examples=[leaf])
    files = gr.Interface(lambda f: 1, gr.File(label="Text file"), gr.Number(label="Lines"), live=True)
    page.goto(serve(gr.TabbedInterface([talk, look, files], ["Talk", "Look", "Files"], title="Three")))
    page.get_by_label("You", exact=True).fill("hello")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("You said hello.")).to_be_visible()
    looks(page)
    page.get_by_role("tab", name="Look").click()
    looks(page)
    page.get_by_role("button", name="Example 1").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    looks(page)
    page.get_by_role("tab", name="Files").click()
    looks(page)


def test_code(page: Page, serve: Serve, looks: Check) -> None:
    program = "import re\n\ndef area(w: float) -> str:\n    return f'{w:.1f}'  # " + "long " * 60
    shown = [gr.Code(label="Shown", language="python"), gr.Code(label="Data", language="json", wrap_lines=True)]
    fields = gr.Code(program, "python", label="Program", info="Python.")
    page.goto(serve(gr.Interface(lambda code: (code, '{"a": [1, null]}'), fields, shown, allow_flagging="never")))
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("pre .c-k").first).to_have_text("def")
    looks(page)


def test_a_running_generator(page: Page, serve: Serve, looks: Check) -> None:
    more = threading.Event()

    def steps() -> Iterator[str]:
        yield "at 1"
        more.wait(30)
        yield "at 2"

    page.goto(serve(gr.Interface(steps, None, gr.Textbox(label="Progress"), title="Endless")))
    looks(page)
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("button", name="Stop")).to_be_enabled()
    looks(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".said-status")).to_contain_text("Stopped")
    more.set()
    looks(page)


def test_the_login_and_its_error(page: Page, serve: Serve, looks: Check, tmp_path: Path) -> None:
    page.goto(serve(everything(tmp_path), auth=("ada", "engine"), auth_message="For **members**."))
    looks(page)
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    looks(page)
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("engine")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="ada · Log out")).to_be_visible()


def test_how_to_use_it_from_code(page: Page, serve: Serve, looks: Check, tmp_path: Path) -> None:
    page.goto(serve(everything(tmp_path)))
    page.get_by_role("link", name="API").click()
    expect(page.get_by_text("POST api/predict")).to_be_visible()
    looks(page)


def test_an_address_that_does_not_exist(page: Page, serve: Serve, looks: Check, tmp_path: Path) -> None:
    answer = page.goto(serve(everything(tmp_path)) + "nowhere")
    assert answer and answer.status == 404
    expect(page.get_by_role("link", name="Back to the demo")).to_be_visible()
    looks(page)
