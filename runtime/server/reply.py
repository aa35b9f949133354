"""JSON answers, never cached."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from quickdemo.runtime.json_text import strict_json

HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


class JSON(Response):
    """A JSON answer of a payload, or of bytes that are JSON already."""

    def __init__(self, payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = payload if isinstance(payload, bytes) else strict_json(payload)
        super().__init__(body, status, {"cache-control": "no-store", **(headers or {})}, "application/json")
