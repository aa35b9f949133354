"""Models on a real page: drawn, turned by keyboard and mouse, uploaded, kept over a reload."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import quickdemo as gr
from tests.models3d import OBJ, glb, gltf, stl

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]

FORMATS = {"glb": glb(), "gltf": gltf(), "obj": OBJ.encode(), "stl": stl()}


def canvas_of(page: Page) -> Locator:
    return page.get_by_role("img", name=re.compile("^Shape: a model to turn"))


def drawn(canvas: Locator) -> np.ndarray:
    """The pixels of the canvas, once it has been drawn."""
    expect(canvas).to_have_attribute("data-drawn", re.compile(r"\d"))
    return np.asarray(Image.open(io.BytesIO(canvas.screenshot())).convert("RGB")).astype(int)


def model_in(pixels: np.ndarray) -> np.ndarray:
    """The pixels that are not of the background."""
    inner = pixels[5:-5, 5:-5]
    return inner[np.abs(inner - inner[0, 0]).sum(axis=2) > 30]


def change(canvas: Locator, act: Callable[[], None]) -> None:
    """Do something, and wait until the canvas was drawn anew."""
    before = canvas.get_attribute("data-drawn") or ""
    act()
    expect(canvas).not_to_have_attribute("data-drawn", before)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_returned_model_is_drawn_turned_moved_and_zoomed(page: Page, serve: Serve, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"shape.{kind}"
    path.write_bytes(FORMATS[kind])
    shown = gr.Model3D(label="Shape")
    page.goto(serve(gr.Interface(lambda: str(path), None, shown, allow_flagging="never")))
    page.get_by_role("button", name="Generate").click()
    canvas = canvas_of(page)
    first = drawn(canvas)
    size = len(model_in(first))
    assert 0.03 * first.shape[0] * first.shape[1] < size < 0.7 * first.shape[0] * first.shape[1]
    if kind in ("glb", "gltf"):  # their material is red
        red, green, blue = model_in(first).mean(axis=0)
        assert red > 2 * green and red > 2 * blue
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 80, box["y"] + 80)
    moves: list[Callable[[], None]] = [
        lambda: canvas.press("ArrowRight"),
        lambda: canvas.press("Shift+ArrowUp"),
        lambda: (page.mouse.down(), page.mouse.move(box["x"] + 140, box["y"] + 90), page.mouse.up())[0],
        lambda: page.mouse.wheel(0, -200),
    ]
    before = first
    for move in moves:
        change(canvas, move)
        after = drawn(canvas)
        assert (after != before).any()
        before = after
    change(canvas, lambda: canvas.press("-"))
    change(canvas, lambda: canvas.press("-"))
    change(canvas, lambda: canvas.press("Home"))
    assert np.abs(len(model_in(drawn(canvas))) - size) < 0.02 * size
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_bytes() == FORMATS[kind]


def test_modes_draw_less_than_the_solid_model(page: Page, serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(OBJ)
    sizes = []
    for mode in ("solid", "wireframe", "point_cloud"):
        shape = gr.Model3D(str(tmp_path / "a.obj"), label="Shape", display_mode=mode, clear_color=(1, 1, 1, 1))
        page.goto(serve(gr.Interface(lambda: None, None, shape, allow_flagging="never")))
        sizes.append(len(model_in(drawn(canvas_of(page)))))
    assert sizes[0] > sizes[1] > sizes[2] > 0


def test_an_upload_is_sent_removed_and_refused_when_it_is_none(page: Page, serve: Serve) -> None:
    def told(path: str | None) -> str:
        return Path(path).name if path else "nothing"

    page.goto(serve(gr.Interface(told, gr.Model3D(label="Shape"), gr.Textbox(label="Got"), allow_flagging="never")))
    field = page.get_by_label("Shape", exact=True)
    field.set_input_files({"name": "fox.glb", "mimeType": "model/gltf-binary", "buffer": glb()})
    drawn(canvas_of(page))
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Got")).to_have_text("fox.glb")
    page.get_by_role("button", name="Remove").press("Enter")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Got")).to_have_text("nothing")
    field.set_input_files({"name": "fox.glb", "mimeType": "model/gltf-binary", "buffer": b"no model"})
    expect(page.locator("[data-role=input] .note[role=status]")).to_have_text("There is nothing to see in this model.")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Shape: the file is neither glTF")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Drop a model")).to_be_visible()


def test_without_webgl_it_can_still_be_downloaded(page: Page, serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(OBJ)
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    shape = gr.Model3D(str(tmp_path / "a.obj"), label="Shape")
    page.goto(serve(gr.Interface(lambda: None, None, shape, allow_flagging="never")))
    expect(page.get_by_text("WebGL 2 is missing")).to_be_visible()
    expect(page.get_by_role("link", name="Download")).to_be_visible()


def test_nothing_to_object_to(page: Page, serve: Serve, looks: Check, tmp_path: Path) -> None:
    (tmp_path / "a.glb").write_bytes(glb())
    given, shown = gr.Model3D(label="Model", info="Of anything."), gr.Model3D(label="Shape")
    examples = [[str(tmp_path / "a.glb")]]
    demo = gr.Interface(lambda path: path, given, shown, examples=examples, allow_flagging="never", title="Models")
    page.goto(serve(demo))
    looks(page)
    page.get_by_role("button", name="a.glb").click()
    page.get_by_role("button", name="Submit").click()
    assert len(model_in(drawn(canvas_of(page)))) > 1000
    looks(page)
