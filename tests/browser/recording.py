"""The moving picture of the README: somebody works on a page while its script is saved, broken and mended.

Everything in it is real: the running command, the page in a browser, the times. Below the page stand the lines that
the save changed, as a difference.
"""

from __future__ import annotations

import difflib
import html
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.running import Project, Run

WIDTH, PAGE_HEIGHT, CAPTION_HEIGHT = 880, 560, 152  # CSS pixels
SHOWN_WIDTH = 800  # of the picture
COLORS = 255

APP = """import time
import numpy as np
import quickdemo as gr

time.sleep({seconds})  # stands for a model that takes {seconds} s to load

def certify(name, size, sketch):
    ink = np.mean(sketch < 128)
    return f"{{name}}: {{size}} cm, {{ink:.0%}} of it ink"

gr.Interface(
    certify,
    [
        gr.Textbox(label="Name"),
        gr.Slider(1, 20, value=5, step=1, label="Size"),
        gr.Image(label="Sketch", source="canvas", shape=(160, 60)),
    ],
    gr.Textbox(label="Certificate"),
    title="Sketches",
    allow_flagging="never",
).launch()
"""
ADDED = '        gr.Radio(["pencil", "ink"], value="ink", label="Drawn with"),\n'
CAPTION = """<!doctype html><style>
  body {{ margin: 0; background: #16191d; color: #c9d1d9; font: 15px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }}
  p {{ margin: 0; padding: 0 18px; white-space: pre; }} p:first-child {{ padding-block: 9px 5px; color: #8b949e; }}
  b {{ color: #7ee787; }} .bad b {{ color: #ff9b8e; }}
  .new {{ background: #12301f; color: #aff5b4; }} .old {{ background: #3a1a1c; color: #ffc9c2; }}
</style><p{kind}>{said}</p>{lines}"""


class Recording:
    """Frames of a page over a caption, each with the time that it stays."""

    def __init__(self, page: Page, caption: Page) -> None:
        self._page = page
        self._caption = caption
        self._below: Image.Image
        self.frames: list[tuple[Image.Image, int]] = []

    def say(self, said: str, before: str = "", after: str = "", *, bad: bool = False) -> None:
        """What stands below the page from now on: a line in bold words, and the lines that a save changed."""
        changed = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
        lines = "".join(f'<p class="{"new" if line[0] == "+" else "old"}">{html.escape(line)}</p>' for line in changed)
        self._caption.set_content(CAPTION.format(said=said, lines=lines, kind=' class="bad"' if bad else ""))
        self._below = _picture(self._caption)

    def take(self, ms: int) -> None:
        """The page as it is now, for that long."""
        above = _picture(self._page)
        frame = Image.new("RGB", (above.width, above.height + self._below.height))
        frame.paste(above, (0, 0))
        frame.paste(self._below, (0, above.height))
        height = round(frame.height * SHOWN_WIDTH / frame.width)
        self.frames.append((frame.resize((SHOWN_WIDTH, height), Image.Resampling.LANCZOS), ms))

    def save(self, path: Path) -> None:
        """As an animated GIF with a palette for each frame: one for all would lose the little red and green."""
        flat = [frame.quantize(COLORS, dither=Image.Dither.NONE) for frame, _ in self.frames]
        times = [ms for _, ms in self.frames]
        flat[0].save(path, save_all=True, append_images=flat[1:], duration=times, loop=0, optimize=True)


def _picture(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot(caret="initial"))).convert("RGB")


def record(browser: Browser, project: Project, path: Path, seconds: float = 5) -> Recording:
    """Play the story on a script that takes `seconds` to load, and write it to `path`."""
    script = APP.format(seconds=seconds)
    project.write(script, "sketches.py")
    run = project.run("sketches.py", "--reload")
    run.ready()
    page = _opened(browser, WIDTH, PAGE_HEIGHT)
    with page.expect_response("**/api/events"):
        page.goto(f"http://127.0.0.1:{run.port}/")
    recording = Recording(page, _opened(browser, WIDTH, CAPTION_HEIGHT))
    recording.say("$ quickdemo run sketches.py --reload")
    _fill(page, recording)
    more = script.replace("name, size, sketch", "name, tool, size, sketch").replace("cm, ", "cm, {tool}, ")
    more = more.replace("        gr.Slider", f"{ADDED}        gr.Slider")
    _change(
        page,
        recording,
        project,
        run,
        script,
        more,
        lambda: expect(page.get_by_label("ink", exact=True)).to_be_checked(),
    )
    recording.take(2200)
    _break(page, recording, project, run, more)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Certificate")).to_contain_text("40 cm, ink")
    recording.take(1800)
    recording.save(path)
    return recording


def _opened(browser: Browser, width: int, height: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    return context.new_page()


def _fill(page: Page, recording: Recording) -> None:
    """A name, a size, a sketch and an answer."""
    recording.take(500)
    for text in ("Gr", "Grace", "Grace Hop"):
        page.get_by_label("Name").press_sequentially(text.removeprefix(page.get_by_label("Name").input_value()))
        recording.take(130)
    page.get_by_label("Size, as a number").fill("12")
    canvas = page.locator("canvas")
    box = canvas.bounding_box()
    assert box is not None
    for number, wave in enumerate(
        [(0.1, 0.8, 0.3, 0.2), (0.3, 0.2, 0.5, 0.8), (0.5, 0.8, 0.7, 0.2), (0.7, 0.2, 0.9, 0.8)]
    ):
        page.mouse.move(box["x"] + box["width"] * wave[0], box["y"] + box["height"] * wave[1])
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * wave[2], box["y"] + box["height"] * wave[3], steps=8)
        page.mouse.up()
        recording.take(130 if number < 3 else 300)
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Certificate")).to_contain_text("12 cm")
    name = page.get_by_label("Name")
    name.focus()
    name.evaluate("(element) => element.setSelectionRange(6, 9)")
    recording.take(900)


def _change(
    page: Page,
    recording: Recording,
    project: Project,
    run: Run,
    before: str,
    after: str,
    seen: Callable[[], None],
    said: str = "saved",
) -> None:
    """A save that changes the page."""
    project.write(after, "sketches.py")
    done = run.wait_for("reload_ok")
    seen()
    told = re.search(r"\d+", page.locator(".toast b").inner_text())  # "Reloaded in 12 ms"
    ms = told[0] if told else f"{done['ms']:.0f}"
    kept = [event for event in run.events if event["event"] == "resume" and event["generation"] == done["generation"]]
    recording.say(f"{said} · served after <b>{ms} ms</b>{_saved(kept)}", before, after)


def _saved(resumed: list[dict[str, Any]]) -> str:
    return f", without the {resumed[-1]['saved_s']:.1f} s of loading" if resumed else ""


def _break(page: Page, recording: Recording, project: Project, run: Run, good: str) -> None:
    """A save with a typing error, and its mending."""
    broken = good.replace("gr.Slider(1, 20", "gr.Sider(1, 40")
    project.write(broken, "sketches.py")
    expect(page.get_by_role("dialog")).to_be_visible()
    recording.say("saved · <b>broken</b>: the last good version keeps serving", good, broken, bad=True)
    recording.take(2000)
    mended = broken.replace("gr.Sider", "gr.Slider")
    _change(
        page,
        recording,
        project,
        run,
        broken,
        mended,
        lambda: expect(page.get_by_role("dialog")).to_have_count(0),
        "mended",
    )
    recording.take(1200)
    page.get_by_label("Size, as a number").fill("40")
    page.get_by_label("Name").focus()
