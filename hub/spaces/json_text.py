"""JSON from a Space: refused before it is read where it is deeper or has more parts than are taken here."""

from __future__ import annotations

import re
from typing import Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.outbound import parsed

MOST_DEPTH = 60
MOST_PARTS = 2_000_000  #: each of them takes many times the memory of its text
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_OTHERS = bytes(set(range(256)) - set(b'[]{}"'))


def read(body: bytes, what: str) -> Any:
    """The value. Raises HubError (server for what is no JSON, hostile for what is too deep or has too many parts)."""
    if sum(map(body.count, (b",", b"[", b"{", b'"'))) > MOST_PARTS:
        raise HubError("too_large", f"The answer of {what} has more parts than the {MOST_PARTS} that are taken here.")
    if body.count(b"[") + body.count(b"{") > MOST_DEPTH and _is_deep(body):
        raise HubError("hostile", f"The answer of {what} is nested more than {MOST_DEPTH} levels deep.")
    return parsed(body, what)


def _is_deep(body: bytes) -> bool:
    without = _ESCAPED.sub(b"", body) if b"\\" in body else body
    depth = 0
    for bracket in b"".join(without.translate(None, _OTHERS).split(b'"')[::2]):
        depth += 1 if bracket in b"[{" else -1
        if depth > MOST_DEPTH:
            return True
    return False
