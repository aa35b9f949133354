"""The cells of a table as parts, or its columns where there are many cells."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.parts.base import Present, short

MOST_PARTS = 256
MOST_ROWS = 200
_MOST_LOOKED_AT = 10_000  # rows: of longer tables every second, third, ... tells what is usual
_ROWS_SHOWN = 20  # of a table whose columns are the parts

Column = list[Any]


class TableParts:
    """Cells; an absent one holds what is usual in its column. Of tables with many cells the columns are the parts, and
    of those with very many columns groups of neighbours."""

    kind = "table"
    alternatives: Sequence[Any] = ()

    def __init__(
        self,
        table: Any,
        *,
        headers: Sequence[str] | None = None,
        reference: Any = None,
        baseline: Mapping[str, Any] | None = None,
    ) -> None:
        """
        table: a pandas or polars DataFrame, an array (rows, columns), or a list of rows. It keeps its type, and that of
            its columns.
        headers: of the columns of an array or a list, when there are as many; else they are numbered.
        reference: a table of the same columns, for what is usual in them where `table` has one row only.
        baseline: header -> what is usual there.

        Usual is the median of numbers, and the most frequent of all else; in a column of which nothing is known, 0,
        False, an empty text, or a missing value.
        """
        self.table = table
        self._rows = len(table)
        step = 1 + self._rows // _MOST_LOOKED_AT
        self.headers, columns = columns_of(_cut(table, slice(None, None, step)), headers)
        self._first = columns if step == 1 else columns_of(_cut(table, slice(_ROWS_SHOWN)), headers)[1]
        known = columns if self._rows > 1 else _matching(reference, self.headers, headers)
        usual = [_usual(known[n] if known else [], column) for n, column in enumerate(columns)]
        usual = [value if _fits(table, n, value) else None for n, value in enumerate(usual)]
        for header, value in (baseline or {}).items():
            if header not in self.headers:
                raise ValueError(f"baseline names a column {header!r}; the table has {', '.join(self.headers)}.")
            usual[self.headers.index(header)] = value
        self._usual = usual
        self._columns = columns
        self._looked_at_all = step == 1
        #: (row, first column, column after the last) of each part; a row of None is all of them
        self._places = self._parted(len(columns))
        self.labels = [self._label(*place) for place in self._places]
        self.idle = np.array([self._is_usual(*place) for place in self._places], dtype=np.bool_)

    def _is_usual(self, row: int | None, start: int, stop: int) -> bool:
        rows = slice(None) if row is None else slice(row, row + 1)
        return self._looked_at_all and all(
            _same(cell, self._usual[n]) for n in range(start, stop) for cell in self._columns[n][rows]
        )

    def _parted(self, width: int) -> list[tuple[int | None, int, int]]:
        if self._rows * width <= MOST_PARTS and self._rows <= MOST_ROWS:
            return [(row, column, column + 1) for row in range(self._rows) for column in range(width)]
        count = min(width, MOST_PARTS)
        edges = [round(n * width / count) for n in range(count + 1)]
        return [(None, start, stop) for start, stop in zip(edges, edges[1:], strict=False)]

    def _label(self, row: int | None, start: int, stop: int) -> str:
        name = short(self.headers[start]) + (f" to {short(self.headers[stop - 1])}" if stop - start > 1 else "")
        return name if row is None else f"row {row + 1}, {name}"

    def masked(self, present: Present) -> Any:
        absent: dict[int, list[int] | None] = {}  # column -> rows; None is all of them
        for kept, (row, start, stop) in zip(present.tolist(), self._places, strict=True):
            if kept:
                continue
            for column in range(start, stop):
                if row is None:
                    absent[column] = None
                else:
                    rows = absent.setdefault(column, [])
                    assert rows is not None, "parts are cells or columns, never both"
                    rows.append(row)
        return with_cells(self.table, absent, self._usual)

    def shown(self) -> dict[str, Any]:
        """{"headers", "cells": [[row, column], ...] (a row of null is the whole column), "rows": [[cell, ...], ...]}"""
        rows = self._rows if self._places and self._places[0][0] is not None else min(self._rows, _ROWS_SHOWN)
        return {
            "headers": self.headers,
            "cells": [[row, start] for row, start, _ in self._places],
            "rows": [[_json(column[row]) for column in self._first] for row in range(rows)],
        }

    def scores_2022(self, scores: Sequence[float] | NDArray[np.float64]) -> list[list[float]]:
        """A list of rows with the scores of cells; one row of the columns' where these are the parts. 2022 had none."""
        rows = 1 if self._places and self._places[0][0] is None else self._rows
        grid = [[0.0] * len(self.headers) for _ in range(rows)]
        for score, (row, start, stop) in zip(scores, self._places, strict=True):
            grid[row or 0][start:stop] = [float(score)] * (stop - start)
        return grid


# ---------------------------------------------------------------------- what is usual


def _matching(reference: Any, wanted: list[str], headers: Sequence[str] | None) -> list[Column]:
    """The columns of a reference of the wanted headers; none when it is not of these."""
    if reference is None:
        return []
    there, columns = columns_of(reference, headers)
    return columns if there == wanted and columns and len(columns[0]) else []


def _usual(known: Column, column: Column) -> Any:
    """The median of numbers, a whole one where they are whole; the most frequent of other values."""
    values = [value for value in known if not _missing(value)]
    if not values:
        return _nothing(column)
    if not all(isinstance(value, (int, float, np.number)) and not isinstance(value, bool) for value in values):
        return values[_most_frequent(values)]
    ordered = sorted(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    if all(isinstance(value, (int, np.integer)) for value in values):
        return type(low)((int(low) + int(high)) // 2)
    return low if low == high else (low + high) / 2


def _most_frequent(values: Column) -> int:
    """The place of the first of the most frequent value."""
    names = [repr(value) for value in values]  # not everything in a table can be a key
    return names.index(Counter(names).most_common(1)[0][0])


def _nothing(column: Column) -> Any:
    """Zero, False, an empty text, or what is missing there, by the first value of the column."""
    first = next((value for value in column if not _missing(value)), None)
    if isinstance(first, (bool, int, float, str, np.generic)) and not isinstance(
        first, (np.datetime64, np.timedelta64)
    ):
        return type(first)()
    return None


def _missing(value: Any) -> bool:
    """None, NaN, NaT and pandas' NA."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):  # NA is neither equal nor not
        return type(value).__name__ == "NAType"


def _same(one: Any, other: Any) -> bool:
    if _missing(one) or _missing(other):
        return _missing(one) and _missing(other)
    try:
        return bool(one == other)
    except (TypeError, ValueError):
        return False


def _json(value: Any) -> Any:
    if _missing(value):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    finite = not isinstance(value, float) or math.isfinite(value)
    return value if isinstance(value, (bool, int, float, str)) and finite else str(value)


# ---------------------------------------------------------------------- the kinds of tables


def columns_of(table: Any, headers: Sequence[str] | None = None) -> tuple[list[str], list[Column]]:
    """The headers and the columns of a table. Those of arrays and lists are called as `headers` says, when they are as
    many, or numbered from 1."""
    library = _library(table)
    if library == "pandas":
        return [str(name) for name in table.columns], [list(table.iloc[:, n]) for n in range(table.shape[1])]
    if library == "polars":
        return list(table.columns), [column.to_list() for column in table.get_columns()]
    if isinstance(table, np.ndarray):
        columns = [list(column) for column in table.T] if table.ndim == 2 else []
    else:
        width = max(map(len, table), default=0)
        columns = [[row[n] if n < len(row) else None for row in table] for n in range(width)]
    named = headers is not None and len(headers) == len(columns)
    return list(headers or ()) if named else [str(n + 1) for n in range(len(columns))], columns


def _cut(table: Any, rows: slice) -> Any:
    """Some of the rows."""
    return table.iloc[rows] if _library(table) == "pandas" else table[rows]


def _fits(table: Any, column: int, value: Any) -> bool:
    """Whether a column, which may hold only what its type lists, may hold the value."""
    library = _library(table)
    if library == "pandas":
        listed = getattr(table.dtypes.iloc[column], "categories", None)
    else:
        listed = getattr(table.dtypes[column], "categories", None) if library == "polars" else None
    return listed is None or value in list(listed)


def with_cells(table: Any, absent: Mapping[int, list[int] | None], usual: Sequence[Any]) -> Any:
    """A copy of the table, of its type, in which the cells of these rows of each column (None: of all) hold what is
    usual in it."""
    library = _library(table)
    if library == "pandas":
        return _pandas_with(table, absent, usual)
    if library == "polars":
        return _polars_with(table, absent, usual)
    if isinstance(table, np.ndarray):
        changed = table.copy()
        for column, rows in absent.items():
            changed[slice(None) if rows is None else rows, column] = usual[column]
        return changed
    copied = [list(row) for row in table]
    for column, rows in absent.items():
        for row in range(len(table)) if rows is None else rows:
            if column < len(copied[row]):
                copied[row][column] = usual[column]
    return copied


def _pandas_with(table: Any, absent: Mapping[int, list[int] | None], usual: Sequence[Any]) -> Any:
    changed = table.copy()
    for column, rows in absent.items():
        series = table.iloc[:, column].copy()
        series.iloc[slice(None) if rows is None else rows] = usual[column]
        changed.isetitem(column, series)
    return changed


def _polars_with(table: Any, absent: Mapping[int, list[int] | None], usual: Sequence[Any]) -> Any:
    columns = table.get_columns()
    for column, rows in absent.items():
        series = columns[column]
        cells = [usual[column]] if rows is None else series.to_list()
        for row in rows or ():
            cells[row] = usual[column]
        changed = type(series)(series.name, cells, dtype=series.dtype)
        columns[column] = changed if rows is not None else changed.new_from_index(0, len(series))
    return type(table)(columns)


def _library(table: Any) -> str:
    """The package that a table's type is of: it need not be installed."""
    return type(table).__module__.partition(".")[0]
