"""Pictures while their script is saved: uploads, masks, crops, cameras and answers."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.running import Project

pytestmark = pytest.mark.browser

APP = """
import numpy as np
import quickdemo as gr

def measured(picture):
    if picture is None:
        return "nothing", None
    image, mask = (picture["image"], picture["mask"]) if isinstance(picture, dict) else (picture, np.zeros(1))
    return f"{image.shape} {int(mask.max())}", image

gr.Interface(
    measured,
    gr.Image(label="Picture"OPTIONS),
    [gr.Textbox(label="Said"), gr.Image(label="Seen")],
    title=TITLE,
).launch()
"""


def script(title: str, options: str = "") -> str:
    return APP.replace("TITLE", repr(title)).replace("OPTIONS", f", {options}" if options else "")


def png() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (160, 120), "teal").save(data, "PNG")
    return data.getvalue()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium with a camera that shows a test picture."""
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        yield browser
        browser.close()


@pytest.fixture
def saved(project: Project, page: Page) -> Callable[..., None]:
    """Serves the first script with --reload and opens its page; later ones are saved and waited for."""

    def saved(title: str, options: str = "") -> None:
        project.write(script(title, options))
        if not project.runs:
            run = project.run("--reload")
            run.ready()
            with page.expect_response("**/api/events"):
                page.goto(f"http://127.0.0.1:{run.port}/")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)

    return saved


def field(page: Page) -> Locator:
    return page.locator("[data-role=input]")


def given(page: Page) -> None:
    """Upload a picture."""
    field(page).locator("input[type=file]").set_input_files(
        [{"name": "teal.png", "mimeType": "image/png", "buffer": png()}]
    )
    expect(field(page).locator("figure img")).to_be_visible()


def stroke(page: Page, canvas: Locator) -> None:
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.8, steps=4)
    page.mouse.up()


def submitted(page: Page, said: str) -> None:
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Said")).to_have_text(said)


def inked(canvas: Locator) -> int:
    """How many pixels of a canvas hold ink."""
    found = canvas.evaluate(
        "(c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, n) => n % 4 === 3 && v).length"
    )
    return int(found)


def test_a_mask_and_the_answer_survive_a_save_that_changes_the_component(
    page: Page, saved: Callable[..., None]
) -> None:
    saved("one", "tool='sketch'")
    given(page)
    canvas = field(page).locator(".masked canvas")
    stroke(page, canvas)
    ink = inked(canvas)
    submitted(page, "(120, 160, 3) 255")
    seen = page.locator("[data-label=Seen] img").first
    source = seen.get_attribute("src")
    saved("two", "tool='sketch', info='any'")
    expect(canvas).to_be_visible()
    assert inked(canvas) == ink > 0
    expect(page.get_by_label("Said")).to_have_text("(120, 160, 3) 255")
    assert seen.get_attribute("src") == source and seen.evaluate("(img) => img.complete && img.naturalWidth") == 160
    submitted(page, "(120, 160, 3) 255")
    field(page).get_by_role("button", name="Undo").click()
    assert inked(canvas) == 0
    submitted(page, "(120, 160, 3) 0")


@pytest.mark.parametrize("before, after", [("source='canvas'", ""), ("tool='sketch'", "tool='editor'")])
def test_what_the_new_component_cannot_hold_is_reset_and_told(
    page: Page, saved: Callable[..., None], before: str, after: str
) -> None:
    saved("one", before)
    if "canvas" not in before:
        given(page)
    stroke(page, field(page).locator("canvas"))
    saved("two", after)
    expect(field(page).locator(".hint")).to_have_text("What was given is not possible here; this was reset.")
    submitted(page, "nothing")


def test_a_picture_stays_when_its_size_is_changed(page: Page, saved: Callable[..., None]) -> None:
    saved("one")
    given(page)
    saved("two", "shape=(80, 60)")
    expect(field(page).locator("figure img")).to_be_visible()
    expect(field(page).locator(".hint")).to_have_count(0)
    submitted(page, "(60, 80, 3) 0")


def test_a_crop_under_way_goes_on(page: Page, saved: Callable[..., None]) -> None:
    saved("one")
    given(page)
    field(page).get_by_role("button", name="Edit").click()
    field(page).get_by_role("button", name="Crop").click()
    frame = field(page).get_by_role("application", name="Crop frame")
    frame.press("ArrowLeft")
    before = frame.get_attribute("style")
    saved("two")
    expect(frame).to_be_focused()
    assert frame.get_attribute("style") == before
    frame.press("Enter")
    submitted(page, "(96, 128, 3) 0")


def test_an_edit_under_way_goes_on_when_its_component_is_changed(page: Page, saved: Callable[..., None]) -> None:
    saved("one")
    given(page)
    for name in ("Edit", "Turn left", "Brush"):
        field(page).get_by_role("button", name=name).click()
    canvas = field(page).locator(".pad canvas:not(.floor)")
    stroke(page, canvas)
    ink = inked(canvas)
    saved("two", "info='any'")
    expect(canvas).to_be_visible()
    assert inked(canvas) == ink > 0
    field(page).get_by_role("button", name="Undo").click()
    submitted(page, "(160, 120, 3) 0")


def test_a_camera_goes_on_until_its_input_is_gone(page: Page, project: Project, saved: Callable[..., None]) -> None:
    saved("one", "source='webcam'")
    page.context.grant_permissions(["camera"])
    field(page).get_by_role("button", name="Use the camera").click()
    video = field(page).locator("video")
    expect(video).to_be_visible()
    video.evaluate("(element) => { window.tracks = element.srcObject.getTracks(); }")
    saved("two", "source='webcam'")
    states = "tracks.map((track) => track.readyState)"
    assert page.evaluate(states) == ["live"] and video.evaluate("(element) => element.srcObject.active")
    field(page).get_by_role("button", name="Take picture").click()
    expect(field(page).locator("figure img")).to_be_visible()
    field(page).get_by_role("button", name="Replace").click()
    expect(video).to_be_visible()
    video.evaluate("(element) => { window.tracks = element.srcObject.getTracks(); }")
    project.write(script("three").replace('gr.Image(label="Picture")', 'gr.Textbox(label="Picture")', 1))
    expect(page.get_by_role("heading", level=1)).to_have_text("three")
    assert page.evaluate(states) == ["ended"]
