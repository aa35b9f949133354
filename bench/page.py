"""The six-component form in Chromium on a slow line: bytes, requests, and when it can be used."""

from __future__ import annotations

import contextlib
import shutil
import statistics
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

from bench.servers import APPS, free_port, gradio_python, quickdemo, serving

LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000}  # ms, bytes/s
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
#: The page can be used: its Submit button is there, enabled and wired.
READY = {
    "quickdemo": "() => customElements.get('qd-interface') && document.querySelector('qd-interface button.primary')",
    "gradio": "() => [...document.querySelectorAll('button')].some(b => b.textContent.trim() === 'Submit')",
}


class Load(NamedTuple):
    """One page load over the emulated line."""

    bytes: int
    requests: int
    interactive_ms: float


def measure(browser: Browser, url: str, ready: str) -> Load:
    """Load the page with an empty cache; bytes as they came over the wire, heads included."""
    page = browser.new_context().new_page()
    session = page.context.new_cdp_session(page)
    sizes: dict[str, float] = {}
    session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    page.add_init_script(
        f"const ready = {ready}; const look = () => ready() ? window.readyAt = performance.now()"
        " : requestAnimationFrame(look); requestAnimationFrame(look)"
    )
    page.goto(url, wait_until="load", timeout=120_000)
    page.wait_for_function("() => window.readyAt", timeout=120_000)
    interactive = float(page.evaluate("() => window.readyAt"))
    page.wait_for_load_state("networkidle") if "qd-" not in ready else page.wait_for_timeout(300)
    page.context.close()
    return Load(round(sum(sizes.values())), len(sizes), interactive)


def loads(folder: Path, runs: int = 3) -> dict[str, Load]:
    """Medians for quickdemo and Gradio, by turns."""
    ports = {name: free_port() for name in READY}
    commands = {
        "quickdemo": quickdemo(APPS / "form_quickdemo.py", ports["quickdemo"]),
        "gradio": [gradio_python(), str(APPS / "form_gradio.py"), str(ports["gradio"])],
    }
    seen: dict[str, list[Load]] = {name: [] for name in READY}
    with contextlib.ExitStack() as stack:
        for name, command in commands.items():
            stack.enter_context(serving(command, ports[name], folder))
        playwright = stack.enter_context(sync_playwright())
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        for _ in range(runs):
            for name, ready in READY.items():
                seen[name].append(measure(browser, f"http://127.0.0.1:{ports[name]}/", ready))
        browser.close()
    return {name: Load(*map(statistics.median, zip(*rows, strict=True))) for name, rows in seen.items()}
