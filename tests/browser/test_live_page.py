"""A running call on its page: text that grows, bars, notes, and Stop."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr

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
        gr.Warning("It is slow today.", duration=None, title="Mind")
        gr.Info("not seen", visible=False)
        return text

    page.goto(serve(interface(work)))
    submit(page)
    notes = page.locator(".toast.message")
    expect(notes).to_have_count(2)
    expect(notes.first).to_contain_text("Using <b>the small</b> model.")
    expect(page.get_by_role("alert").filter(has_text="Mind")).to_be_visible()
    notes.first.get_by_role("button", name="Close this note").press("Enter")
    expect(notes).to_have_count(1)


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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_to_object_to_while_it_runs(
    open_page: Callable[..., Page], serve: Serve, axe: Check, theme: str, width: int
) -> None:
    step = threading.Event()

    def work(text: str, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
        gr.Info("Using the small model, because the large one is busy and would take minutes.", duration=None)
        gr.Warning("It is slow today.", duration=None)
        for _ in progress.tqdm("ab", desc="Pages"):
            progress((30_000, 40_000), desc="Reading a file with a rather long name", unit="lines")
            step.wait(30)
        return text

    page = open_page(color_scheme=theme, viewport={"width": width, "height": 900})
    page.goto(serve(interface(work, title="Long work")))
    submit(page)
    expect(page.get_by_role("progressbar")).to_have_count(2)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    step.set()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))
