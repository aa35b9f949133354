"""A saved article, description or log of examples changes the open page; what the visitor does there goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.running import Project, Run, project

pytestmark = pytest.mark.browser

__all__ = ["project"]

APP = """
import quickdemo as gr

gr.Interface(
    lambda name, mood: f"Hello, {name}! {mood}",
    [gr.Textbox(label="Name", lines=2), gr.Radio(["glad", "calm"], value="calm", label="Mood")],
    gr.Textbox(label="Greeting"),
    description=open("lead.md").read(),
    article=open("article.md").read(),
    examples="samples",
    allow_flagging="never",
).launch()
"""


def log(folder: Path, name: str) -> None:
    """Save the log of examples in one step."""
    (folder / "log.new").write_text(f'"Name","Mood","timestamp"\n"{name}","glad",""\n')
    (folder / "log.new").rename(folder / "samples" / "log.csv")


@pytest.fixture(params=[(), ("--no-checkpoints",)], ids=["checkpoints", "clean"])
def run(request: pytest.FixtureRequest, project: Project, page: Page) -> Run:
    """The app, served, and its page open."""
    (project.folder / "samples").mkdir()
    log(project.folder, "Ada")
    project.write("A lead.", "lead.md")
    project.write("\n\n".join(["The first article."] * 30), "article.md")
    project.write(APP)
    run = project.run("--reload", *request.param)
    run.ready()
    with page.expect_response("**/api/events"):
        page.goto(f"http://127.0.0.1:{run.port}/")
    return run


def test_a_half_filled_form_stays_while_the_texts_around_it_change(page: Page, project: Project, run: Run) -> None:
    name, greeting = page.get_by_label("Name"), page.get_by_label("Greeting")
    name.fill("Grace Hopper")
    page.get_by_role("radio", name="glad").check()
    page.get_by_role("button", name="Submit").click()
    expect(greeting).to_have_text("Hello, Grace Hopper! glad")
    name.fill("Grace Brewster")
    name.evaluate("(element) => { element.setSelectionRange(2, 5); window.field = element; }")
    project.write("# Another article", "article.md")
    expect(page.locator(".article h1")).to_have_text("Another article")
    project.write("Another *lead*.", "lead.md")
    expect(page.locator(".lead em")).to_have_text("lead")
    log(project.folder, "Emmy Noether")
    expect(page.locator(".examples .example")).to_have_text("Emmy Noether")
    expect(name).to_have_value("Grace Brewster")
    expect(name).to_be_focused()
    assert name.evaluate("(e) => [e.selectionStart, e.selectionEnd, e === window.field]") == [2, 5, True]
    expect(page.get_by_role("radio", name="glad")).to_be_checked()
    expect(greeting).to_have_text("Hello, Grace Hopper! glad")
    page.keyboard.press("Control+Enter")
    expect(greeting).to_have_text("Hello, Grace Brewster! glad")
    page.locator(".examples .example").click()
    expect(name).to_have_value("Emmy Noether")
    run.wait_for_last("ready")
    assert "reload_start" not in [event["event"] for event in run.events]


def test_a_broken_log_covers_the_page_until_it_is_mended(page: Page, project: Project, run: Run) -> None:
    page.get_by_label("Name").fill("Grace")
    project.write('"Name', "samples/log.csv")
    overlay = page.locator("qd-overlay, dialog").filter(has_text="log.csv")
    expect(overlay).to_be_visible()
    log(project.folder, "Emmy")
    expect(overlay).to_have_count(0)
    expect(page.locator(".examples .example")).to_have_text("Emmy")
    expect(page.get_by_label("Name")).to_have_value("Grace")


def test_a_page_in_the_background_catches_up(
    page: Page, open_page: Callable[..., Page], project: Project, run: Run
) -> None:
    front = open_page()
    with front.expect_response("**/api/events"):
        front.goto(page.url)
    turn = """(hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(turn, True)
    page.get_by_label("Name").fill("Grace")
    project.write("# Another article", "article.md")
    expect(front.locator(".article h1")).to_have_text("Another article")
    expect(page.locator(".article")).to_contain_text("The first article.")
    page.evaluate(turn, False)
    expect(page.locator(".article h1")).to_have_text("Another article")
    expect(page.get_by_label("Name")).to_have_value("Grace")
