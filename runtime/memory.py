"""Giving memory back to the system after large media: the C library keeps what was freed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


@functools.lru_cache(maxsize=1)
def _trim() -> Callable[[int], Any] | None:
    """`malloc_trim` of glibc; None elsewhere."""
    import ctypes  # takes milliseconds, and most calls handle nothing large

    return getattr(ctypes.CDLL(None), "malloc_trim", None) if hasattr(ctypes, "CDLL") else None


def give_back() -> None:
    """Let the system have what was freed. Takes a few milliseconds; harmless where it is not possible."""
    try:
        trim = _trim()
    except OSError:  # no C library to be asked
        return
    if trim is not None:
        trim(0)
