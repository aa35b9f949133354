"""A function that the test lets go on, and what a visitor does with its page."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

import quickdemo as gr
from tests.browser.conftest import Serving
from tests.browser.wire import Wire

READY = re.compile("^Result ready")


class Work:
    """A function whose calls wait for `go_on`, and what it was called with."""

    def __init__(self) -> None:
        self.go_on = threading.Semaphore(0)
        self.calls: list[str] = []
        self.ended: list[str] = []

    def __call__(self, name: str) -> str:
        self.calls.append(name)
        assert self.go_on.acquire(timeout=30)
        self.ended.append(name)
        if name == "bad":
            raise ValueError("It broke.")
        return f"Hello {name}"

    def demo(self, **options: Any) -> gr.Interface:
        options = {"title": "Greets", "allow_flagging": "never", "concurrency_limit": 1, **options}
        return gr.Interface(self, gr.Textbox(label="Name"), gr.Textbox(label="Greeting"), **options)


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.go_on.release(100)


@pytest.fixture
def wire(serve: Serving) -> Iterator[Callable[..., Wire]]:
    """Serves a demo behind a cable."""
    wires = []

    def make(demo: gr.Interface) -> Wire:
        wires.append(cable := Wire())
        cable.port = int(serve(demo, hosts=(cable.host,)).rstrip("/").rpartition(":")[2])
        return cable

    yield make
    for one in wires:
        one.close()


def submit(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Submit").click()


def run(page: Page, name: str) -> None:
    """Submit, and wait until the page may be left."""
    kept = "() => Object.keys(sessionStorage).some((key) => key.startsWith('quickdemo runs'))"
    submit(page, name)
    page.wait_for_function(kept)


def time_of(page: Page) -> Locator:
    return page.locator(".time")


def said(page: Page) -> Locator:
    return page.locator(".said-status")


def recent(page: Page) -> Locator:
    """The list of recent runs, opened."""
    if not page.locator("details.recent").get_attribute("open") == "":
        page.get_by_text("Recent runs").click()
    return page.locator(".recent li")
