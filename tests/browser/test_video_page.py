"""Video on real pages: chosen, recorded mirrored, shown with subtitles, downloaded, refused; kept over a reload."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

import quickdemo as gr
from quickdemo.runtime import ffmpeg, video_file
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.running import until

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]

TINY = Path(__file__).parent.parent / "media" / "tiny.mp4"
needs_ffmpeg = pytest.mark.skipif(not ffmpeg.available(), reason="ffmpeg is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium with a camera that shows a test picture and a microphone that beeps."""
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def paths() -> list[Any]:
    """What the function got."""
    return []


@pytest.fixture
def opened(page: Page, serve: Serve, paths: list[Any]) -> Callable[..., Page]:
    """Opens a page with one Video, labelled Film."""

    def name(path: str | None) -> str:
        paths.append(path)
        return "None" if path is None else Path(path).name

    def opened(**options: Any) -> Page:
        film = gr.Video(label="Film", **options)
        page.goto(serve(gr.Interface(name, film, gr.Textbox(label="Got"), allow_flagging="never")))
        page.context.grant_permissions(["camera", "microphone"])
        return page

    return opened


def field(page: Page) -> Locator:
    return page.locator("#predict-i0-field")


def output(page: Page) -> Locator:
    return page.locator("#predict-o0-field")


def submitted(page: Page, expected: str | re.Pattern[str]) -> None:
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Got")).to_have_text(expected)


def first_picture(path: str) -> Any:
    """Grey pixels (48, 64) of a video, scaled."""
    command = ["ffmpeg", "-v", "error", "-i", path, "-frames:v", "1", "-vf", "scale=64:48"]
    command += ["-f", "rawvideo", "-pix_fmt", "gray", "-"]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(data, np.uint8).reshape(48, 64).astype(int)


def test_a_chosen_film_is_shown_arrives_and_is_cleared(opened: Callable[..., Page], paths: list[Any]) -> None:
    page = opened()
    page.get_by_label("Film").set_input_files([TINY])
    expect(field(page).locator("video")).to_have_js_property("videoWidth", 64)
    submitted(page, "tiny.mp4")
    assert Path(paths[0]).read_bytes() == TINY.read_bytes()
    page.get_by_role("button", name="Clear").click()
    expect(field(page).locator("video")).to_have_count(0)
    expect(field(page).get_by_text("Drop a video")).to_be_visible()
    submitted(page, "None")


def test_what_is_no_film_is_refused(opened: Callable[..., Page]) -> None:
    page = opened()
    page.get_by_label("Film").set_input_files([{"name": "a.txt", "mimeType": "text/plain", "buffer": b"text"}])
    expect(field(page).locator(".hint")).to_have_text("a.txt is not a video file.")
    cut = TINY.read_bytes()[:3000]
    page.get_by_label("Film").set_input_files([{"name": "a.mp4", "mimeType": "video/mp4", "buffer": cut}])
    page.get_by_role("button", name="Submit").click()
    expect(field(page).locator(".hint")).to_contain_text("Film: the video is an incomplete MP4 file")
    field(page).get_by_role("button", name="Remove").press("Enter")
    expect(page.get_by_label("Film")).to_be_focused()
    submitted(page, "None")


DURATION = """(video) => new Promise((done) => {
  const look = () => (Number.isFinite(video.duration) ? done(video.duration) : setTimeout(look, 20));
  look();
})"""


@needs_ffmpeg
@pytest.mark.parametrize("mirror", [True, False])
def test_a_recording_is_made_as_it_is_seen(
    opened: Callable[..., Page], paths: list[Any], axe: Check, mirror: bool
) -> None:
    page = opened(source="webcam", mirror_webcam=mirror, include_audio=mirror)
    field(page).get_by_role("button", name="Use the camera").press("Enter")
    record = field(page).get_by_role("button", name="Record")
    expect(record).to_be_focused()
    axe(page)
    record.press("Enter")
    expect(field(page).get_by_text("Recording, 0:02")).to_be_visible()
    field(page).get_by_role("button", name="Stop").press("Enter")
    expect(field(page).get_by_role("button", name="Remove")).to_be_focused()
    expect(field(page).locator("video")).to_have_js_property("currentTime", 0)
    assert 1.5 < field(page).locator("video").evaluate(DURATION) < 15
    submitted(page, re.compile(r"recording\.(webm|mp4)"))
    kind = video_file.kind_of(paths[0])
    sound = ffmpeg.codecs(paths[0], kind)[1]
    assert bool(sound) == mirror and 1.5 < ffmpeg.length_s(paths[0], kind) < 15
    clock = first_picture(paths[0])[2:5]  # Chromium's camera shows a clock, left above
    left, right = clock[:, 8:24].std(), clock[:, 40:56].std()
    assert (right > left + 2) if mirror else (left > right + 2)


def test_a_recording_ends_by_itself_and_can_be_given_up(opened: Callable[..., Page]) -> None:
    page = opened(sources=["upload", "webcam"])
    field(page).get_by_role("button", name="Use the camera").click()
    field(page).get_by_role("button", name="Record").click()
    expect(field(page).get_by_text("Recording, 0:01")).to_be_visible()
    field(page).get_by_role("button", name="Cancel").click()
    expect(page.get_by_label("Film")).to_be_focused()
    submitted(page, "None")


@needs_ffmpeg
def test_the_longest_recording_ends_by_itself(opened: Callable[..., Page]) -> None:
    page = opened(source="webcam", max_length=1)
    field(page).get_by_role("button", name="Use the camera").click()
    field(page).get_by_role("button", name="Record").click()
    expect(field(page).get_by_role("button", name="Remove")).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".said-status")).to_have_text(re.compile("^Result ready"))


@pytest.mark.parametrize(("error", "told"), [("NotAllowedError", "may not be used"), ("NotFoundError", "No camera")])
def test_a_camera_that_does_not_work_is_told(opened: Callable[..., Page], error: str, told: str) -> None:
    page = opened(sources=["upload", "webcam"])
    page.evaluate(
        f"() => {{ navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{error}')); }}"
    )
    field(page).get_by_role("button", name="Use the camera").click()
    expect(field(page).locator(".hint")).to_contain_text(told)
    page.get_by_label("Film").set_input_files([TINY])
    submitted(page, "tiny.mp4")


def test_a_result_is_played_with_subtitles_and_downloaded(page: Page, serve: Serve, tmp_path: Path, axe: Check) -> None:
    words = tmp_path / "words.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:02,000\nHello there\n")
    page.goto(serve(gr.Interface(lambda text: (TINY, words), "text", gr.Video(label="Seen"), allow_flagging="never")))
    page.get_by_role("button", name="Submit").click()
    film = output(page).locator("video")
    expect(film).to_have_js_property("videoWidth", 64)
    until(lambda: page.evaluate("document.querySelector('video').textTracks[0].cues?.length === 1"))
    assert film.evaluate("(film) => film.textTracks[0].cues[0].text") == "Hello there"
    axe(page)
    film.evaluate("(film) => film.play()")
    expect(film).to_have_js_property("ended", True)
    with page.expect_download() as download:
        output(page).get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "tiny.mp4"
    assert Path(download.value.path()).read_bytes() == TINY.read_bytes()
    page.get_by_role("button", name="Clear").click()
    expect(film).to_have_count(0)


def test_nothing_to_object_to(page: Page, serve: Serve, looks: Check) -> None:
    inputs = [
        gr.Video(str(TINY), label="Film", sources=["upload", "webcam"]),
        gr.Video(label="Other", info="A short one."),
    ]
    page.goto(serve(gr.Interface(lambda film, other: film, inputs, gr.Video(label="Seen"))))
    expect(field(page).locator("video")).to_have_js_property("readyState", 4)
    page.get_by_role("button", name="Submit").click()
    expect(output(page).locator("video")).to_have_js_property("readyState", 4)
    looks(page)
