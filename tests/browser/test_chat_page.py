"""A conversation on its page: files, programs, formulas, copying, a growing answer, two thousand messages."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]

ANSWER = "A **bold** word, $x^2$ and\n\n```python\nif x:\n    pass\n```\n"


def chat(fn: Any, **options: Any) -> gr.Interface:
    shown = gr.Chatbot(label="Talk", **options)
    return gr.Interface(fn, gr.Textbox(label="Say"), shown, allow_flagging="never", title="Chat")


def submit(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


def test_texts_programs_formulas_and_files_are_shown_and_copied(page: Page, serve: Serve, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), "red").save(tmp_path / "red.png")
    (tmp_path / "notes.txt").write_text("notes")
    files = [((str(tmp_path / "red.png"), "a red square"), (str(tmp_path / "notes.txt"),))]
    page.goto(serve(chat(lambda text: [(text, ANSWER), *files])))
    page.get_by_label("Say").fill("hello")
    submit(page)
    messages = page.get_by_role("log").locator(".message")
    expect(messages).to_have_count(4)
    expect(messages.nth(1).locator("math msup")).to_have_count(1)
    expect(messages.nth(1).locator(".c-k").first).to_have_text("if")
    expect(page.get_by_role("img", name="a red square")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="notes.txt").click()
    assert download.value.suggested_filename == "notes.txt"
    messages.nth(1).get_by_role("button", name="Copy", exact=True).press("Enter")
    assert page.evaluate("navigator.clipboard.readText()") == "if x:\n    pass\n"
    messages.nth(1).get_by_role("button", name="Copy this message").press("Enter")
    assert page.evaluate("navigator.clipboard.readText()") == ANSWER


def test_only_the_growing_message_is_drawn_anew(page: Page, serve: Serve) -> None:
    step = threading.Semaphore(0)

    def talk(text: str) -> Iterator[list[dict[str, str]]]:
        for end in range(1, 4):
            yield [{"role": "user", "content": text}, {"role": "assistant", "content": "abc"[:end]}]
            step.acquire(timeout=20)

    page.goto(serve(chat(talk)))
    page.get_by_label("Say").fill("hello")
    page.get_by_role("button", name="Submit").click()
    messages = page.get_by_role("log").locator(".message")
    expect(messages.last).to_contain_text("a")
    page.evaluate("document.querySelectorAll('.message').forEach((one) => { one.dataset.old = 'kept' })")
    for text in ("ab", "abc"):
        step.release()
        expect(messages.last.locator(".prose")).to_have_text(text)
    expect(page.locator("[data-old=kept]")).to_have_count(2)
    step.release()


def test_who_reads_further_up_stays_there_and_can_jump_to_the_end(page: Page, serve: Serve) -> None:
    said: list[Any] = [(f"question {n}", f"answer {n}") for n in range(2000)]

    def talk(text: str) -> list[Any]:
        said.append((text, "new"))
        return said

    page.goto(serve(chat(talk)))
    submit(page)
    log = page.get_by_role("log")
    expect(log.locator(".message")).to_have_count(4002)
    expect(log.locator(".message").last).to_be_in_viewport()
    log.evaluate("(box) => { box.scrollTop = 0 }")
    submit(page)
    button = page.get_by_role("button", name="Newest message")
    expect(button).to_be_visible()
    assert log.evaluate("(box) => box.scrollTop") < 100
    button.press("Enter")
    expect(button).to_be_hidden()
    expect(log.locator(".message").last).to_be_in_viewport()


def test_nothing_to_object_to(page: Page, serve: Serve, looks: Check, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), "red").save(tmp_path / "red.png")
    table = "| a | b |\n|---|---|\n" + "| long words in a cell | more of them here |\n" * 3

    def talk(text: str) -> list[Any]:
        said: list[Any] = [gr.ChatMessage(text, "user"), gr.ChatMessage("Let me see.", metadata={"title": "Thinking"})]
        return [*said, gr.ChatMessage(ANSWER + "\n" + table), gr.ChatMessage({"path": str(tmp_path / "red.png")})]

    page.goto(serve(chat(talk, avatar_images=(None, str(tmp_path / "red.png")), placeholder="Say hello first.")))
    looks(page)
    page.get_by_label("Say").fill("hello there")
    submit(page)
    looks(page)


def test_a_chat_interface_is_used_by_keyboard(page: Page, serve: Serve) -> None:
    def answer(message: str, history: list[Any], tone: str) -> Iterator[str]:
        yield message
        yield f"{message} {tone} {len(history)}"

    demo = gr.ChatInterface(answer, additional_inputs=[gr.Textbox("kindly", label="Tone")], examples=["first"])
    page.goto(serve(demo))
    box = page.get_by_role("textbox", name="Message")
    messages = page.get_by_role("log").locator(".message .prose")
    box.fill("hello")
    box.press("Enter")
    expect(messages).to_have_text(["hello", "hello kindly 0"])
    expect(box).to_have_value("")
    box.fill("again")
    box.press("Enter")
    expect(messages).to_have_text(["hello", "hello kindly 0", "again", "again kindly 2"])
    page.get_by_role("button", name="Retry").press("Enter")
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))
    expect(messages).to_have_count(4)
    page.get_by_role("button", name="Undo").press("Enter")
    expect(messages).to_have_text(["hello", "hello kindly 0"])
    page.get_by_role("button", name="Clear").press("Enter")
    expect(messages).to_have_count(0)
    page.get_by_role("button", name="first").click()
    expect(box).to_have_value("first")


def test_nothing_to_object_to_in_a_chat_interface(page: Page, serve: Serve, looks: Check) -> None:
    page.goto(serve(gr.ChatInterface(lambda message, history: message.upper(), title="Shout", examples=["hi", "ho"])))
    looks(page)
    page.get_by_role("textbox", name="Message").fill("hello")
    page.get_by_role("textbox", name="Message").press("Enter")
    expect(page.get_by_text("HELLO", exact=True)).to_be_visible()
    looks(page)
