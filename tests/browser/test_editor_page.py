"""Pictures painted upon in layers, on real pages."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Request, expect, sync_playwright

import quickdemo as gr
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.running import Project

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]
APP = """
import quickdemo as gr

def told(picture, pair):
    shares = [round(float((layer[:, :, 3] > 0).mean()), 3) for layer in picture["layers"]]
    return f"{picture['composite'].shape} {shares} {[part is not None for part in pair]}"

inputs = [gr.ImageEditor(label="Picture"OPTIONS), gr.ImageSlider(label="Pair"OPTIONS)]
gr.Interface(told, inputs, gr.Textbox(label="Said"), title=TITLE).launch()
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium with a camera that shows a test picture."""
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        yield browser
        browser.close()


def photo(size: tuple[int, int] = (160, 120), colour: str = "white", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", **options)
    return out.getvalue()


def choose(page: Page, data: bytes, name: str = "photo.jpg") -> None:
    page.locator("qd-imageeditor[data-role=input] input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "image/jpeg", "buffer": data}
    )


def give(page: Page, data: bytes, name: str = "photo.jpg") -> None:
    choose(page, data, name)
    expect(page.locator(".editor")).to_be_visible()


def stroke(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A line with the mouse, from and to shares of the picture."""
    paper = page.locator(".editor .paper")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    assert box
    at = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=4)
    page.mouse.up()


def run(page: Page) -> None:
    page.locator("button[type=submit]").click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


def press(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name, exact=True).press("Enter")


def rows(page: Page) -> Locator:
    return page.locator("[data-role=input] .layers li")


@pytest.fixture
def crossed(page: Page, serve: Serve) -> list[dict[str, Any]]:
    """A white photo with a red line across in Layer 1 and a blue one down in Layer 2; what the function got so far."""
    got: list[dict[str, Any]] = []

    def kept(picture: dict[str, Any]) -> dict[str, Any]:
        got.append(picture)
        return picture

    brush = gr.Brush(colors=["#ff0000", "#0000ff"], color_mode="fixed", default_size=10)
    editor = gr.ImageEditor(label="Picture", brush=brush)
    page.goto(serve(gr.Interface(kept, editor, gr.ImageEditor(label="Seen"), allow_flagging="never")))
    give(page, photo())
    stroke(page, (0.1, 0.5), (0.9, 0.5))
    page.locator(".layers summary").click()
    press(page, "Add a layer", "Colour 2 of 2: #0000ff")
    stroke(page, (0.5, 0.1), (0.5, 0.9))
    return got


def test_layers_are_ordered_hidden_taken_back_and_sent_once(page: Page, crossed: list[dict[str, Any]]) -> None:
    posted: list[Request] = []
    page.on("request", lambda request: posted.append(request) if request.url.endswith("/api/files") else None)
    run(page)
    red, blue = crossed[-1]["layers"]
    assert [red[60, 80].tolist(), blue[60, 80].tolist(), blue[60, 20, 3]] == [[255, 0, 0, 255], [0, 0, 255, 255], 0]
    assert 18 <= (blue[60, :, 3] > 0).sum() <= 22
    assert crossed[-1]["composite"][60, [80, 20]].tolist() == [[0, 0, 255, 255], [255, 0, 0, 255]]
    assert len(posted) == 2  # the layers; the photo was sent when it was given

    press(page, "Move up Layer 1")
    expect(rows(page).locator(".which")).to_have_text(["Layer 1", "Layer 2"])
    expect(page.get_by_role("button", name="Move up Layer 1")).to_be_focused()
    run(page)
    assert crossed[-1]["composite"][60, 80].tolist() == [255, 0, 0, 255]
    press(page, "Hide Layer 1")
    run(page)
    assert crossed[-1]["composite"][60, 80].tolist() == [0, 0, 255, 255] and not crossed[-1]["layers"][1].any()
    press(page, "Undo", "Undo")
    run(page)
    assert np.array_equal(crossed[-1]["composite"], crossed[0]["composite"])
    press(page, "Remove Layer 2")
    expect(rows(page)).to_have_count(1)
    run(page)
    assert len(crossed[-1]["layers"]) == 1 and len(posted) == 2
    expect(page.locator("[data-role=output] .layers")).to_have_text(re.compile("2 parts"))


def test_turned_cut_begun_again_and_cleared(page: Page, crossed: list[dict[str, Any]]) -> None:
    press(page, "Turn left")
    run(page)
    assert crossed[-1]["composite"].shape == (160, 120, 4)
    assert crossed[-1]["composite"][20, 60].tolist() == [255, 0, 0, 255]
    press(page, "Crop")
    page.get_by_role("application", name=re.compile("^Crop frame")).press("Enter")
    run(page)
    assert {part.shape for part in (crossed[-1]["background"], *crossed[-1]["layers"])} == {(128, 96, 4)}
    press(page, "Start again")
    run(page)
    assert crossed[-1]["composite"].shape == (120, 160, 4) and not crossed[-1]["layers"][0].any()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".editor")).to_have_count(0)
    run(page)
    assert crossed[-1] == {"background": None, "layers": [], "composite": None}


def test_a_blank_canvas_by_keyboard_then_a_photo_beneath(page: Page, serve: Serve) -> None:
    def told(picture: dict[str, Any]) -> str:
        beneath, layer = picture["background"], picture["layers"][0]
        inked = np.argwhere(layer[:, :, 3] > 0)
        across = (inked[:, 1].max() - inked[:, 1].min()) / layer.shape[1]
        return f"{None if beneath is None else beneath.shape}, {layer.shape}, ink over {across:.1f}"

    demo = gr.Interface(told, gr.ImageEditor(label="Picture"), gr.Textbox(label="Said"), allow_flagging="never")
    page.goto(serve(demo))
    press(page, "Draw on a blank canvas")
    canvas = page.get_by_role("application", name=re.compile("^Picture; draw"))
    for key in ["Space", *["Shift+ArrowRight"] * 4, "Space"]:
        canvas.press(key)
    run(page)
    expect(page.get_by_label("Said")).to_have_text("None, (800, 800, 4), ink over 0.2")
    give(page, photo((300, 100)))
    run(page)
    expect(page.get_by_label("Said")).to_have_text("(100, 300, 4), (100, 300, 4), ink over 0.2")
    press(page, "Zoom in", "Zoom in")
    expect(page.locator(".editor .zoom output")).to_have_text("225 %")
    stroke(page, (0.3, 0.5), (0.4, 0.5))
    press(page, "Zoom to fit")
    expect(page.locator(".editor .zoom output")).to_have_text("")
    press(page, "Use the camera", "Take picture")
    expect(page.locator(".editor .floor")).to_be_visible()
    run(page)
    expect(page.get_by_label("Said")).to_have_text(re.compile(r"^\(\d+, \d+, 4\), "))
    choose(page, b"no photo at all")
    expect(page.get_by_text("This picture cannot be shown")).to_be_visible()
    page.locator("button[type=submit]").click()
    expect(page.get_by_text("Picture: the background is not a PNG")).to_be_visible()


def test_a_photo_of_twelve_megapixels_is_painted_upon(page: Page, serve: Serve) -> None:
    data = photo((4000, 3000))

    def told(picture: dict[str, Any]) -> str:
        with Image.open(picture["layers"][0]) as layer, Image.open(picture["composite"]) as whole:
            inked = np.unique(np.asarray(layer)[::50, ::50, 3]).size
            return f"{whole.size}, {inked}, {Path(picture['background']).read_bytes() == data}"

    editor, said = gr.ImageEditor(label="Picture", type="filepath"), gr.Textbox(label="Said")
    page.goto(serve(gr.Interface(told, editor, said, allow_flagging="never")))
    give(page, data)
    for n in range(4):
        stroke(page, (0.1, 0.2 * n + 0.1), (0.9, 0.2 * n + 0.1))
    press(page, "Undo", "Redo")
    run(page)
    expect(page.get_by_label("Said")).to_have_text(re.compile(r"^\(4000, 3000\), [2-9], True$"))


def test_nothing_to_object_to(page: Page, serve: Serve, looks: Check) -> None:
    paint, seen = gr.ImageEditor(label="Paint", sources=(), canvas_size=(200, 100)), gr.ImageEditor(label="Seen")
    demo = gr.Interface(lambda a, b: b, [gr.ImageEditor(label="Picture"), paint], seen)
    page.goto(serve(demo))
    expect(page.locator(".editor")).to_have_count(1)
    looks(page)
    stroke(page, (0.1, 0.2), (0.9, 0.8))
    page.locator(".layers summary").click()
    press(page, "Add a layer", "Zoom in")
    run(page)
    page.locator("[data-role=output] .layers summary").click()
    looks(page)


def test_what_was_painted_survives_a_save(page: Page, project: Project) -> None:
    def script(title: str, options: str = "") -> str:
        return APP.replace("TITLE", repr(title)).replace("OPTIONS", options)

    project.write(script("one"))
    served = project.run("--reload")
    served.ready()
    with page.expect_response("**/api/events"):
        page.goto(f"http://127.0.0.1:{served.port}/")
    give(page, photo())
    second = page.get_by_label(re.compile("^Drop the second picture"))
    second.set_input_files({"name": "b.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    stroke(page, (0.1, 0.5), (0.9, 0.5))
    page.locator(".layers summary").click()
    press(page, "Add a layer")
    run(page)
    said = page.get_by_label("Said").inner_text()
    assert re.fullmatch(r"\(120, 160, 4\) \[0\.\d+, 0\.0\] \[False, True\]", said) and "[0.0," not in said
    project.write(script("two", ", info='any'"))
    expect(page.get_by_role("heading", level=1)).to_have_text("two")
    expect(page.locator(".editor")).to_be_visible()
    run(page)
    expect(page.get_by_label("Said")).to_have_text(said)
    press(page, "Undo", "Undo")
    run(page)
    expect(page.get_by_label("Said")).to_have_text("(120, 160, 4) [0.0] [False, True]")
