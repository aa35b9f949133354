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
NOTE = """The text app of the ten of `make test-spaces`, called by each client in a process of its own, by turns. Each
is constructed and has called before it is measured. A call comes at a moment of its own, as a person's does: Gradio's
servers look into their queue every 50 ms, and a call right after another's end waits for the next look, whoever
calls: "back to back" tells of these. Construction is `gr.Interface.load(address)` with nothing kept on disk, beside
`Client(address)` without its messages and analytics; "again" finds the app's description in quickdemo's cache.
Medians of the rounds' medians, ratios within each."""


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
def callers(version: str, folder: Path) -> Iterator[tuple[Caller, Caller]]:
    """Ours and theirs, of a server of that version."""
    with served(version, APPS, "text", home=folder) as url:
        both = (
            Caller(sys.executable, "quickdemo", url, VERSIONS[version], folder),
            Caller(python_of(CLIENT_FROM), "gradio_client", url, VERSIONS[version], folder),
        )
        try:
            yield both
        finally:
            for caller in both:
                caller.end()


def measured(folder: Path, rounds: int, calls: int, constructions: int) -> Result:
    """All versions, one after the other."""
    found = Result("Calls and construction", NOTE, ("quickdemo", "gradio_client 2.7.2", "ours to theirs"))
    counts = {"call": calls, "call at once": calls, "construct": constructions}
    for version in VERSIONS:
        took: dict[str, tuple[list[float], list[float]]] = {what: ([], []) for what in counts}
        again: list[float] = []
        with callers(version, folder) as both:
            for caller in both:
                caller.median_ms("call", 3)
            for _ in range(rounds):
                for what, count in counts.items():
                    for caller, times in zip(both, took[what], strict=True):
                        times.append(caller.median_ms(what, count))
                again.append(both[0].median_ms("construct again", constructions))
        _tell(found, version, took, again)
    return found


def _tell(found: Result, version: str, took: dict[str, tuple[list[float], list[float]]], again: list[float]) -> None:
    for what, (said, most) in MARKS.items():
        ours, theirs = took[what]
        ratio = median_ratio(ours, theirs)
        figures = [f"{statistics.median(times):.1f} ms" for times in (ours, theirs)]
        found.row(f"Gradio {version}: {said}", *figures, f"{ratio:.3f}")
        found.at_most(f"Gradio {version}: {said} takes at most {most} of gradio_client's", most, ratio, "{:.3f}")
    found.row(f"Gradio {version}: construction again", f"{statistics.median(again):.2f} ms")
