"""Takes the pictures of docs/components: each example with its answer, light and wide, dark and narrow."""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tools.component_serving import load, visiting

ARGS = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--hide-scrollbars"]
#: scheme -> (width, height) of its window
WINDOWS = {"light": (1280, 800), "dark": (360, 740)}
PHOTO_COLOURS = 4000  # a picture of more colours than that holds a photo
MARGIN = 12  # pixels around the demo


def ask(page: Page) -> None:
    """Take the first example, where there is one, and run."""
    example = page.locator(".examples button, .examples a.example").first
    if example.count():
        example.click()
    page.locator("button[type=submit]").click()


def ask_twice(page: Page) -> None:
    """The first example with what the page holds after it, so that a second visit is recognised."""
    ask(page)
    settle(page)
    page.locator("button[type=submit]").click()


def ask_three(page: Page) -> None:
    """Three numbers, one after the other."""
    for number in ("3", "8", "1"):
        page.get_by_label("Number").fill(number)
        page.locator("button[type=submit]").click()
        settle(page)


def answer_twice(page: Page) -> None:
    """Two turns."""
    ask(page)
    settle(page)
    page.get_by_label("Word").fill("syzygy")
    page.locator("button[type=submit]").click()


PREPARED: dict[str, Callable[[Page], None]] = {"state": ask_three, "chatbot": answer_twice, "browserstate": ask_twice}


def settle(page: Page) -> None:
    """Wait until the answer stands in the page and its media are drawn."""
    page.locator("qd-interface[data-state=idle] .flags:not([hidden])").wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_function(
        "() => [...document.querySelectorAll('audio, video')].every((media) => media.readyState > 0)"
    )
    page.evaluate("""async () => {
        await document.fonts.ready;
        for (const image of document.images) image.loading = "eager";
        await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }""")


def take(browser: Browser, url: str, kind: str, scheme: str) -> tuple[bytes, list[str]]:
    """A PNG of the demo with its answer, and what is wrong with its page."""
    width, height = WINDOWS[scheme]
    phone = width < 500
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        has_touch=phone,
        is_mobile=phone,
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"uncaught: {error}"))
    page.on("console", lambda message: message.type == "error" and faults.append(message.text))
    page.goto(url)
    PREPARED.get(kind, ask)(page)
    settle(page)
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    page.set_viewport_size(
        {"width": width, "height": max(height, page.evaluate("document.documentElement.scrollHeight"))}
    )
    settle(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        faults.append(f"{wide} pixels wide in a window of {width}")
    box = page.locator("qd-interface").bounding_box()
    assert box is not None
    clip = {
        "x": max(0, box["x"] - MARGIN),
        "y": box["y"] - MARGIN,
        "width": min(width, box["width"] + 2 * MARGIN),
        "height": box["height"] + 2 * MARGIN,
    }
    png = page.screenshot(animations="disabled", clip=clip)
    context.close()
    return png, faults


def packed(png: bytes) -> bytes:
    """The picture in a palette."""
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    if picture.getcolors(PHOTO_COLOURS) is None:
        small = picture.quantize(256, dither=Image.Dither.FLOYDSTEINBERG)
    else:
        small = picture.quantize(128, dither=Image.Dither.NONE)
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def draw(kinds: list[str], folder: Path) -> None:
    """Write KIND-light.png and KIND-dark.png of each kind. Raises RuntimeError when a page has faults."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[str] = []
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as away:
        os.chdir(away)  # nothing that an example writes lands in the project
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        for kind in kinds:
            with visiting(load(kind)) as visit:
                for scheme in WINDOWS:
                    png, faults = take(browser, visit.url, kind, scheme)
                    (folder / f"{kind}-{scheme}.png").write_bytes(packed(png))
                    found += [f"{kind}, {scheme}: {fault}" for fault in faults]
            print(f"component-pages: {kind}-*.png", file=sys.stderr, flush=True)
        browser.close()
    if found:
        raise RuntimeError("Pages with faults:\n" + "\n".join(found))
