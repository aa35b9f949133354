"""Groups of a plot are told apart without their colours, and lines of a Timeseries are switched off and on."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]

ROWS = pd.DataFrame({"x": [1, 2, 3] * 3, "y": [1, 3, 2, 2, 1, 3, 3, 2, 1], "part": ["a"] * 3 + ["b"] * 3 + ["c"] * 3})
LINES = pd.DataFrame(
    {
        "day": pd.date_range("2024-01-01", periods=4),
        "rain": [1, 4, 2, 3],
        "sun": [Decimal("1.00000000000000000001"), Decimal("2"), Decimal("5"), Decimal("3")],
    }
)


def demo() -> gr.Interface:
    same = {"x": "x", "y": "y", "color": "part", "color_map": dict.fromkeys("abc", "rgb(90, 90, 200)")}
    plots: list[Any] = [
        gr.BarPlot(label="Bars", **same),
        gr.LinePlot(label="Lines", **same),
        gr.ScatterPlot(label="Dots", **same),
        gr.Timeseries(label="Days", colors=["rgb(90, 90, 200)"] * 2),
    ]
    return gr.Interface(lambda: (ROWS, ROWS, ROWS, LINES), None, plots, allow_flagging="never", title="Plots")


def generate(page: Page) -> None:
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_groups_of_one_colour_are_told_apart(
    open_page: Callable[..., Page], serve: Serve, axe: Check, theme: str
) -> None:
    page = open_page(color_scheme=theme, viewport={"width": 360, "height": 900})
    page.goto(serve(demo()))
    generate(page)
    for kind, groups in [("barplot", 3), ("lineplot", 3), ("scatterplot", 3), ("timeseries", 2)]:
        swatches = page.locator(f"qd-{kind} .legend canvas")
        expect(swatches).to_have_count(groups)
        pictures = swatches.evaluate_all("all => all.map(canvas => canvas.toDataURL())")
        assert len(set(pictures)) == groups, kind
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_lines_of_a_timeseries_are_switched_off_and_on(page: Page, serve: Serve) -> None:
    page.goto(serve(demo()))
    generate(page)
    canvas = page.locator("qd-timeseries .stage > canvas")
    reading = page.locator("qd-timeseries .reading")
    canvas.press("ArrowRight")
    expect(reading).to_have_text("2024-01-01, rain 1, sun 1")
    button = page.locator("qd-timeseries").get_by_role("button", name="rain")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    canvas.press("ArrowRight")
    expect(reading).to_have_text("2024-01-01, sun 1")
    page.locator("qd-timeseries").get_by_role("button", name="sun").press("Enter")
    canvas.press("ArrowRight")
    button.press("Enter")
    canvas.press("End")
    canvas.press("ArrowRight")
    expect(reading).to_contain_text("rain")
