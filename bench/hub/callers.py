"""Calls and construction, of quickdemo and gradio_client by turns, on the same real Gradio servers."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.results import Result, median_ratio
from bench.servers import ROOT
from tools.gradio_servers import python_of, served

APPS = ROOT / "tests" / "spaces_real" / "apps.py"
#: those that gradio_client can talk to, and the name of the endpoint there
VERSIONS = {"4.44.1": "/predict", "5.49.1": "/predict", "6.31.0": "/upper"}
CLIENT_FROM = "6.31.0"
#: what is measured -> its name, and the most that it may take of gradio_client's time
MARKS = {"call": ("a call", 0.2), "call at once": ("a call, back to back", 0.2), "construct": ("construction", 0.1)}
COLUMNS = ("quickdemo", "gradio_client 2.7.2", "bare", "ours to theirs", "beyond the bare one's")
NOTE = """The text app of the ten of `make test-spaces`, called by each client in a process of its own, by turns. Each
is constructed and has called before it is measured. A call comes at a moment of its own, as a person's does: Gradio's
servers before 6 look into their queue, and into what is to be told, every 50 ms, whoever calls. "bare" is the least
that a server lets anybody do: its two requests, on open connections, nothing checked; the last column is what each
client adds to that. "Back to back" are calls right after each other's end. Construction is
`gr.Interface.load(address)` with nothing kept on disk, beside `Client(address)` without its messages and analytics;
"again" finds the app's description in quickdemo's cache. Medians of the rounds' medians, ratios within each."""


#: what is measured -> milliseconds of each round, of quickdemo, gradio_client and the bare one
Times = dict[str, tuple[list[float], list[float], list[float]]]


class Caller:
    """A process of client.py."""

    def __init__(self, python: str, library: str, url: str, endpoint: str, folder: Path) -> None:
        own = {"PYTHONPATH": str(ROOT), "QUICKDEMO_HUB_CACHE": str(folder / "cache")}
        self._process = subprocess.Popen(
            [python, str(Path(__file__).with_name("client.py")), library, url, endpoint],
            env={**os.environ, **own},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def median_ms(self, what: str, count: int) -> float:
        """Of so many of these, one after the other."""
        return 1e3 * statistics.median(self._took(what) for _ in range(count))

    def _took(self, what: str) -> float:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def callers(version: str, folder: Path) -> Iterator[tuple[Caller, ...]]:
    """Ours, theirs and the bare one, of a server of that version."""
    with served(version, APPS, "text", home=folder) as url:
        pythons = {"quickdemo": sys.executable, "gradio_client": python_of(CLIENT_FROM), "bare": sys.executable}
        made = tuple(Caller(python, name, url, VERSIONS[version], folder) for name, python in pythons.items())
        try:
            yield made
        finally:
            for caller in made:
                caller.end()


def measured(folder: Path, rounds: int, calls: int, constructions: int) -> Result:
    """All versions, one after the other."""
    found = Result("Calls and construction", NOTE, COLUMNS)
    counts = {"call": calls, "call at once": calls, "construct": constructions}
    for version in VERSIONS:
        took: Times = {what: ([], [], []) for what in counts}
        again: list[float] = []
        with callers(version, folder) as made:
            for caller in made:
                caller.median_ms("call", 3)
            for _ in range(rounds):
                for what, count in counts.items():
                    for caller, times in zip(made, took[what], strict=True):
                        times.append(caller.median_ms(what, count))
                again.append(made[0].median_ms("construct again", constructions))
        _tell(found, version, took, again)
    return found


def _tell(found: Result, version: str, took: Times, again: list[float]) -> None:
    for what, (said, most) in MARKS.items():
        ours, theirs, bare = took[what]
        ratio = median_ratio(ours, theirs)
        figures = [f"{statistics.median(times):.1f} ms" for times in took[what]]
        added = [statistics.median(a - b for a, b in zip(times, bare, strict=True)) for times in (ours, theirs)]
        beyond = "" if what == "construct" else f"{added[0]:.1f} to {added[1]:.1f} ms"
        found.row(f"Gradio {version}: {said}", *figures, f"{ratio:.3f}", beyond)
        found.at_most(f"Gradio {version}: {said} takes at most {most} of gradio_client's", most, ratio, "{:.3f}")
    found.row(f"Gradio {version}: construction again", f"{statistics.median(again):.2f} ms")
