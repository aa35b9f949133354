"""Whether the network may be used. Light: it is asked before what uses it is imported."""

from __future__ import annotations

import os

_OFFLINE = ("HF_HUB_OFFLINE", "QUICKDEMO_OFFLINE")
_HINTS = ("Unset it, and try again.", "Leave out --offline or --replay, or unset it where none of them is given.")


def is_offline() -> bool:
    """Whether the environment forbids the network."""
    return bool(_forbidden_by())


def told_offline(what: str) -> tuple[str, str]:
    """(The sentence that `what` cannot be reached because of that, what to do)."""
    name = _forbidden_by() or _OFFLINE[0]
    return f"{what} cannot be reached: {name} is set.", _HINTS[_OFFLINE.index(name)]


def _forbidden_by() -> str:
    return next((name for name in _OFFLINE if os.environ.get(name, "").lower() in ("1", "true", "yes", "on")), "")
