"""JSON as it is sent: strict (NaN and infinities as null, lone surrogates as U+FFFD), values that are JSON already."""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Iterable
from itertools import chain
from typing import Any


class JsonText:
    """One JSON value in UTF-8, in pieces. Only an answer that nobody looks into takes it (`Files.takes_json_text`)."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = list(pieces)


def utf8(text: str) -> bytes:
    """The text in UTF-8; lone surrogates, which have none, as U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def strict_json(payload: Any) -> bytes:
    """UTF-8 JSON of any wire value. Raises TypeError for what is no JSON value, naming its type."""
    return b"".join(json_pieces(payload))


def json_pieces(payload: Any) -> list[bytes]:
    """The same in pieces: one, but for values that are `JsonText`. What is written is not copied."""
    try:
        return _pieces(payload)
    except ValueError:
        return _pieces(_finite(payload))


def _pieces(payload: Any) -> list[bytes]:
    written: list[JsonText] = []
    mark = ""  # stands for each of them, until the text around them is there

    def noted(value: Any) -> str:
        nonlocal mark
        if not isinstance(value, JsonText):
            raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
        mark = mark or secrets.token_hex(16)
        written.append(value)
        return mark

    text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=noted)
    if not written:
        return [utf8(text)]
    first, *others = map(utf8, text.split(f'"{mark}"'))
    return [first, *chain.from_iterable((*one.pieces, rest) for one, rest in zip(written, others, strict=True))]


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
