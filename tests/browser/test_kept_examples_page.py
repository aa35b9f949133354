"""Examples whose answers are kept: computed when first chosen, at once the next time, for every visitor."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import quickdemo as gr
from tests.running import Project

pytestmark = pytest.mark.browser
Serve = Callable[..., str]


def test_a_kept_answer_comes_at_once_for_every_visitor(
    open_page: Callable[..., Page], serve: Serve, tmp_path: Path, axe: Callable[[Page], None]
) -> None:
    release, calls = threading.Event(), []

    def turned(picture: Image.Image, degrees: float) -> Image.Image:
        globals()["calls"].append(degrees)
        globals()["release"].wait(30)
        return picture.rotate(int(degrees), expand=True)

    globals().update(release=release, calls=calls)
    Image.new("RGB", (60, 40), "#395").save(tmp_path / "leaf.png")
    demo = gr.Interface(
        turned,
        [gr.Image(type="pil", label="Photo"), gr.Slider(0, 180, value=90, step=90, label="Degrees")],
        gr.Image(label="Turned"),
        examples=[[str(tmp_path / "leaf.png")]],
        cache_examples=True,
        allow_flagging="never",
    )
    address = serve(demo)
    first = open_page()
    first.goto(address)
    first.get_by_role("button", name="Example 1").click()
    expect(first.locator("qd-interface")).to_have_attribute("data-state", "running")
    expect(first.get_by_role("img", name="Photo")).to_be_visible()
    release.set()
    expect(first.locator(".said-status")).to_contain_text("Result ready")
    second = open_page()
    second.goto(address)
    second.get_by_role("button", name="Example 1").click()
    expect(second.locator(".time")).to_have_text("from the cache")
    shown = second.locator(".outputs img").first
    expect(shown).to_be_visible()
    assert shown.evaluate("(picture) => [picture.naturalWidth, picture.naturalHeight]") == [40, 60]
    axe(second)
    assert calls == [90]
    second.get_by_label("Degrees, as a number").fill("0")
    second.get_by_role("button", name="Example 1").click()
    expect(second.locator(".time")).not_to_have_text("from the cache")
    expect(second.locator(".said-status")).to_contain_text("Result ready")
    assert calls == [90, 0]  # an input that the example leaves alone was changed


def test_another_example_that_is_chosen_meanwhile_takes_the_place_of_the_first(page: Page, serve: Serve) -> None:
    release = threading.Event()
    globals().update(release=release)

    def echo(text: str) -> str:
        if text == "slow":
            globals()["release"].wait(30)
        return f"{text}!"

    fields = gr.Textbox(label="Text"), gr.Textbox(label="Echo")
    demo = gr.Interface(echo, *fields, examples=["slow", "quick"], cache_examples=True, allow_flagging="never")
    page.goto(serve(demo))
    page.get_by_role("button", name="slow").click()
    expect(page.locator("qd-interface")).to_have_attribute("data-state", "running")
    page.get_by_role("button", name="quick").click()
    expect(page.get_by_label("Echo", exact=True)).to_have_text("quick!")
    release.set()


def test_an_example_that_fails_says_why_and_the_others_work(page: Page, serve: Serve) -> None:
    def half(text: str) -> str:
        if text == "bad":
            raise gr.Error("That one cannot be halved.")
        return text[: len(text) // 2]

    fields = gr.Textbox(label="Text"), gr.Textbox(label="Half")
    demo = gr.Interface(half, *fields, examples=["bad", "good"], cache_examples=True, allow_flagging="never")
    page.goto(serve(demo))
    page.get_by_role("button", name="bad").click()
    expect(page.get_by_role("alert")).to_contain_text("That one cannot be halved.")
    page.get_by_role("button", name="good").click()
    expect(page.get_by_label("Half")).to_have_text("go")
    expect(page.get_by_role("alert")).to_have_count(0)


SCRIPT = """
import quickdemo as gr

def shout(text):
    return text.upper() + {mark!r}

gr.Interface(
    shout, gr.Textbox(label="Text"), gr.Textbox(label="Loud"), examples=["one", "two"], cache_examples=True,
    title={mark!r}, allow_flagging="never",
).launch()
"""


def test_a_save_of_the_function_makes_kept_answers_stale(page: Page, project: Project) -> None:
    project.write(SCRIPT.format(mark="!"))
    run = project.run("--reload")
    run.ready()
    with page.expect_response("**/api/events"):
        page.goto(f"http://127.0.0.1:{run.port}/")
    choose = page.get_by_role("button", name="one")
    for mark in ("!", "?"):
        expect(page.get_by_role("heading", level=1)).to_have_text(mark)
        choose.click()
        expect(page.get_by_label("Loud")).to_have_text(f"ONE{mark}")
        expect(page.locator(".time")).to_contain_text(" s")
        choose.click()
        expect(page.locator(".time")).to_have_text("from the cache")
        project.write(SCRIPT.format(mark="?"))
