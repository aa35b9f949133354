"""`quickdemo load` of a Space and of a model as a page: what it looks like, and a script that does the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hub_pages import hub, opened, served
from tests.fakehub.hub import FakeHub
from tests.hub.spaces.emulator import Demo, Emulator
from tests.running import run_command

__all__ = ["hub"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Check = Callable[[Page], None]
TEXTS = ["<h1 style='text-align: center'>Greet everybody</h1>", "Says it *again* and again."]


async def greets(text: str, times: float, mark: str, loud: bool) -> AsyncIterator[list[Any]]:
    pairs = [{"label": "happy", "confidence": 0.75}, {"label": "sad", "confidence": 0.25}]
    said = ""
    for _ in range(int(times)):
        said += text.upper() if loud else text
        yield [said + mark, {"label": "happy", "confidences": pairs}]


GREETS = Demo(
    [
        ("textbox", {"label": "Your text", "lines": 3, "placeholder": "Write something", "info": "In English"}),
        ("slider", {"label": "Times", "minimum": 1, "maximum": 9, "step": 1, "value": 2}),
        ("dropdown", {"label": "Mark", "choices": [["exclamation", "!"], ["question", "?"]], "value": "!"}),
        ("checkbox", {"label": "Loud", "value": True}),
    ],
    [("textbox", {"label": "Greeting"}), ("label", {"label": "Mood"})],
    greets,
    texts=TEXTS,
    examples=[["Hello", 3, "?", False]],
    streams=True,
)


@pytest.fixture(scope="module")
def space(hub: FakeHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    served = Emulator("5.49.1", GREETS, tmp_path_factory.mktemp("greets"))
    hub.add_space("acme/greets", served.port)
    yield served
    served.close()


def greeting(page: Page) -> None:
    """The Space's page is used."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Greet everybody")
    expect(page.locator("em")).to_have_text("again")
    page.get_by_label("Your text").fill("hi")
    page.get_by_label("Mark").select_option("question")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_text("HIHI?")
    page.locator("button.example").first.click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_text("HelloHelloHello?")
    expect(page.locator(".top")).to_have_text("happy")


def test_a_space_and_the_script_that_does_the_same(
    browser: Browser, space: Emulator, tmp_path: Path, looks: Check
) -> None:
    with served(tmp_path, "spaces/acme/greets", command="load") as run, opened(browser, run) as page:
        greeting(page)
        looks(page)
    said = run_command(tmp_path, "load", "spaces/acme/greets", "--api", "/predict", "--save", "app.py")
    assert said.stdout == "wrote app.py; run it with: quickdemo run app.py\n", said.stderr
    with served(tmp_path, "app.py") as run, opened(browser, run) as page:
        greeting(page)


def test_a_model(browser: Browser, hub: FakeHub, tmp_path: Path, looks: Check) -> None:
    ref = "models/acme/zero-shot-classification"
    with served(tmp_path, ref, "--title", "Which one?", command="load") as run, opened(browser, run) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("Which one?")
        page.locator("button.example").first.click()
        page.get_by_role("button", name="Submit").click()
        expect(page.get_by_role("listitem")).to_have_text(["urgent50 %", "calm33 %"])
        looks(page)
