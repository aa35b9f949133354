"""Environment variables: `QUICKDEMO_*`, with the old `GRADIO_*` names as fall-back."""

from __future__ import annotations

import os


def setting(name: str, default: str | None = None) -> str | None:
    """The value of QUICKDEMO_<name>, else GRADIO_<name>, else the default."""
    for prefix in ("QUICKDEMO_", "GRADIO_"):
        value = os.environ.get(prefix + name)
        if value is not None:
            return value
    return default


def flag(name: str) -> bool:
    """Whether a setting is switched on ("1", "true", "yes", "on" in any case)."""
    return (setting(name) or "").strip().lower() in {"1", "true", "yes", "on"}


def integer(name: str, default: int) -> int:
    """A whole number; raises ValueError that names the variable and its value."""
    text = setting(name)
    if text is None or not text.strip():
        return default
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"QUICKDEMO_{name} must be a whole number; it is {text!r}.") from None


def on_spaces() -> bool:
    """Whether this runs on Hugging Face Spaces (which set SYSTEM=spaces)."""
    return os.environ.get("SYSTEM") == "spaces"
