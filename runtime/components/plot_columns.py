"""The columns that a plot draws: chosen from a table of any library, typed, grouped and added up."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from quickdemo.runtime.components.table_values import Table

AGGREGATES = ("sum", "mean", "median", "min", "max", "count")
MAX_POINTS = 1_000_000
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_DURATION = re.compile(r"(\d+)([smhd])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_KINDS = {"int": "number", "float": "number", "date": "time"}


@dataclass(frozen=True)
class Points:
    """Columns of equal length. `kind` of x: "number", "time" (ISO 8601 text) or "category" (text).

    y holds floats, None where there is none; `color` the names of the groups, or None; `extra` further columns by name.
    """

    kind: str
    x: list[Any]
    y: list[float | None]
    color: list[str] | None
    extra: dict[str, list[Any]] = field(default_factory=dict)


def points_of(table: Table, x: str, y: str | None, color: str | None, extra: Sequence[str] = ()) -> Points:
    """The named columns of a table; rows whose x is missing are left out. y of None counts rows. Texts that are all
    dates of ISO 8601, as in a CSV file, are moments.

    Raises ValueError for a column that is not there, and for a y that is no number.
    """
    if table.size > MAX_POINTS:
        raise ValueError(f"A plot has at most {MAX_POINTS:,} points; this one has {table.size:,}. Draw a part of them.")
    cells, kind = _cells(table, x)
    if kind == "category":
        cells = [None if cell is None else str(cell) for cell in cells]
        if cells and all(cell is None or _ISO.fullmatch(cell) for cell in cells):
            kind = "time"
    heights = _numbers(table, y) if y is not None else [1.0] * table.size
    if kind == "number":
        cells = [None if cell is None or not math.isfinite(float(cell)) else float(cell) for cell in cells]
    kept = [n for n, cell in enumerate(cells) if cell is not None]
    colors = [str(cell) if cell is not None else "none" for cell in _cells(table, color)[0]] if color else None
    further = {name: _cells(table, name)[0] for name in extra}
    return Points(
        kind,
        [cells[n] for n in kept],
        [heights[n] for n in kept],
        [colors[n] for n in kept] if colors else None,
        {name: [column[n] for n in kept] for name, column in further.items()},
    )


def _column(table: Table, name: str) -> int:
    if name not in table.headers:
        there = ", ".join(map(repr, table.headers[:20])) or "none"
        raise ValueError(f"There is no column {name!r} to plot; there are: {there}.")
    return table.headers.index(name)


def _cells(table: Table, name: str) -> tuple[list[Any], str]:
    column = table.columns[_column(table, name)]
    return column.block(0, column.size), _KINDS.get(column.kind, "category")


def _numbers(table: Table, name: str) -> list[float | None]:
    """A column of numbers; what is not finite is None, which breaks a line."""
    cells, kind = _cells(table, name)
    if kind == "number":
        numbers = [None if cell is None else float(cell) for cell in cells]
        return [number if number is not None and math.isfinite(number) else None for number in numbers]
    for row, cell in enumerate(cells, 1):
        if not isinstance(cell, (int, float, type(None))):
            raise ValueError(f"The column {name!r} must hold numbers to be plotted; row {row} has {cell!r:.60}.")
    return [None if cell is None else float(cell) for cell in cells]


def added_up(points: Points, aggregate: str, x_bin: str | float | None) -> Points:
    """One point for each x (or each bin of x) and colour: the sum, mean, ... of its y. In the order of x; categories
    in the order in which they came."""
    places = _binned(points, x_bin)
    groups: dict[tuple[Any, str], list[float]] = {}
    for n, height in enumerate(points.y):
        if height is not None:
            groups.setdefault((places[n], points.color[n] if points.color else ""), []).append(height)
    work = _WORK[aggregate]
    keys = list(groups)
    if points.kind != "category":
        keys.sort(key=lambda key: key[0])
    colors = [color for _, color in keys] if points.color else None
    return Points(points.kind, [x for x, _ in keys], [float(work(groups[key])) for key in keys], colors)


def _mean(ys: list[float]) -> float:
    return math.fsum(ys) / len(ys)


def _median(ys: list[float]) -> float:
    return float(np.median(ys))


def _count(ys: list[float]) -> float:
    return float(len(ys))


_WORK: dict[str, Callable[[list[float]], float]] = {
    "sum": math.fsum,
    "mean": _mean,
    "median": _median,
    "min": min,
    "max": max,
    "count": _count,
}


def _binned(points: Points, x_bin: str | float | None) -> list[Any]:
    if x_bin is None:
        return points.x
    if points.kind == "number":
        width = float(x_bin)
        return [math.floor(x / width) * width for x in points.x]
    if points.kind == "time":
        seconds = bin_seconds(x_bin)
        return [_floor(moment(x), seconds).isoformat() for x in points.x]
    raise ValueError("x_bin needs numbers or moments on the x axis; this column holds texts.")


def bin_seconds(x_bin: str | float) -> float:
    """Seconds of "30s", "15m", "1h", "7d", or of a number. Raises ValueError."""
    if isinstance(x_bin, str):
        match = _DURATION.fullmatch(x_bin.strip())
        if match is None or int(match[1]) == 0:
            raise ValueError(f'x_bin must be a number, or a time such as "15m", "1h" or "7d"; it was {x_bin!r}.')
        return int(match[1]) * _SECONDS[match[2]]
    if not x_bin > 0:
        raise ValueError(f"x_bin must be above 0; it was {x_bin!r}.")
    return float(x_bin)


def moment(text: str) -> dt.datetime:
    """A moment of ISO 8601 text; without a zone it counts as UTC. Fractions finer than microseconds are dropped."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", text).replace("Z", "+00:00")
    read = dt.datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=dt.timezone.utc)


def _floor(when: dt.datetime, seconds: float) -> dt.datetime:
    """The start of the bin that a moment falls in, bins counted from midnight UTC of 1970-01-01."""
    stamp = math.floor(when.timestamp() / seconds) * seconds
    return dt.datetime.fromtimestamp(stamp, tz=dt.timezone.utc)


def ordered(points: Points, sort: str | Sequence[str] | None) -> Points:
    """Categories in the wanted order: "x", "-x", "y", "-y" (by their total), or a list of them."""
    if sort is None or points.kind != "category":
        return points
    if isinstance(sort, str):
        totals: dict[str, float] = {}
        for x, y in zip(points.x, points.y, strict=True):
            totals[x] = totals.get(x, 0.0) + (y or 0.0)
        names = sorted(totals) if sort.endswith("x") else sorted(totals, key=totals.__getitem__)
        names = names[::-1] if sort.startswith("-") else names
    else:
        names = [str(name) for name in sort]
    rank = {name: n for n, name in enumerate(names)}
    order = sorted(range(len(points.x)), key=lambda n: rank.get(points.x[n], len(rank)))
    return Points(
        points.kind,
        _picked(points.x, order),
        _picked(points.y, order),
        _picked(points.color, order) if points.color is not None else None,
        {name: _picked(column, order) for name, column in points.extra.items()},
    )


def _picked(column: list[Any], order: list[int]) -> list[Any]:
    return [column[n] for n in order]
