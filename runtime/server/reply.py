"""JSON answers: strict (NaN and infinities as null, lone surrogates as U+FFFD), never cached."""

from __future__ import annotations

import json
import math
from typing import Any

from starlette.responses import Response

HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


def strict_json(payload: Any) -> bytes:
    """UTF-8 JSON of any wire value. Raises TypeError for what is no JSON value, naming its type."""
    try:
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(_finite(payload), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


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
