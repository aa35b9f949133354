"""Two pictures over each other, on real pages."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import quickdemo as gr

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]


def give(page: Page, side: str, colour: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), colour).save(out, "PNG")
    file = {"name": f"{colour}.png", "mimeType": "image/png", "buffer": out.getvalue()}
    page.get_by_label(re.compile(f"^Drop the {side} picture")).set_input_files(file)
    expect(page.get_by_role("button", name=f"Remove the {side} picture")).to_be_visible()


def run(page: Page) -> None:
    page.locator("button[type=submit]").click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


def colour_at(page: Page, share: float) -> list[int]:
    """Of the result, at that share of its width, near the top."""
    box = page.locator("[data-role=output] .pair").bounding_box()
    assert box
    clip = {"x": box["x"] + box["width"] * share, "y": box["y"] + 20, "width": 1, "height": 1}
    with Image.open(io.BytesIO(page.screenshot(clip=clip))) as shot:
        return list(shot.convert("RGB").getpixel((0, 0)))  # type: ignore[arg-type]


def test_two_are_given_compared_by_keyboard_and_mouse_and_cleared(page: Page, serve: Serve) -> None:
    got: list[Any] = []

    def kept(pair: Any) -> Any:
        got.append(pair)
        return pair

    demo = gr.Interface(kept, gr.ImageSlider(label="Given"), gr.ImageSlider(label="Seen", slider_position=30))
    page.goto(serve(demo, show_error=True))
    run(page)
    give(page, "second", "blue")
    run(page)
    assert got[0] is None and got[1][0] is None and got[1][1][0, 0].tolist() == [0, 0, 255]
    give(page, "first", "red")
    run(page)
    assert [picture[0, 0].tolist() for picture in got[2]] == [[255, 0, 0], [0, 0, 255]]
    divider = page.get_by_role("slider", name="Seen: how much of the first picture is seen")
    expect(divider).to_have_value("30")
    assert [colour_at(page, share) for share in (0.2, 0.4)] == [[255, 0, 0], [0, 0, 255]]
    for key, value in [("ArrowRight", "31"), ("End", "100"), ("Home", "0")]:
        divider.press(key)
        expect(divider).to_have_value(value)
    box = divider.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + 20)
    expect(divider).to_have_value(re.compile("^7[456]$"))
    assert colour_at(page, 0.6) == [255, 0, 0]
    expect(divider).to_have_attribute("aria-valuetext", re.compile("^7[456] %$"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download second").click()
    assert download.value.suggested_filename == "image.png"
    page.locator("[data-role=output]").get_by_role("button", name="Full screen").press("Enter")
    page.locator("[data-role=output]").get_by_role("button", name="Leave full screen").press("Enter")
    page.get_by_role("button", name="Remove the first picture").press("Enter")
    expect(page.get_by_label(re.compile("^Drop the first picture"))).to_be_focused()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_label(re.compile("^Drop the second picture"))).to_be_enabled()
    run(page)
    assert got[-1] is None


def test_nothing_to_object_to(page: Page, serve: Serve, looks: Check) -> None:
    value = (np.full((200, 300, 3), 90, np.uint8), np.full((100, 300, 3), 200, np.uint8))
    demo = gr.Interface(lambda pair: pair, gr.ImageSlider(value, label="Given"), gr.ImageSlider(label="Seen"))
    page.goto(serve(demo))
    expect(page.locator(".pair")).to_have_count(1)
    run(page)
    expect(page.locator(".pair")).to_have_count(2)
    looks(page)
    page.get_by_role("button", name="Remove the first picture").click()
    looks(page)
