"""Image on real pages: chosen, pasted, dropped, photographed, drawn, masked and cropped; shown, enlarged, refused."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, Route, expect, sync_playwright

import quickdemo as gr
from tests.browser.conftest import CHROMIUM, FLAGS

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]

WIDE = np.zeros((30, 40, 3), np.uint8)
WIDE[..., 0] = np.arange(40) * 6
WIDE[..., 1] = 120
NOISE = np.random.default_rng(1).integers(0, 255, WIDE.shape, np.uint8)

TRANSFER = """(target, [kind, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: transfer })
    : new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer });
  target.dispatchEvent(event);
}"""


def png(array: Any = WIDE) -> bytes:
    out = io.BytesIO()
    Image.fromarray(array).save(out, "PNG")
    return out.getvalue()


def picture(data: bytes | None = None, name: str = "wide.png", kind: str = "image/png") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": png() if data is None else data}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium with a camera that shows a test picture."""
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--use-fake-device-for-media-stream"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


class Seen:
    """A function that remembers what it was given and says its form."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def __call__(self, value: Any) -> str:
        self.values.append(value)
        if isinstance(value, dict):
            return " ".join(f"{part} {array.shape}" for part, array in value.items())
        return "None" if value is None else f"{value.shape} {value.dtype}"


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def opened(page: Page, serve: Serve, seen: Seen) -> Callable[..., Page]:
    """Opens a page with one Image, labelled Picture."""

    def opened(**options: Any) -> Page:
        image = gr.Image(label="Picture", **options)
        page.goto(serve(gr.Interface(seen, image, gr.Textbox(label="Got"), allow_flagging="never")))
        return page

    return opened


def field(page: Page) -> Locator:
    return page.locator("#predict-i0-field")


def submitted(page: Page, expected: str) -> None:
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Got")).to_have_text(expected)


def draw(page: Page, canvas: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A straight stroke between two places, in shares of the canvas."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * start[0], box["y"] + box["height"] * start[1])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end[0], box["y"] + box["height"] * end[1], steps=6)
    page.mouse.up()


# ---------------------------------------------------------------------- ways in


def test_a_chosen_picture_arrives_as_its_array_and_clear_takes_it_away(opened: Callable[..., Page], seen: Seen) -> None:
    page = opened()
    page.get_by_label("Picture").set_input_files([picture()])
    expect(field(page).get_by_role("img", name="Picture")).to_be_visible()
    submitted(page, "(30, 40, 3) uint8")
    assert np.array_equal(seen.values[0], WIDE)
    page.get_by_role("button", name="Clear").click()
    expect(field(page).get_by_role("img", name="Picture")).to_have_count(0)
    expect(field(page).get_by_text("Drop a picture")).to_be_visible()
    submitted(page, "None")


def test_clear_brings_back_the_authors_picture(opened: Callable[..., Page], seen: Seen) -> None:
    page = opened(value=WIDE)
    expect(field(page).get_by_role("img", name="Picture")).to_have_js_property("naturalWidth", 40)
    submitted(page, "(30, 40, 3) uint8")
    page.get_by_label("Picture").first.set_input_files([picture(png(WIDE[:5]))])
    submitted(page, "(5, 40, 3) uint8")
    page.get_by_role("button", name="Clear").click()
    expect(field(page).get_by_role("img", name="Picture")).to_have_js_property("naturalHeight", 30)
    submitted(page, "(30, 40, 3) uint8")
    assert np.array_equal(seen.values[-1], WIDE)


def test_submit_waits_for_an_upload_that_is_on_its_way(opened: Callable[..., Page]) -> None:
    page = opened()
    held: list[Route] = []
    page.route("**/api/files", lambda route: held.append(route))
    with page.expect_request("**/api/files"):
        page.get_by_label("Picture").set_input_files([picture()])
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".said-status")).to_have_text("Running")
    held[0].continue_()
    expect(page.get_by_label("Got")).to_have_text("(30, 40, 3) uint8")


def test_an_upload_that_breaks_off_is_told_and_the_next_one_works(opened: Callable[..., Page]) -> None:
    page = opened()
    page.route("**/api/files", lambda route: route.abort(), times=1)
    page.get_by_label("Picture").set_input_files([picture()])
    expect(field(page).get_by_role("alert")).to_contain_text("The server cannot be reached.")
    expect(field(page).get_by_text("Drop a picture")).to_be_visible()
    page.get_by_label("Picture").set_input_files([picture()])
    submitted(page, "(30, 40, 3) uint8")


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_pasted_or_dropped_picture_arrives(opened: Callable[..., Page], seen: Seen, way: str) -> None:
    page = opened()
    data = base64.b64encode(png()).decode()
    target = page.locator("body") if way == "paste" else field(page).locator(".drop")
    target.evaluate(TRANSFER, [way, "image.png", "image/png", data])
    submitted(page, "(30, 40, 3) uint8")
    assert np.array_equal(seen.values[0], WIDE)


def test_of_two_pictures_the_focused_one_takes_what_is_pasted(page: Page, serve: Serve) -> None:
    def which(left: Any, right: Any) -> str:
        return f"{left is not None} {right is not None}"

    two = [gr.Image(label="Left"), gr.Image(label="Right")]
    page.goto(serve(gr.Interface(which, two, gr.Textbox(label="Got"), allow_flagging="never")))
    page.get_by_label("Right").focus()
    page.locator("body").evaluate(TRANSFER, ["paste", "x.png", "image/png", base64.b64encode(png()).decode()])
    submitted(page, "False True")


def test_another_kind_of_file_is_refused_on_the_field(opened: Callable[..., Page]) -> None:
    page = opened()
    page.get_by_label("Picture").set_input_files([picture(b"hello", "note.txt", "text/plain")])
    expect(field(page).locator(".hint")).to_have_text("note.txt is not a PNG, JPEG, WebP or GIF picture.")
    page.get_by_label("Picture").set_input_files([picture()])
    expect(field(page).locator(".hint")).to_have_count(0)
    submitted(page, "(30, 40, 3) uint8")


def test_a_broken_picture_is_refused_in_a_sentence_on_the_field(opened: Callable[..., Page]) -> None:
    page = opened()
    page.get_by_label("Picture").set_input_files([picture(png(NOISE)[:2000])])
    page.get_by_role("button", name="Submit").click()
    expect(field(page).locator(".hint")).to_contain_text("Picture: the picture is a broken or incomplete PNG file.")
    expect(page.get_by_label("Got")).to_be_hidden()
    expect(field(page).get_by_role("alert")).to_be_visible()
    expect(field(page).get_by_role("button", name="Edit")).to_be_focused()


@pytest.mark.parametrize("tool", ["editor", "sketch"])
def test_what_is_no_picture_at_all_can_be_removed_but_not_edited(opened: Callable[..., Page], tool: str) -> None:
    page = opened(tool=tool)
    page.get_by_label("Picture").set_input_files([picture(b"only the name says that this is a picture")])
    expect(field(page).get_by_role("button")).to_have_text(["Replace", "Remove"])
    page.get_by_role("button", name="Submit").click()
    expect(field(page).get_by_role("alert")).to_contain_text("is not a PNG, JPEG, WebP or GIF")
    field(page).get_by_role("button", name="Remove").press("Enter")
    expect(page.get_by_label("Picture")).to_be_focused()


def test_a_picture_beyond_the_pixel_budget_is_refused_with_its_size(
    opened: Callable[..., Page], monkeypatch: pytest.MonkeyPatch, axe: Check
) -> None:
    monkeypatch.setenv("QUICKDEMO_MAX_PIXELS", "1000")
    page = opened()
    page.get_by_label("Picture").set_input_files([picture()])
    page.get_by_role("button", name="Submit").click()
    hint = field(page).locator(".hint")
    expect(hint).to_contain_text("has 0.0012 megapixels (40 x 30); at most 0.001 are allowed")
    expect(hint).to_contain_text("Make it smaller and try again.")
    axe(page)
    field(page).get_by_role("button", name="Remove").click()
    expect(hint).to_have_count(0)
    page.get_by_label("Picture").set_input_files([picture(png(WIDE[:5]))])
    submitted(page, "(5, 40, 3) uint8")


# ---------------------------------------------------------------------- drawing, masking, cropping


def test_a_sketch_arrives_as_28_by_28_black_on_white(opened: Callable[..., Page], seen: Seen) -> None:
    page = opened(source="canvas", shape=(28, 28), image_mode="L")
    submitted(page, "None")
    canvas = field(page).locator("canvas")
    draw(page, canvas, (0.5, 0.2), (0.5, 0.8))
    submitted(page, "(28, 28) uint8")
    sketch = seen.values[-1]
    assert sketch[14, 14] < 60 and sketch[14, 2] == 255 and sketch[1, 14] == 255
    draw(page, canvas, (0.2, 0.5), (0.8, 0.5))
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".said-status")).to_contain_text("Result ready")
    assert np.array_equal(seen.values[-1], sketch)
    page.get_by_role("button", name="Clear", exact=True).click()
    submitted(page, "None")


def test_who_chose_to_draw_can_turn_back_and_choose_a_file(opened: Callable[..., Page]) -> None:
    page = opened(sources=["upload", "canvas"])
    field(page).get_by_role("button", name="Draw").press("Enter")
    expect(field(page).get_by_role("application", name="Picture: draw")).to_be_focused()
    draw(page, field(page).locator("canvas"), (0.2, 0.2), (0.8, 0.8))
    submitted(page, "(400, 400, 3) uint8")
    field(page).get_by_role("button", name="Remove").press("Enter")
    expect(page.get_by_label("Picture")).to_be_focused()
    submitted(page, "None")
    page.get_by_label("Picture").set_input_files([picture()])
    submitted(page, "(30, 40, 3) uint8")


def test_a_mask_drawn_over_a_picture_arrives_beside_it(opened: Callable[..., Page], seen: Seen) -> None:
    page = opened(tool="sketch")
    page.get_by_label("Picture").first.set_input_files([picture()])
    canvas = field(page).locator(".masked canvas")
    expect(canvas).to_be_visible()
    submitted(page, "image (30, 40, 3) mask (30, 40, 3)")
    assert seen.values[-1]["mask"].max() == 0
    draw(page, canvas, (0.25, 0.25), (0.25, 0.75))
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".said-status")).to_contain_text("Result ready")
    mask = seen.values[-1]["mask"]
    assert mask[15, 10].min() > 200 and mask[15, 30].max() == 0
    assert np.array_equal(seen.values[-1]["image"], WIDE)


LARGE = np.kron(WIDE, np.ones((10, 10, 1), np.uint8))


@pytest.fixture
def edited(opened: Callable[..., Page]) -> Callable[..., Page]:
    """Opens a page whose Picture, of 400 by 300 pixels, is being edited."""

    def edited(**options: Any) -> Page:
        page = opened(**options)
        page.get_by_label("Picture").set_input_files([picture(png(LARGE))])
        field(page).get_by_role("button", name="Crop" if options.get("tool") == "select" else "Edit").click()
        return page

    return edited


def arrived(page: Page, seen: Seen) -> Any:
    """What the function gets when the page is submitted."""
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".said-status")).to_contain_text("Result ready")
    expect(page.get_by_label("Got")).to_contain_text("uint8")
    return seen.values[-1]


def pressed(page: Page, *names: str) -> None:
    for name in names:
        field(page).get_by_role("button", name=name, exact=True).click()


def test_a_picture_is_cropped_and_turned_by_keyboard(edited: Callable[..., Page], seen: Seen, axe: Check) -> None:
    page = edited()
    field(page).get_by_role("button", name="Crop").press("Enter")
    frame = field(page).get_by_role("application", name="Crop frame")
    expect(frame).to_be_focused()
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowLeft", "Shift+ArrowLeft"):
        frame.press(key)
    axe(page)
    frame.press("Enter")
    expect(field(page).get_by_role("button", name="Crop")).to_be_focused()
    submitted(page, "(240, 304, 3) uint8")
    assert np.array_equal(seen.values[-1], LARGE[24:264, 32:336])
    pressed(page, "Edit", "Turn right", "Crop", "Apply")
    submitted(page, "(243, 192, 3) uint8")
    pressed(page, "Edit", "Flip ↔", "Cancel")
    submitted(page, "(243, 192, 3) uint8")


def test_a_picture_is_cropped_by_dragging_the_frame_and_its_corner(edited: Callable[..., Page], seen: Seen) -> None:
    page = edited(tool="select")
    expect(field(page).get_by_role("button", name="Brush")).to_have_count(0)
    canvas = field(page).locator(".pad canvas")
    draw(page, canvas, (0.5, 0.5), (0.3, 0.3))  # further than the edge, where it stops
    draw(page, canvas, (0.79, 0.79), (0.49, 0.49))
    pressed(page, "Apply")
    got = arrived(page, seen)
    height, width, _ = got.shape
    assert abs(width - 200) <= 3 and abs(height - 150) <= 3
    assert np.array_equal(got, LARGE[:height, :width])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Turn left"], np.rot90(LARGE)),
        (["Turn right"], np.rot90(LARGE, -1)),
        (["Flip ↔"], LARGE[:, ::-1]),
        (["Flip ↕", "Turn left", "Flip ↔"], np.rot90(LARGE[::-1])[:, ::-1]),
        (["Turn left", "Flip ↔", "Undo", "Undo", "Redo"], np.rot90(LARGE)),
        (["Turn left", "Flip ↔", "Reset", "Undo"], np.rot90(LARGE)[:, ::-1]),
        (["Turn left", "Flip ↔", "Undo", "Redo", "Undo"], np.rot90(LARGE)),
    ],
)
def test_a_picture_is_turned_and_flipped_exactly(
    edited: Callable[..., Page], seen: Seen, names: list[str], expected: Any
) -> None:
    page = edited()
    pressed(page, *names, "Apply")
    assert np.array_equal(arrived(page, seen), expected)


def test_strokes_are_taken_back_and_done_again_by_keyboard_and_stay_on_what_they_cover(
    edited: Callable[..., Page], seen: Seen
) -> None:
    page = edited()
    pressed(page, "Brush")
    field(page).get_by_label("Colour").fill("#0000ff")
    canvas = field(page).locator(".pad canvas:not(.floor)")
    draw(page, canvas, (0.25, 0.25), (0.25, 0.75))
    draw(page, canvas, (0.75, 0.25), (0.75, 0.75))
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    pressed(page, "Turn left")  # (x, y) is at (y, 400 - x)
    pressed(page, "Eraser")
    draw(page, canvas, (0.4, 0.75), (0.6, 0.75))
    got = arrived(page, seen)
    turned = np.rot90(LARGE)
    assert got[300, 80].tolist() == [0, 0, 255] and got[300, 220].tolist() == [0, 0, 255]
    assert np.array_equal(got[300, 150], turned[300, 150]), "rubbed out"
    assert np.array_equal(got[100, 150], turned[100, 150]), "taken back"


def test_an_edit_is_taken_up_where_it_was_left(edited: Callable[..., Page], seen: Seen) -> None:
    page = edited()
    pressed(page, "Turn left", "Apply")
    assert arrived(page, seen).shape == (400, 300, 3)
    pressed(page, "Edit", "Undo", "Apply")
    assert np.array_equal(arrived(page, seen), LARGE)


def test_the_pen_is_led_by_keys(opened: Callable[..., Page], seen: Seen, axe: Check) -> None:
    page = opened(source="canvas", shape=(28, 28), image_mode="L")
    pen = field(page).get_by_role("application", name="Picture: draw with the pointer")
    pen.press("ArrowLeft")
    pen.press("Space")
    for _ in range(10):
        pen.press("Shift+ArrowRight")
    pen.press("Space")
    axe(page)
    sketch = arrived(page, seen)
    assert sketch[14, 14:27].max() < 60 and sketch[14, 3] == 255 and sketch[3].min() == 255
    pen.press("Control+z")
    submitted(page, "None")
    pen.press("Control+Shift+z")
    assert np.array_equal(arrived(page, seen), sketch)


def test_a_finger_draws(open_page: Callable[..., Page], serve: Serve, seen: Seen) -> None:
    page = open_page(has_touch=True, viewport={"width": 360, "height": 800})
    image = gr.Image(label="Picture", source="canvas")
    page.goto(serve(gr.Interface(seen, image, gr.Textbox(label="Got"), allow_flagging="never")))
    canvas = field(page).locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    drawn = arrived(page, seen)
    assert drawn[200, 200].max() == 0 and drawn[100, 100].min() == 255


def test_the_tools_of_a_picture_have_nothing_to_object_to(page: Page, serve: Serve, looks: Check) -> None:
    page.goto(serve(gr.Interface(lambda picture: None, gr.Image(label="Picture"), "text", allow_flagging="never")))
    page.get_by_label("Picture").set_input_files([picture(png(LARGE))])
    pressed(page, "Edit", "Brush")
    draw(page, field(page).locator(".pad canvas"), (0.2, 0.2), (0.8, 0.8))
    for tool in ("Eraser", "Crop", "Brush"):
        pressed(page, tool)
        looks(page)


# ---------------------------------------------------------------------- the camera


def test_a_photograph_is_taken_and_arrives(opened: Callable[..., Page], seen: Seen, axe: Check) -> None:
    page = opened(source="webcam")
    page.context.grant_permissions(["camera"])
    field(page).get_by_role("button", name="Use the camera").click()
    shutter = field(page).get_by_role("button", name="Take picture")
    expect(shutter).to_be_focused()
    axe(page)
    shutter.press("Enter")
    expect(field(page).get_by_role("button", name="Edit")).to_be_focused()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Got")).to_contain_text("3) uint8")
    assert seen.values[0].std() > 5, "the test picture is not of one colour"
    assert page.locator("video").count() == 0
    page.get_by_role("button", name="Clear").click()
    submitted(page, "None")


def test_a_camera_that_is_not_allowed_is_told_on_the_field(opened: Callable[..., Page]) -> None:
    page = opened(sources=["upload", "webcam"])
    field(page).get_by_role("button", name="Use the camera").click()
    expect(field(page).locator(".hint")).to_contain_text("camera")
    page.get_by_label("Picture").set_input_files([picture()])
    submitted(page, "(30, 40, 3) uint8")


def test_a_live_camera_sends_picture_after_picture(page: Page, serve: Serve, seen: Seen) -> None:
    image = gr.Image(label="Picture", source="webcam", streaming=True)
    page.goto(serve(gr.Interface(seen, image, gr.Textbox(label="Got"), live=True, allow_flagging="never")))
    page.context.grant_permissions(["camera"])
    field(page).get_by_role("button", name="Use the camera").click()
    expect(page.get_by_label("Got")).to_contain_text("3) uint8")
    with page.expect_response("**/api/predict"), page.expect_response("**/api/files"):
        pass
    field(page).get_by_role("button", name="Cancel").click()
    expect(page.locator("video")).to_have_count(0)
    assert len(seen.values) >= 2


# ---------------------------------------------------------------------- results


def test_a_result_is_shown_in_its_size_enlarged_and_downloaded(page: Page, serve: Serve) -> None:
    sepia = gr.Image(label="Sepia")
    page.goto(serve(gr.Interface(lambda text: WIDE, gr.Textbox(label="Given"), sepia, allow_flagging="never")))
    page.get_by_role("button", name="Submit").click()
    shown = page.get_by_role("button", name="Enlarge Sepia").get_by_role("img", name="Sepia")
    expect(shown).to_have_js_property("naturalWidth", 40)
    expect(shown).to_have_js_property("naturalHeight", 30)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "image.png"
    with Image.open(Path(download.value.path())) as saved:
        assert np.array_equal(np.asarray(saved), WIDE)
    page.get_by_role("button", name="Enlarge Sepia").press("Enter")
    expect(page.get_by_role("dialog", name="Sepia")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Enlarge Sepia")).to_be_focused()


def test_a_picture_goes_out_and_comes_back_through_an_edited_result(page: Page, serve: Serve) -> None:
    """The array that comes in is the array that goes out, through upload, function and download."""

    def flipped(array: Any) -> Any:
        return array[:, ::-1]

    page.goto(
        serve(gr.Interface(flipped, gr.Image(label="Picture"), gr.Image(label="Flipped"), allow_flagging="never"))
    )
    page.get_by_label("Picture").set_input_files([picture()])
    page.get_by_role("button", name="Submit").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    with Image.open(Path(download.value.path())) as saved:
        assert np.array_equal(np.asarray(saved), WIDE[:, ::-1])


def test_the_name_of_a_picture_never_runs(opened: Callable[..., Page]) -> None:
    page = opened()
    name = "<img src=x onerror=hacked=1>\"'"
    page.get_by_label("Picture").set_input_files([picture(b"<script>", name + ".svg", "image/svg+xml")])
    expect(field(page).locator(".hint")).to_contain_text(name)
    page.get_by_label("Picture").set_input_files([picture(name=name + ".png")])
    submitted(page, "(30, 40, 3) uint8")
    assert page.evaluate("window.hacked") is None
