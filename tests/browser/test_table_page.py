"""A table on its page: read, sorted, filtered; edited by keyboard, pasted into, undone, filled from a CSV file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]

PEOPLE = [["Ada", 36, True], ["Bob", 9, False], ["Cleo", None, True]]


def interface(fn: Any, inputs: Any, outputs: Any, **options: Any) -> gr.Interface:
    return gr.Interface(fn, inputs, outputs, **{"allow_flagging": "never", **options})


def run(page: Page, name: str = "Submit") -> None:
    page.get_by_role("button", name=name).click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


def editor(**options: Any) -> gr.Dataframe:
    given = {
        "headers": ["Name", "Age", "In"],
        "datatype": ["str", "number", "bool"],
        "type": "array",
        "label": "People",
    }
    return gr.Dataframe(PEOPLE, **{**given, **options})


def cell(page: Page, row: int, column: int) -> Locator:
    return page.locator(
        f"qd-dataframe [role=grid] tr[aria-rowindex='{row + 2}'] td[aria-colindex='{column + 1}']"
    ).first


def told(page: Page, rows: list[Any]) -> None:
    run(page)
    expect(page.get_by_label("Got")).to_have_text(repr(rows))


def test_cells_are_typed_by_keyboard_undone_and_cleared(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(repr, editor(), gr.Textbox(label="Got"))))
    told(page, PEOPLE)
    cell(page, 0, 0).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.type("37")
    page.keyboard.press("Enter")
    expect(cell(page, 0, 1)).to_have_text("37")
    expect(cell(page, 1, 1)).to_be_focused()
    page.keyboard.press("F2")
    page.keyboard.type("5")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    told(page, [["Ada", 37, True], ["Bob", 95, True], ["Cleo", None, True]])
    cell(page, 0, 0).click()
    for _ in range(3):
        page.keyboard.press("Control+z")
    told(page, PEOPLE)
    cell(page, 0, 0).click()
    page.keyboard.press("Control+y")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Delete")
    told(page, [["Ada", 37, True], ["", 9, False], ["Cleo", None, True]])
    page.get_by_role("button", name="Clear").click()
    told(page, PEOPLE)


def test_a_value_that_does_not_fit_is_told_and_leaves_the_cell(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(repr, editor(), gr.Textbox(label="Got"))))
    cell(page, 0, 1).click()
    page.keyboard.type("old")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Age holds numbers; “old” is none.")).to_be_visible()
    expect(cell(page, 0, 1)).to_have_text("36")


def test_rows_and_columns_come_and_go(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(repr, editor(datatype="str"), gr.Textbox(label="Got"))))
    cell(page, 0, 0).click()
    page.get_by_role("button", name="Add row").click()
    page.get_by_role("button", name="Remove row").click()
    page.get_by_role("button", name="Add column").click()
    cell(page, 0, 1).click()
    page.get_by_role("button", name="Rename column").click()
    page.keyboard.type("Town")
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Town")).to_be_visible()
    run(page)
    expect(page.get_by_label("Got")).to_contain_text("['Ada', '', 36, True]")
    fixed = gr.Dataframe(PEOPLE, row_count=(3, "fixed"), col_count=(3, "fixed"), type="array", label="People")
    page.goto(serve(interface(repr, fixed, gr.Textbox(label="Got"))))
    expect(page.get_by_role("button", name="Add row")).to_have_count(0)
    expect(page.get_by_role("button", name="Add column")).to_have_count(0)


def test_cells_of_a_spreadsheet_are_pasted_and_a_selection_is_copied(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(repr, editor(datatype="str"), gr.Textbox(label="Got"))))
    page.evaluate("navigator.clipboard.writeText('x\\t1\\t\"a b\"\\ny\\t2\\tc\\n')")
    cell(page, 2, 0).click()
    page.keyboard.press("Control+v")
    expect(cell(page, 3, 2)).to_have_text("c")
    expect(cell(page, 2, 2)).to_have_text("a b")
    cell(page, 0, 0).click()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("td[aria-selected=true]")).to_have_count(4)
    page.keyboard.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()").splitlines() == ["Ada\t36", "Bob\t9"]


def test_a_csv_file_comes_in_and_goes_out(page: Page, serve: Serve, tmp_path: Path) -> None:
    page.goto(serve(interface(repr, gr.Dataframe(type="array", label="People"), gr.Textbox(label="Got"))))
    path = tmp_path / "people.csv"
    path.write_text('Name;Age\n"Ada; L.";36\n=1+1;9\n')
    page.get_by_label("CSV file for People").set_input_files(path)
    expect(page.get_by_role("columnheader", name="Age")).to_be_visible()
    told(page, [["Ada; L.", 36], ["=1+1", 9]])
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert download.value.suggested_filename == "People.csv"
    assert Path(download.value.path()).read_text() == "Name,Age\nAda; L.,36\n'=1+1,9\n"


def test_a_hundred_thousand_rows_are_sorted_and_filtered(page: Page, serve: Serve) -> None:
    frame = pd.DataFrame({"n": range(100_000), "word": [f"w{n % 7}" for n in range(100_000)], "x": 0.5})
    page.goto(serve(interface(lambda: frame, None, gr.Dataframe(label="Many"))))
    run(page, "Generate")
    grid = page.get_by_role("grid", name="Many")
    expect(grid).to_have_attribute("aria-rowcount", "100001")
    assert grid.locator("tbody tr").count() < 100
    page.get_by_role("columnheader", name="n", exact=True).get_by_role("button").press("Enter")
    page.get_by_role("columnheader", name="n", exact=True).get_by_role("button").press("Enter")
    expect(page.get_by_role("columnheader", name="n", exact=True)).to_have_attribute("aria-sort", "descending")
    expect(cell(page, 0, 0)).to_have_text("99999")
    cell(page, 0, 0).click()
    page.keyboard.press("Control+End")
    expect(cell(page, 99_999, 2)).to_be_focused()
    expect(cell(page, 99_999, 0)).to_have_text("0")
    page.get_by_label("Filter Many").fill("w3")
    expect(grid).to_have_attribute("aria-rowcount", "14287")


def test_an_edited_large_table_is_uploaded(page: Page, serve: Serve) -> None:
    rows = [[n, "word " * 10] for n in range(12_000)]
    given = gr.Dataframe(rows, headers=["n", "w"], type="array", label="People")
    page.goto(serve(interface(lambda rows: f"{len(rows)} {rows[0][1]}", given, gr.Textbox(label="Got"))))
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "12001")
    cell(page, 0, 1).click()
    page.keyboard.type("new")
    page.keyboard.press("Enter")
    run(page)
    expect(page.get_by_label("Got")).to_have_text("12000 new")


def test_nothing_to_object_to(page: Page, serve: Serve, looks: Check) -> None:
    wide = pd.DataFrame({f"column {n}": ["some long text in a cell", "b"] * 20 for n in range(12)})
    shown = [gr.Dataframe(label="Wide", show_row_numbers=True), gr.Dataframe(label="Same")]
    page.goto(serve(interface(lambda rows: (wide, rows), editor(), shown, title="Tables", examples=[[PEOPLE]])))
    looks(page)
    cell(page, 1, 0).click()
    looks(page)
    run(page)
    looks(page)


def test_an_empty_table_of_numbers_is_sent_as_missing_values(page: Page, serve: Serve) -> None:
    empty = gr.Dataframe(datatype="number", row_count=1, col_count=2, type="array", label="Numbers")
    page.goto(serve(interface(repr, empty, gr.Textbox(label="Got"))))
    told(page, [[None, None]])


def test_rows_of_empty_cells_are_as_high_as_others(page: Page, serve: Serve) -> None:
    table = gr.Dataframe(headers=["a"], row_count=3, label="Empty")
    page.goto(serve(interface(lambda table: table, table, gr.Dataframe(label="Same"), examples=[[[["x"], ["y"]]]])))
    tall = "(table) => [...table.rows].slice(1).map((row) => row.offsetHeight)"
    empty = page.locator("#predict-i0-field table").evaluate(tall)
    page.locator(".examples tr[data-wires]").click()
    expect(cell(page, 1, 0)).to_have_text("y")
    assert empty == page.locator("#predict-i0-field table").evaluate(tall)[:1] * 3
    assert page.locator("#predict-i0-field .sheet").evaluate("(box) => box.scrollHeight <= box.clientHeight")


def test_rows_pasted_beyond_the_end_of_a_sorted_table_overwrite_no_other_row(page: Page, serve: Serve) -> None:
    given = gr.Dataframe([["c", 1], ["a", 2], ["b", 3]], type="array", label="Letters")
    page.goto(serve(interface(repr, given, gr.Textbox(label="Got"))))
    page.get_by_role("columnheader").first.get_by_role("button").click()
    page.evaluate("navigator.clipboard.writeText('X\\t7\\nY\\t8\\n')")
    cell(page, 2, 0).click()
    page.keyboard.press("Control+v")
    told(page, [["X", 7], ["a", 2], ["b", 3], ["Y", 8]])


def test_two_hundred_thousand_rows_are_pasted(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(len, gr.Dataframe([["a"]], type="array", label="Letters"), gr.Textbox(label="Got"))))
    page.evaluate("navigator.clipboard.writeText('x\\ty\\n'.repeat(200000))")
    cell(page, 0, 0).click()
    page.keyboard.press("Control+v")
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "200001")


def test_a_file_separated_by_bars_comes_in(page: Page, serve: Serve, tmp_path: Path) -> None:
    page.goto(serve(interface(repr, gr.Dataframe(type="array", label="People"), gr.Textbox(label="Got"))))
    path = tmp_path / "people.csv"
    path.write_text("Name|Age\nAda|36\n")
    page.get_by_label("CSV file for People").set_input_files(path)
    expect(page.get_by_role("columnheader", name="Age")).to_be_visible()
    told(page, [["Ada", 36]])


def test_a_table_of_many_long_characters_fits_a_request(page: Page, serve: Serve) -> None:
    rows = [["漢" * 100] for _ in range(3_600)]
    page.goto(serve(interface(len, gr.Dataframe(rows, type="array", label="Signs"), gr.Textbox(label="Got"))))
    cell(page, 0, 0).click()
    page.keyboard.type("n")
    page.keyboard.press("Enter")
    run(page)
    expect(page.get_by_label("Got")).to_have_text("3600")


@pytest.mark.parametrize("value", [[["x" * 900_000], ["y" * 900_000]], pd.DataFrame({"n": range(100_000)})], ids=str)
def test_large_results_are_flagged(page: Page, serve: Serve, tmp_path: Path, value: Any) -> None:
    folder = tmp_path / "flags"
    output = gr.Dataframe(label="Many")
    page.goto(serve(gr.Interface(lambda: value, None, output, flagging_dir=str(folder))))
    run(page, "Generate")
    page.get_by_role("button", name="Flag").click()
    expect(page.locator(".toast")).to_contain_text("Flagged")
    assert (folder / "Many" / "0.json").exists()


def test_a_handle_alone_brings_the_table(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(repr, gr.Dataframe(type="array", label="Given"), gr.Textbox(label="Got"))))
    page.evaluate(
        """async () => {
            const headers = { "Content-Type": "text/csv", "X-File-Name": "a.csv" };
            const answer = await fetch("api/files", { method: "POST", headers, body: "q;w\\n1;2\\n" });
            document.querySelector("qd-dataframe").value = { h: (await answer.json()).h };
        }"""
    )
    expect(page.get_by_role("columnheader", name="w")).to_be_visible()
    expect(cell(page, 0, 1)).to_have_text("2")
    told(page, [[1, 2]])


def test_enter_in_the_filter_does_not_run_and_a_fault_is_not_the_filters(page: Page, serve: Serve) -> None:
    given = gr.Dataframe([[n] for n in range(50)], datatype="number", type="array", label="Numbers")
    page.goto(serve(interface(len, given, gr.Textbox(label="Got"))))
    cell(page, 0, 0).click()
    page.keyboard.type("x")
    page.keyboard.press("Enter")
    expect(page.locator(".hint")).to_be_visible()
    expect(page.get_by_label("Filter Numbers")).not_to_have_attribute("aria-invalid", "true")
    page.get_by_label("Filter Numbers").fill("4")
    page.keyboard.press("Enter")
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "15")
    expect(page.locator(".said-status")).to_have_text("")
