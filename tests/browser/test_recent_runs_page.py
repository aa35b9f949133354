"""What failed is told with a way on, recent runs are found again, and a reader hears of it now and then."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr
from tests.browser.conftest import Serving
from tests.browser.wire import Wire
from tests.browser.working import READY, Work, recent, run, said, submit, time_of, wire, work
from tests.running import until

__all__ = ["wire", "work"]

pytestmark = pytest.mark.browser
Check = Callable[[Page], None]


# ---------------------------------------------------------------------- failures, recent runs


def test_a_full_queue_says_so_and_is_tried_again_by_itself(
    open_page: Callable[..., Page], serve: Serving, work: Work, looks: Check
) -> None:
    url = serve(work.demo().queue(max_size=1))
    first, second, third = open_page(), open_page(), open_page()
    for page in (first, second, third):
        page.goto(url)
    run(first, "Ada")
    until(lambda: work.calls)
    run(second, "Ben")
    submit(third, "Cem")
    fault = third.get_by_role("alert")
    expect(fault).to_contain_text(re.compile(r"\b1\b.*wait"))
    expect(fault).to_contain_text(re.compile(r"tried again in \d+ s"))
    work.go_on.release(3)
    expect(third.get_by_label("Greeting")).to_have_text("Hello Cem")
    expect(fault).to_be_hidden()


def test_a_full_queue_is_not_tried_again_when_something_was_changed(
    open_page: Callable[..., Page], serve: Serving, work: Work
) -> None:
    url = serve(work.demo().queue(max_size=1))
    pages = first, second, third = open_page(), open_page(), open_page()
    third.clock.install()
    for page in pages:
        page.goto(url)
    run(first, "Ada")
    until(lambda: work.calls)
    run(second, "Ben")
    submit(third, "Cem")
    fault = third.get_by_role("alert")
    expect(fault).to_contain_text("tried again in")
    work.go_on.release(3)
    expect(second.get_by_label("Greeting")).to_have_text("Hello Ben")
    third.get_by_label("Name").fill("Cem and more")
    third.clock.fast_forward(700_000)
    expect(fault).to_be_visible()
    fault.get_by_role("button", name="Try now").click()
    expect(third.get_by_label("Greeting")).to_have_text("Hello Cem and more")
    assert work.calls == ["Ada", "Ben", "Cem and more"]


def test_what_failed_is_told_with_a_way_on(page: Page, serve: Serving, work: Work, looks: Check) -> None:
    page.goto(serve(work.demo(), show_error=True))
    work.go_on.release()
    submit(page, "bad")
    fault = page.get_by_role("alert")
    expect(fault).to_contain_text("It broke.")
    looks(page)
    page.get_by_label("Name").fill("good")
    work.go_on.release()
    fault.get_by_role("button", name="Run again").press("Enter")
    expect(page.get_by_label("Greeting")).to_have_text("Hello good")
    expect(fault).to_be_hidden()


def test_a_run_that_failed_while_nobody_looked_is_told(page: Page, serve: Serving, work: Work) -> None:
    url = serve(work.demo(), show_error=True)
    page.goto(url)
    run(page, "bad")
    page.goto("about:blank")
    work.go_on.release()
    until(lambda: work.ended)
    page.goto(url)
    expect(page.get_by_role("alert")).to_contain_text("It broke.")
    expect(page.get_by_label("Name")).to_have_value("bad")
    expect(page.get_by_role("button", name="Run again")).to_be_visible()


def test_a_run_that_nobody_knows_any_more_is_told(page: Page, serve: Serving, work: Work) -> None:
    page.goto(serve(work.demo()))
    run(page, "Ada")
    page.evaluate(
        "() => { for (const [key, text] of Object.entries(sessionStorage)) if (key.startsWith('quickdemo runs'))"
        " sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(text), id: 'gone' })) }"
    )
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("The server no longer knows this run.")
    expect(page.get_by_label("Name")).to_have_value("Ada")
    expect(page.get_by_role("button", name="Run again")).to_be_visible()


def test_recent_runs_are_shown_again_and_run_again(page: Page, serve: Serving, looks: Check, tmp_path: Path) -> None:
    def look(name: str, file: Any) -> str:
        if name == "bad":
            raise gr.Error("Not this one.")
        return f"Hello {name} with {Path(file).name if file else 'nothing'}"

    page.goto(
        serve(gr.Interface(look, [gr.Textbox(label="Name"), gr.File(label="Notes")], gr.Textbox(label="Greeting")))
    )
    expect(page.get_by_text("Recent runs")).to_be_hidden()
    (tmp_path / "notes.txt").write_text("a few words")
    page.get_by_label("Notes").set_input_files(tmp_path / "notes.txt")
    submit(page, "Ada")
    expect(page.get_by_label("Greeting")).to_have_text("Hello Ada with notes.txt")
    page.get_by_role("button", name="Clear").click()
    submit(page, "bad")
    expect(page.get_by_role("alert")).to_contain_text("Not this one.")
    rows = recent(page)
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("failed: Not this one.")
    expect(rows.last).to_contain_text("Ada, notes.txt → Hello Ada with notes.txt")
    looks(page)
    rows.last.get_by_role("button").first.press("Enter")
    expect(page.get_by_label("Greeting")).to_have_text("Hello Ada with notes.txt")
    expect(page.get_by_label("Name")).to_have_value("Ada")
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(rows.last.get_by_role("button").first).to_be_focused()
    rows.last.get_by_role("button", name="Run again").click()
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("Ada, notes.txt → Hello Ada with notes.txt")
    page.reload()
    expect(recent(page)).to_have_count(3)


def test_a_run_of_another_tab_is_followed_and_cancelled_from_the_list(page: Page, serve: Serving, work: Work) -> None:
    url = serve(work.demo())
    page.goto(url)
    run(page, "Ada")
    until(lambda: work.calls)
    other = page.context.new_page()
    other.goto(url)
    run(other, "Ben")
    third = page.context.new_page()
    third.goto(url)
    third.get_by_text("Recent runs").click()
    rows = third.locator(".recent li")
    expect(rows).to_have_count(2)
    rows.filter(has_text="Ben").get_by_role("button", name="Cancel").click()
    expect(other.get_by_role("alert")).to_contain_text("This run was cancelled.")
    rows.filter(has_text="Ada").get_by_role("button").first.click()
    expect(third.locator("qd-interface")).to_have_attribute("data-state", "running")
    work.go_on.release()
    for one in (page, third):
        expect(one.get_by_label("Greeting")).to_have_text("Hello Ada")
    assert work.calls == ["Ada"]


# ---------------------------------------------------------------------- how it looks, what is read out


def test_nothing_to_object_to_while_it_waits_runs_and_is_away(
    open_page: Callable[..., Page], wire: Callable[..., Wire], work: Work, looks: Check
) -> None:
    cable = wire(work.demo())
    first, page = open_page(), open_page()
    first.goto(cable.url)
    run(first, "Ada")
    until(lambda: work.calls)
    page.goto(cable.url)
    box = page.locator(".results")
    before = box.bounding_box()
    run(page, "Ben")
    expect(time_of(page)).to_contain_text("Next in line")
    assert box.bounding_box() == before  # nothing jumps
    looks(page)
    work.go_on.release()
    until(lambda: len(work.calls) == 2)
    looks(page)
    cable.become("cut")
    expect(time_of(page)).to_contain_text("Connection lost")
    assert box.bounding_box() == before
    looks(page)
    cable.become("whole")
    work.go_on.release()
    expect(page.get_by_label("Greeting")).to_have_text("Hello Ben")


HEARS = """() => {
  window.heard = [];
  const live = "output, [aria-live], [role=status], [role=log], [role=alert]";
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const region = (target.closest ? target : target.parentElement)?.closest(live);
      if (!region || region.ariaLive === "off" || !region.textContent.trim()) continue;
      heard.push([performance.now(), region.className || region.localName, region.textContent]);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def test_a_reader_hears_of_it_at_most_once_a_second(page: Page, wire: Callable[..., Wire]) -> None:
    go_on, count = threading.Event(), 0

    def steps(name: str, progress: gr.Progress = gr.Progress()) -> Iterator[str]:  # noqa: B008
        nonlocal count
        while not go_on.wait(0.02):
            count += 1
            progress(None, desc=f"Step {count}")
            yield f"Value {count}"

    cable = wire(gr.Interface(steps, gr.Textbox(label="Name"), gr.Textbox(label="Greeting")))
    page.goto(cable.url)
    page.evaluate(HEARS)
    run(page, "Ada")
    expect(page.get_by_label("Greeting")).to_contain_text("Value")
    cable.become("cut")
    expect(said(page)).to_contain_text("Connection lost")
    cable.become("whole")
    expect(said(page)).to_contain_text("Connected again")
    until(lambda: count > 100)
    go_on.set()
    expect(said(page)).to_have_text(READY)
    heard = page.evaluate("heard")
    times = [ms for ms, _, _ in heard]
    assert len(times) >= 4
    assert all(later - earlier >= 950 for earlier, later in zip(times, times[1:], strict=False)), heard
