"""The exact types of a DataFrame's columns, by name, so that a DataFrame comes back from the page as it went.

A name is a string that pandas uses too ("Int64", "boolean", "float32", "datetime64[us, Europe/Paris]", "period[M]"),
or "decimal", "date", "time" or "datetime" for Python's own objects, or "mixed" where texts stand beside numbers that
travel as text; for categories it is {"categories", "ordered"}, with "of", the name of the categories' own type, where
they are no plain values. Plain int64, float64, bool, text and moments need none. What a page sends back must be one of
these names; it is looked up here and never evaluated.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

MOST_CATEGORIES = 1_000  # more are not a choice that anyone reads: the column is a category of what it holds

#: all names that are a string
NAMES = re.compile(
    r"[iI]nt(8|16|32|64)|u[iI]nt(8|16|32|64)|U[iI]nt(8|16|32|64)|[fF]loat(16|32|64)|complex(64|128)|boolean|string"
    r"|(u?int(8|16|32|64)|float|double|bool|string)\[pyarrow\]|category|object"
    r"|datetime64\[(s|ms|us|ns)(, [A-Za-z0-9_+\-/:]{1,64})?\]|timedelta64\[(s|ms|us|ns)\]"
    r"|period\[[A-Za-z]{1,3}(-[A-Z]{3})?\]|interval\[(int64|float64), (left|right|both|neither)\]"
    r"|decimal(\([0-9]{1,2}\))?|date|time|datetime|mixed",
    re.ASCII,
)
_ZONED = re.compile(r"datetime64\[(?P<unit>s|ms|us|ns)(, (?P<zone>.+))?\]")
_OFFSET = re.compile(r"UTC(?P<sign>[+-])(?P<hours>\d\d):(?P<minutes>\d\d)")
_DURATION = re.compile(
    r"((?P<days>-?\d+) days?, )?(?P<hours>\d+):(?P<minutes>\d\d):(?P<seconds>\d\d)(\.(?P<fraction>\d{1,9}))?", re.ASCII
)
_INTERVAL = re.compile(r"[(\[](?P<left>[^,]{1,40}), (?P<right>[^,]{1,40})[)\]]")
_POLARS_DIGITS = 38
_SIZED = re.compile(r"([uU]?)([iI]nt|[fF]loat)([0-9]+)")
_IN_POLARS = {
    "boolean": "Boolean",
    "bool": "Boolean",
    "string": "String",
    "double": "Float64",
    "float": "Float32",
    "category": "Categorical",
}
#: texts that stand for numbers which JSON, or a browser, cannot hold
NUMERIC_TEXT = re.compile(r"-?(Infinity|[0-9]{16,400}|[0-9]{1,400}\.[0-9]{1,400})", re.ASCII)
_PLAIN = {"int64", "float64", "bool", "object", "str", "datetime64[us]"}
_OBJECTS: dict[type, str] = {Decimal: "decimal", dt.date: "date", dt.time: "time", dt.datetime: "datetime"}
_FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "datetime": dt.datetime.fromisoformat,
}
#: the JSON types that cells of a type have; those of all others are texts
_TAKES: dict[str, set[type]] = {
    "int": {int},
    "float": {int, float},
    "double": {int, float},
    "boolean": {bool},
    "bool": {bool},
    "decimal": {int, float, str},
    "object": {int, float, bool, str},
    "mixed": {int, float, bool, str},
}
#: what a value that does not fit its column's type raises, in pandas, polars or zoneinfo
MISFITS = (ValueError, TypeError, ArithmeticError, KeyError, OSError, ImportError, AttributeError)


def known(name: Any) -> bool:
    """Whether it is the name of a type, as `of_pandas` and `of_polars` give them."""
    if not isinstance(name, dict):
        return isinstance(name, str) and NAMES.fullmatch(name) is not None
    categories, of = name.get("categories"), name.get("of", "object")
    return (
        {"categories", "ordered"} <= set(name) <= {"categories", "ordered", "of"}
        and isinstance(name["ordered"], bool)
        and isinstance(categories, list)
        and len(categories) <= MOST_CATEGORIES
        and set(map(type, categories)) <= {str, int, float, bool}
        and isinstance(of, str)
        and of != "category"
        and known(of)
    )


def names_of(names: Any, width: int) -> list[Any]:
    """The types that a stored table or a page states, one for each column; None for a plain one. Raises ValueError."""
    if names is None:
        return [None] * width
    if not isinstance(names, list) or len(names) != width:
        raise ValueError(f"dtypes must be a list of {width} names or nulls")
    wrong = next((name for name in names if name is not None and not known(name)), None)
    if wrong is not None:
        raise ValueError(f"dtypes must be names such as Int64 or category; {str(wrong)[:60]!r} is none")
    return names


def index_of(index: Any, width: int) -> int:
    """How many first columns are levels of the index. Raises ValueError."""
    if type(index) is not int or not 0 <= index <= width:
        raise ValueError(f"index must be how many of the {width} columns are the index; {str(index)[:60]!r} is not")
    return index


def suits(name: Any, datatype: str) -> bool:
    """Whether a column that the author declared as "number", "bool" or "date" may be of this type."""
    if not isinstance(name, str):
        return False
    plain = name.partition("[")[0]
    if datatype == "number":
        return bool(_SIZED.fullmatch(plain)) or plain in ("double", "float") or plain.startswith("decimal")
    return plain in {"bool": ("boolean", "bool"), "date": ("datetime64", "datetime", "date")}[datatype]


# ---------------------------------------------------------------------- out


def of_pandas(series: Any, kind: str) -> Any:
    """The name of a pandas column's type; None when plain columns of its `kind` are like it anyway."""
    dtype = series.dtype
    if hasattr(series, "cat"):
        return _categories(dtype.categories, bool(dtype.ordered))
    name = str(dtype)
    if name == "string" and getattr(dtype, "storage", "") == "pyarrow":
        name = "string[pyarrow]"
    if name == "object":
        return _of_objects(series, kind)
    return None if name in _PLAIN or not known(name) else name


def _of_objects(series: Any, kind: str) -> str | None:
    """Objects of one type of Python, or plain values that their author keeps as objects."""
    there = series[series.notna()].tolist()  # NaT and NA are of types of their own
    types = set(map(type, there))
    if len(types) == 1 and next(iter(types)) in _OBJECTS:
        return _OBJECTS[types.pop()]
    if kind == "any":
        return "mixed" if types <= {int, float, bool, str} and _needs_telling(there) else None
    plain_text = kind == "str" and types == {str} and str(series.iloc[:0].astype("str").dtype) == "str"
    return "object" if plain_text or (kind in ("int", "float", "bool") and types <= {int, float, bool}) else None


def _needs_telling(values: list[Any]) -> bool:
    """Whether some numbers travel as text, and no text could be taken for one of them."""
    if any(type(value) is str and NUMERIC_TEXT.fullmatch(value) for value in values):
        return False
    whole = (value for value in values if type(value) is int)
    return any(abs(number) > 2**53 - 1 for number in whole) or any(type(v) is float and math.isinf(v) for v in values)


def _categories(categories: Any, ordered: bool) -> Any:
    """The name of a category type. `categories`: an Index of pandas."""
    of = str(categories.dtype)
    values = categories.tolist()
    if not {str, int, float, bool} >= set(map(type, values)):
        values = [value.isoformat() if isinstance(value, dt.date) else str(value) for value in values]
    elif not all(isinstance(value, str) or abs(value) <= 2**53 - 1 for value in values):
        return "category"  # JSON or a browser would change them
    named = {"categories": values, "ordered": ordered}
    if known(of) and of not in _PLAIN or of in ("float64", "datetime64[us]"):
        named["of"] = of
    return named if known(named) else "category"


def of_polars(dtype: Any, cells: list[Any]) -> Any:
    """The name of a polars type; `cells` are the column's values, which a Categorical takes its categories from."""
    name = str(dtype)
    if name.startswith("Enum"):
        return _listed(dtype.categories.to_list(), True)
    if name.startswith("Categorical"):
        return _listed(sorted({cell for cell in cells if cell is not None}), False)
    if name.startswith("Datetime"):
        zone = f", {dtype.time_zone}" if dtype.time_zone else ""
        name = f"datetime64[{dtype.time_unit}{zone}]"
    elif name.startswith("Duration"):
        name = f"timedelta64[{dtype.time_unit}]"
    elif name.startswith("Decimal"):
        name = f"decimal({dtype.scale})"
    elif name in ("Date", "Time"):
        name = name.lower()
    return None if name in ("Int64", "Float64", *_PLAIN) or not known(name) else name


def _listed(categories: list[str], ordered: bool) -> Any:
    named = {"categories": categories, "ordered": ordered}
    return named if known(named) else "category"


# ---------------------------------------------------------------------- in


def to_series(pandas: Any, name: Any, cells: list[Any]) -> Any:
    """A pandas Series of that type. `cells`: numbers, truth values, texts or None. Raises one of MISFITS."""
    if isinstance(name, dict) or name == "category":
        return _category_series(pandas, {} if name == "category" else name, cells)
    _must_fit(name, cells)
    if name.startswith("datetime64"):
        return _moments(pandas, name, cells)
    if name.startswith("timedelta64"):
        return _spans(pandas, name[12:-1], cells)
    if name.startswith("period"):
        return pandas.Series(pandas.PeriodIndex([cell or "NaT" for cell in cells], freq=name[7:-1]))
    if name.startswith("interval"):
        return _intervals(pandas, name, cells)
    if name.startswith("complex"):
        return pandas.Series([_each(complex, cell) for cell in cells], dtype=name)
    if name in ("object", "mixed") or name in _FROM_TEXT or name.startswith("decimal"):
        return pandas.Series([_each(_object(name), cell) for cell in cells], dtype=object)
    if name.islower() and _SIZED.fullmatch(name):
        import numpy as np

        return pandas.Series(np.array(cells, dtype=name))
    return pandas.Series(pandas.array(cells, dtype=name))


def _must_fit(name: str, cells: list[Any]) -> None:
    """Raises ValueError for cells that no value of that type is written as, before a library guesses at them."""
    sized = _SIZED.fullmatch(name.partition("[")[0])
    family = sized[2].lower() if sized else re.split(r"\W", name)[0]
    takes = _TAKES.get(family, {str})
    odd = next((cell for cell in cells if cell is not None and type(cell) not in takes), None)
    if odd is not None:
        raise ValueError(f"{odd!r} is no {name}")
    if sized and family == "int":
        low = 0 if sized[1] else -(2 ** (int(sized[3]) - 1))
        if any(cell is not None and not low <= cell < low + 2 ** int(sized[3]) for cell in cells):
            raise ValueError(f"a number outside of {name}")


def _category_series(pandas: Any, name: dict[str, Any], cells: list[Any]) -> Any:
    if not name:
        return pandas.Series(cells, dtype="category")
    values: Any = cells
    categories: Any = name["categories"]
    if set(cells) - {None} - set(categories):
        raise ValueError("some cells are no categories")
    if "of" in name:
        values = to_series(pandas, name["of"], cells)
        categories = pandas.Index(to_series(pandas, name["of"], categories))
    return pandas.Series(pandas.Categorical(values, categories=categories, ordered=name["ordered"]))


def _intervals(pandas: Any, name: str, cells: list[Any]) -> Any:
    kind, closed = name[9:-1].split(", ")
    read = int if kind == "int64" else float

    def interval(text: str) -> Any:
        match = _INTERVAL.fullmatch(text)
        if match is None:
            raise ValueError(f"no interval: {text}")
        return pandas.Interval(read(match["left"]), read(match["right"]), closed)

    return pandas.Series(pandas.array([_each(interval, cell) for cell in cells], dtype=name))


def _spans(pandas: Any, unit: str, cells: list[Any]) -> Any:
    if unit == "ns":
        return pandas.Series(pandas.to_timedelta([_each(nanoseconds, cell) for cell in cells], unit="ns")).dt.as_unit(
            "ns"
        )
    return pandas.Series(pandas.to_timedelta([_each(duration, cell) for cell in cells])).dt.as_unit(unit)


def _moments(pandas: Any, name: str, cells: list[Any]) -> Any:
    """Moments in their column's zone; one without a zone was typed as that zone's clock shows it."""
    match = _ZONED.fullmatch(name)
    assert match is not None
    if not match["zone"]:
        return pandas.Series(pandas.to_datetime(cells, format="ISO8601")).dt.as_unit(match["unit"])
    zone = zone_of(match["zone"])
    zoned = [cell if cell is None or has_zone(cell) else _placed(cell, zone) for cell in cells]
    utc = pandas.Series(pandas.to_datetime(zoned, format="ISO8601", utc=True))
    return utc.dt.tz_convert(zone).dt.as_unit(match["unit"])


def _placed(text: str, zone: dt.tzinfo) -> str:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()


def zone_of(name: str) -> dt.tzinfo:
    """The zone of a name such as "Europe/Paris", "UTC" or "UTC+01:00". Raises KeyError, ValueError or OSError."""
    if name == "UTC":
        return dt.timezone.utc
    offset = _OFFSET.fullmatch(name)
    if offset is None:
        return ZoneInfo(name)
    span = dt.timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"]))
    return dt.timezone(span if offset["sign"] == "+" else -span)


def has_zone(text: str) -> bool:
    """Whether an ISO 8601 text says its distance from UTC."""
    return text.endswith("Z") or "+" in text or "-" in text[10:]


def to_polars_series(polars: Any, name: Any, cells: list[Any]) -> Any:
    """A polars Series of that type. Raises one of MISFITS or an error of polars."""
    if isinstance(name, dict):
        if set(cells) - {None} - set(name["categories"]):
            raise ValueError("not a category")
        return polars.Series(cells, dtype=polars.Enum(name["categories"]) if name["ordered"] else polars.Categorical())
    if name != "category":
        _must_fit(name, cells)
    match = _ZONED.fullmatch(name)
    if match is not None:
        return _polars_moments(polars, match["unit"], match["zone"], cells)
    if name.startswith("timedelta64"):
        spans = polars.Series([_each(nanoseconds, cell) for cell in cells], dtype=polars.Int64)
        return spans.cast(polars.Duration("ns")).cast(polars.Duration(name[12:-1]))
    if name.startswith("decimal"):
        scale = {"scale": int(name[8:-1])} if "(" in name else {}
        numbers = [_each(_decimal, cell) for cell in cells]
        if any(number is not None and not _within_polars(number) for number in numbers):
            raise ValueError(f"polars holds decimals of {_POLARS_DIGITS} digits")
        return polars.Series(numbers, dtype=polars.Decimal(**scale))
    if name in ("date", "time"):
        return polars.Series([_each(_object(name), cell) for cell in cells], dtype=getattr(polars, name.title()))
    sized = _SIZED.fullmatch(name.partition("[")[0])
    named = f"{sized[1].upper()}{sized[2].title()}{sized[3]}" if sized else _IN_POLARS[name.partition("[")[0]]
    return polars.Series(cells, dtype=getattr(polars, named), strict=True)


def _polars_moments(polars: Any, unit: str, zone_name: str | None, cells: list[Any]) -> Any:
    moments = [_each(dt.datetime.fromisoformat, cell) for cell in cells]
    if not zone_name:
        return polars.Series(moments, dtype=polars.Datetime(unit))
    zone = zone_of(zone_name)
    at = [cell if cell is None or cell.tzinfo else cell.replace(tzinfo=zone) for cell in moments]
    utc = [cell if cell is None else cell.astimezone(dt.timezone.utc).replace(tzinfo=None) for cell in at]
    plain = polars.Series(utc, dtype=polars.Datetime(unit))
    return plain.dt.replace_time_zone("UTC").dt.convert_time_zone(zone_name)


def _within_polars(number: Decimal) -> bool:
    _, digits, exponent = number.as_tuple()
    return isinstance(exponent, int) and max(len(digits) + max(exponent, 0), -exponent) <= _POLARS_DIGITS


def _each(read: Callable[[Any], Any], cell: Any) -> Any:
    return None if cell is None else read(cell)


def _object(name: str) -> Callable[[Any], Any]:
    """How a text or a number becomes one of Python's own objects."""
    if name.startswith("decimal"):
        return _decimal
    if name == "mixed":
        return _number_or_text
    return _FROM_TEXT.get(name, lambda cell: cell)


def _number_or_text(cell: Any) -> Any:
    if type(cell) is not str or not NUMERIC_TEXT.fullmatch(cell):
        return cell
    return int(cell) if cell.lstrip("-").isdigit() else float(cell)


def _decimal(cell: Any) -> Decimal:
    if type(cell) is str and not NUMERIC_TEXT.fullmatch(cell):
        raise ValueError(f"no number: {cell}")
    return Decimal(str(cell))


def nanoseconds(text: str) -> int:
    """The span that a timedelta's text names, such as "2 days, 1:00:00.5". Raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"no duration: {text}")
    days, hours, minutes, seconds = (int(match[part] or 0) for part in ("days", "hours", "minutes", "seconds"))
    return (days * 86_400 + hours * 3_600 + minutes * 60 + seconds) * 10**9 + int(
        (match["fraction"] or "").ljust(9, "0")
    )


def duration(text: str) -> dt.timedelta:
    """The same as a timedelta, to the microsecond. Raises ValueError."""
    return dt.timedelta(microseconds=nanoseconds(text) // 1000)
