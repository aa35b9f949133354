"""Tables of any library as columns of JSON values, without a Python loop over cells where the library can do it.

A `Table` has headers and columns of equal length. A column's `kind` says what its JSON values stood for, so that they
become the same again: "int", "float", "bool", "str", "date" (ISO 8601 text), or "any" for a mixture. Missing values
(None, NaN, NaT) are null. JSON has no infinity, and a browser no whole number beyond 2**53; both travel as text in a
column of kind "int" or "float": "Infinity", "-Infinity", "9007199254740993".
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from quickdemo.runtime.components.plain import plain

if TYPE_CHECKING:
    pass

KINDS = ("int", "float", "bool", "str", "date", "any")
MAX_COLUMNS = 1000
MAX_CELLS = 5_000_000
MAX_TEXT = 1_000_000  # characters of one cell
SAFE_INT = 2**53 - 1  # whole numbers up to here are exact in every browser

#: texts that stand for numbers which JSON, or a browser, cannot hold
NUMERIC_TEXT = re.compile(r"-?(Infinity|[0-9]{16,400})", re.ASCII)

_DATE_UNITS = ("D", "s", "ms", "us", "ns")
_JSON_TYPES: dict[str, set[type]] = {
    "int": {int, str},
    "float": {int, float, str},
    "bool": {bool},
    "str": {str},
    "date": {str},
}


@dataclass(frozen=True)
class Column:
    """`block(start, stop)` gives the JSON values of these rows; nothing is converted before it is asked for."""

    kind: str
    size: int
    block: Callable[[int, int], list[Any]]


@dataclass(frozen=True)
class Table:
    """`headers` are as many as `columns`; each column has `size` values."""

    headers: list[str]
    columns: list[Column]
    size: int

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


# ---------------------------------------------------------------------- whole tables


def table_of(value: Any, headers: Sequence[str] | None = None, one_column: bool = False) -> Table:
    """The table of a DataFrame or Series (pandas, polars), Styler, array, list of values, of lists or of dicts, dict of
    columns, or {"headers", "data"}.

    headers: for values that have none of their own. one_column: a flat list is a column, not a row.
    Raises ValueError, saying what is wrong, for anything else and for what is too large.
    """
    module = type(value).__module__.partition(".")[0]
    if module == "pandas" and hasattr(value, "data") and type(value).__name__ == "Styler":
        value = value.data
    if module == "pandas":
        names, columns = _of_pandas(value)
    elif module == "polars":
        names, columns = _of_polars(value)
    elif isinstance(value, Mapping):
        names, columns = _of_mapping(value, headers, one_column)
    elif callable(getattr(value, "to_pandas", None)):
        names, columns = _of_pandas(value.to_pandas())
    else:
        names, columns = _of_rows(value, headers, one_column)
    return checked(names, columns)


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
        value = value.to_frame()
    if any(name is not None for name in value.index.names):
        levels = [level if name is None else name for level, name in enumerate(value.index.names)]
        value = value.set_axis(value.index.set_names(levels))
        index = value.index.to_frame(index=False)
        names = [*map(_header, index.columns), *map(_header, value.columns)]
        parts = [index.iloc[:, n] for n in range(index.shape[1])]
    else:
        names, parts = [_header(name) for name in value.columns], []
    check_size(len(value), len(names))
    parts += [value.iloc[:, n] for n in range(value.shape[1])]
    return names, [_of_series(part) for part in parts]


def _of_polars(value: Any) -> tuple[list[str], list[Column]]:
    if type(value).__name__ == "LazyFrame":
        value = value.collect()
    series = [value] if not hasattr(value, "get_columns") else value.get_columns()
    check_size(len(value), len(series))
    columns = []
    for one in series:
        exact = one.dtype.is_numeric() and not one.dtype.is_decimal() and one.null_count() == 0
        column = of_array(one.to_numpy()) if exact else of_list(one.to_list())
        columns.append(column if one.null_count() < len(one) else _listed(_polars_kind(one.dtype), one.to_list()))
    return [one.name for one in series], columns


def _polars_kind(dtype: Any) -> str:
    """The kind of a column that is all missing: that of its type."""
    if dtype.is_numeric():
        return "int" if dtype.is_integer() else "float"
    return {"Boolean": "bool", "String": "str"}.get(str(dtype), "any")


def _of_mapping(
    value: Mapping[Any, Any], headers: Sequence[str] | None, one_column: bool
) -> tuple[list[str], list[Column]]:
    if "data" in value and set(value) <= {"headers", "data", "types", "metadata", "html"}:
        names, columns = _of_rows(value["data"], value.get("headers") or headers, one_column)
        return names, _with_kinds(columns, value.get("types"))
    columns = [_of_sequence(part, str(name)) for name, part in value.items()]
    return [_header(name) for name in value], columns


def _with_kinds(columns: list[Column], kinds: Any) -> list[Column]:
    """What was stored with its kinds: numbers that travel as text are numbers again."""
    if not isinstance(kinds, list) or len(kinds) != len(columns):
        return columns
    cells = [column.block(0, column.size) for column in columns]
    return [
        _listed(kind, part) if kind in KINDS and holds(kind, part) else column
        for column, kind, part in zip(columns, kinds, cells, strict=True)
    ]


def holds(kind: str, cells: list[Any]) -> bool:
    """Whether all JSON values of a column may stand for values of that kind."""
    types = set(map(type, cells)) - {type(None)}
    if kind == "any":
        return True
    numeric = kind in ("int", "float")
    if not types <= _JSON_TYPES[kind]:
        return False
    return not numeric or str not in types or all(type(cell) is not str or is_numeric_text(cell) for cell in cells)


def is_numeric_text(text: str) -> bool:
    """Whether the text is one that stands for a number which JSON or a browser cannot hold."""
    return NUMERIC_TEXT.fullmatch(text) is not None


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


# ---------------------------------------------------------------------- single columns


def _of_series(series: Any) -> Column:
    """A column of a pandas frame, whatever its dtype."""
    import numpy as np

    dtype, missing = series.dtype, None
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return of_array(series.to_numpy())
    missing = series.isna().to_numpy()
    if hasattr(series, "cat"):
        return _of_categories(series, missing)
    kind = getattr(dtype, "kind", "O")
    if kind in "iub":
        plain_type = {"i": "int64", "u": "uint64", "b": "bool"}[kind]
        return of_array(series.to_numpy(dtype=plain_type, na_value=0), missing if missing.any() else None)
    if kind == "f":
        return of_array(series.to_numpy(dtype="float64", na_value=float("nan")))
    values = series.astype(object).to_numpy(copy=True)
    values[missing] = None
    return of_list(values.tolist())


def _of_categories(series: Any, missing: Any) -> Column:
    import numpy as np

    known = of_list([*series.cat.categories])
    labels = np.empty(known.size + 1, dtype=object)
    labels[: known.size] = known.block(0, known.size)
    labels[known.size] = None
    codes = np.where(missing, known.size, series.cat.codes.to_numpy())
    return Column(known.kind, len(codes), lambda start, stop: labels[codes[start:stop]].tolist())


def of_array(array: Any, missing: Any = None) -> Column:
    """A column of a 1-d numpy array; `missing` is a mask of the same length, or None."""

    kind = array.dtype.kind
    if kind == "b":
        return _masked("bool", array, missing, lambda block: block.tolist())
    if kind in "iu":
        big = array.size > 0 and (int(array.max()) > SAFE_INT or int(array.min()) < -SAFE_INT)
        return _masked("int", array, missing, _big_ints if big else lambda block: block.tolist())
    if kind == "f":
        return _masked("float", array, None, _floats)
    if kind == "M":
        return _dates(array)
    if kind == "m":
        return of_list(_durations(array))
    return of_list(array.tolist())


def _masked(kind: str, array: Any, missing: Any, convert: Callable[[Any], list[Any]]) -> Column:
    def block(start: int, stop: int) -> list[Any]:
        cells = convert(array[start:stop])
        if missing is not None:
            for index in missing[start:stop].nonzero()[0].tolist():
                cells[index] = None
        return cells

    return Column(kind, len(array), block)


def _big_ints(block: Any) -> list[Any]:
    return [whole(number) for number in block.tolist()]


def whole(number: int) -> int | str:
    """A whole number for JSON; as text when a browser would round it."""
    return number if -SAFE_INT <= number <= SAFE_INT else str(number)


def _floats(block: Any) -> list[Any]:
    import numpy as np

    finite = np.isfinite(block)
    if block.dtype.itemsize < 8:
        block = block.astype("U").astype(np.float64)  # the 0.1 that one wrote, not 0.10000000149011612
    cells: list[Any] = block.tolist()
    if not finite.all():
        for index in (~finite).nonzero()[0].tolist():
            cells[index] = _not_finite(cells[index])
    return cells


def _not_finite(number: float) -> str | None:
    if math.isnan(number):
        return None
    return "Infinity" if number > 0 else "-Infinity"


def _dates(array: Any) -> Column:
    """Moments as ISO 8601, in the coarsest unit that tells them all exactly."""
    import numpy as np

    there = array[~np.isnat(array)]
    unit = next((unit for unit in _DATE_UNITS if (there.astype(f"M8[{unit}]") == there).all()), "ns")

    def convert(block: Any) -> list[Any]:
        texts = np.datetime_as_string(block, unit=unit).tolist()  # type: ignore[call-overload]  # any unit is one
        return [None if text == "NaT" else text for text in texts]

    return Column("date", len(array), lambda start, stop: convert(array[start:stop]))


def _durations(array: Any) -> list[str | None]:
    import numpy as np

    exact = array.astype("timedelta64[us]").astype(object).tolist()
    return [None if none else str(item) for none, item in zip(np.isnat(array).tolist(), exact, strict=True)]


def of_list(values: list[Any]) -> Column:
    """A column of Python objects. Each becomes a JSON value; what JSON has no word for becomes its text."""
    types = set(map(type, values)) - {type(None)}
    if types == {str}:
        return _listed("str", values)
    if types == {bool}:
        return _listed("bool", values)
    cells = [cell_of(value) for value in values]
    kinds = {kind for kind, _ in cells if kind}
    column = [cell for _, cell in cells]
    if kinds == {"int", "float"} and any(type(cell) is str for cell in column):
        return _listed("float", column)
    return _listed(kinds.pop() if len(kinds) == 1 else "any", column)


def _listed(kind: str, cells: list[Any]) -> Column:
    if kind in ("str", "any"):
        check_text(cells)
    return Column(kind, len(cells), lambda start, stop: cells[start:stop])


def check_text(cells: list[Any]) -> None:
    """Raises ValueError when a text is longer than MAX_TEXT."""
    longest = max((len(cell) for cell in cells if type(cell) is str), default=0)
    if longest > MAX_TEXT:
        row = next(n for n, cell in enumerate(cells, 1) if type(cell) is str and len(cell) == longest)
        raise ValueError(
            f"A cell holds at most {MAX_TEXT:,} characters; the one in row {row} has {longest:,}. "
            "Shorten it, or return a file."
        )


def cell_of(value: Any) -> tuple[str, Any]:
    """Kind ("" when missing) and JSON value of one Python object."""
    if _is_missing(value):
        return "", None
    if getattr(value, "ndim", 1) == 0 and callable(getattr(value, "item", None)):  # numpy, torch
        return _of_scalar(value)
    if isinstance(value, Enum):
        return cell_of(value.value)
    if isinstance(value, bool):
        return "bool", value
    if isinstance(value, str):
        return "str", str(value)
    if isinstance(value, int):
        return "int", whole(int(value))
    if isinstance(value, (float, Decimal)):
        number = float(value)
        return "float", number if math.isfinite(number) else _not_finite(number)
    if isinstance(value, (dt.datetime, dt.date)):
        return "date", value.isoformat()
    return "str", _text(value)


def _is_missing(value: Any) -> bool:
    if isinstance(value, float):
        return value != value
    if isinstance(value, Decimal):
        return value.is_nan()
    return value is None or type(value).__name__ in ("NaTType", "NAType")  # of pandas


def _of_scalar(value: Any) -> tuple[str, Any]:
    """A number or moment of numpy, or a tensor of no axes."""
    if getattr(getattr(value, "dtype", None), "kind", "") not in ("f", "M", "m"):
        return cell_of(value.item())
    column = of_array(value.reshape(1))
    cell = column.block(0, 1)[0]
    return ("" if cell is None else column.kind, cell)


def _text(value: Any) -> str:
    """What is shown of an object that JSON has no word for."""
    if isinstance(value, (list, tuple, dict, set, frozenset)) or hasattr(value, "tolist"):
        try:
            return json.dumps(plain(value), ensure_ascii=False)
        except (ValueError, TypeError):
            pass  # something inside has no JSON form: its text will do
    return str(value)
