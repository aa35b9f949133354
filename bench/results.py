"""What a part of the bench has found: rows of a table, and what was wanted of them."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Row(NamedTuple):
    """One line of a table, as text: a cell for each of the columns, or for the first of them."""

    what: str
    cells: tuple[str, ...]


class Verdict(NamedTuple):
    """A bound, and what was measured."""

    what: str
    met: bool
    measured: str

    def __str__(self) -> str:
        return f"| {self.what} | {self.measured} | {'met' if self.met else '**missed**'} |"


@dataclass
class Result:
    """Of one part. columns: what is compared. load: of the machine when it began."""

    title: str
    note: str
    columns: Sequence[str] = ("quickdemo", "Gradio", "bare echo")
    load: float = 0.0
    rows: list[Row] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def row(self, what: str, *cells: str) -> None:
        self.rows.append(Row(what, cells))

    def at_least(self, what: str, least: float, measured: float, form: str = "{:.2f}") -> None:
        self.verdicts.append(Verdict(what, measured >= least, form.format(measured)))

    def at_most(self, what: str, most: float, measured: float, form: str = "{:.2f}") -> None:
        self.verdicts.append(Verdict(what, measured <= most, form.format(measured)))

    def holds(self, what: str, met: bool, measured: str) -> None:
        self.verdicts.append(Verdict(what, met, measured))


def lines(results: Sequence[Result]) -> Iterator[str]:
    """As Markdown: the verdicts, then a table of each part."""
    yield "## Verdicts"
    yield ""
    yield "| mark | measured | |"
    yield "|---|---|---|"
    yield from (str(verdict) for result in results for verdict in result.verdicts)
    for result in results:
        yield f"\n## {result.title}\n"
        yield f"{result.note} The machine's load was {result.load:.1f} when it began.\n"
        columns = max(len(row.cells) for row in result.rows)
        yield "| " + " | ".join(["", *result.columns[:columns]]) + " |"
        yield "|---" * (columns + 1) + "|"
        for row in result.rows:
            cells = [row.what.replace("  ", "&emsp;", 1), *row.cells, *[""] * (columns - len(row.cells))]
            yield "| " + " | ".join(cells) + " |"


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios, each of one round."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def percentile(values: Sequence[float], part: float) -> float:
    """part: from 0 to 1."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]
