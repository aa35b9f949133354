"""What was measured, as tables, each bound of the project with it: met or missed."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.reloads import edits, starts
from bench.reloads.apps import TRIVIAL, App
from bench.reloads.edits import KINDS
from bench.reloads.servers import Tool

MUCH_SAVED_MS = 3000.0


@dataclass(frozen=True)
class Bound:
    """What is wanted: at most `most`, or at least `least`; neither: it is only told."""

    what: str
    measured: float
    most: float | None = None
    least: float | None = None

    @property
    def met(self) -> bool:
        """Whether it is so."""
        return (self.most is None or self.measured <= self.most) and (self.least is None or self.measured >= self.least)

    def __str__(self) -> str:
        if self.most is None and self.least is None:
            return f"    {'':<8}{self.what}: {self.measured:.1f}"
        wanted = f"<= {self.most:.0f}" if self.most is not None else f">= {self.least:.0f}"
        return f"    {'met' if self.met else 'MISSED':<8}{self.what}: {self.measured:.1f}, wanted {wanted}"


def edit_lines(app: App, outcomes: dict[str, edits.Outcome]) -> Iterator[str]:
    """A row for each tool."""
    yield f"{app.title:<28}{'median':>10}{'p95':>10}{'min':>10}{'max':>10}  edits  lost  faults  busy"
    for tool, outcome in outcomes.items():
        values = (outcome.median, outcome.p95, min(outcome.ms), max(outcome.ms))
        numbers = "".join(f"{value:>7.{0 if value >= 100 else 1}f} ms" for value in values)
        ways = ", ".join(f"{way} {count}" for way, count in outcome.ways.items())
        counts = f"{len(outcome.ms):>7}{outcome.lost:>6}{len(outcome.faults):>8}{outcome.busy:>6}"
        yield f"  {tool:<26}{numbers}{counts}  {ways}".rstrip()
        if steps := outcome.step_medians():
            yield "    " + ", ".join(f"{name} after {ms:.0f} ms" for name, ms in steps.items())


def edit_bounds(app: App, outcomes: dict[str, edits.Outcome]) -> Iterator[Bound]:
    """Times, and how many times as fast as what stands beside it."""
    if (ours := outcomes.get(edits.OURS.name)) is None:
        return
    yield Bound("median, ms", ours.median, most=app.wanted_ms)
    if app.p95_ms < float("inf"):
        yield Bound("p95, ms", ours.p95, most=app.p95_ms)
    yield Bound("saves lost", ours.lost, most=0)
    yield Bound("failed or older answers", len(ours.faults), most=0)
    for tool in edits.TOOLS.values():
        if tool is not edits.OURS and (beside := outcomes.get(tool.name)):
            yield Bound(f"times {tool.name}", beside.median / ours.median, least=_wanted_times(app, tool, beside))


def _wanted_times(app: App, tool: Tool, beside: edits.Outcome) -> float | None:
    if tool.library == "gradio":
        return 20
    if tool is edits.CLEAN and beside.median > MUCH_SAVED_MS:
        return 100
    return 20 if tool is edits.CLEAN and app is TRIVIAL else None


def memory_lines(memory: dict[str, Any]) -> Iterator[str]:
    """A row for each kind of process."""
    for tool, sums in memory.items():
        for kind in KINDS:
            if sums[kind]:
                pss, anon = sums[kind]["Pss"], sums[kind]["Anonymous"]
                yield f"  {tool:<16}{sums['counts'][kind]} {kind:<10}PSS {pss:6.1f} MB   own or shared {anon:7.1f} MB"


def memory_bounds(memory: dict[str, Any]) -> Iterator[Bound]:
    """What all copies add to the memory of the run, in percent.

    Pages that n processes share count 1/n for each in PSS, so the PSS of all is what they take together. Files that are
    mapped (libraries) are left out: other servers of this bench map them as well.
    """
    if (ours := memory.get(edits.OURS.name)) and (ours["frozen"] or ours["copies"]):
        yield Bound("% that frozen copies add", added_percent(ours), most=30)


def added_percent(sums: dict[str, Any]) -> float:
    """Of the serving process's own pages and those it shares with its copies."""
    together = sum(sums[kind].get("Pss_Anon", 0.0) for kind in ("serving", "frozen", "copies"))
    return float(100 * (together / sums["serving"]["Anonymous"] - 1))


def start_lines(app: App, times: dict[str, list[float]]) -> Iterator[str]:
    """A row for each command."""
    yield f"{app.title + ', first start':<38}{'median':>10}{'min':>10}{'max':>10}"
    for name, values in times.items():
        numbers = "".join(f"{value:>7.0f} ms" for value in (statistics.median(values), min(values), max(values)))
        yield f"  {name:<36}{numbers}"


def start_bounds(times: dict[str, list[float]]) -> Iterator[Bound]:
    """No slower than plain Python by more than 10 %."""
    plain = statistics.median(times[starts.PLAIN.name])
    for tool in (starts.RUN, starts.RELOAD):
        slower = statistics.median(times[tool.name]) / plain - 1
        yield Bound(f"% over python app.py: {tool.name}", 100 * slower, most=10)
