"""Sound on real pages: chosen, recorded, trimmed, streamed, played, downloaded, refused; kept over a reload."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect, sync_playwright

import quickdemo as gr
from quickdemo.runtime import sound
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.running import until

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
Check = Callable[[Page], None]

RATE = 16000
TONE = (np.sin(np.arange(3 * RATE) * 0.2) * np.linspace(0, 20000, 3 * RATE)).astype(np.int16)
PLAYED = """() => {
  window.played = [];
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (when) {
    window.played.push([when, this.buffer.duration]);
    return start.call(this, when);
  };
}"""

HEARD = """() => {
  window.heard = 0;
  const Plain = AudioWorkletNode;
  window.AudioWorkletNode = class extends Plain {
    constructor(...args) {
      super(...args);
      this.port.addEventListener("message", ({ data }) => { window.heard += data?.length ?? 0; });
    }
  };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium with a microphone that beeps and a camera that shows a test picture."""
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


class Seen:
    """A function that remembers what it was given and says its form."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def __call__(self, value: Any) -> str:
        self.values.append(value)
        return "None" if value is None else f"{value[0]} Hz {value[1].shape} {value[1].dtype}"


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def opened(page: Page, serve: Serve, seen: Seen) -> Callable[..., Page]:
    """Opens a page with one Audio, labelled Voice."""

    def opened(live: bool = False, **options: Any) -> Page:
        audio = gr.Audio(label="Voice", **options)
        page.goto(serve(gr.Interface(seen, audio, gr.Textbox(label="Got"), live=live, allow_flagging="never")))
        page.context.grant_permissions(["microphone"])
        return page

    return opened


def wav(samples: Any = TONE, rate: int = RATE, name: str = "tone.wav") -> FilePayload:
    return {"name": name, "mimeType": "audio/wav", "buffer": sound.encode(rate, samples)}


def field(page: Page) -> Locator:
    return page.locator("#predict-i0-field")


def output(page: Page) -> Locator:
    return page.locator("#predict-o0-field")


def submitted(page: Page, expected: str) -> None:
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Got")).to_have_text(expected)


# ---------------------------------------------------------------------- a sound comes in


def test_a_chosen_sound_is_shown_arrives_and_is_cleared(opened: Callable[..., Page], seen: Seen) -> None:
    page = opened()
    page.get_by_label("Voice").set_input_files([wav()])
    expect(field(page).locator("audio")).to_have_js_property("duration", 3)
    expect(field(page).locator(".wave path")).to_have_count(2)
    submitted(page, f"{RATE} Hz ({TONE.size},) int16")
    assert np.array_equal(seen.values[0][1], TONE)
    page.get_by_role("button", name="Clear").click()
    expect(field(page).locator("audio")).to_have_count(0)
    expect(field(page).get_by_text("Drop a sound")).to_be_visible()
    submitted(page, "None")


def test_the_waveform_follows_the_sound(opened: Callable[..., Page]) -> None:
    page = opened(value=(RATE, TONE))
    path = field(page).locator(".wave path").first
    expect(path).to_be_attached()
    heights = [float(h) for h in re.findall(r"V([\d.]+)", path.get_attribute("d") or "")]
    assert len(heights) == 400
    expected = 50 + np.abs(TONE.astype(int)).reshape(400, -1).max(axis=1) / 32768 * 48
    assert np.abs(np.array(heights) - np.maximum(expected, 51)).max() < 3


def test_a_waveform_has_the_colours_that_it_was_given_or_none_at_all(opened: Callable[..., Page]) -> None:
    page = opened(value=(RATE, TONE), waveform_options=gr.WaveformOptions("rgb(1, 2, 3)", "rgb(4, 5, 6)"))
    wave = field(page).locator(".wave svg")
    expect(wave.first).to_have_css("stroke", "rgb(1, 2, 3)")
    expect(wave.last).to_have_css("stroke", "rgb(4, 5, 6)")
    page = opened(value=(RATE, TONE), waveform_options={"show_recording_waveform": False})
    expect(field(page).locator(".waveplace.bare")).to_be_visible()
    expect(field(page).locator(".wave")).to_be_hidden()
    expect(field(page).locator("audio")).to_be_visible()


def test_ten_minutes_are_drawn_without_a_stall(page: Page, serve: Serve) -> None:
    long = np.resize(TONE, 600 * RATE)
    page.goto(serve(gr.Interface(lambda text: (RATE, long), "text", gr.Audio(label="Heard"))))
    page.evaluate(
        """() => {
          window.longest = 0;
          let last = performance.now();
          const tick = () => {
            const now = performance.now();
            longest = Math.max(longest, now - last);
            last = now;
            setTimeout(tick, 5);
          };
          tick();
        }"""
    )
    page.get_by_role("button", name="Submit").click()
    expect(output(page).locator(".wave path")).to_have_count(2)
    assert page.evaluate("window.longest") < 1000


def test_a_sound_is_trimmed_by_keyboard(opened: Callable[..., Page], seen: Seen, axe: Check) -> None:
    page = opened()
    page.get_by_label("Voice").set_input_files([wav()])
    trim = field(page).get_by_role("button", name="Trim")
    trim.press("Enter")
    expect(trim).to_have_attribute("aria-expanded", "true")
    begin, end = (field(page).get_by_role("slider", name=name) for name in ("begin", "end"))
    for _ in range(4):
        begin.press("PageUp")
    end.press("PageDown")
    expect(field(page).locator(".trim output")).to_have_text("0:01.2 to 0:02.7")
    axe(page)
    submitted(page, f"{RATE} Hz ({TONE.size // 2},) int16")
    assert np.array_equal(seen.values[0][1], TONE[round(TONE.size * 0.4) : round(TONE.size * 0.9)])
    begin.press("End")  # stops before the end
    expect(begin).to_have_js_property("value", "89.9")
    field(page).get_by_role("button", name="Play this part").click()
    expect(field(page).locator("audio")).to_have_js_property("paused", True)
    field(page).get_by_role("button", name="All of it").click()
    submitted(page, f"{RATE} Hz ({TONE.size},) int16")


def test_what_is_no_sound_is_refused(opened: Callable[..., Page]) -> None:
    page = opened()
    page.get_by_label("Voice").set_input_files([{"name": "a.txt", "mimeType": "text/plain", "buffer": b"text"}])
    expect(field(page).locator(".hint")).to_have_text("a.txt is not a sound file.")
    page.get_by_label("Voice").set_input_files([{"name": "a.mp3", "mimeType": "audio/mpeg", "buffer": b"text"}])
    expect(field(page).get_by_text("a.mp3 cannot be played by this browser.")).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    expect(field(page).locator(".hint")).to_contain_text("Voice: the sound is not a sound file that is known here.")
    field(page).get_by_role("button", name="Remove").press("Enter")
    expect(page.get_by_label("Voice")).to_be_focused()
    submitted(page, "None")


# ---------------------------------------------------------------------- the microphone


def test_a_recording_is_made_and_arrives(opened: Callable[..., Page], seen: Seen, axe: Check) -> None:
    page = opened(source="microphone")
    field(page).get_by_role("button", name="Record").press("Enter")
    stop = field(page).get_by_role("button", name="Stop")
    expect(stop).to_be_focused()
    axe(page)
    expect(field(page).locator(".time")).to_have_text("0:02 of at most 10:00")
    expect(field(page).get_by_label("Level of Voice")).to_be_visible()
    stop.press("Enter")
    expect(field(page).locator("audio")).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Got")).to_contain_text("int16")
    rate, samples = seen.values[0]
    assert rate >= 8000 and samples.ndim == 1 and 2 <= len(samples) / rate < 10
    assert np.abs(samples.astype(int)).max() > 300, "the microphone beeps"


def test_a_recording_ends_by_itself_at_its_longest(opened: Callable[..., Page], seen: Seen) -> None:
    page = opened(sources=["microphone", "upload"], max_length=1)
    field(page).get_by_role("button", name="Record").click()
    expect(field(page).locator("audio")).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Got")).to_contain_text("int16")
    assert len(seen.values[0][1]) == seen.values[0][0]


def test_a_recording_can_be_given_up(opened: Callable[..., Page]) -> None:
    page = opened(source="microphone")
    field(page).get_by_role("button", name="Record").click()
    field(page).get_by_role("button", name="Cancel").click()
    expect(field(page).get_by_role("button", name="Record")).to_be_focused()
    submitted(page, "None")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("NotAllowedError", "may not be used"),
        ("NotFoundError", "No microphone was found"),
        ("Odd", "did not start (Odd)"),
    ],
)
def test_a_microphone_that_does_not_work_is_told(opened: Callable[..., Page], error: str, told: str) -> None:
    page = opened(sources=["upload", "microphone"])
    refuse = f"() => {{ navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{error}')); }}"
    page.evaluate(refuse)
    field(page).get_by_role("button", name="Record").click()
    expect(field(page).locator(".hint")).to_contain_text(told)
    page.get_by_label("Voice").set_input_files([wav()])
    submitted(page, f"{RATE} Hz ({TONE.size},) int16")


def test_a_live_microphone_sends_piece_after_piece_and_loses_none(page: Page, serve: Serve) -> None:
    pieces: list[Any] = []
    busy: list[bool] = []

    def gather(piece: Any, before: list[int]) -> tuple[str, list[int]]:
        assert not busy, "the next piece waits for the call before"
        busy.append(True)
        if piece:
            pieces.append(piece)
            before = [*before, len(piece[1])]
        busy.clear()
        return f"{len(before)} pieces, {sum(before)} samples", before

    audio = gr.Audio(label="Voice", source="microphone", streaming=True)
    outputs = [gr.Textbox(label="Got"), gr.State()]
    page.goto(serve(gr.Interface(gather, [audio, gr.State([])], outputs, live=True, allow_flagging="never")))
    page.context.grant_permissions(["microphone"])
    page.evaluate(HEARD)
    field(page).get_by_role("button", name="Record").click()
    expect(page.get_by_label("Got")).to_have_text(re.compile("^4 pieces"))
    field(page).get_by_role("button", name="Stop").click()
    expect(field(page).get_by_role("button", name="Record")).to_be_focused()
    until(lambda: page.evaluate("!document.querySelector('qd-interface').busy"))
    told = re.match(r"(\d+) pieces, (\d+) samples", page.get_by_label("Got").inner_text())
    assert told and int(told[1]) == len(pieces) >= 4
    assert int(told[2]) == sum(len(samples) for _, samples in pieces) == page.evaluate("window.heard")
    rate = pieces[0][0]
    assert all(len(samples) >= rate / 2 for _, samples in pieces[:-1]) and len(pieces[0][1]) < rate


def test_clear_ends_a_live_microphone(page: Page, serve: Serve) -> None:
    audio = gr.Audio(label="Voice", source="microphone", streaming=True)
    demo = gr.Interface(lambda piece: str(piece and len(piece[1])), audio, gr.Textbox(label="Got"), live=True)
    page.goto(serve(demo))
    page.context.grant_permissions(["microphone"])
    field(page).get_by_role("button", name="Record").click()
    expect(page.get_by_label("Got")).to_have_text(re.compile(r"^\d"))
    page.get_by_role("button", name="Clear").click()
    expect(field(page).get_by_role("button", name="Record")).to_be_visible()
    expect(page.get_by_label("Got")).to_be_hidden()
    assert field(page).evaluate("(field) => field.value") is None


def test_a_live_microphone_is_heard_as_it_speaks(page: Page, serve: Serve) -> None:
    """Pieces in, pieces out: what was played is one sound in the end, and nothing of it is missing."""
    audio = gr.Audio(label="Voice", source="microphone", streaming=True)
    out = gr.Audio(label="Heard", streaming=True)
    page.goto(serve(gr.Interface(lambda piece: piece, audio, out, live=True, allow_flagging="never")))
    page.context.grant_permissions(["microphone"])
    page.evaluate(HEARD)
    page.evaluate(PLAYED)
    field(page).get_by_role("button", name="Record").click()
    until(lambda: page.evaluate("window.played.length >= 3"))
    field(page).get_by_role("button", name="Stop").click()
    with page.expect_download() as download:
        output(page).get_by_role("link", name="Download").click()
    _, samples = sound.decode(str(download.value.path()))
    assert len(samples) == page.evaluate("window.heard")
    played = page.evaluate("window.played")
    assert all(later >= when + length - 1e-6 for (when, length), (later, _) in itertools.pairwise(played))


def test_a_function_that_fails_ends_a_live_microphone(page: Page, serve: Serve) -> None:
    def fail(piece: Any) -> str:
        raise gr.Error("Too quiet.")

    audio = gr.Audio(label="Voice", source="microphone", streaming=True)
    page.goto(serve(gr.Interface(fail, audio, "text", live=True)))
    page.context.grant_permissions(["microphone"])
    field(page).get_by_role("button", name="Record").click()
    expect(page.get_by_text("Too quiet.")).to_be_visible()
    expect(field(page).get_by_role("button", name="Record")).to_be_focused()


# ---------------------------------------------------------------------- a sound goes out


def test_a_result_is_played_and_downloaded(page: Page, serve: Serve, axe: Check) -> None:
    demo = gr.Interface(lambda text: (RATE, TONE), gr.Textbox(label="Given"), gr.Audio(label="Heard"))
    page.goto(serve(demo, show_error=True))
    page.get_by_role("button", name="Submit").click()
    expect(output(page).locator("audio")).to_have_js_property("duration", 3)
    expect(output(page).locator(".wave path")).to_have_count(2)
    axe(page)
    output(page).locator("audio").evaluate("async (audio) => { audio.currentTime = 2; await audio.play(); }")
    expect(output(page).locator("audio")).to_have_js_property("ended", True)
    expect(output(page).locator(".wave")).to_have_attribute("style", "--played: 1;")
    with page.expect_download() as download:
        output(page).get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "sound.wav"
    assert np.array_equal(sound.decode(str(download.value.path()))[1], TONE)


@pytest.mark.parametrize("format", ["mp3", "flac", "ogg"])
def test_other_formats_are_played_and_can_be_sought(page: Page, serve: Serve, format: str) -> None:
    demo = gr.Interface(lambda text: (RATE, TONE), "text", gr.Audio(label="Heard", format=format, autoplay=True))
    page.goto(serve(demo))
    page.get_by_role("button", name="Submit").click()
    expect(output(page).locator(".wave path")).to_have_count(2)
    expect(output(page).locator("audio")).to_have_js_property("ended", True)
    output(page).locator("audio").evaluate("(audio) => { audio.currentTime = 1; }")
    expect(output(page).locator("audio")).to_have_js_property("seeking", False)
    assert output(page).locator("audio").evaluate("(audio) => audio.currentTime") == 1


def test_an_empty_and_a_silent_sound_are_no_error(page: Page, serve: Serve) -> None:
    demo = gr.Interface(lambda count: (RATE, np.zeros(int(count), np.int16)), "number", gr.Audio(label="Heard"))
    page.goto(serve(demo))
    page.get_by_label("count").fill("0")
    page.get_by_role("button", name="Submit").click()
    expect(output(page).get_by_text("There is no sound in sound.wav: it is empty.")).to_be_visible()
    expect(output(page).get_by_role("link", name="Download")).to_be_visible()
    page.get_by_label("count").fill("8000")
    page.get_by_role("button", name="Submit").click()
    expect(output(page).locator(".wave path")).to_have_count(2)
    expect(output(page).locator("audio")).to_have_js_property("duration", 0.5)


def test_pieces_of_a_generator_are_played_without_gaps_and_downloaded_as_one(
    page: Page, serve: Serve, axe: Check
) -> None:
    def speak(text: str) -> Iterator[Any]:
        for start in range(0, TONE.size, RATE // 2):
            yield RATE, TONE[start : start + RATE // 2]

    page.add_init_script(f"({PLAYED})()")
    page.goto(serve(gr.Interface(speak, "text", gr.Audio(label="Heard", streaming=True), allow_flagging="never")))
    for _ in range(2):  # the second run begins anew
        page.get_by_role("button", name="Submit").click()
        until(lambda: page.evaluate("window.played.length") >= 6)  # the second time, the rest is there from the first
        expect(output(page).get_by_role("link", name="Download")).to_be_visible()
        expect(output(page).get_by_text("0:03.0 in all")).to_be_visible()
        axe(page)
        played = np.array(page.evaluate("window.played.splice(0)"))
        assert played.shape == (6, 2)
        assert np.abs(np.diff(played[:, 0]) - played[:-1, 1]).max() < 1e-6, "each begins where the last one ends"
        with page.expect_download() as download:
            output(page).get_by_role("link", name="Download").click()
        rate, samples = sound.decode(str(download.value.path()))
        assert rate == RATE and np.abs(samples.astype(int) - TONE).max() <= 1
    page.get_by_role("button", name="Clear").click()
    expect(output(page).get_by_role("group")).to_be_hidden()


# ---------------------------------------------------------------------- the whole page


def test_nothing_to_object_to(page: Page, serve: Serve, looks: Check) -> None:
    inputs = [
        gr.Audio(label="Voice", sources=["upload", "microphone"], info="At most ten seconds.", value=(RATE, TONE)),
        gr.Audio(label="Other", sources=["upload", "microphone"]),
    ]
    page.goto(serve(gr.Interface(lambda voice, other: voice, inputs, gr.Audio(label="Heard"))))
    expect(field(page).locator(".wave path")).to_have_count(2)
    looks(page)
    field(page).get_by_role("button", name="Trim").click()
    page.get_by_role("button", name="Submit").click()
    expect(output(page).locator(".wave path")).to_have_count(2)
    looks(page)


def test_a_reload_keeps_a_trimmed_recording(page: Page, project: Any) -> None:
    app = """
import quickdemo as gr
def form(voice):
    return f"{WORD} {voice[1].shape}"
gr.Interface(form, gr.Audio(label="Voice", INFO), gr.Textbox(label="Got"), allow_flagging="never").launch()
"""
    project.write(app.replace("{WORD}", "first").replace("INFO", ""))
    run = project.run("--reload")
    run.ready()
    with page.expect_response("**/api/events"):
        page.goto(f"http://127.0.0.1:{run.port}/")
    page.get_by_label("Voice").set_input_files([wav()])
    field(page).get_by_role("button", name="Trim").click()
    field(page).get_by_role("slider", name="begin").fill("50")
    submitted(page, "first (24000,)")
    project.write(app.replace("{WORD}", "second").replace("INFO", "info='new'"))
    expect(page.locator(".toast")).to_contain_text("Reloaded")
    expect(field(page).get_by_role("slider", name="begin")).to_have_value("50")
    submitted(page, "second (24000,)")
