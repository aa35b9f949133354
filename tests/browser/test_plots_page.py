"""Plots on real pages: drawn, read point by point, groups switched, as a table, redrawn when the page changes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import quickdemo as gr
from tests.running import ROOT

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]

ROWS: dict[str, list[Any]] = {
    "city": ["Oslo", "Rome", "Lima", "Oslo", "Rome", "Lima"],
    "rain": [3, 4, 1, 2, 6, -2],
    "part": ["am", "am", "am", "pm", "pm", "pm"],
}
DAYS: dict[str, list[Any]] = {"day": [f"2024-01-{day:02}" for day in range(1, 31)], "rain": [d % 7 for d in range(30)]}


def plotted(*plots: Any, values: list[Any]) -> gr.Interface:
    shown = list(plots)
    return gr.Interface(lambda: values if len(values) > 1 else values[0], None, shown, allow_flagging="never")


def generate(page: Page) -> None:
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


def ink(canvas: Locator) -> int:
    """How many pixels are not of the background."""
    expect(canvas).to_have_attribute("data-drawn", re.compile(r"\d"))
    pixels = np.asarray(Image.open(io.BytesIO(canvas.screenshot())).convert("RGB")).astype(int)
    return int((np.abs(pixels - pixels[1, 1]).sum(axis=2) > 60).sum())


def test_bars_are_read_by_arrow_keys_and_as_a_table(page: Page, serve: Serve) -> None:
    plot = gr.BarPlot(x="city", y="rain", color="part", y_title="mm", label="Weather", caption="A day.")
    page.goto(serve(plotted(plot, values=[ROWS])))
    generate(page)
    canvas = page.get_by_role("img", name="Weather: mm over city, 6 points in 2 groups")
    assert ink(canvas) > 5000
    reading = page.locator(".reading")
    canvas.press("ArrowRight")
    expect(reading).to_have_text("city Oslo, mm 3, part am")
    canvas.press("End")
    expect(reading).to_have_text("city Lima, mm 1, part am")
    canvas.press("ArrowDown")
    expect(reading).to_have_text("city Lima, mm -2, part pm")
    page.get_by_text("Show as a table").press("Enter")
    expect(page.get_by_role("row")).to_have_count(7)
    expect(page.get_by_role("row").nth(1)).to_have_text("Osloam3")


def test_groups_are_switched_off_and_on(page: Page, serve: Serve) -> None:
    plot = gr.BarPlot(x="city", y="rain", color="part", color_map={"pm": "rgb(200, 0, 200)"}, label="Weather")
    page.goto(serve(plotted(plot, values=[ROWS])))
    generate(page)
    canvas = page.locator("qd-barplot canvas[role=img]")
    both = ink(canvas)
    button = page.get_by_role("button", name="pm")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(canvas).to_have_attribute("data-drawn", re.compile(r"[2-9]"))
    assert ink(canvas) != both
    canvas.press("ArrowDown")
    expect(page.locator(".reading")).to_contain_text("part am")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")


def test_the_pointer_reads_the_nearest_point_of_a_line(page: Page, serve: Serve) -> None:
    page.goto(serve(plotted(gr.LinePlot(x="day", y="rain", label="Rain"), values=[DAYS])))
    generate(page)
    canvas = page.locator("qd-lineplot canvas[role=img]")
    ink(canvas)
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 60)
    expect(page.locator(".reading")).to_have_text("day 2024-01-30, rain 1")
    page.mouse.move(2, 2)
    expect(page.locator(".reading")).to_have_text("")


def test_a_hundred_thousand_points_are_drawn(page: Page, serve: Serve) -> None:
    random = np.random.default_rng(0)
    cloud = {"x": random.normal(size=100_000), "y": random.normal(size=100_000)}
    walk = {"x": np.arange(100_000), "y": np.cumsum(random.normal(size=100_000))}
    page.goto(serve(plotted(gr.ScatterPlot(label="Cloud"), gr.LinePlot(label="Walk"), values=[cloud, walk])))
    generate(page)
    for kind in ("scatterplot", "lineplot"):
        canvas = page.locator(f"qd-{kind} canvas[role=img]")
        assert ink(canvas) > 1000


def test_an_empty_plot_and_one_point(page: Page, serve: Serve) -> None:
    nothing = {"x": [], "y": []}
    page.goto(
        serve(plotted(gr.LinePlot(label="None"), gr.ScatterPlot(label="One"), values=[nothing, {"x": [1], "y": [2]}]))
    )
    generate(page)
    expect(page.get_by_role("img", name="None: y over x, 0 points")).to_be_visible()
    page.get_by_role("img", name="One: y over x, 1 points").press("ArrowRight")
    expect(page.locator("qd-scatterplot .reading")).to_have_text("x 1, y 2")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".outputs")).to_be_hidden()


def test_an_axis_of_days_has_more_than_one_date(page: Page) -> None:
    module = (ROOT / "templates/static/core/axes.js").read_text()
    few = """async ([module, dates]) => {
        const { axisMoments, axisParse } = await import(`data:text/javascript,${encodeURIComponent(module)}`);
        const ticks = (low, high, count) => axisMoments(axisParse(low), axisParse(high), count).length;
        return dates.flatMap(([low, high]) => [3, 4, 6, 9].map((count) => [low, high, count, ticks(low, high, count)])
          .filter(([, , count, length]) => length < 2 || length > 2 * count + 2));
    }"""
    starts = ["2024-01-05", "2023-12-31", "2020-02-29 13:00:00"]
    dates = [
        (start, str(pd.Timestamp(start) + pd.Timedelta(days=days))) for start in starts for days in range(1, 4000, 7)
    ]
    assert page.evaluate(few, [module, dates]) == []


@pytest.mark.parametrize("angle", [-45, 45])
def test_turned_labels_are_not_cut_off_at_the_edge(page: Page, serve: Serve, angle: int) -> None:
    rows = {"name": [f"a rather long name {n}" for n in range(40)], "y": list(range(40))}
    page.goto(serve(plotted(gr.BarPlot(x="name", y="y", label="Names", x_label_angle=angle), values=[rows])))
    generate(page)
    canvas = page.locator("qd-barplot canvas[role=img]")
    assert ink(canvas) > 1000
    pixels = np.asarray(Image.open(io.BytesIO(canvas.screenshot())).convert("RGB")).astype(int)
    edges = pixels[-100:-2, [1, 2, -3, -2]]  # beside the labels
    assert np.abs(edges - pixels[1, 1]).max() < 60


def test_nothing_to_object_to(page: Page, serve: Serve, looks: Check) -> None:
    many = {
        "x": [f"name {n}" for n in range(1000)],
        "y": list(range(1000)),
        "g": [f"group {n % 40}" for n in range(1000)],
    }
    plots = [
        gr.BarPlot(x="city", y="rain", color="part", title="Rain", label="Weather", caption="A day."),
        gr.LinePlot(x="day", y="rain", label="Line", x_label_angle=-45),
        gr.ScatterPlot(x="x", y="y", color="g", label="Many"),
    ]
    page.goto(serve(plotted(*plots, values=[ROWS, DAYS, many])))
    looks(page)
    generate(page)
    for kind in ("barplot", "lineplot", "scatterplot"):
        assert ink(page.locator(f"qd-{kind} canvas[role=img]")) > 500
    page.get_by_text("Show as a table").first.click()
    looks(page)
