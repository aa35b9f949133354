"""JSON out of a visitor's file, which may be far longer than the body of a request."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

#: lists and objects of one text; each takes twenty times the memory of its two brackets
MOST_PARTS = 5_000_000


class TooManyPartsError(ValueError):
    """A text of more than MOST_PARTS lists and objects."""


def parsed(data: bytes | str, constant: Callable[[str], Any] | None = None) -> Any:
    """The JSON value. `constant` reads NaN and the infinities.

    Raises ValueError for what is no JSON or is nested too deeply, and TooManyPartsError; the parts are counted before
    any of them is made, and brackets in texts count as well.
    """
    count = data.count("[") + data.count("{") if isinstance(data, str) else data.count(b"[") + data.count(b"{")
    if count > MOST_PARTS:
        raise TooManyPartsError(f"it has {count:,} lists and objects; at most {MOST_PARTS:,} are read")
    try:
        return json.loads(data, parse_constant=constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
