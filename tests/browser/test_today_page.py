"""Buttons, attachments, rows and states of the browser, on real pages: by label and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]

ROWS: dict[str, Any] = {"components": ["text", "number"], "headers": ["Word", "Count"], "samples": [["a", 1], ["b", 2]]}


def interface(fn: Any, inputs: Any, outputs: Any, **options: Any) -> gr.Interface:
    return gr.Interface(fn, inputs, outputs, **{"allow_flagging": "never", **options})


def submit(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


def name_of(path: str | None) -> str:
    return Path(path).name if path else "nothing"


def test_a_button_uploads_what_is_chosen(page: Page, serve: Serve) -> None:
    page.goto(
        serve(interface(name_of, gr.UploadButton("Choose a table", file_types=[".csv"]), gr.Textbox(label="Got")))
    )
    field = page.get_by_label("Choose a table", exact=True)
    field.focus()
    expect(page.locator("label.button")).to_have_css("outline-style", "solid")
    field.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"1"})
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("a.csv")
    page.get_by_role("button", name="Remove a.csv").press("Enter")
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("nothing")
    field.set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"1"})
    expect(page.get_by_text("a.txt is not of type .csv.")).to_be_visible()


def test_text_and_its_files_travel_together_and_enter_sends_them(page: Page, serve: Serve) -> None:
    def told(message: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return f"{message['text']}: {', '.join(map(name_of, message['files']))}", message

    given = gr.MultimodalTextbox(label="Message")
    page.goto(serve(interface(told, given, [gr.Textbox(label="Got"), gr.MultimodalTextbox(label="Same")])))
    page.get_by_label("Message", exact=True).fill("look")
    page.get_by_label("Files for Message").set_input_files(
        [{"name": f"{n}.txt", "mimeType": "text/plain", "buffer": b"1"} for n in "ab"]
    )
    page.get_by_label("Message", exact=True).press("Enter")
    expect(page.get_by_label("Got")).to_have_text("look: a.txt, b.txt")
    expect(page.get_by_label("Same")).to_have_text("look")
    expect(page.get_by_role("link", name="b.txt")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value("")
    expect(page.get_by_text("a.txt")).to_have_count(0)


def test_a_result_is_downloaded_by_a_button(page: Page, serve: Serve, tmp_path: Path) -> None:
    def written(text: str) -> str:
        (tmp_path / "said.txt").write_text(text)
        return str(tmp_path / "said.txt")

    page.goto(serve(interface(written, gr.Textbox(label="Text"), gr.DownloadButton("Save it"))))
    page.get_by_label("Text").fill("words")
    submit(page)
    link = page.get_by_role("link", name="Save it")
    with page.expect_download() as download:
        link.press("Enter")
    assert download.value.suggested_filename == "said.txt"
    assert Path(download.value.path()).read_text() == "words"
    expect(page.get_by_text("said.txt, 5 bytes")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("said.txt, 5 bytes")).to_have_count(0)


def test_a_row_is_chosen_by_a_click_and_by_the_arrows(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(repr, gr.Dataset(label="Sample", **ROWS), gr.Textbox(label="Got"))))
    page.get_by_role("cell", name="2").click()
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("['b', 2]")
    page.get_by_role("radio", name="b").press("ArrowUp")
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("['a', 1]")
    page.get_by_role("button", name="Clear").click()
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("None")


def test_files_of_a_folder_are_chosen_from_a_list(page: Page, serve: Serve, tmp_path: Path) -> None:
    for name in ("one.txt", "two.txt", "three.md"):
        (tmp_path / "sub").mkdir(exist_ok=True)
        (tmp_path / "sub" / name).write_text(name)
    explorer = gr.FileExplorer("**/*.txt", root_dir=tmp_path, label="Files")
    page.goto(serve(interface(lambda paths: ", ".join(map(name_of, paths)), explorer, gr.Textbox(label="Got"))))
    expect(page.get_by_label("Files").locator("option")).to_have_text(["sub/one.txt", "sub/two.txt"])
    page.get_by_label("Files").select_option(["sub/one.txt", "sub/two.txt"])
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("one.txt, two.txt")


def test_a_state_of_the_browser_is_there_at_the_next_visit(page: Page, serve: Serve) -> None:
    seen = gr.BrowserState(0, storage_key="visits")
    url = serve(interface(lambda n: (n + 1, f"visit {n + 1}"), seen, [seen, gr.Textbox(label="Got")]))
    for visit in (1, 2):
        page.goto(url)
        submit(page)
        expect(page.get_by_label("Got")).to_have_text(f"visit {visit}")


def test_nothing_to_object_to(page: Page, serve: Serve, looks: Check, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("1")
    inputs = [
        gr.UploadButton("Choose a table", info="With a head."),
        gr.MultimodalTextbox("hi", label="Message", info="With files."),
        gr.Dataset(1, label="Sample", **ROWS),
        gr.FileExplorer(root_dir=tmp_path, glob="*.txt", label="Files"),
        gr.BrowserState(0),
    ]
    facts = {"size": {"type": "int", "default": "1", "description": "How many of them there may be, at most."}}
    outputs = [gr.MultimodalTextbox(label="Same"), gr.Dataset(label="Row", **ROWS), gr.ParamViewer(label="Facts")]
    outputs.append(gr.DownloadButton("Save it", info="As it is."))
    demo = interface(lambda *given: (given[1], 0, facts, str(tmp_path / "one.txt")), inputs, outputs, title="Today")
    page.goto(serve(demo))
    looks(page)
    submit(page)
    expect(page.get_by_role("rowheader", name="size")).to_be_visible()
    looks(page)
