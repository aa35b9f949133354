"""Demos made of several functions: each one's result, time and failure in its place."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr
from tests.browser.conftest import Serving

pytestmark = pytest.mark.browser
SECONDS = re.compile(r"^\d+\.\d\d s$")


def text(fn: Callable[..., object], **options: object) -> gr.Interface:
    return gr.Interface(fn, gr.Textbox(label="Text"), "text", allow_flagging="never", **options)


def upper(text: str) -> str:
    return text.upper()


def broken(text: str) -> str:
    raise gr.Error("This one is broken.")


def submit(page: Page, words: str) -> None:
    page.get_by_label("Text").fill(words)
    page.get_by_role("button", name="Submit").click()


def test_each_result_and_failure_stands_in_its_place(page: Page, serve: Serving, looks: Callable[[Page], None]) -> None:
    go_on = threading.Event()

    def slow(text: str) -> str:
        assert go_on.wait(30)
        return "at last"

    page.goto(serve(gr.Parallel(text(upper, title="Upper case"), text(slow), text(broken))))
    submit(page, "one")
    first, second, third = (page.locator(f"#predict-o{n}-field") for n in range(3))
    expect(first).to_contain_text("ONE")
    expect(first.locator(".member")).to_have_text(SECONDS)
    expect(second.locator(".member")).to_have_text("running")
    expect(third.get_by_role("alert")).to_contain_text("This one is broken.")
    go_on.set()
    expect(second).to_contain_text("at last")
    expect(second.locator(".member")).to_have_text(SECONDS)
    expect(page.locator("qd-interface")).to_have_attribute("data-state", "idle")
    looks(page)
    submit(page, "two")
    expect(first).to_contain_text("TWO")
    expect(page.locator(".member")).to_have_count(3)


def test_a_series_tells_its_steps(page: Page, serve: Serving, looks: Callable[[Page], None]) -> None:
    go_on = threading.Event()

    def slow(text: str) -> str:
        assert go_on.wait(30)
        return text + "!"

    page.goto(serve(gr.Series(text(upper), text(slow))))
    steps = page.get_by_role("list", name="Steps").get_by_role("listitem")
    submit(page, "one")
    expect(steps).to_have_text([re.compile(r"upper\s*\d+\.\d\d s"), re.compile(r"slow\s*running")])
    go_on.set()
    expect(steps).to_have_text([re.compile(r"upper\s*\d+\.\d\d s"), re.compile(r"slow\s*\d+\.\d\d s")])
    expect(page.locator("#predict-o0-field")).to_contain_text("ONE!")
    looks(page)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("qd-members")).to_be_hidden()
    expect(steps).to_have_count(0)


def test_what_was_stopped_says_nothing_of_running_ones(page: Page, serve: Serving) -> None:
    def counts(text: str) -> Iterator[str]:
        for number in range(10**6):
            threading.Event().wait(0.02)
            yield str(number)

    page.goto(serve(gr.Parallel(text(counts), text(upper))))
    submit(page, "one")
    expect(page.locator("#predict-o1-field .member")).to_have_text(SECONDS)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("qd-interface")).to_have_attribute("data-state", "idle")
    expect(page.locator("#predict-o0-field .member")).to_have_count(0)
