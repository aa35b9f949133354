"""A generator of 2,000 tokens: bytes on the wire, delays in a real page, and a hundred streams at once."""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import sync_playwright

from bench.servers import APPS, free_port, serving

PAUSE_S = 0.005
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
#: records when each change of the output is on the page, and when Submit was pressed
WATCH = """() => {
  const box = document.querySelector("#predict-o0");
  const see = () => window.seen.push([performance.now(), box.textContent.length]);
  window.seen = [];
  new MutationObserver(see).observe(box, { childList: true, characterData: true, subtree: true });
  const submit = document.querySelector("button[type=submit]");
  submit.addEventListener("click", () => { window.pressed = performance.now() }, true);
}"""


class Page(NamedTuple):
    """Milliseconds: from Submit to the first token, and the median and 95th percentile between two changes."""

    first_ms: float
    median_ms: float
    p95_ms: float


def bytes_of(port: int, count: int) -> int:
    """Bytes of one stream of that many tokens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"content-type": "application/json", "accept": "text/event-stream"}
    connection.request("POST", "/api/predict", json.dumps({"data": [count]}), headers)
    return len(connection.getresponse().read())


def in_a_page(port: int, count: int) -> Page:
    """What a visitor sees of one stream."""
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.get_by_label("Count").fill("20")
        for number in (20, count):  # the first run warms the page up
            page.get_by_label("Count").fill(str(number))
            page.evaluate(WATCH)
            page.get_by_role("button", name="Submit").click()
            page.locator("qd-interface[data-state=idle] .time:not(:empty)").wait_for(timeout=120_000)
            page.get_by_text(f"token{number - 1} ").wait_for(timeout=120_000)
        seen = page.evaluate("() => window.seen.filter(([_, length]) => length > 0)")
        pressed = page.evaluate("() => window.pressed")
        browser.close()
    moments = [moment for moment, _ in seen if moment >= pressed]
    gaps = sorted(b - a for a, b in zip(moments, moments[1:], strict=False))
    return Page(moments[0] - pressed, statistics.median(gaps), gaps[int(len(gaps) * 0.95)])


async def one_of_many(port: int, count: int) -> tuple[float, float, int]:
    """Seconds to the first event, seconds in all, and how many tokens came, of one client."""
    start = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    body = json.dumps({"data": [count]}).encode()
    writer.write(
        b"POST /api/predict HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\n"
        b"accept: text/event-stream\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % (port, len(body)) + body
    )
    first, last = 0.0, b""
    while line := await reader.readline():
        if line.startswith(b"event: partial") and not first:
            first = time.perf_counter() - start
        last = line if line.startswith(b"data: ") else last
    writer.close()
    return first, time.perf_counter() - start, json.loads(last[6:])["data"][0].count("token")


def together(port: int, streams: int, count: int) -> list[tuple[float, float, int]]:
    """So many streams at once."""

    async def run() -> list[tuple[float, float, int]]:
        return await asyncio.gather(*(one_of_many(port, count) for _ in range(streams)))

    return asyncio.run(run())


Many = list[tuple[float, float, int]]


def measured(folder: Path, count: int = 2000, streams: int = 100) -> tuple[dict[int, int], Page, Many]:
    """Bytes by number of tokens, one stream in a page, and many at once, all from one server."""
    port = free_port()
    command = [sys.executable, str(APPS / "stream.py"), "quickdemo", str(port)]
    with serving(command, port, folder):
        sizes = {n: bytes_of(port, n) for n in (count // 4, count // 2, count)}
        page = in_a_page(port, count)
        many = together(port, streams, count)
    return sizes, page, many
