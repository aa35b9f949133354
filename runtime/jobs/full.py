"""What a call is told that finds no place to wait."""

from __future__ import annotations

from quickdemo.runtime.errors import RefusedError


def queue_full(why: str) -> RefusedError:
    """503, and when to come again."""
    return RefusedError(503, "queue_full", why, "Try again in a few seconds.", headers={"retry-after": "5"})
