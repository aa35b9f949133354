"""A time series on its page: a CSV file, a range by two handles, reading by arrow keys, lines as a result."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]

CSV = "day,rain,sun\n" + "".join(f"2024-01-{day:02},{day % 4},{day / 2}\n" for day in range(1, 21))


def demo() -> gr.Interface:
    def told(frame: pd.DataFrame | None) -> Any:
        return ("nothing", None) if frame is None else (f"{len(frame)} {list(frame.columns)}", frame)

    given = gr.Timeseries(label="Weather", x="day", info="A CSV file.")
    return gr.Interface(told, given, [gr.Textbox(label="Got"), gr.Timeseries(label="Lines")], allow_flagging="never")


def submit(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


def test_a_range_of_a_csv_file_is_sent(page: Page, serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    page.goto(serve(demo()))
    page.locator("#predict-i0").set_input_files(tmp_path / "a.csv")
    canvas = page.get_by_role("img", name=re.compile("^Weather: rain, sun over day, 20 rows"))
    expect(canvas).to_have_attribute("data-drawn", re.compile(r"\d"))
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("20 ['day', 'rain', 'sun']")
    page.get_by_label("First row of Weather").press("ArrowRight")
    page.get_by_label("Last row of Weather").press("ArrowLeft")
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("18 ['day', 'rain', 'sun']")
    lines = page.get_by_role("img", name=re.compile("^Lines: rain, sun over day, 18 rows"))
    lines.press("ArrowRight")
    expect(page.locator("#predict-o1-field .reading")).to_have_text("2024-01-02, rain 2, sun 1")
    page.get_by_role("button", name="Remove").press("Enter")
    submit(page)
    expect(page.get_by_label("Got")).to_have_text("nothing")
    (tmp_path / "b.csv").write_text("a,b\n1,2,3\n")
    page.locator("#predict-i0").set_input_files(tmp_path / "b.csv")
    expect(page.get_by_text("Row 2 has 3 values for 2 headers.")).to_be_visible()
