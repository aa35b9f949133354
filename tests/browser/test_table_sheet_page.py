"""A table as a spreadsheet: rows and columns by keyboard and menu, filling, cutting, dates, widths, pins, styles."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]

LETTERS = [["a", 1], ["b", 2], ["c", 3]]


def interface(fn: Any, inputs: Any, outputs: Any, **options: Any) -> gr.Interface:
    return gr.Interface(fn, inputs, outputs, **{"allow_flagging": "never", **options})


def sheet(**options: Any) -> gr.Dataframe:
    return gr.Dataframe(LETTERS, **{"type": "array", "label": "Letters", "headers": ["L", "N"], **options})


def cell(page: Page, row: int, column: int) -> Locator:
    return page.locator(f"[role=grid] tr[aria-rowindex='{row + 2}'] td[aria-colindex='{column + 1}']").first


def told(page: Page, rows: list[Any]) -> None:
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Got")).to_have_text(repr(rows))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def settle(page: Page) -> None:
    """What a scroll event draws has been drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_rows_and_columns_by_the_keys_of_spreadsheets(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(repr, sheet(), gr.Textbox(label="Got"))))
    cell(page, 1, 0).click()
    press(page, "Shift+ArrowDown", "Control+Shift+Equal")
    told(page, [["a", 1], ["", None], ["", None], ["b", 2], ["c", 3]])
    cell(page, 1, 1).click()
    press(page, "Shift+ArrowDown", "Control+Shift+Minus")
    told(page, LETTERS)
    cell(page, 0, 1).click()
    press(page, "Control+Space", "Control+Shift+Equal")
    told(page, [["a", "", 1], ["b", "", 2], ["c", "", 3]])
    cell(page, 0, 1).click()
    press(page, "Control+Space", "Control+Shift+Minus")
    told(page, LETTERS)
    cell(page, 0, 0).click()
    press(page, "Shift+ArrowRight", "Shift+ArrowDown", "Control+d")
    told(page, [["a", 1], ["a", 1], ["c", 3]])
    cell(page, 2, 0).click()
    press(page, "Control+d", "Control+z", "Control+z", "Control+y")
    told(page, [["a", 1], ["a", 1], ["c", 3]])
    cell(page, 0, 0).click()
    press(page, "Shift+Space", "Control+x")
    assert page.evaluate("navigator.clipboard.readText()") == "a\t1"
    told(page, [["", None], ["a", 1], ["c", 3]])
    page.evaluate("navigator.clipboard.writeText('7')")
    cell(page, 0, 0).click()
    press(page, "Control+Space", "Control+v")
    told(page, [["7", None], ["7", 1], ["7", 3]])


def test_a_menu_offers_the_same_to_mouse_and_keyboard(page: Page, serve: Serve, axe: Check) -> None:
    page.goto(serve(interface(repr, sheet(), gr.Textbox(label="Got"))))
    cell(page, 1, 0).click(button="right")
    menu = page.get_by_role("menu", name="Cells of Letters")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    axe(page)
    menu.get_by_role("menuitem", name="Insert row below").click()
    expect(menu).to_have_count(0)
    expect(cell(page, 2, 0)).to_be_focused()
    page.keyboard.type("new")
    press(page, "Enter")
    told(page, [["a", 1], ["b", 2], ["new", None], ["c", 3]])
    cell(page, 2, 0).click()
    press(page, "Shift+F10")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    press(page, "ArrowUp", "ArrowDown", "Escape")
    expect(menu).to_have_count(0)
    expect(cell(page, 2, 0)).to_be_focused()
    press(page, "Shift+F10")
    menu.get_by_role("menuitem", name=re.compile("^Remove row")).press("Enter")
    told(page, LETTERS)
    page.get_by_role("columnheader", name="N").click(button="right")
    menu.get_by_role("menuitem", name="Rename column").click()
    page.keyboard.type("Number")
    press(page, "Enter")
    expect(page.get_by_role("columnheader", name="Number")).to_be_visible()
    page.goto(serve(interface(repr, sheet(row_count=(3, "fixed"), col_count=(2, "fixed")), gr.Textbox(label="Got"))))
    cell(page, 0, 0).click(button="right")
    expect(menu.get_by_role("menuitem", name=re.compile("row [ab]|Remove|Rename|Insert"))).to_have_count(0)
    press(page, "Escape", "Control+Shift+Minus")
    expect(page.get_by_text("This table has a fixed number of rows.")).to_be_attached()
    told(page, LETTERS)


def test_dates_are_picked_and_types_stay(page: Page, serve: Serve) -> None:
    frame = pd.DataFrame(
        {
            "day": pd.to_datetime(["2022-07-01", None]),
            "at": pd.to_datetime(["2022-07-01T10:30", "2022-07-02T11:45"]),
            "n": pd.array([1, None], dtype="Int8"),
        },
        index=pd.Index(["x", "y"], name="id"),
    )

    def read(table: pd.DataFrame) -> str:
        return f"{[str(t) for t in table.dtypes]} {table.index.name} {table['day'].iloc[0]} {table['at'].iloc[1]}"

    page.goto(serve(interface(read, gr.Dataframe(frame, label="Days"), gr.Textbox(label="Got"))))
    cell(page, 0, 1).click()
    press(page, "Enter")
    field = page.get_by_label("day, row 1")
    expect(field).to_have_attribute("type", "date")
    field.fill("2023-02-03")
    press(page, "Enter")
    expect(cell(page, 0, 1)).to_have_text("2023-02-03")
    cell(page, 1, 2).click()
    press(page, "F2")
    field = page.get_by_label("at, row 2")
    expect(field).to_have_attribute("type", "datetime-local")
    field.fill("2022-07-02T12:00")
    press(page, "Tab")
    cell(page, 0, 3).click()
    page.keyboard.type("5")
    press(page, "Enter")
    page.get_by_role("button", name="Submit").click()
    types = "['datetime64[us]', 'datetime64[us]', 'Int8']"
    expect(page.get_by_label("Got")).to_have_text(f"{types} id 2023-02-03 00:00:00 2022-07-02 12:00:00")


def test_widths_pins_height_and_whole_tables(page: Page, serve: Serve) -> None:
    wide = pd.DataFrame({f"c{n}": [f"{n} {'long words ' * (n % 3)}", "b"] * 40 for n in range(60)})
    output = gr.Dataframe(
        label="Wide", pinned_columns=2, max_height=300, max_chars=12, show_copy_button=True, show_fullscreen_button=True
    )
    page.goto(serve(interface(lambda: wide, None, output)))
    page.get_by_role("button", name="Generate").click()
    expect(cell(page, 0, 1)).to_have_text("1 long word…")
    scroller = page.locator(".sheet")
    assert scroller.evaluate("element => element.offsetHeight") == 300
    left = cell(page, 0, 1).evaluate("element => element.getBoundingClientRect().left")
    cell(page, 0, 2).click()
    press(page, "End")
    expect(cell(page, 0, 59)).to_be_focused()
    expect(cell(page, 0, 1)).to_be_in_viewport()
    settle(page)
    assert cell(page, 0, 1).evaluate("element => element.getBoundingClientRect().left") == left
    assert page.get_by_role("row").nth(1).locator("td").count() < 40
    press(page, "Home")
    expect(cell(page, 0, 0)).to_be_focused()
    settle(page)
    header = page.get_by_role("columnheader", name="c0", exact=True)
    before = header.evaluate("element => element.offsetWidth")
    box = header.locator(".grip").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 2, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + 62, box["y"] + 4, steps=4)
    page.mouse.up()
    expect(header).to_have_js_property("offsetWidth", before + 60)
    header.locator(".grip").dblclick()
    expect(header).not_to_have_js_property("offsetWidth", before + 60)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied 80 rows.")).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText().then(text => text.split('\\n').length)") == 81
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.fullscreenElement !== null")
    page.wait_for_function("document.querySelector('.sheet').offsetHeight > 400")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_styler_is_shown_as_it_says(open_page: Callable[..., Page], serve: Serve, axe: Check, theme: str) -> None:
    frame = pd.DataFrame({"what": ["up", "down"], "change": [0.125, -0.5]})
    shown = frame.style.format({"change": "{:+.1%}"}).map(
        lambda number: "background-color: #7a1020; color: white" if number < 0 else "font-weight: bold",
        subset=["change"],
    )
    page = open_page(color_scheme=theme, viewport={"width": 360, "height": 800})
    page.goto(serve(interface(lambda: shown, None, gr.Dataframe(label="Changes"))))
    page.get_by_role("button", name="Generate").click()
    expect(cell(page, 0, 1)).to_have_text("+12.5%")
    expect(cell(page, 0, 1)).to_have_css("font-weight", "700")
    expect(cell(page, 1, 1)).to_have_css("background-color", "rgb(122, 16, 32)")
    page.get_by_role("columnheader", name="change").get_by_role("button").click()
    expect(cell(page, 0, 1)).to_have_text("-50.0%")
    expect(cell(page, 0, 1)).to_have_css("background-color", "rgb(122, 16, 32)")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
