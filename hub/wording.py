"""Words of errors."""

from __future__ import annotations


def upper(text: str) -> str:
    """The text as a sentence begins; the rest stays as it is."""
    return text[:1].upper() + text[1:]
