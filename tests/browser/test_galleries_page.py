"""Galleries and annotated pictures on real pages."""

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


def png(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "PNG")
    return out.getvalue()


def interface(fn: Any, inputs: Any, outputs: Any, **options: Any) -> gr.Interface:
    return gr.Interface(fn, inputs, outputs, **{"allow_flagging": "never", **options})


def run(page: Page, name: str = "Generate") -> None:
    page.get_by_role("button", name=name).click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


def shades(count: int) -> list[Any]:
    return [(np.full((40, 60, 3), 10 + n % 200, np.uint8), f"shade {n}" if n % 2 else None) for n in range(count)]


def annotated() -> Any:
    picture = np.full((100, 200, 3), 230, np.uint8)
    mask = np.zeros((100, 200), bool)
    mask[:50, :100] = True
    return picture, [(mask, "sky"), ((120, 60, 180, 90), "cat"), ((10, 60, 60, 90), "cat")]


def test_pictures_open_large_and_arrow_keys_lead_on(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(lambda: shades(4), None, gr.Gallery(label="Shades"))))
    run(page)
    tiles = page.locator("qd-gallery .tile")
    expect(tiles).to_have_count(4)
    page.get_by_role("button", name="Open shade 1").press("Enter")
    dialog = page.get_by_role("dialog", name="Shades")
    expect(dialog.get_by_role("img")).to_have_attribute("alt", "shade 1")
    for key, alt in [("ArrowRight", "picture 3 of 4"), ("ArrowRight", "shade 3"), ("ArrowRight", "picture 1 of 4"),
                     ("ArrowLeft", "shade 3"), ("Home", "picture 1 of 4"), ("End", "shade 3")]:  # fmt: skip
        dialog.press(key)
        expect(dialog.get_by_role("img")).to_have_attribute("alt", alt)
    page.set_viewport_size({"width": 360, "height": 800})
    assert dialog.evaluate("(box) => box.scrollWidth <= box.clientWidth"), "it scrolls sideways"
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "image.png"
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Open shade 3")).to_be_focused()


def test_several_uploads_are_sent_one_is_removed_all_are_cleared(page: Page, serve: Serve) -> None:
    def told(pictures: Any) -> str:
        return ", ".join(str(picture[0, 0].tolist()) for picture, _ in pictures or [])

    page.goto(serve(interface(told, gr.Gallery(label="Shots"), gr.Textbox(label="Got"))))
    page.get_by_label("Shots", exact=True).set_input_files(
        [{"name": f"{c}.png", "mimeType": "image/png", "buffer": png(c)} for c in ("red", "lime")]
    )
    run(page, "Submit")
    expect(page.get_by_label("Got")).to_have_text("[255, 0, 0], [0, 255, 0]")
    page.get_by_role("button", name="Remove red.png").press("Enter")
    run(page, "Submit")
    expect(page.get_by_label("Got")).to_have_text("[0, 255, 0]")
    page.get_by_label("Shots", exact=True).set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": b"no"})
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Shots: the picture is not a PNG")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("qd-gallery .tile")).to_have_count(0)


def test_a_thousand_pictures(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(lambda: shades(1)[:1] * 1000, None, gr.Gallery(label="Many", columns=5))))
    run(page)
    expect(page.locator("qd-gallery .tile")).to_have_count(1000)
    page.wait_for_load_state("networkidle")  # the server ends before the page; what is in view is loaded by then


def test_the_legend_shows_the_areas_of_one_label_alone(page: Page, serve: Serve) -> None:
    page.goto(serve(interface(annotated, None, gr.AnnotatedImage(label="Scene", color_map={"cat": "#ff00ff"}))))
    run(page)
    expect(page.get_by_role("img", name="Scene: sky on 25%, cat on 16%")).to_be_visible()
    away = page.locator(".area.away")
    expect(away).to_have_count(0)
    button = page.get_by_role("button", name="cat")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(away).to_have_count(1)
    button.press("Enter")
    page.get_by_role("button", name="sky").focus()
    expect(away).to_have_count(2)
    page.get_by_role("button", name="Clear").focus()
    expect(away).to_have_count(0)


def test_nothing_to_object_to(page: Page, serve: Serve, looks: Check) -> None:
    given = gr.Gallery(shades(3), label="Shots")
    demo = interface(
        lambda g: (shades(5), annotated()), given, [gr.Gallery(label="Shades"), gr.AnnotatedImage(label="Scene")]
    )
    page.goto(serve(demo))
    looks(page)
    run(page, "Submit")
    expect(page.get_by_role("img", name=re.compile("^Scene: sky"))).to_be_visible()
    looks(page)
    page.get_by_role("button", name="Open shade 1").last.click()
    looks(page)
