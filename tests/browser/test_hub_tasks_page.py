"""Every task of the Hub's models on a real page: filled in as a person would, and what is seen of the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.hub_pages import hub, opened, served
from tests.fakehub.hub import HUB, ROUTER, FakeHub
from tests.hub.trying import CALLS, PICTURE

__all__ = ["hub"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: tab -> what is filled in, and what comes of that; a chat is asked of its provider
MODELS: dict[str, Any] = {**CALLS, "chat": (["Hello"], "You said: Hello")}
GROWING = {
    "chat": ("Hello", "You said:", "You said: Hello"),
    "image-text-to-text": ("What?", "You said:", "You said: data:image/png;base64, What?"),
    "text-generation": ("Once", "Once and", "Once and so on"),
}
SCRIPT = """
import quickdemo as gr

NAMES = {names!r}
gr.TabbedInterface([gr.Interface.load(f"models/acme/{{name}}") for name in NAMES], NAMES, title="Tasks").launch()
"""


@pytest.fixture(scope="module")
def page(browser: Browser, hub: FakeHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One demo with a tab for each task."""
    folder = tmp_path_factory.mktemp("tasks")
    (folder / "app.py").write_text(SCRIPT.format(names=list(MODELS)))
    with served(folder, "app.py") as run, opened(browser, run) as page:
        yield page


@pytest.mark.parametrize("task", MODELS)
def test_a_task_is_filled_in_and_answered(page: Page, hub: FakeHub, task: str) -> None:
    given, expected = MODELS[task]
    tab = tab_of(page, task)
    for place, value in enumerate(given):
        fill(tab.locator("form [data-role=input]").nth(place), value)
    submit(tab)
    outputs = tab.locator(".outputs > [data-role=output]")
    answers = expected if task == "question-answering" else [expected]
    expect(outputs).to_have_count(len(answers))
    for output, answer in zip(outputs.all(), answers, strict=True):
        sees(output, answer)
    assert {one.host for one in hub.log} == {HUB, ROUTER} and hub.proxy.refused == []


@pytest.mark.parametrize("task", GROWING)
def test_a_text_is_seen_to_grow(page: Page, hub: FakeHub, task: str) -> None:
    words, first, last = GROWING[task]
    tab = tab_of(page, task)
    tab.get_by_role("button", name="Clear").click()
    if task.startswith("image"):
        fill(tab.locator("form [data-role=input]").first, PICTURE)
    fill(tab.locator("form [data-role=input]").last, words)
    shown = tab.locator(".outputs > [data-role=output] output")
    hub.go_on.clear()
    try:
        tab.get_by_role("button", name="Submit").click()
        expect(shown).to_have_text(re.compile(f"^{first}"))
        expect(tab.get_by_role("button", name="Stop")).to_be_enabled()
        expect(shown).not_to_have_text(last)
    finally:
        hub.go_on.set()
    expect(shown).to_have_text(last)


def test_what_is_ticked_and_typed_into_a_table_arrives(page: Page, hub: FakeHub) -> None:
    tab = tab_of(page, "zero-shot-classification")
    tab.get_by_label("Allow multiple true classes").check()
    submit(tab)
    assert json.loads(hub.log[-1].body)["parameters"]["multi_label"] is True
    tab = tab_of(page, "tabular-classification")
    first = tab.locator("form [role=grid] td").first
    first.click()
    page.keyboard.type("7.25")
    page.keyboard.press("Enter")
    expect(first).to_have_text("7.25")
    submit(tab)
    assert json.loads(hub.log[-1].body)["table"] == {"length": [7.25, 2.5], "width": [0.5, 0.25]}


# ---------------------------------------------------------------------- what one does


def tab_of(page: Page, name: str) -> Locator:
    page.get_by_role("tab", name=name, exact=True).click()
    return page.get_by_role("tabpanel")


def submit(tab: Locator) -> None:
    """Press Submit, and wait for the answer."""
    said = tab.locator(".said-status")
    said.evaluate("(box) => box.replaceChildren()")
    tab.get_by_role("button", name="Submit").click()
    expect(said).to_have_text(re.compile("^Result ready"))
    expect(tab.get_by_role("alert")).to_have_count(0)


def fill(field: Locator, value: Any) -> None:
    """As a person does: choose a file, write, or type into the cells of a table; a box is left as it is."""
    if isinstance(value, bytes):
        name, kind = ("cat.png", "image/png") if value is PICTURE else ("cat.wav", "audio/wav")
        field.locator("input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": value})
        expect(field.locator("figure")).to_be_visible()
    elif isinstance(value, str):
        field.get_by_role("textbox").fill(value)
    elif isinstance(value, dict):
        for row, cells in enumerate(zip(*value.values(), strict=True), 2):
            for column, cell in enumerate(cells, 1):
                field.locator(f"tr[aria-rowindex='{row}'] td[aria-colindex='{column}']").click()
                field.page.keyboard.type(str(cell))
                field.page.keyboard.press("Enter")


# ---------------------------------------------------------------------- what one sees


def sees(output: Locator, answer: Any) -> None:
    """The answer, as its component shows it: see tests/hub/trying.py."""
    kind = output.evaluate("(part) => part.localName")
    if kind == "qd-label":
        expect(output.locator(".top")).to_have_text(next(iter(answer)))
        shares = [f"{label}{share:.0%}".replace("%", " %") for label, share in answer.items()]
        expect(output.get_by_role("listitem")).to_have_text(shares)
    elif kind == "qd-highlightedtext":
        expect(output.locator(".said")).to_have_text(f"{answer[0][0]} {answer[0][1]}{answer[1][0]}")
        expect(output.locator("mark")).to_have_text(f"{answer[0][0]} {answer[0][1]}")
    elif kind == "qd-annotatedimage":
        expect(output.locator(".paper img")).to_have_js_property("naturalWidth", 32)
        expect(output.get_by_role("button")).to_have_text([re.compile(f"^{label}") for label in answer])
        expect(output.locator(".area")).to_have_count(len(answer))
    elif kind == "qd-image":
        picture = output.locator("figure > button img")
        for name, size in zip(("naturalWidth", "naturalHeight"), answer, strict=True):
            expect(picture).to_have_js_property(name, size)
    elif kind == "qd-audio":
        expect(output.locator("audio")).to_have_js_property("duration", 0.1)
        expect(output.locator("audio")).to_have_attribute("src", re.compile("^files/"))
    elif kind == "qd-dataframe":
        expect(output.locator("[role=grid] td")).to_have_text([str(cell) for row in answer for cell in row])
    else:
        expect(output.locator("output")).to_have_text(answer)
