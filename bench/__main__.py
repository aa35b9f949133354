"""Measures and prints one table. `python -m bench start echo` runs only these parts."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from bench import echo, flags, media, page, start, stream

Row = tuple[str, str, str, str]  # what, quickdemo, beside it, wanted


def start_rows(folder: Path) -> Iterator[Row]:
    """Start costs."""
    cpu = start.commands()
    yield (
        "CPU of `import quickdemo`",
        f"{cpu['import']:.0f} ms more",
        f"bare Python {cpu['bare']:.0f} ms",
        "<= 80 ms more",
    )
    yield "CPU of `quickdemo.Interface`", f"{cpu['interface']:.0f} ms more", f"bare Python {cpu['bare']:.0f} ms", ""
    yield "CPU of `quickdemo --help`", f"{cpu['help']:.0f} ms", "", "<= 200 ms"
    ours, theirs = start.first_answer_s(folder)
    yield "start to first answer", f"{ours:.2f} s", f"Gradio {theirs:.2f} s ({ours / theirs:.0%})", "<= 10 %"


def echo_rows(folder: Path) -> Iterator[Row]:
    """Throughput."""
    rates = echo.rates(folder)
    for name, wanted in [("starlette", ">= 0.60"), ("gradio", "")]:
        beside = f"{name} {rates[name]:,.0f}/s (ratio {rates['quickdemo'] / rates[name]:.2f})"
        yield "echo, 32 clients", f"{rates['quickdemo']:,.0f}/s", beside, wanted


def page_rows(folder: Path) -> Iterator[Row]:
    """The page on a slow line."""
    loads = page.loads(folder)
    ours, theirs = loads["quickdemo"], loads["gradio"]
    yield "six-component page", f"{ours.bytes / 1000:.1f} kB", f"Gradio {theirs.bytes / 1000:.1f} kB", "<= 60 kB"
    yield "  requests", f"{ours.requests}", f"Gradio {theirs.requests}", "<= 5"
    share = ours.interactive_ms / theirs.interactive_ms
    beside = f"Gradio {theirs.interactive_ms:,.0f} ms ({share:.0%})"
    yield "  interactive, 150 ms, 1.6 Mbit/s", f"{ours.interactive_ms:,.0f} ms", beside, "<= 20 %"


def flag_rows(folder: Path) -> Iterator[Row]:
    """Flag time."""
    few, many = flags.flag_ms(folder, 10), flags.flag_ms(folder, 100_000)
    yield "flag at 100,000 rows", f"{many:.2f} ms", f"at 10 rows {few:.2f} ms", "the same"


def media_rows(folder: Path) -> Iterator[Row]:
    """Big media: seconds of a call and peak memory of the server."""
    what = {
        "photo": "12-megapixel photo in and out",
        "sound": "60 s of stereo in and out",
        "file": "100 MB file up and down",
        "frame": "100,000-row data frame out",
    }
    for kind, text in what.items():
        ours, theirs = media.costs(folder, kind)
        beside = f"Gradio {theirs.seconds:.2f} s ({theirs.seconds / ours.seconds:.1f} times)"
        yield text, f"{ours.seconds:.2f} s", beside, ">= 2 times"
        beside = f"Gradio {theirs.peak_mb:.0f} MB ({ours.peak_mb / theirs.peak_mb:.0%})"
        yield "  peak memory", f"{ours.peak_mb:.0f} MB", beside, "<= 50 %"


def stream_rows(folder: Path) -> Iterator[Row]:
    """A generator of 2,000 tokens, one each 20 ms."""
    ours, theirs = stream.measured(folder), stream.measured(folder, "gradio")
    wanted = {"bytes per token, 2,000 tokens": "as at 500", "in the page: first token after": "<= 50 ms"}
    wanted |= {"  median gap": "<= 10 ms more than its own", "100 streams at once: whole": "100"}
    for what, mine, other in stream.table(ours, theirs):
        yield what, mine, f"Gradio {other}", wanted.pop(what, "")


PARTS = {
    "start": start_rows,
    "echo": echo_rows,
    "page": page_rows,
    "flags": flag_rows,
    "media": media_rows,
    "stream": stream_rows,
}


def machine() -> str:
    """One line about where and with what it was measured."""
    names = ("starlette", "uvicorn", "typer", "numpy", "pillow")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return (
        f"quickdemo {version('quickdemo')}, Gradio 6.31.0, Python {platform.python_version()}, {packages}\n"
        f"{platform.platform()}, {cores} cores, load {load:.1f} at the start"
    )


def main() -> None:
    """Measure what was asked for; everything by default."""
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        raise SystemExit(f"bench: there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    print(machine(), flush=True)
    print(f"\n{'what':<36}{'quickdemo':<18}{'beside it':<38}wanted")
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            for what, ours, beside, limit in PARTS[name](Path(folder)):
                print(f"{what:<36}{ours:<18}{beside:<38}{limit}", flush=True)


if __name__ == "__main__":
    main()
