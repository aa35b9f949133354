"""Tables of any library as columns of JSON values, without a Python loop over cells where the library can do it.

A `Table` has headers and columns of equal length. A column's `kind` says what its JSON values stood for, so that they
become the same again: "int", "float", "bool", "str", "date" (ISO 8601 text), or "any" for a mixture. Missing values
(None, NaN, NaT) are null. JSON has no infinity, and a browser no whole number beyond 2**53; both travel as text in a
column of kind "int" or "float": "Infinity", "-Infinity", "9007199254740993"; so do decimals of many digits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from quickdemo.runtime.components import table_dtypes
from quickdemo.runtime.components.table_columns import KINDS, Column, holds, listed, of_array, of_list, of_series
from quickdemo.runtime.components.table_styler import moved, styled_of

MAX_COLUMNS = 1000
MAX_CELLS = 5_000_000

_PARTS = {"headers", "data", "types", "dtypes", "index", "metadata", "html", "styled"}


@dataclass(frozen=True)
class Table:
    """`headers` are as many as `columns`; each column has `size` values. The first `index` columns are the named
    levels of a pandas index. `styled` are the looks of single cells (table_styler.py)."""

    headers: list[str]
    columns: list[Column]
    size: int
    index: int = 0
    styled: dict[str, Any] | None = None

    def rows(self, start: int = 0, stop: int | None = None) -> list[list[Any]]:
        """Rows `start` to `stop` as lists of JSON values."""
        stop = self.size if stop is None else min(stop, self.size)
        if not self.columns:
            return [[] for _ in range(start, stop)]
        return list(map(list, zip(*(column.block(start, stop) for column in self.columns), strict=True)))

    @property
    def kinds(self) -> list[str]:
        """The kind of each column."""
        return [column.kind for column in self.columns]

    @property
    def dtypes(self) -> list[Any] | None:
        """The names of the columns' exact types; None when all are plain."""
        names = [column.dtype for column in self.columns]
        return names if any(names) else None


# ---------------------------------------------------------------------- whole tables


def table_of(value: Any, headers: Sequence[str] | None = None, one_column: bool = False) -> Table:
    """The table of a DataFrame or Series (pandas, polars), Styler, array, list of values, of lists or of dicts, dict of
    columns, or {"headers", "data"}.

    headers: for values that have none of their own. one_column: a flat list is a column, not a row.
    Raises ValueError, saying what is wrong, for anything else and for what is too large.
    """
    index, styled = 0, None
    module = type(value).__module__.partition(".")[0]
    if module == "pandas" and hasattr(value, "data") and type(value).__name__ == "Styler":
        value, styled = styled_of(value)
    if module == "pandas":
        names, columns = _of_pandas(value)
        index = _named_levels(value)
    elif module == "polars":
        names, columns = _of_polars(value)
    elif isinstance(value, Mapping):
        names, columns = _of_mapping(value, headers, one_column)
        index = value.get("index", 0) if _is_stored(value) else 0
    elif callable(getattr(value, "to_pandas", None)):
        names, columns = _of_pandas(value.to_pandas())
    else:
        names, columns = _of_rows(value, headers, one_column)
    index = table_dtypes.index_of(index, len(columns))
    return replace(checked(names, columns), index=index, styled=moved(styled, index))


def checked(headers: list[str], columns: list[Column]) -> Table:
    """The table, within the limits. Raises ValueError."""
    size = columns[0].size if columns else 0
    odd = next((n for n, column in enumerate(columns) if column.size != size), None)
    if odd is not None:
        raise ValueError(
            f"All columns of a table must be equally long; {headers[odd]!r} has {columns[odd].size} values, "
            f"{headers[0]!r} has {size}."
        )
    check_size(size, len(columns))
    return Table(headers, columns, size)


def check_size(rows: int, columns: int) -> None:
    """Raises ValueError when a table is too wide or too large to be shown."""
    if columns > MAX_COLUMNS:
        raise ValueError(f"A table has at most {MAX_COLUMNS} columns; this one has {columns}. Leave some out.")
    if rows * columns > MAX_CELLS:
        raise ValueError(
            f"A table has at most {MAX_CELLS:,} cells; this one has {rows:,} rows of {columns}. "
            "Show a part of it, or return a file."
        )


def _of_pandas(value: Any) -> tuple[list[str], list[Column]]:
    if hasattr(value, "to_frame") and not hasattr(value, "columns"):  # a Series or an Index
        value = value.to_frame() if hasattr(value, "index") else value.to_frame(index=False)
    if _named_levels(value):
        levels = [level if name is None else name for level, name in enumerate(value.index.names)]
        value = value.set_axis(value.index.set_names(levels))
        index = value.index.to_frame(index=False)
        names = [*map(_header, index.columns), *map(_header, value.columns)]
        parts = [index.iloc[:, n] for n in range(index.shape[1])]
    else:
        names, parts = [_header(name) for name in value.columns], []
    check_size(len(value), len(names))
    parts += [value.iloc[:, n] for n in range(value.shape[1])]
    columns = map(of_series, parts)
    return names, [
        replace(column, dtype=table_dtypes.of_pandas(part, column.kind))
        for part, column in zip(parts, columns, strict=True)
    ]


def _named_levels(value: Any) -> int:
    """How many columns the index of a frame or Series becomes: its levels, if any of them has a name."""
    names = value.index.names if hasattr(value, "index") else []
    return len(names) if any(name is not None for name in names) else 0


def _of_polars(value: Any) -> tuple[list[str], list[Column]]:
    if type(value).__name__ == "LazyFrame":
        value = value.collect()
    series = [value] if not hasattr(value, "get_columns") else value.get_columns()
    check_size(len(value), len(series))
    columns = []
    for one in series:
        exact = one.dtype.is_numeric() and not one.dtype.is_decimal() and one.null_count() == 0
        cells = [] if exact else one.to_list()
        column = of_array(one.to_numpy()) if exact else of_list(cells)
        if one.null_count() == len(one):
            column = listed(_polars_kind(one.dtype), one.to_list())
        columns.append(replace(column, dtype=table_dtypes.of_polars(one.dtype, cells)))
    return [one.name for one in series], columns


def _polars_kind(dtype: Any) -> str:
    """The kind of a column that is all missing: that of its type."""
    if dtype.is_numeric():
        return "int" if dtype.is_integer() else "float"
    return {"Boolean": "bool", "String": "str"}.get(str(dtype), "any")


def _is_stored(value: Any) -> bool:
    """Whether it is {"headers", "data"}, and no dict of columns."""
    return "data" in value and set(value) <= _PARTS


def _of_mapping(
    value: Mapping[Any, Any], headers: Sequence[str] | None, one_column: bool
) -> tuple[list[str], list[Column]]:
    if _is_stored(value):
        names, columns = _of_rows(value["data"], value.get("headers") or headers, one_column)
        return names, _with_dtypes(_with_kinds(columns, value.get("types")), value.get("dtypes"))
    columns = [_of_sequence(part, str(name)) for name, part in value.items()]
    return [_header(name) for name in value], columns


def _with_kinds(columns: list[Column], kinds: Any) -> list[Column]:
    """What was stored with its kinds: numbers that travel as text are numbers again."""
    if not isinstance(kinds, list) or len(kinds) != len(columns):
        return columns
    cells = [column.block(0, column.size) for column in columns]
    return [
        listed(kind, part) if kind in KINDS and holds(kind, part) else column
        for column, kind, part in zip(columns, kinds, cells, strict=True)
    ]


def _with_dtypes(columns: list[Column], names: Any) -> list[Column]:
    named = table_dtypes.names_of(names, len(columns))
    return [replace(column, dtype=name) for column, name in zip(columns, named, strict=True)]


def _of_rows(value: Any, headers: Sequence[str] | None, one_column: bool) -> tuple[list[str], list[Column]]:
    """An array, or a list of lists, dicts or single values."""
    if type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "ndim"):
        return _of_numpy(value, headers, one_column)
    if callable(getattr(value, "tolist", None)):  # tensors
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        raise ValueError(
            f"A table is a DataFrame, an array, a list of rows, a dict of columns or the path of a CSV file; "
            f"this is {type(value).__name__}."
        )
    if value and all(isinstance(row, Mapping) for row in value):
        names = list(dict.fromkeys(key for row in value for key in row))
        return [_header(name) for name in names], [of_list([row.get(name) for row in value]) for name in names]
    rows = list(map(_row, value))
    if value and not any(row is not None for row in rows):
        rows = [[item] for item in value] if one_column else [list(value)]
    return _of_lists([row for row in rows if row != []] if rows == [[]] else rows, headers)


def _row(row: Any) -> list[Any] | None:
    """A row as a list; None when it is a single value."""
    if isinstance(row, (list, tuple)):
        return list(row)
    return row.tolist() if getattr(row, "ndim", 0) == 1 else None


def _of_lists(rows: list[list[Any] | None], headers: Sequence[str] | None) -> tuple[list[str], list[Column]]:
    width = len(rows[0] or ()) if rows else len(headers or ())
    for number, row in enumerate(rows, 1):
        if row is None or len(row) != width:
            has = "is no list" if row is None else f"has {len(row)}"
            raise ValueError(f"All rows of a table must be equally long; row 1 has {width} values, row {number} {has}.")
    check_size(len(rows), width)
    columns = [of_list(list(cells)) for cells in zip(*rows, strict=True)] if rows else [of_list([])] * width
    return _named(headers, width), columns


def _of_numpy(array: Any, headers: Sequence[str] | None, one_column: bool) -> tuple[list[str], list[Column]]:
    if array.dtype.names:  # one column for each field
        flat = array.reshape(-1)
        return [str(name) for name in array.dtype.names], [of_array(flat[name]) for name in array.dtype.names]
    if array.ndim == 0:
        array = array.reshape(1, 1)
    elif array.ndim == 1:
        array = array.reshape((-1, 1) if one_column else (1, -1))
    elif array.ndim != 2:
        raise ValueError(f"An array with 1 or 2 axes is a table; this one has {array.ndim}, shape {array.shape}.")
    check_size(*array.shape)
    if array.size == 0 and array.shape[0]:
        return [], []
    return _named(headers, array.shape[1]), [of_array(array[:, n]) for n in range(array.shape[1])]


def _of_sequence(values: Any, name: str) -> Column:
    module = type(values).__module__.partition(".")[0]
    if module == "pandas" and hasattr(values, "to_frame"):
        return _of_pandas(values.reset_index(drop=True))[1][0] if hasattr(values, "reset_index") else of_list([*values])
    if module == "numpy" and getattr(values, "ndim", 0) == 1:
        return of_array(values)
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise ValueError(f"A dict is a table when each value is a list of cells; {name!r} is {type(values).__name__}.")
    return of_list(list(values))


def _named(headers: Sequence[str] | None, width: int) -> list[str]:
    """Headers of a table that has none: those of the author when they fit, else 1, 2, 3, ..."""
    if headers is None:
        return [str(n + 1) for n in range(width)]
    if not isinstance(headers, (list, tuple)):
        raise ValueError(f"headers must be a list of names, not {type(headers).__name__}.")
    if len(headers) != width:
        raise ValueError(f"There are {len(headers)} headers for {width} columns; name each column once.")
    return [_header(name) for name in headers]


def _header(name: Any) -> str:
    if isinstance(name, tuple):  # of a MultiIndex
        return " / ".join(str(part) for part in name if part != "")
    return "" if name is None else str(name)
