"""What a request says of the answer that it wants."""

from __future__ import annotations

import re

from starlette.types import Scope

from quickdemo.runtime.errors import InvalidValueError

_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def wants_brief(scope: Scope) -> bool:
    """`Prefer: return=minimal` (RFC 7240), as the page does: the caller follows handles, so that large values may be
    files, and `done` need not repeat what the partial values have told."""
    return _prefers(scope, b"return=minimal")


def wants_job(scope: Scope) -> bool:
    """`Prefer: respond-async` (RFC 7240): the caller may leave, and come back for the result."""
    return _prefers(scope, b"respond-async")


def wants_stream(scope: Scope) -> bool:
    """Whether the caller asked for events."""
    return any(name == b"accept" and b"text/event-stream" in value for name, value in scope["headers"])


def key_of(scope: Scope) -> str:
    """The Idempotency-Key; "" without one. Raises InvalidValueError for one that is none."""
    for name, value in scope["headers"]:
        if name == b"idempotency-key":
            key = str(value.decode("latin-1")).strip()
            if not _KEY.fullmatch(key):
                raise InvalidValueError(
                    f"Idempotency-Key must be 1 to 200 visible ASCII characters; it was {key[:60]!r}.",
                    "Send a random text, such as a UUID, and the same one when you repeat the call.",
                )
            return key
    return ""


def _prefers(scope: Scope, what: bytes) -> bool:
    return any(name == b"prefer" and what in _preferences(value) for name, value in scope["headers"])


def _preferences(value: bytes) -> list[bytes]:
    """Those of one header, in small letters and without their parameters."""
    return [one.partition(b";")[0].replace(b" ", b"") for one in value.lower().split(b",")]
