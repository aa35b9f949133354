"""File on real pages: several chosen, one removed, dropped, sent; results downloaded; names stay names."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]

DROP = """(zone, files) => {
  const data = new DataTransfer();
  for (const [name, type, text] of files) data.items.add(new File([text], name, { type }));
  zone.dispatchEvent(new DragEvent("dragover", { bubbles: true, cancelable: true, dataTransfer: data }));
  zone.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
}"""


def interface(fn: Any, inputs: Any, outputs: Any, **options: Any) -> gr.Interface:
    return gr.Interface(fn, inputs, outputs, **{"allow_flagging": "never", **options})


def table(name: str, text: str) -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def names_and_texts(files: list[Any] | None) -> str:
    return " ".join(f"{Path(file.name).name}={Path(file.name).read_text()}" for file in files or [])


def tables(**options: Any) -> gr.File:
    return gr.File(label="Tables", file_count="multiple", file_types=[".csv"], **options)


def submit(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()


def test_of_two_chosen_files_one_is_removed_and_the_other_arrives(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(names_and_texts, tables(), gr.Textbox(label="Got"))))
    page.get_by_label("Tables").set_input_files([table("a.csv", "1,2"), table("b.csv", "3")])
    rows = page.locator("#predict-i0-field li")
    expect(rows).to_have_text([re.compile("3 bytes"), re.compile("1 byte[^s]")])
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("a.csv=1,2 b.csv=3")
    page.get_by_role("button", name="Remove a.csv").press("Enter")
    expect(page.get_by_label("Tables")).to_be_focused()
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("b.csv=3")
    page.get_by_label("Tables").set_input_files([table("c.csv", "4")])
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("b.csv=3 c.csv=4")
    page.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(0)
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("")


def test_dropped_files_arrive_and_one_of_another_type_is_refused(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(names_and_texts, tables(), gr.Textbox(label="Got"))))
    zone = page.locator("#predict-i0-field .drop")
    zone.evaluate(DROP, [["virus.exe", "application/x-msdownload", "MZ"]])
    expect(page.get_by_text("virus.exe is not of type .csv.")).to_be_visible()
    zone.evaluate(DROP, [["d.csv", "text/csv", "7"], ["e.csv", "text/csv", "8"]])
    expect(page.get_by_text("virus.exe")).to_have_count(0)
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("d.csv=7 e.csv=8")


def test_a_file_that_is_too_large_is_refused_on_its_field(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(names_and_texts, tables(), gr.Textbox(label="Got")), max_file_size="1mb"))
    page.get_by_label("Tables").set_input_files([table("small.csv", "1"), table("large.csv", "1" * 1_200_000)])
    expect(page.locator("#predict-i0-field .hint")).to_contain_text("1 MB")
    expect(page.locator("#predict-i0-field li")).to_have_count(1)
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("small.csv=1")


def test_one_file_is_replaced_by_the_next(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(lambda file: Path(file.name).name, gr.File(label="Table"), gr.Textbox(label="Got"))))
    for name in ("a.csv", "b.csv"):
        page.get_by_label("Table").set_input_files([table(name, "1")])
        submit(page)
        expect(page.get_by_label("Got")).to_have_text(name)
    page.locator("#predict-i0-field .drop").evaluate(DROP, [["c.csv", "", "1"], ["d.csv", "", "2"]])
    expect(page.get_by_text("Only one file can be given; these were 2.")).to_be_visible()


def test_clear_brings_back_the_authors_file(page: Page, serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "given.csv").write_text("5")
    given = tables(value=[str(tmp_path / "given.csv")])
    page.goto(serve(interface(names_and_texts, given, gr.Textbox(label="Got"))))
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("given.csv=5")
    page.get_by_role("button", name="Remove given.csv").click()
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("")
    page.get_by_role("button", name="Clear").click()
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("given.csv=5")


def test_an_output_file_is_downloaded_under_its_name(page: Page, serve: Serve, tmp_path: Path) -> None:
    report = tmp_path / "report ü.csv"
    report.write_text("n\n1\n", encoding="utf-8")
    (tmp_path / "more.html").write_text("<script>hacked = 1</script>", encoding="utf-8")
    both = [str(report), str(tmp_path / "more.html")]
    page.goto(
        serve(interface(lambda text: both, gr.Textbox(label="Given"), gr.File(label="Report", file_count="multiple")))
    )
    submit(page)
    field = page.locator("#predict-o0-field")
    expect(field.locator("small").first).to_have_text("4 bytes")
    for path in (report, tmp_path / "more.html"):
        with page.expect_download() as download:
            field.get_by_role("link", name=path.name).click()
        assert download.value.suggested_filename == path.name
        assert Path(download.value.path()).read_bytes() == path.read_bytes()
    assert page.evaluate("window.hacked") is None


def test_a_file_whose_name_is_markup_keeps_its_name_and_runs_nothing(page: Page, serve: Serve) -> None:
    name = "<img src=x onerror=hacked=1>\"'.csv"
    seen: list[str] = []

    def same(files: list[Any]) -> list[str]:
        seen.extend(file.name for file in files)
        return [file.name for file in files]

    page.goto(serve(interface(same, tables(), gr.File(label="Copy", file_count="multiple"))))
    page.get_by_label("Tables").set_input_files([table(name, "1")])
    expect(page.locator("#predict-i0-field li span")).to_have_text(name)
    submit(page)
    expect(page.locator("#predict-o0-field a")).to_have_count(1)
    page.locator("#predict-i0-field .drop").evaluate(DROP, [[name + ".exe", "", "1"]])
    expect(page.locator("#predict-i0-field .hint")).to_contain_text(name)
    assert seen and page.evaluate("window.hacked") is None
    assert page.locator("li img, .hint img").count() == 0
