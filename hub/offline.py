"""Whether the network may be used. Light: it is asked before what uses it is imported."""

from __future__ import annotations

import os

_OFFLINE = ("HF_HUB_OFFLINE", "QUICKDEMO_OFFLINE")


def is_offline() -> bool:
    """Whether the environment forbids the network."""
    return any(os.environ.get(name, "").lower() in ("1", "true", "yes", "on") for name in _OFFLINE)
