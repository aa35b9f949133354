"""Run where there is no network but this machine itself: the kitchen sink in a browser with a camera and a microphone.

Prints what it saw as JSON: bytes that came before any media, errors, and what each tab answered.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
from typing import Any

from playwright.sync_api import Page, Request, sync_playwright

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-background-networking",
    "--no-first-run",
]
TABS = ["Choices", "Pictures", "Sound and film", "Tables", "Files", "Plot", "Words"]
LIMIT_MS = 60_000


def loopback_up() -> None:
    """A new network namespace has a loopback interface, which is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        up_and_running = 0x1 | 0x40
        fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", b"lo", up_and_running))  # SIOCSIFFLAGS


def no_way_out() -> bool:
    """Whether nothing but this machine can be reached."""
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=2).close()
    except OSError:
        return True
    return False


def serve() -> tuple[subprocess.Popen[str], str]:
    """The kitchen sink, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "quickdemo", "run", "examples/kitchen_sink.py", "--port", str(port), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if not any('"ready"' in line for line in process.stdout):
        raise RuntimeError(f"the kitchen sink ended with {process.wait()}")
    return process, f"http://127.0.0.1:{port}/"


def answer(page: Page, tab: str) -> str:
    """Run the tab's function; what its status says."""
    page.get_by_role("tab", name=tab).click()
    panel = page.get_by_role("tabpanel", name=tab)
    panel.get_by_role("button", name=re.compile("^(Submit|Generate)")).click()
    status = panel.locator(".said-status")
    status.filter(has_text=re.compile("^Result ready")).wait_for(state="attached", timeout=LIMIT_MS)
    return status.text_content() or ""


def use_devices(page: Page) -> None:
    """A photograph by the camera, and two seconds from the microphone."""
    page.get_by_role("tab", name="Pictures").click()
    pictures = page.get_by_role("tabpanel", name="Pictures")
    pictures.get_by_role("button", name="Use the camera").first.click()
    pictures.get_by_role("button", name=re.compile("Take (a )?(picture|photo)", re.IGNORECASE)).click()
    page.get_by_role("tab", name="Sound and film").click()
    sound = page.get_by_role("tabpanel", name="Sound and film")
    sound.get_by_role("button", name="Record").first.click()
    time.sleep(2)
    sound.get_by_role("button", name=re.compile("^Stop")).first.click()


def look(url: str) -> dict[str, Any]:
    """Everything that the page does without a network."""
    seen: dict[str, Any] = {"errors": [], "foreign": [], "answers": {}}
    sizes: dict[str, int] = {}

    def note(request: Request) -> None:
        if not request.url.startswith((url, "data:", "blob:")):
            seen["foreign"].append(request.url)

    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        page = browser.new_page(viewport={"width": 360, "height": 740})
        page.set_default_timeout(LIMIT_MS)
        page.on("request", note)
        page.on("console", lambda m: seen["errors"].append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: seen["errors"].append(str(error)))
        session = page.context.new_cdp_session(page)
        kinds: dict[str, str] = {}
        session.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
        session.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
        session.send("Network.enable")
        page.goto(url, wait_until="networkidle")
        first = ("Document", "Stylesheet", "Script")
        seen["bytes"] = round(sum(size for key, size in sizes.items() if kinds.get(key) in first))
        use_devices(page)
        seen["answers"] = {tab: answer(page, tab) for tab in TABS}
        seen["wide"] = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        browser.close()
    return seen


def main() -> None:
    loopback_up()
    offline = no_way_out()
    process, url = serve()
    try:
        print(json.dumps({"offline": offline, **look(url)}))
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
