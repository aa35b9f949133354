"""Single columns of a table as JSON values: of arrays, of columns of pandas, of lists of objects."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from quickdemo.runtime.components.plain import plain
from quickdemo.runtime.components.table_dtypes import NUMERIC_TEXT

KINDS = ("int", "float", "bool", "str", "date", "any")
MAX_TEXT = 1_000_000  # characters of one cell
SAFE_INT = 2**53 - 1  # whole numbers up to here are exact in every browser

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
    """`block(start, stop)` gives the JSON values of these rows; nothing is converted before it is asked for. `dtype` is
    the name of the exact type (table_dtypes.py), or None."""

    kind: str
    size: int
    block: Callable[[int, int], list[Any]]
    dtype: Any = None


def holds(kind: str, cells: list[Any]) -> bool:
    """Whether all JSON values of a column may stand for values of that kind."""
    types = set(map(type, cells)) - {type(None)}
    if kind == "any":
        return True
    numeric = kind in ("int", "float")
    if not types <= _JSON_TYPES[kind]:
        return False
    if not numeric or str not in types:
        return True
    texts = (cell for cell in cells if type(cell) is str)
    return all(is_numeric_text(text) and (kind == "float" or "." not in text) for text in texts)


def is_numeric_text(text: str) -> bool:
    """Whether the text is one that stands for a number which JSON or a browser cannot hold."""
    return NUMERIC_TEXT.fullmatch(text) is not None


def of_series(series: Any) -> Column:
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
        plain_type, filled = {"i": ("int64", 0), "u": ("uint64", 0), "b": ("bool", False)}[kind]
        return of_array(series.to_numpy(dtype=plain_type, na_value=filled), missing if missing.any() else None)
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

    missing = np.isnat(array).tolist()
    if np.datetime_data(array.dtype)[0] == "ns":
        counts = array.astype("int64").tolist()
        return [None if none else _span(count) for none, count in zip(missing, counts, strict=True)]
    exact = array.astype("timedelta64[us]").astype(object).tolist()
    return [None if none else str(item) for none, item in zip(missing, exact, strict=True)]


def _span(nanoseconds: int) -> str:
    """A duration's text as `str` of a timedelta writes it, with nine digits where it has nanoseconds."""
    micro, rest = divmod(nanoseconds, 1000)
    text = str(dt.timedelta(microseconds=micro))
    return text if not rest else f"{text}{'' if '.' in text else '.000000'}{rest:03d}"


def of_list(values: list[Any]) -> Column:
    """A column of Python objects. Each becomes a JSON value; what JSON has no word for becomes its text."""
    types = set(map(type, values)) - {type(None)}
    if types == {str}:
        return listed("str", values)
    if types == {bool}:
        return listed("bool", values)
    cells = [cell_of(value) for value in values]
    kinds = {kind for kind, _ in cells if kind}
    column = [cell for _, cell in cells]
    if kinds == {"int", "float"} and any(type(cell) is str for cell in column):
        return listed("float", column)
    return listed(kinds.pop() if len(kinds) == 1 else "any", column)


def listed(kind: str, cells: list[Any]) -> Column:
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
    if isinstance(value, Decimal):
        return "float", _decimal(value)
    if isinstance(value, float):
        return "float", value if math.isfinite(value) else _not_finite(value)
    if isinstance(value, dt.date):
        return "date", _moment_text(value)
    return "str", _text(value)


def _moment_text(value: dt.date) -> str:
    """ISO 8601; in UTC where the zone's clock was off by seconds (as before 1911 in Paris), which few can read."""
    offset = value.utcoffset() if isinstance(value, dt.datetime) else None
    if isinstance(value, dt.datetime) and offset and offset.seconds % 60:
        try:
            return value.astimezone(dt.timezone.utc).isoformat()
        except OverflowError:  # before the year 1
            pass
    return value.isoformat()


def _decimal(value: Decimal) -> Any:
    """A number; as text when a float would round its digits."""
    number = float(value)
    if not value.is_finite():
        return _not_finite(number)
    text = format(value, "f")
    if Decimal(repr(number)) != value and is_numeric_text(text):
        return text
    return number if math.isfinite(number) else _not_finite(number)


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
