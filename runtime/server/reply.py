"""JSON answers: strict (NaN and infinities as null, lone surrogates as U+FFFD), never cached."""

from __future__ import annotations

import json
import math
import secrets
from itertools import chain
from typing import Any

from starlette.responses import Response

from quickdemo.runtime.json_text import JsonText, utf8

HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


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
    mark = secrets.token_hex(16)  # stands for each of them, until the text around them is there

    def noted(value: Any) -> str:
        if not isinstance(value, JsonText):
            raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
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


class JSON(Response):
    """A JSON answer of a payload, or of bytes that are JSON already."""

    def __init__(self, payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = payload if isinstance(payload, bytes) else strict_json(payload)
        super().__init__(body, status, {"cache-control": "no-store", **(headers or {})}, "application/json")
