"""Any Python value as plain JSON values, so that a result never breaks the answer it travels in.

Libraries are recognised by what their objects can do (`tolist`, `item`, `to_dict`), so none is imported.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import ItemsView, Iterable, KeysView, Mapping, ValuesView
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

MAX_DEPTH = 60  # the page and the server's reader refuse deeper values too

_AS_TEXT = (PurePath, UUID, datetime.timedelta)
_WITH_ISO = (datetime.datetime, datetime.date, datetime.time)


def plain(value: Any, depth: int = 0) -> Any:
    """`value` as None, bool, int, float, str, list or dict.

    Numbers of numpy and torch, arrays, pandas objects, sets, dates (ISO 8601), Decimal, Enum (its value), paths and
    dataclasses are converted; NaN and the infinities become None, because JSON has no word for them.
    Raises ValueError, naming the type, for anything else and for what is nested deeper than MAX_DEPTH.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"The value is nested deeper than {MAX_DEPTH} levels; it may contain itself.")
    if value is None or isinstance(value, (bool, Enum, str, int, float, Decimal)):
        return _scalar(value, depth)
    if isinstance(value, Mapping):
        return {_key(key, depth): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return [plain(item, depth + 1) for item in _in_order(value)]
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict(), depth)
    if isinstance(value, (list, tuple, range, KeysView, ValuesView, ItemsView)):
        return [plain(item, depth + 1) for item in value]
    return _object(value, depth)


def _scalar(value: Any, depth: int) -> Any:
    """A value that JSON knows, without the subclass it may be of (numpy's float64 is a float)."""
    if isinstance(value, Enum):
        return plain(value.value, depth + 1)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    number = float(value)
    return number if math.isfinite(number) else None


def _key(key: Any, depth: int) -> str:
    return key if type(key) is str else str(plain(key, depth + 1))


def _in_order(values: Iterable[Any]) -> list[Any]:
    """A set in an order that does not change from run to run: by value where that is possible, else by repr."""
    items = list(values)
    try:
        return sorted(items)
    except TypeError:
        return sorted(items, key=repr)


def _object(value: Any, depth: int) -> Any:
    """An object of the standard library or of a library that has a plain form of its own."""
    if isinstance(value, _WITH_ISO):
        return value.isoformat()
    if isinstance(value, _AS_TEXT):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), depth + 1) for field in fields(value)}
    if not isinstance(value, type):
        if callable(getattr(value, "tolist", None)):  # numpy arrays and scalars, torch tensors, pandas Series
            return plain(value.tolist(), depth + 1)
        if callable(getattr(value, "item", None)):
            return plain(value.item(), depth + 1)
        if callable(getattr(value, "to_dict", None)) and hasattr(value, "columns"):  # data frames: a list of rows
            return plain(value.to_dict("records"), depth + 1)
        if callable(getattr(value, "isoformat", None)):
            return value.isoformat()
    kind = type(value)
    raise ValueError(
        f"A value of type {kind.__module__}.{kind.__qualname__} cannot be shown as JSON; "
        "return numbers, text, lists or dicts."
    )


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


#: reads JSON as the standard has it: without NaN, and without numbers that would become infinite
STRICT_JSON = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)


def read_number(text: str) -> float | int:
    """The number that a text spells. Raises ValueError naming the text."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"A number was expected; the text {text!r} is none.") from None
