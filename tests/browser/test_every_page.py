"""every=: what the page asks for again and again, while it is looked at and until the visitor stops it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr
from tests.running import Project

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


class Clock:
    """A function that counts its calls, and fails while it is `broken`."""

    def __init__(self) -> None:
        self.turns = itertools.count(1)
        self.broken = False
        self.last = 0

    def __call__(self) -> str:
        if self.broken:
            raise gr.Error("The sensor sleeps.")
        self.last = next(self.turns)
        return f"turn {self.last}"


def clock(fn: Any, **options: Any) -> gr.Interface:
    return gr.Interface(fn, None, gr.Textbox(label="Now"), every=0.2, allow_flagging="never", title="Clock", **options)


def test_it_is_asked_at_once_and_again_until_it_is_stopped(
    page: Page, serve: Serve, looks: Callable[[Page], None]
) -> None:
    fn = Clock()
    page.goto(serve(clock(fn)))
    now = page.get_by_label("Now")
    expect(now).to_have_text(re.compile(r"turn ([3-9]|\d\d)"))
    expect(now).to_have_attribute("aria-live", "off")
    expect(page.locator(".said-status")).to_contain_text("Result ready")
    page.get_by_role("button", name="Stop updates").press("Enter")
    start = page.get_by_role("button", name="Start updates")
    expect(start).to_be_focused()
    expect(page.locator("qd-interface")).to_have_attribute("data-state", "idle")
    seen = fn.last
    looks(page)
    assert fn.last == seen  # axe takes longer than several turns
    start.press("Enter")
    expect(now).not_to_have_text(f"turn {seen}")


def test_nothing_is_asked_while_the_page_is_hidden(page: Page, serve: Serve) -> None:
    fn = Clock()
    page.goto(serve(clock(fn)))
    expect(page.get_by_label("Now")).to_have_text(re.compile(r"turn [2-9]"))
    page.evaluate(HIDE, True)
    expect(page.locator("qd-interface")).to_have_attribute("data-state", "idle")
    seen = fn.last
    page.evaluate("new Promise((done) => setTimeout(done, 700))")  # three and a half periods
    assert fn.last == seen
    with page.expect_request("**/api/predict*"):
        page.evaluate(HIDE, False)
    expect(page.get_by_label("Now")).to_have_text(f"turn {seen + 1}")


def test_a_failure_leaves_the_value_and_a_quiet_note(page: Page, serve: Serve, axe: Callable[[Page], None]) -> None:
    fn = Clock()
    page.goto(serve(clock(fn)))
    expect(page.get_by_label("Now")).to_have_text(re.compile(r"turn \d"))
    fn.broken = True
    expect(page.locator(".time")).to_have_text("not refreshed: The sensor sleeps.")
    expect(page.get_by_label("Now")).to_have_text(f"turn {fn.last}")
    expect(page.get_by_role("alert")).to_have_count(0)
    axe(page)
    fn.broken = False
    expect(page.locator(".time")).not_to_contain_text("not refreshed")


def test_a_component_with_a_function_is_refreshed_unless_the_visitor_changed_it(page: Page, serve: Serve) -> None:
    free, changed, shown = Clock(), Clock(), Clock()
    fields = [gr.Textbox(free, label="Free", every=0.2), gr.Textbox(changed, label="Changed", every=0.2)]
    out = gr.Textbox(shown, label="Shown", every=0.2)
    page.goto(serve(gr.Interface(lambda a, b: f"{a} {b}", fields, out, allow_flagging="never")))
    page.get_by_label("Changed").fill("mine")
    expect(page.get_by_label("Free")).to_have_value(re.compile(r"turn [4-9]"))
    expect(page.get_by_label("Changed")).to_have_value("mine")
    expect(page.get_by_label("Shown")).to_have_text(re.compile(r"turn [4-9]"))
    free.broken = True
    expect(page.locator(".late")).to_have_text("Not refreshed: The sensor sleeps.")
    free.broken = False
    expect(page.locator(".late")).to_have_count(0)


SCRIPT = """
import itertools
import quickdemo as gr

turns = itertools.count()
gr.Interface(
    lambda: f"{mark} {{next(turns)}}", None, gr.Textbox(label="Now"), title="{mark}", allow_flagging="never"{every}
).launch()
"""


def test_a_reload_brings_changes_and_keeps_it_stopped(page: Page, project: Project) -> None:
    project.write(SCRIPT.format(mark="old", every=""))
    run = project.run("--reload")
    run.ready()
    with page.expect_response("**/api/events"):
        page.goto(f"http://127.0.0.1:{run.port}/")
    project.write(SCRIPT.format(mark="new", every=", every=0.2"))
    expect(page.get_by_label("Now")).to_have_text(re.compile(r"new ([3-9]|\d\d)"))
    page.get_by_role("button", name="Stop updates").click()
    project.write(SCRIPT.format(mark="last", every=", every=0.3"))
    expect(page.get_by_role("heading", level=1)).to_have_text("last")
    expect(page.get_by_role("button", name="Start updates")).to_be_visible()
    expect(page.get_by_label("Now")).to_contain_text("new")
    page.get_by_role("button", name="Start updates").click()
    expect(page.get_by_label("Now")).to_contain_text("last")
