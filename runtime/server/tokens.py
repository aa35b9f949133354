"""Random tokens as text: url-safe base64 without padding, in exactly one spelling each."""

from __future__ import annotations

import base64
import binascii
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def encode(data: bytes) -> str:
    """22 characters for 16 bytes, 43 for 32."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str, size: int) -> bytes | None:
    """The `size` bytes that `encode` wrote as `text`; None for every other string."""
    if len(text) != -(-size * 8 // 6) or not _ALPHABET.fullmatch(text):
        return None
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
    # the last character has spare bits: two spellings of one token must not both count
    return data if encode(data) == text else None
