"""Units of a picture and of a long text on the page: a closer look, the table, a unit that is left out."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]
SHORT = "A good spot."
LONG = "\n\n".join(f"This is paragraph {n}. It has {'good ' * (n == 2)}words." for n in range(12))


class Redness:
    """How red a spot is, and how good a text; counts its calls, which wait while `go_on` is not set."""

    def __init__(self) -> None:
        self.calls = 0
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, picture: Any, text: str) -> float:
        self.calls += 1
        self.go_on.wait(20)
        red, green = (0, 0) if picture is None else (picture[18:28, 48:58, band].mean() for band in (0, 1))
        return 4 * float(red - green) / 255 + 2 * text.count("good")


def demo(model: Redness, folder: Path) -> gr.Interface:
    pixels = np.random.default_rng(0).integers(60, 140, (9, 12, 3), dtype=np.uint8).repeat(10, 0).repeat(10, 1)
    pixels[18:28, 48:58] = (250, 20, 20)  # in one quarter of the second of twelve cells
    Image.fromarray(pixels).save(folder / "spot.png")
    how: dict[str, Any] = {"segments": 12, "fill": "black", "regions": "grid"}
    photo = gr.Image(label="Photo", value=str(folder / "spot.png")).set_interpret_parameters(**how)
    text = gr.Textbox(label="Text", value=SHORT, lines=3)
    return gr.Interface(model, [photo, text], gr.Number(label="Score"), interpretation="default")


def interpret(page: Page) -> Locator:
    page.get_by_role("button", name="Interpret").press("Enter")
    panel = page.get_by_role("region", name="Explanation")
    expect(panel.locator(".at")).to_contain_text("seed")
    return panel


def test_what_was_not_looked_into_is_one_unit_until_somebody_looks_closer(
    page: Page, serve: Serve, looks: Check, tmp_path: Path
) -> None:
    model = Redness()
    page.goto(serve(demo(model, tmp_path)))
    panel = interpret(page)
    expect(panel.locator(".regions .part")).to_have_count(12)
    expect(panel.get_by_role("button", name="region 2: +3.6")).to_have_attribute("data-sign", "up")
    closer = panel.get_by_role("button", name="Look closer: up to 8 more calls")
    looks(page)
    model.go_on.clear()
    closer.press("Enter")
    panel.get_by_role("button", name="Cancel").click()
    expect(closer).to_have_attribute("aria-disabled", "false")
    model.go_on.set()
    calls = model.calls
    picture = panel.locator(".framed-picture canvas").element_handle()
    closer.press("Enter")
    expect(panel.locator(".regions .part")).to_have_count(15)
    assert calls < model.calls <= calls + 8
    assert picture and picture.evaluate("canvas => canvas.isConnected"), "the picture stays while it is refined"
    expect(panel.locator(".closer")).to_be_focused()
    expect(panel.locator(".closer")).to_have_text("No more to find")
    region = panel.get_by_role("button", name="region 2, part 4: +3.6")
    region.press("Enter")
    expect(panel.locator(".closer")).to_be_hidden()
    expect(panel.locator(".what-if")).to_contain_text("Without “region 2, part 4”: Score 2.00, was 5.61.")
    panel.get_by_role("button", name="region 7: ").press("Enter")  # a unit of four parts
    expect(panel.locator(".what-if")).to_contain_text("“region 7”: Score 2.00, was 5.61.")

    page.get_by_role("textbox", name="Text").fill(LONG)
    page.get_by_role("button", name="Remove").press("Enter")
    interpret(page)
    word = panel.get_by_role("button", name="good: +2")
    expect(panel.locator(".words .part").first).to_have_text("This is paragraph 0. It has words.")
    panel.get_by_text("Show as a table").click()
    rows = panel.get_by_role("table").get_by_role("row")
    expect(rows.nth(1)).to_have_text(re.compile(r"good\s*\+2"))
    expect(rows.filter(has_text="This is paragraph 5. It… (7 words)")).to_have_count(1)
    word.press("Enter")
    expect(panel.locator(".what-if")).to_contain_text("Without “good”: Score 0, was 2.")
    panel.get_by_text("This is paragraph 5. It has words.").click()
    expect(panel.locator(".what-if")).to_contain_text("“This is paragraph 5. It… (7 words)”: Score 0, was 2.")
    looks(page)
