"""Draws docs/images from the running examples: page, login, error and more, in light and dark, narrow and wide.

make screenshots
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
ARGS = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
HEIGHTS = {360: 740, 1280: 800}


def show_page(page: Page) -> None:
    """A digit and its answer."""
    page.locator("section.examples button, .examples a").nth(1).click()
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("It looks like").wait_for()
    page.locator("qd-interface[data-state=done], qd-interface[data-state=idle]").first.wait_for()


def show_login(page: Page) -> None:
    """Before anyone logged in."""
    page.get_by_label("Password").wait_for()


def show_error(page: Page) -> None:
    """A function that says what is wrong."""
    page.get_by_label("divide").check()
    page.get_by_label("num2").fill("0")
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("divided by zero").wait_for()


def show_chat(page: Page) -> None:
    """Two turns of a conversation."""
    for said in ("I feel stuck with my exam.", "Because there is so much to read."):
        page.get_by_label("You", exact=True).fill(said)
        page.get_by_role("button", name="Submit").click()
        page.get_by_text(said).nth(1).or_(page.locator("qd-chatbot").get_by_text(said)).first.wait_for()


def show_sentiment(page: Page) -> None:
    """Bars and coloured words."""
    page.get_by_label("Sentence").fill("The food was great, but the service was painfully slow.")
    page.get_by_role("button", name="Submit").click()
    page.locator("qd-highlightedtext").get_by_text("painfully").wait_for()


def show_why(page: Page) -> None:
    """Words that raised and lowered an answer."""
    explain(page)


def show_regions(page: Page) -> None:
    """Regions of a picture, likewise."""
    page.get_by_role("tab", name="Picture").click()
    explain(page)


def show_fields(page: Page) -> None:
    """Fields of a form, likewise."""
    page.get_by_role("tab", name="Form").click()
    page.locator(".example:visible").first.click()
    explain(page)


def explain(page: Page) -> None:
    """Press Interpret, and wait until it is done."""
    page.locator("[data-do=interpret]:visible").click()
    page.locator("qd-explanation:not([data-busy]) .part").first.wait_for(state="attached")
    page.locator("qd-explanation:visible .at").get_by_text("seed").wait_for()
    page.evaluate("document.activeElement.blur()")


STATES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "page": ("digits.py", show_page),
    "login": ("login.py", show_login),
    "error": ("calculator.py", show_error),
    "chat": ("chatbot.py", show_chat),
    "words": ("sentiment.py", show_sentiment),
    "why": ("interpretation.py", show_why),
    "why-picture": ("interpretation.py", show_regions),
    "why-form": ("interpretation.py", show_fields),
}


@contextmanager
def serving(example: str) -> Iterator[str]:
    """The address of a running example, from a copy of the examples."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        probe.close()
        shutil.copytree(ROOT / "examples", Path(folder) / "examples", ignore=shutil.ignore_patterns(".quickdemo"))
        command = [sys.executable, "-m", "quickdemo", "run", f"examples/{example}", "--port", str(port), "--json"]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            if not any('"ready"' in line for line in process.stdout):
                raise RuntimeError(f"{example} ended with {process.wait()}")
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()
            process.wait()


def draw(browser: Browser, url: str, name: str, prepare: Callable[[Page], None]) -> None:
    """One state in light and dark, at each width."""
    for scheme in ("light", "dark"):
        for width, height in HEIGHTS.items():
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                reduced_motion="reduce",
                has_touch=width < 500,
                is_mobile=width < 500,
            )
            page = context.new_page()
            page.goto(url)
            prepare(page)
            page.mouse.move(0, 0)
            page.evaluate("scrollTo(0, 0)")
            path = IMAGES / f"{name}-{scheme}-{width}.png"
            whole = width < 500 or name.startswith("why")  # an explanation stands below its answer
            page.screenshot(path=path, animations="disabled", full_page=whole)
            context.close()


def main() -> None:
    """All states, or those named on the command line."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        for name in sys.argv[1:] or STATES:
            example, prepare = STATES[name]
            with serving(example) as url:
                draw(browser, url, name, prepare)
            print(f"screenshots: {name}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
