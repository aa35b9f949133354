"""A generator of 2,000 tokens beside Gradio: bytes on the wire, delays in a real page, a hundred streams at once.

`python -m bench.stream` prints a table; `python -m bench stream` the rows of quickdemo and what they are held to.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import sync_playwright

from bench import tokens
from bench.servers import APPS, free_port, gradio_python, serving

PAUSE_MS = 20
TOKENS = 2000
STREAMS = 100
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
#: notes when each token is in the page; looks every 4 ms, which is as often as a timer may
WATCH = """() => {
  const box = () => document.querySelector("#predict-o0") ?? [...document.querySelectorAll("textarea")].at(-1);
  const text = () => box()?.value ?? box()?.textContent ?? "";
  let length = 0;
  window.seen = [];
  setInterval(() => {
    const now = text();
    if (now.length < length) length = 0;
    if (now.length === length) return;
    const at = performance.timeOrigin + performance.now();
    for (const token of now.slice(length).trim().split(" ")) window.seen.push([Number(token), at]);
    length = now.length;
  }, 1);
}"""


class Seen(NamedTuple):
    """Milliseconds: from the first yield to the page; medians of the gaps between tokens, there and here; from a yield
    to the page in the median and for 95 of 100."""

    first_ms: float
    gap_ms: float
    functions_gap_ms: float
    median_ms: float
    p95_ms: float


@contextmanager
def served(server: str, folder: Path) -> Iterator[int]:
    """The port of quickdemo's or Gradio's server of the same function."""
    port = free_port()
    python = gradio_python() if server == "gradio" else sys.executable
    with serving([python, str(APPS / "stream.py"), server, str(port)], port, folder):
        yield port


def in_a_page(port: int, count: int = 500) -> Seen:
    """What a visitor sees of one stream."""
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.get_by_role("button", name="Submit").wait_for(timeout=120_000)
        page.wait_for_timeout(1000)  # Gradio draws its fields after the button
        page.evaluate(WATCH)
        for number in (20, count):  # the first run warms the page up
            page.get_by_label("Count").fill(str(number))
            page.evaluate("() => { window.seen.length = 0 }")
            page.get_by_role("button", name="Submit").click()
            page.wait_for_function(f"() => window.seen.length >= {number}", timeout=120_000, polling=200)
            page.wait_for_timeout(500)
        seen = page.evaluate("() => window.seen")[-count:]
        browser.close()
    delays = sorted(at - told for told, at in seen)
    return Seen(
        seen[0][1] - seen[0][0],
        _gap([at for _, at in seen]),
        _gap([told for told, _ in seen]),
        statistics.median(delays),
        delays[int(len(delays) * 0.95)],
    )


def _gap(moments: list[float]) -> float:
    return statistics.median(b - a for a, b in zip(moments, moments[1:], strict=False))


class Many(NamedTuple):
    """Of many streams at once: how many were whole; milliseconds from yield to client, of the first tokens and of all,
    in the median and for 95 of 100; the median gap; seconds until the last was done."""

    whole: int
    first_ms: float
    first_p95_ms: float
    median_ms: float
    p95_ms: float
    gap_ms: float
    seconds: float


def many(server: str, port: int, streams: int = STREAMS, count: int = TOKENS) -> Many:
    """So many streams at once, of 50 tokens a second each."""
    told, seconds = tokens.together(server, port, streams, [count, PAUSE_MS])
    firsts = sorted(at - token for one in told for token, at in one[:1])
    delays = sorted(at - token for one in told for token, at in one)
    return Many(
        sum(len(one) == count for one in told),
        statistics.median(firsts),
        firsts[int(len(firsts) * 0.95)],
        statistics.median(delays),
        delays[int(len(delays) * 0.95)],
        statistics.median(_gap([at for _, at in one]) for one in told if len(one) > 1),
        seconds,
    )


class Measured(NamedTuple):
    sizes: dict[int, int]  #: bytes by number of tokens
    page: Seen
    many: Many


def measured(folder: Path, server: str = "quickdemo") -> Measured:
    """Everything of one server."""
    with served(server, folder) as port:
        sizes = {n: tokens.bytes_of(server, port, [n, 1]) for n in (TOKENS // 4, TOKENS // 2, TOKENS)}
        return Measured(sizes, in_a_page(port), many(server, port))


def table(ours: Measured, theirs: Measured) -> list[tuple[str, str, str]]:
    """(what, quickdemo, Gradio)"""

    def row(what: str, form: str, value: Any) -> tuple[str, str, str]:
        return what, form.format(value(ours)), form.format(value(theirs))

    return [
        *(row(f"bytes per token, {n:,} tokens", "{:.0f}", lambda m, n=n: m.sizes[n] / n) for n in ours.sizes),
        row("in the page: first token after", "{:.0f} ms", lambda m: m.page.first_ms),
        row("  median gap", "{:.1f} ms", lambda m: m.page.gap_ms),
        row("  the function's", "{:.1f} ms", lambda m: m.page.functions_gap_ms),
        row("  median delay", "{:.1f} ms", lambda m: m.page.median_ms),
        row("  95th percentile", "{:.1f} ms", lambda m: m.page.p95_ms),
        row(f"{STREAMS} streams at once: whole", "{}", lambda m: m.many.whole),
        row("  first token after, median", "{:.0f} ms", lambda m: m.many.first_ms),
        row("  95th percentile", "{:.0f} ms", lambda m: m.many.first_p95_ms),
        row("  median delay", "{:.0f} ms", lambda m: m.many.median_ms),
        row("  95th percentile", "{:.0f} ms", lambda m: m.many.p95_ms),
        row("  median gap", "{:.1f} ms", lambda m: m.many.gap_ms),
        row(f"  all done after ({TOKENS * PAUSE_MS / 1000:.0f} s at least)", "{:.0f} s", lambda m: m.many.seconds),
    ]


def main() -> None:
    """Measure both and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        rows = table(*(measured(Path(folder), server) for server in ("quickdemo", "gradio")))
    print(f"{'one token each 20 ms':<40}{'quickdemo':<14}Gradio 6.31.0")
    for what, ours, theirs in rows:
        print(f"{what:<40}{ours:<14}{theirs}")


if __name__ == "__main__":
    main()
