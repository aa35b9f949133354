"""A running call on its page: text that grows, bars, notes, and Stop."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

import quickdemo as gr
from quickdemo.runtime.diffs import diff
from tests.conftest import ROOT

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]


def interface(fn: Any, inputs: Any = None, outputs: Any = None, **options: Any) -> gr.Interface:
    given = gr.Textbox(label="Given") if inputs is None else inputs
    shown = gr.Textbox(label="Got") if outputs is None else outputs
    return gr.Interface(fn, given, shown, **{"allow_flagging": "never", **options})


def submit(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()


def test_only_what_grew_travels_and_only_what_changed_is_drawn(page: Page, serve: Serve) -> None:
    step = threading.Semaphore(0)

    def talk(text: str) -> Iterator[tuple[str, dict[str, int]]]:
        for end in range(1, 4):
            yield "abc"[:end], {"fixed": 1}
            step.acquire(timeout=20)

    page.goto(serve(interface(talk, outputs=[gr.Textbox(label="Got"), gr.JSON(label="Facts")])))
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("a")
    page.evaluate("document.querySelector('qd-json .shown, qd-json .tree').firstElementChild.dataset.old = 'kept'")
    for text in ("ab", "abc"):
        step.release()
        expect(page.get_by_label("Got")).to_have_text(text)
    expect(page.locator("[data-old=kept]")).to_have_count(1)
    step.release()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


def test_text_that_grows_keeps_what_the_reader_selected(page: Page, serve: Serve) -> None:
    step = threading.Semaphore(0)

    def talk(text: str) -> Iterator[str]:
        for end in (5, 9, 12):
            yield "some words \U0001f600!"[:end]
            step.acquire(timeout=20)

    page.goto(serve(interface(talk)))
    submit(page)
    got = page.get_by_label("Got")
    expect(got).to_have_text("some ")
    page.evaluate("getSelection().setBaseAndExtent(got = document.getElementById('predict-o0').firstChild, 0, got, 4)")
    step.release()
    expect(got).to_have_text("some word")
    step.release()
    expect(got).to_have_text("some words \U0001f600")
    assert page.evaluate("String(getSelection())") == "some"
    step.release()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))
    assert page.evaluate("String(getSelection())") == "some"


def test_markdown_and_conversations_grow_in_the_page(page: Page, serve: Serve) -> None:
    step = threading.Semaphore(0)

    def talk(text: str) -> Iterator[Any]:
        for words in (
            "**One** \u00e9",
            "**One** \u00e9 and \U0001f600",
            "**One** \u00e9 and \U0001f600 more, until the end",
        ):
            yield words, [("What?", words)]
            step.acquire(timeout=20)

    page.goto(serve(interface(talk, outputs=[gr.Markdown(label="Text"), gr.Chatbot(label="Talk")])))
    submit(page)
    for words in ("One \u00e9", "One \u00e9 and \U0001f600", "One \u00e9 and \U0001f600 more, until the end"):
        expect(page.locator("qd-markdown .prose p")).to_have_text(words)
        expect(page.locator("qd-chatbot .bot p")).to_have_text(words)
        step.release()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


def test_the_page_edits_as_the_server_does(page: Page) -> None:
    texts = st.text("ab\u00e9\U0001f600", max_size=60)
    leaves = st.none() | st.booleans() | st.integers(-3, 3) | texts
    values = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xyz"), inner), max_leaves=9
    )
    pairs: list[tuple[Any, Any]] = []

    @settings(max_examples=300, database=None)
    @given(st.tuples(values, values) | st.tuples(texts, texts, texts).map(lambda t: (t[0] + t[2], t[0] + t[1] + t[2])))
    def collect(pair: tuple[Any, Any]) -> None:
        pairs.append(pair)

    collect()
    source = (ROOT / "templates/static/core/diffs.js").read_text().replace("export ", "")
    cases = [[old, diff(old, new), new] for old, new in pairs]
    wrong = page.evaluate(
        "([source, cases]) => { const apply = new Function(source + '; return applyEdits')();"
        " return cases.filter(([old, edits, made]) => { const before = JSON.stringify(old);"
        " return JSON.stringify(apply(old, edits)) !== JSON.stringify(made) || JSON.stringify(old) !== before }) }",
        [source, cases],
    )
    assert wrong == [] and sum(bool(edits) for _, edits, _ in cases) > 100


def test_stop_says_that_a_plain_function_runs_on(page: Page, serve: Serve) -> None:
    release = threading.Event()

    def work(text: str) -> str:
        release.wait(30)
        return "too late"

    page.goto(serve(interface(work)))
    submit(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".toast")).to_contain_text("the function may run on until it ends; its answer is dropped")
    expect(page.locator(".time")).to_have_text(re.compile(r"^stopped waiting after \d+\.\d\d s$"))
    release.set()
    expect(page.get_by_role("button", name="Submit")).not_to_have_attribute("aria-disabled", "true")
    expect(page.get_by_label("Got")).to_be_hidden()


def test_a_bar_says_how_far_it_is_and_goes_away(page: Page, serve: Serve) -> None:
    step = threading.Semaphore(0)

    def work(text: str, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
        progress(None, desc="Looking")
        step.acquire(timeout=20)
        progress((30, 40), desc="Reading", unit="files")
        step.acquire(timeout=20)
        return text

    page.goto(serve(interface(work)))
    submit(page)
    bar = page.get_by_role("progressbar")
    expect(page.get_by_role("progressbar", name="Looking")).not_to_have_attribute("value", re.compile("."))
    step.release()
    expect(page.get_by_role("progressbar", name="Reading")).to_have_attribute("value", "0.75")
    expect(page.locator(".progress")).to_contain_text("30 of 40 files")
    step.release()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))
    expect(bar).to_have_count(0)


def test_notes_stand_on_each_other_and_are_closed(page: Page, serve: Serve) -> None:
    def work(text: str) -> str:
        gr.Info("Using <b>the small</b> model.", duration=None)
        gr.Warning("It is slow today.", duration=0, title="Mind")
        gr.Info("not seen", visible=False)
        gr.Success("Saved.", duration=None, title="Good")
        return text

    page.goto(serve(interface(work)))
    submit(page)
    notes = page.locator(".toast.message")
    expect(notes).to_have_count(3)
    expect(notes.first).to_contain_text("Using <b>the small</b> model.")
    expect(page.get_by_role("alert").filter(has_text="Mind")).to_be_visible()
    everything = page.get_by_role("button", name="Close all notes")
    expect(everything).to_be_visible()
    notes.first.get_by_role("button", name="Close this note").press("Enter")
    expect(notes).to_have_count(2)
    expect(everything).to_be_hidden()
    expect(notes.first.get_by_role("button", name="Close this note")).to_be_focused()
    page.keyboard.press("Escape")  # the newest
    expect(notes).to_have_text([re.compile("It is slow today")])
    submit(page)
    expect(notes).to_have_count(4)
    everything.press("Enter")
    expect(notes).to_have_count(0)
    expect(page.get_by_role("button", name="Submit")).to_be_focused()


def test_an_error_has_a_title_goes_away_or_is_not_shown(page: Page, serve: Serve) -> None:
    errors = iter(
        [gr.Error("No face.", title="Look again"), gr.Error("Gone soon.", duration=0.2), gr.Error(visible=False)]
    )

    def work(text: str) -> str:
        raise next(errors)

    page.goto(serve(interface(work)))
    submit(page)
    fault = page.locator(".results .fault")
    expect(fault.locator("b")).to_have_text("Look again")
    expect(fault).to_contain_text("No face.")
    submit(page)
    expect(fault).to_have_text("Gone soon.")
    expect(fault).to_be_hidden()
    expect(page.locator(".empty")).to_be_visible()
    submit(page)
    expect(page.locator("qd-interface")).to_have_attribute("data-state", "failed")
    expect(fault).to_be_hidden()


def test_a_bar_of_seconds_says_how_many_are_left(page: Page, serve: Serve) -> None:
    step = threading.Semaphore(0)

    def work(text: str, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
        for seconds in (3, 60):
            progress((seconds, 60), desc="Waking", unit="s")
            step.acquire(timeout=20)
        return text

    page.goto(serve(interface(work)))
    submit(page)
    expect(page.locator(".progress span")).to_have_text("about 57 s left")
    step.release()
    expect(page.locator(".progress span")).to_have_text("longer than usual")
    step.release()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


def test_every_function_that_takes_long_can_be_stopped(page: Page, serve: Serve) -> None:
    ended = threading.Event()

    def work(text: str, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
        try:
            while True:
                progress(0.5)
                time.sleep(0.02)
        finally:
            ended.set()

    page.goto(serve(interface(work)))
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_hidden()
    submit(page)
    stop.click()
    expect(page.locator(".said-status")).to_contain_text("Stopped")
    expect(stop).to_be_hidden()
    assert ended.wait(20)


def test_an_async_function_is_cancelled(page: Page, serve: Serve) -> None:
    import asyncio

    ended = threading.Event()

    async def work(text: str) -> str:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return text

    page.goto(serve(interface(work)))
    submit(page)
    page.get_by_role("button", name="Stop").click()
    assert ended.wait(20)


def test_a_time_limit_keeps_what_there_was(page: Page, serve: Serve) -> None:
    def endless(text: str) -> Iterator[str]:
        yield "first"
        while True:
            time.sleep(0.02)
            yield "first"

    page.goto(serve(interface(endless, time_limit=0.5)))
    submit(page)
    expect(page.get_by_text("The time limit of 0.5 s is reached")).to_be_visible()
    expect(page.get_by_label("Got")).to_have_text("first")


def test_nothing_to_object_to_while_it_runs(page: Page, serve: Serve, looks: Check) -> None:
    step = threading.Event()

    def work(text: str, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
        gr.Info("Using the small model, because the large one is busy and would take minutes.", duration=None)
        gr.Warning("It is slow today.", duration=None)
        gr.Success("The picture is saved.", duration=None)
        for _ in progress.tqdm("ab", desc="Pages"):
            progress((30_000, 40_000), desc="Reading a file with a rather long name", unit="lines")
            step.wait(30)
        return text

    page.goto(serve(interface(work, title="Long work")))
    submit(page)
    expect(page.get_by_role("progressbar")).to_have_count(2)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    looks(page)
    step.set()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))
