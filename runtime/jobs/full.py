"""What a call is told that finds no place to wait."""

from __future__ import annotations

import math

from quickdemo.runtime.errors import RefusedError


def queue_full(why: str, after_s: float | None = None) -> RefusedError:
    """503, and when to come again. after_s: seconds until a place is free, about; None is not known."""
    seconds = 5 if after_s is None else min(max(math.ceil(after_s), 1), 600)
    words = "in a few seconds" if seconds <= 5 else f"in about {seconds} s"
    return RefusedError(503, "queue_full", why, f"Try again {words}.", headers={"retry-after": str(seconds)})
