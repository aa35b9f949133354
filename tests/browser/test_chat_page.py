"""A conversation on its page: files, programs, formulas, copying, a growing answer, two thousand messages."""

from __future__ import annotations

import csv
import json
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


def test_only_the_growing_block_is_drawn_anew(page: Page, serve: Serve) -> None:
    step = threading.Semaphore(0)
    texts = [
        "- one\n- two\n\n```\nx\n```\n\na",
        "- one\n- two\n\n```\nx\n```\n\nab",
        "- one\n\nabc",
        "<b>no</b> [t](/t)",
    ]

    def talk(text: str) -> Iterator[Any]:
        for so_far in texts:
            yield [{"role": "user", "content": text}, {"role": "assistant", "content": so_far}], so_far
            step.acquire(timeout=20)

    outputs = [gr.Chatbot(label="Talk"), gr.Markdown(label="Same")]
    page.goto(serve(gr.Interface(talk, gr.Textbox(label="Say"), outputs, allow_flagging="never")))
    page.get_by_label("Say").fill("hello")
    page.get_by_role("button", name="Submit").click()
    messages = page.get_by_role("log").locator(".message")
    bodies = [messages.last.locator(".prose"), page.locator("qd-markdown .prose")]
    mark = "document.querySelectorAll('.message, .prose > *').forEach((one) => { one.dataset.old = 'kept' })"
    for body in bodies:
        expect(body.locator(":scope > p")).to_have_text("a")
    for text, kept in (("ab", ["UL", "DIV"]), ("abc", []), ("<b>no</b> t", [])):
        page.evaluate(mark)
        step.release()
        for body in bodies:
            expect(body.locator(":scope > p")).to_have_text(text)
            assert body.evaluate("(box) => [...box.querySelectorAll('[data-old]')].map((one) => one.tagName)") == kept
        expect(page.locator(".message[data-old=kept]")).to_have_count(2)
    for body in bodies:  # what grew is what would have been drawn at once
        assert body.inner_html() == '<p>&lt;b&gt;no&lt;/b&gt; <a href="/t" rel="noopener noreferrer">t</a></p>\n'
    step.release()


def test_two_thousand_tokens_stay_quick(page: Page, serve: Serve) -> None:
    def talk(text: str) -> Iterator[Any]:
        words = [f"word{n} " if n % 40 else f"\n\n## Part {n}\n\n" for n in range(2000)]
        for end in range(1, 2001):
            yield [("old", "answer"), (text, "".join(words[:end]))]

    page.goto(serve(chat(talk)))
    page.evaluate(
        """() => {
            const bot = document.querySelector("qd-chatbot"), own = bot.grow;
            window.drawn = [];
            bot.grow = function (...given) {
                const began = performance.now();
                own.apply(this, given);
                drawn.push(performance.now() - began);
            };
        }"""
    )
    submit(page)
    expect(page.get_by_role("log").locator("h2")).to_have_count(50)
    times = sorted(page.evaluate("drawn"))
    assert times[len(times) // 2] < 5, times[-5:]  # milliseconds; it is about 1


def test_thoughts_fold_and_options_are_chosen(page: Page, serve: Serve) -> None:
    step = threading.Event()

    def talk(text: str) -> Iterator[list[Any]]:
        thought = {"title": "Searching", "log": "3 sources"}
        said = [gr.ChatMessage(text, "user")]
        yield [*said, gr.ChatMessage("I look.", metadata={**thought, "status": "pending"})]
        step.wait(20)
        done = gr.ChatMessage("I look.", metadata={**thought, "status": "done", "duration": 2.34})
        yield [*said, done, gr.ChatMessage("Which?", options=["This", {"value": "That one", "label": "That"}])]

    page.goto(serve(chat(talk, placeholder="# Hello", examples=["How are you?"])))
    log = page.get_by_role("log")
    expect(page.get_by_role("heading", name="Hello")).to_be_visible()
    page.get_by_role("button", name="How are you?").press("Enter")
    thought = log.locator("details")
    expect(thought).to_have_attribute("open", "")
    expect(page.locator(".hello")).to_be_hidden()
    step.set()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))
    expect(thought).not_to_have_attribute("open", "")
    expect(thought.locator("summary")).to_have_text("Searching 3 sources 2.3 s")
    step.clear()
    log.get_by_role("button", name="That").press("Enter")
    expect(page.get_by_label("Say")).to_have_value("That one")
    expect(log.locator(".message.user .prose")).to_have_text("That one")
    page.evaluate("document.querySelector('.hello button').click()")  # while it runs nothing is sent
    expect(page.locator(".toast")).to_contain_text("Still answering")
    step.set()
    expect(log.get_by_role("button", name="That")).to_be_visible()


def test_messages_are_judged_copied_and_edited(page: Page, serve: Serve, tmp_path: Path) -> None:
    def talk(text: str) -> list[tuple[str, str]]:
        return [(text, "first"), ("more", "Which **one**?")]

    bot = gr.Chatbot(label="Talk", editable="user", show_copy_all_button=True)
    flags = {"flagging_options": ["Like", "Other"], "flagging_dir": str(tmp_path / "log")}
    page.goto(serve(gr.Interface(talk, gr.Textbox(label="Say"), bot, **flags)))
    page.get_by_label("Say").fill("hello")
    submit(page)
    log = page.get_by_role("log")
    like = log.get_by_role("button", name="Like").first
    assert log.get_by_role("button", name="Dislike").count() == 0  # the Interface does not offer it
    like.press("Enter")
    expect(like).to_have_attribute("aria-pressed", "true")
    row = next(csv.DictReader((tmp_path / "log" / "log.csv").read_text().splitlines()))
    assert (row["Say"], row["flag"]) == ("hello", "Like")
    assert [one["content"] for one in json.loads(row["Talk"])] == ["hello", "first"]

    page.get_by_role("button", name="Copy all").press("Enter")
    told = "You: hello\n\nBot: first\n\nYou: more\n\nBot: Which **one**?"
    assert page.evaluate("navigator.clipboard.readText()") == told
    edit = log.get_by_role("button", name="Edit this message").first
    edit.press("Enter")
    field = log.get_by_label("Text of this message")
    expect(field).to_be_focused()
    field.press("Escape")
    expect(edit).to_be_focused()
    edit.press("Enter")
    field.fill("And now?")
    field.press("Enter")
    expect(log.locator(".message.user .prose").first).to_have_text("And now?")
    expect(log.locator(".message")).to_have_count(4)


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
        said += [
            gr.ChatMessage("Hm.", metadata={"title": "Writing", "status": "pending"}),
            gr.ChatMessage(ANSWER + "\n" + table),
        ]
        return [*said, gr.ChatMessage({"path": str(tmp_path / "red.png")}, options=["Yes", "No, " * 30])]

    avatar = str(tmp_path / "red.png")
    options: dict[str, Any] = {"avatar_images": (None, avatar), "placeholder": "Say *hello* first.", "editable": "all"}
    page.goto(serve(chat(talk, examples=["first"], layout="panel", **options)))
    looks(page)
    page.get_by_label("Say").fill("hello there")
    submit(page)
    looks(page)
    page.get_by_role("button", name="Edit this message").first.press("Enter")
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
    page.get_by_role("button", name="first").press("Enter")
    expect(messages).to_have_text(["first", "first kindly 0"])
    expect(page.get_by_role("button", name="first")).to_be_hidden()
    expect(box).to_be_focused()


def test_messages_are_edited_and_answers_judged_in_a_chat_interface(page: Page, serve: Serve, tmp_path: Path) -> None:
    def answer(message: str, history: list[Any]) -> gr.ChatMessage:
        return gr.ChatMessage(f"{message} {len(history)}", options=["more"])

    looks: dict[str, Any] = {"run_examples_on_click": False, "examples": ["first"], "editable": True}
    flags = {"flagging_mode": "manual", "flagging_dir": str(tmp_path / "log")}
    page.goto(serve(gr.ChatInterface(answer, **looks, **flags)))
    box = page.get_by_role("textbox", name="Message")
    expect(box).to_be_focused()
    page.get_by_role("button", name="first").click()
    expect(box).to_have_value("first")
    box.press("Enter")
    messages = page.get_by_role("log").locator(".message .prose")
    expect(messages).to_have_text(["first", "first 0"])
    page.get_by_role("button", name="more").press("Enter")
    expect(messages).to_have_text(["first", "first 0", "more", "more 2"])
    page.get_by_role("button", name="Dislike").last.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Flagged")
    row = next(csv.DictReader((tmp_path / "log" / "log.csv").read_text().splitlines()))
    assert (row["Message"], row["flag"]) == ("more", "Dislike")
    assert [one["content"] for one in json.loads(row["Conversation"])] == ["first", "first 0", "more", "more 2"]
    box.fill("a draft")
    page.get_by_role("button", name="Edit this message").first.press("Enter")
    page.get_by_label("Text of this message").fill("other")
    page.get_by_label("Text of this message").press("Enter")
    expect(messages).to_have_text(["other", "other 0"])
    expect(box).to_have_value("a draft")


def test_the_browser_keeps_conversations(page: Page, serve: Serve, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), "red").save(tmp_path / "red.png")
    asked = []

    def answer(message: str, history: list[Any]) -> list[Any]:
        asked.append(message)
        again = "!" * (asked.count(message) - 1)
        return [f"{message} {len(history)}{again}", {"path": str(tmp_path / "red.png"), "alt_text": "red"}]

    url = serve(gr.ChatInterface(answer, save_history=True))
    page.goto(url)
    box, messages = page.get_by_role("textbox", name="Message"), page.get_by_role("log").locator(".message .prose")
    past = page.get_by_role("navigation", name="Conversations")
    for word in ("one", "two"):
        box.fill(word)
        box.press("Enter")
        expect(messages).to_have_text([word, f"{word} 0"])
        expect(past.locator("[aria-current=true]")).to_have_text(word)
        past.get_by_role("button", name="New conversation").press("Enter")
        expect(messages).to_have_count(0)
        expect(box).to_be_focused()
    page.goto(url)
    expect(past.locator("li")).to_have_text([re.compile("^two"), re.compile("^one")])
    past.get_by_role("button", name="one", exact=True).press("Enter")
    expect(messages).to_have_text(["one", "one 0"])
    expect(page.get_by_role("img", name="red")).to_be_visible()
    box.fill("three")
    box.press("Enter")
    expect(messages).to_have_text(["one", "one 0", "three", "three 3"])
    expect(past.locator("li")).to_have_text([re.compile("^one"), re.compile("^two")])
    page.get_by_role("button", name="Retry").press("Enter")
    expect(messages).to_have_text(["one", "one 0", "three", "three 3!"])
    expect(page.get_by_role("button", name="Send")).to_be_enabled()  # else it is still answering
    past.get_by_role("button", name="Delete two").press("Enter")
    expect(past.locator("li")).to_have_count(1)
    assert page.evaluate("JSON.parse(Object.values(localStorage)[0]).map((one) => one.title)") == ["one"]


def test_a_stopped_answer_is_gone_on_with_and_what_a_browser_kept_wrongly_is_left(page: Page, serve: Serve) -> None:
    ended, going = threading.Event(), threading.Event()

    def answer(message: str, history: list[Any]) -> Iterator[str]:
        try:
            yield f"{message} {len(history)}"
            while message == "stop" and not going.wait(0.01):
                yield f"{message} {len(history)}"
        finally:
            ended.set()

    url = serve(gr.ChatInterface(answer, save_history=True))
    page.goto(url)
    wrong = [None, 5, {"id": "a"}, {"id": "b", "title": "Talk", "messages": [{"role": "user", "content": "old"}]}]
    for kept in ({"a": 1}, wrong):
        page.evaluate("(kept) => localStorage.setItem('quickdemo chats / chat ', JSON.stringify(kept))", kept)
        page.goto(url)
    past = page.get_by_role("navigation", name="Conversations").locator("li")
    expect(past).to_have_text([re.compile("^Talk")])
    box, messages = page.get_by_role("textbox", name="Message"), page.get_by_role("log").locator(".message .prose")
    box.fill("stop")
    box.press("Enter")
    expect(messages).to_have_text(["stop", "stop 0"])
    page.get_by_role("button", name="Stop").click()
    assert ended.wait(30)
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    box.fill("more")
    box.press("Enter")
    expect(messages).to_have_text(["stop", "stop 0", "more", "more 2"])
    other = page.context.new_page()
    other.goto(url)
    other.get_by_role("button", name="Delete Talk").click()
    expect(past).to_have_text([re.compile("^stop")])
    going.set()


def test_nothing_to_object_to_in_a_chat_interface(page: Page, serve: Serve, looks: Check) -> None:
    options: dict[str, Any] = {"title": "Shout", "examples": ["hi", "ho"], "editable": True, "save_history": True}
    page.goto(serve(gr.ChatInterface(lambda message, history: message.upper(), flagging_mode="manual", **options)))
    looks(page)
    page.get_by_role("textbox", name="Message").fill("hello")
    page.get_by_role("textbox", name="Message").press("Enter")
    expect(page.get_by_text("HELLO", exact=True)).to_be_visible()
    looks(page)
    talk, box = page.get_by_role("log").bounding_box(), page.get_by_role("textbox", name="Message").bounding_box()
    assert talk and box and talk["y"] + talk["height"] < box["y"]  # the box stands below the conversation
