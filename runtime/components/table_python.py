"""What the function gets of a table: a DataFrame of pandas or polars, an array, or a list of lists."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from quickdemo.runtime.components.table_values import SAFE_INT, Table
from quickdemo.runtime.errors import Error

_FRACTION = re.compile(r"(\.[0-9]{6})[0-9]+")


def to_pandas(table: Table) -> Any:
    """A pandas DataFrame: int64, float64 (missing numbers are NaN), bool, str, datetime64, or object for mixtures."""
    pandas = _library("pandas")
    parts = {n: _series(pandas, column.kind, column.block(0, table.size)) for n, column in enumerate(table.columns)}
    frame = pandas.DataFrame(parts, index=range(table.size))
    frame.columns = table.headers
    return frame


def _series(pandas: Any, kind: str, cells: list[Any]) -> Any:
    import numpy as np

    if kind == "float":
        return pandas.Series(np.array(_numbers(cells, float), dtype=np.float64))
    if kind == "int":
        return _whole_series(pandas, _numbers(cells, int))
    if kind == "date" and cells:
        try:
            several = any(cell is not None and _has_zone(cell) for cell in cells)
            return pandas.Series(pandas.to_datetime(cells, format="ISO8601", utc=several))
        except ValueError:  # years that pandas does not know
            return pandas.Series(cells, dtype=object)
    if kind == "date":
        return pandas.Series([], dtype="datetime64[us]")
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
        names[name] = _polars_series(polars, cells, types.get(column.kind))
    return polars.DataFrame(names)


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
    return float(text) if text.endswith("Infinity") else int(text) if text.lstrip("-").isdigit() else text


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


def _has_zone(text: str) -> bool:
    return text.endswith("Z") or "+" in text or "-" in text[10:]


def _library(name: str) -> Any:
    """pandas or polars, which are the author's to install. Raises Error."""
    try:
        return __import__(name)
    except ImportError:
        raise Error(
            f"This demo asks for its table as a DataFrame of {name}, which is not installed here.",
            f'Its author can `pip install {name}`, or write Dataframe(type="array") to get a list of lists.',
        ) from None
