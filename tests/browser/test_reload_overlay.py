"""A fault of the author, shown to the author: where, in which lines, with which values; copied; opened in an editor."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import CHROMIUM, FLAGS, LIMIT_MS
from tests.running import Project, Run, until

pytestmark = pytest.mark.browser

APP = """import quickdemo as gr
import helpers

PRICES = {"apple": 3, "pear": 4}
UNUSED = "not of this line"
api_key = "hunter2"


def total(basket, discount=0, *more, token="s3cret"):
    prices = [PRICES[name] for name in basket]
    return sum(prices) * (1 - discount)

CALL
def loud(text, picture):
    return text.upper()

gr.Interface(loud, [gr.Textbox(label="Text"), gr.Image(label="Picture")], gr.Textbox(label="Loud")).launch()
"""
HELPERS = """def twice(values):
    return sorted(values, key=lambda value: value / 0)
"""
GOOD = APP.replace("CALL", "")
LINE = GOOD[: GOOD.index("prices =")].count("\n") + 1


def program(folder: Path, name: str) -> Path:
    """An executable that writes its arguments into NAME.json."""
    path = folder / name
    path.write_text(
        f"#!{sys.executable}\nimport json, os, sys\nopen({str(path)!r} + '.new', 'w').write(json.dumps(sys.argv[1:]))\n"
        f"os.rename({str(path)!r} + '.new', {str(path)!r} + '.json')\n"
    )
    path.chmod(0o755)
    return path


Serving = Callable[..., Run]


@pytest.fixture
def serving(project: Project, page: Page) -> Serving:
    """Runs the good script with --reload and opens its page."""

    def serving(*options: str, **environment: str) -> Run:
        project.write(HELPERS, "helpers.py")
        project.write(GOOD)
        run = project.run("--reload", *options, env={"QUICKDEMO_EDITOR": "", "VISUAL": "", **environment})
        run.ready()
        with page.expect_response("**/api/events"):
            page.goto(f"http://127.0.0.1:{run.port}/")
        return run

    return serving


def broken(page: Page, project: Project, call: str) -> Locator:
    """The overlay after `call` was saved at the top level of the script."""
    project.write(APP.replace("CALL", call))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def facts(frame: Locator) -> dict[str, str]:
    """The values that a frame shows."""
    names, values = frame.locator("dt").all_inner_texts(), frame.locator("dd").all_inner_texts()
    return dict(zip(names, values, strict=True))


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_the_authors_frames_come_first_with_line_and_values_of_the_failing_call(
    page: Page, project: Project, serving: Serving, axe: Callable[[Page], None]
) -> None:
    serving()
    dialog = broken(page, project, 'total(["apple", "plum"], 0.5)')
    expect(dialog.get_by_role("heading")).to_have_text("KeyError: 'plum'")
    frames = dialog.locator(".trace")
    expect(frames.first.locator(".where")).to_have_text(f"app.py:{LINE} in total")
    expect(frames.first.locator(".here")).to_have_text("    prices = [PRICES[name] for name in basket]")
    expect(frames.first.locator(".code span")).to_have_count(7)
    parts = [
        dialog.get_by_role("heading"),
        frames.first.locator(".where"),
        frames.first.locator(".code"),
        dialog.locator("summary"),
    ]
    boxes = [part.bounding_box() for part in parts]
    assert all(above and below and above["y"] + above["height"] <= below["y"] for above, below in pairwise(boxes))
    expect(frames.first.get_by_text("total was called with")).to_be_visible()
    of_call = {"basket": "['apple', 'plum']", "discount": "0.5", "token": "(hidden)", "more": "()"}
    of_loop = {"name": "'plum'"} if sys.version_info < (3, 12) else {}  # gone there when a comprehension has failed
    assert facts(frames.first) == of_call | of_loop
    dialog.get_by_text("1 more frame").click()
    expect(frames.nth(1).locator(".where")).to_contain_text("app.py:13")
    expect(frames.nth(1).locator(".here")).to_have_text('total(["apple", "plum"], 0.5)')
    axe(page)


def test_a_fault_inside_a_library_shows_where_the_author_called_it(
    page: Page, project: Project, serving: Serving
) -> None:
    serving()
    dialog = broken(page, project, "import json; json.loads('{' + api_key + PRICES['apple'] * '!')")
    frames = dialog.locator(".trace")
    expect(frames.first.locator(".where")).to_have_text("app.py:13")
    told = facts(frames.first)
    assert told == {"PRICES": "{'apple': 3, 'pear': 4}", "api_key": "(hidden)"}  # those of the line, no others
    dialog.locator("summary").click()
    expect(frames.nth(1).locator(".where")).to_contain_text("json")
    expect(frames.nth(1).get_by_role("button")).to_have_count(0)  # not the author's to open
    dialog = broken(page, project, "helpers.twice([1, 2])")
    expect(dialog.get_by_role("heading")).to_contain_text("ZeroDivisionError")
    expect(frames.first.locator(".where")).to_have_text("helpers.py:2 in <lambda>")
    assert facts(frames.first) == {"value": "1"}


def test_the_fault_is_copied(page: Page, project: Project, serving: Serving) -> None:
    serving()
    dialog = broken(page, project, "total([None])")
    dialog.get_by_role("button", name="Copy", exact=True).click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    copied = clipboard(page)
    assert copied.startswith("Traceback") and copied.endswith("KeyError: None") and f"line {LINE}, in total" in copied
    project.write(APP.replace("CALL", "if x = 1: pass"))
    expect(dialog.get_by_role("heading")).to_contain_text("SyntaxError")
    expect(dialog.locator(".here u")).to_have_text("x")
    dialog.get_by_role("button", name="Copy", exact=True).click()
    expect(dialog.get_by_role("status")).to_have_text("The fault is copied.")
    assert clipboard(page).endswith("app.py:13\nif x = 1: pass")


def test_the_line_opens_in_the_editor_and_the_overlay_goes_when_mended(
    page: Page, project: Project, serving: Serving, tmp_path: Path
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    mine = program(folder, "my-editor")
    run = serving(QUICKDEMO_EDITOR=f"{mine} --at {{line}} {{file}}")
    dialog = broken(page, project, "total([None])")
    dialog.get_by_role("button", name=f"Open in my-editor: app.py:{LINE}").click()
    expect(dialog.get_by_role("status")).to_have_text(f"app.py:{LINE} is open in my-editor.")
    written = folder / "my-editor.json"
    until(written.exists)
    assert json.loads(written.read_text()) == ["--at", str(LINE), str(project.folder / "app.py")]
    project.write(GOOD)
    expect(dialog).to_have_count(0)
    ask = """async (file) => (await fetch("api/dev/open", { method: "POST", body: JSON.stringify({ file, line: 1 }),
        headers: { "Content-Type": "application/json" } })).status"""
    assert [page.evaluate(ask, file) for file in ("app.py", str(project.folder / "app.py"))] == [403, 403]
    assert run.get("/livez") == "ok\n"


def test_for_an_editor_of_the_terminal_the_place_is_copied(
    page: Page, project: Project, serving: Serving, tmp_path: Path
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    vim = program(folder, "vim")
    serving(EDITOR="vim", PATH=os.pathsep.join([str(folder), os.environ["PATH"]]))
    dialog = broken(page, project, "total([None])")
    dialog.get_by_role("button", name="Copy the place").first.click()
    expect(dialog.get_by_role("status")).to_contain_text(f"app.py:{LINE} is copied. vim runs in a terminal.")
    assert clipboard(page) == f"{project.folder / 'app.py'}:{LINE}"
    assert not vim.with_name("vim.json").exists()


def test_by_another_name_without_a_clipboard_it_is_copied_all_the_same(
    page: Page, project: Project, serving: Serving, browser: Browser, tmp_path: Path
) -> None:
    mine = program(tmp_path, "my-editor")
    run = serving("--allow-host", "dev.example", QUICKDEMO_EDITOR=str(mine))
    flags = [*FLAGS, "--host-resolver-rules=MAP dev.example 127.0.0.1"]
    elsewhere = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    try:
        other = elsewhere.new_page()
        other.set_default_timeout(LIMIT_MS)
        with other.expect_response("**/api/events"):
            other.goto(f"http://dev.example:{run.port}/")
        assert other.evaluate("navigator.clipboard") is None
        dialog = broken(other, project, "total([None])")
        dialog.get_by_role("button", name="Copy", exact=True).click()
        expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
        dialog.get_by_role("button", name="Close").click()
        other.get_by_label("Text").press("Control+v")
        assert other.get_by_label("Text").input_value().startswith("Traceback")
        broken(other, project, "total([()])")
        dialog.get_by_role("button", name="Open in my-editor").first.click()  # refused under that name
        expect(dialog.get_by_role("status")).to_contain_text(f"app.py:{LINE} is copied.")
        assert not mine.with_name("my-editor.json").exists()
    finally:
        elsewhere.close()


def test_the_overlay_is_accessible_at_every_width(
    page: Page, project: Project, serving: Serving, looks: Callable[[Page], None]
) -> None:
    run = serving()
    with page.expect_response("**/api/events"):
        page.goto(f"http://127.0.0.1:{run.port}/")
    dialog = broken(page, project, "total([None])")
    dialog.locator("summary").click()
    looks(page)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 640})
        assert dialog.evaluate("(element) => element.scrollWidth <= element.clientWidth")
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()


def test_nobody_sees_it_where_others_can_reach_the_server(page: Page, project: Project, serving: Serving) -> None:
    run = serving("--host", "0.0.0.0")
    project.write(APP.replace("CALL", "total([None])"))
    run.wait_for("reload_failed")
    page.reload()
    status = page.evaluate("fetch('api/events').then((answer) => answer.status)")
    assert status == 404
    expect(page.get_by_role("dialog")).to_have_count(0)
