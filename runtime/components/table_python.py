"""What the function gets of a table: a DataFrame of pandas or polars, an array, or a list of lists."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from quickdemo.runtime.components import table_dtypes
from quickdemo.runtime.components.table_columns import SAFE_INT, Column, is_numeric_text
from quickdemo.runtime.components.table_values import Table
from quickdemo.runtime.errors import Error

_FRACTION = re.compile(r"(\.[0-9]{6})[0-9]+")


def to_pandas(table: Table) -> Any:
    """A pandas DataFrame: int64, float64 (missing numbers are NaN), bool, str, datetime64, or object for mixtures."""
    pandas = _library("pandas")
    parts = {n: _exact_series(pandas, column, column.block(0, table.size)) for n, column in enumerate(table.columns)}
    frame = pandas.DataFrame(parts, index=range(table.size))
    frame.columns = table.headers
    return _indexed(pandas, frame, table.index) if table.index else frame


def _indexed(pandas: Any, frame: Any, levels: int) -> Any:
    """The frame with its first columns as its index again."""
    parts, names = [frame.iloc[:, n] for n in range(levels)], list(frame.columns[:levels])
    index = pandas.MultiIndex.from_arrays(parts, names=names) if levels > 1 else pandas.Index(parts[0], name=names[0])
    return frame.iloc[:, levels:].set_axis(index)


def _exact_series(pandas: Any, column: Column, cells: list[Any]) -> Any:
    """A column of the type that it had, where its cells still fit that; else of the plain one of its kind."""
    if column.dtype is not None:
        try:
            return table_dtypes.to_series(pandas, column.dtype, _exact_cells(column, cells))
        except table_dtypes.MISFITS:
            pass  # the visitor typed something else
    return _series(pandas, column.kind, cells)


def _exact_cells(column: Column, cells: list[Any]) -> list[Any]:
    """Numbers that travelled as text are read; a decimal's text keeps all of its digits."""
    if column.kind not in ("int", "float") or str(column.dtype).startswith("decimal"):
        return cells
    return _numbers(cells, int if column.kind == "int" else float)


def _series(pandas: Any, kind: str, cells: list[Any]) -> Any:
    import numpy as np

    if kind == "float":
        return pandas.Series(np.array(_numbers(cells, float), dtype=np.float64))
    if kind == "int":
        return _whole_series(pandas, _numbers(cells, int))
    if kind == "date" and set(cells) - {None}:
        try:
            several = any(cell is not None and table_dtypes.has_zone(cell) for cell in cells)
            return pandas.Series(pandas.to_datetime(cells, format="ISO8601", utc=several))
        except ValueError:  # years that pandas does not know
            return pandas.Series(cells, dtype=object)
    if kind == "date":
        return pandas.Series(cells, dtype="datetime64[us]")
    if kind == "str":
        return pandas.Series(cells, dtype="str" if int(pandas.__version__.split(".")[0]) >= 3 else object)
    if kind == "bool":
        return pandas.Series(cells, dtype=object if None in cells else bool)
    return pandas.Series(cells, dtype=None if cells else object)


def _whole_series(pandas: Any, numbers: list[Any]) -> Any:
    """int64; float64 when some are missing; object where either would change a number."""
    import numpy as np

    if None not in numbers:
        try:
            return pandas.Series(np.array(numbers, dtype=np.int64))
        except OverflowError:
            return pandas.Series(numbers, dtype=object)
    exact = all(number is None or -SAFE_INT <= number <= SAFE_INT for number in numbers)
    return pandas.Series(np.array(numbers, dtype=np.float64) if exact else numbers, dtype=None if exact else object)


def _numbers(cells: list[Any], read: Any) -> list[Any]:
    """Numbers that travelled as text, read; the others as they are."""
    return [read(cell) if type(cell) is str else cell for cell in cells] if str in set(map(type, cells)) else cells


def to_polars(table: Table) -> Any:
    """A polars DataFrame; a header that occurs twice gets a number, because polars knows each name once."""
    polars = _library("polars")
    types = {"int": polars.Int64, "float": polars.Float64, "bool": polars.Boolean, "str": polars.String}
    names: dict[str, Any] = {}
    for header, column in zip(table.headers, table.columns, strict=True):
        cells = python_cells(column.kind, column.block(0, table.size))
        name, number = header, 1
        while name in names:
            number += 1
            name = f"{header} {number}"
        names[name] = _exact_polars(polars, column, table.size)
        if names[name] is None:
            names[name] = _polars_series(polars, cells, types.get(column.kind))
    return polars.DataFrame(names)


def _exact_polars(polars: Any, column: Column, size: int) -> Any:
    """A column of the type that it had; None where it had a plain one or its cells no longer fit."""
    if column.dtype is None:
        return None
    try:
        return table_dtypes.to_polars_series(polars, column.dtype, _exact_cells(column, column.block(0, size)))
    except (*table_dtypes.MISFITS, polars.exceptions.PolarsError):
        return None  # the visitor typed something else


def _polars_series(polars: Any, cells: list[Any], dtype: Any) -> Any:
    try:
        return polars.Series(cells, dtype=dtype, strict=True)
    except (TypeError, OverflowError, polars.exceptions.PolarsError):
        return polars.Series(cells, dtype=polars.Object)


def to_numpy(table: Table) -> Any:
    """An array (rows, columns): int64, float64 (missing numbers are NaN) or bool when all columns are, else object."""
    import numpy as np

    cells = [_numbers(column.block(0, table.size), _number) for column in table.columns]
    types = {kind for column in cells for kind in set(map(type, column))}
    shape = (table.size, len(cells))
    kinds = set(table.kinds)
    if types == {bool} and cells:
        return np.array(cells, dtype=bool).T.reshape(shape)
    stated = bool(kinds) and kinds <= {"int", "float"}  # numbers all of which may be missing
    if types <= {int, float, type(None)} and (stated or types & {int, float}) and kinds <= {"int", "float", "any"}:
        exact = types == {int} and "float" not in kinds
        try:
            return np.array(cells, dtype=np.int64 if exact else np.float64).T.reshape(shape)
        except OverflowError:
            pass  # whole numbers that fit no array: as objects, unchanged
    array = np.empty(shape, dtype=object)
    for n, column in enumerate(table.columns):
        array[:, n] = python_cells(column.kind, column.block(0, table.size))
    return array


def _number(text: str) -> Any:
    if text.endswith("Infinity") or (is_numeric_text(text) and "." in text):
        return float(text)
    return int(text) if text.lstrip("-").isdigit() else text


def to_lists(table: Table) -> list[list[Any]]:
    """A list of rows of int, float, bool, str or None; moments are ISO 8601 text."""
    if not table.columns:
        return table.rows()
    parts = [
        column.block(0, table.size) if column.kind == "date" else python_cells(column.kind, column.block(0, table.size))
        for column in table.columns
    ]
    return list(map(list, zip(*parts, strict=True)))


def python_cells(kind: str, cells: list[Any]) -> list[Any]:
    """JSON values as the Python values that they stand for; moments are datetimes, or stay text where there is none."""
    if kind == "int":
        return _numbers(cells, int)
    if kind == "float":
        return [None if cell is None else float(cell) for cell in cells]
    if kind == "date":
        return [None if cell is None else moment(cell) or cell for cell in cells]
    return cells


def moment(text: str) -> dt.datetime | None:
    """The moment that an ISO 8601 text names; None when it names none. Less than a microsecond is dropped."""
    try:
        return dt.datetime.fromisoformat(_FRACTION.sub(r"\1", text.strip()).replace("Z", "+00:00"))
    except ValueError:
        return None


def _library(name: str) -> Any:
    """pandas or polars, which are the author's to install. Raises Error."""
    try:
        return __import__(name)
    except ImportError:
        raise Error(
            f"This demo asks for its table as a DataFrame of {name}, which is not installed here.",
            f'Its author can `pip install {name}`, or write Dataframe(type="array") to get a list of lists.',
        ) from None
