"""How a page of a component writes values: the same text on every machine, short enough to read."""

from __future__ import annotations

import json
import os
import re
import types
from pathlib import Path
from typing import Any

ROOT = str(Path(__file__).resolve().parent.parent)

_LONGEST_TEXT = 80
_MOST_ITEMS = 4
_WIDTH = 100
_HANDLE = re.compile(r"(?<=files/)[A-Za-z0-9_-]{22}")
_TEMPORARY = re.compile(r"(?:/private)?(?:/tmp|/var/folders|/var/tmp)/[^\s'\"]*?([^/\s'\"]+)(?=['\"\s]|$|\.\s)")


def steady(text: str) -> str:
    """The text without what differs from run to run: the working directory, temporary folders, marks of errors."""
    text = text.replace(os.getcwd() + os.sep, "/home/ada/").replace(ROOT + os.sep, "")
    text = re.sub(r"calls it error [0-9a-f]{8}", "calls it error 5f3a91c2", text)
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    return _TEMPORARY.sub(r"/tmp/…/\1", text)


# ---------------------------------------------------------------------- Python values


def python_text(value: Any) -> str:
    """A Python value as one would type it; arrays, pictures and the like by what they are."""
    if isinstance(value, str):
        return repr(steady(_cut(value)))
    if isinstance(value, dict):
        return "{" + ", ".join(_some([f"{key!r}: {python_text(part)}" for key, part in value.items()])) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(python_text, value)) + (",)" if len(value) == 1 else ")")
    if isinstance(value, list):
        return "[" + ", ".join(_some([python_text(part) for part in value])) + "]"
    if type(value).__module__ == "numpy":
        return _numpy_text(value)
    if isinstance(value, float):
        return f"{value:.6g}" if value % 1 else repr(value)
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, os.PathLike):
        return repr(steady(os.fspath(value)))
    plain = isinstance(value, (int, bool, types.NoneType, set)) or type(value).__module__ == "datetime"
    return steady(repr(value)) if plain else f"<{type(value).__module__.partition('.')[0]} {type(value).__name__}>"


def _numpy_text(value: Any) -> str:
    if value.shape == ():
        return python_text(value.item())
    shape = " x ".join(map(str, value.shape))
    return f"<array of {shape}, {value.dtype}>"


def _cut(text: str, longest: int = _LONGEST_TEXT) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def cell_text(text: str) -> str:
    """A cell of a flag log, cut where it is long; fractions with six digits, as machines differ in the last ones."""
    return _cut(re.sub(r"\d+\.\d{7,}", lambda found: f"{float(found[0]):.6g}", steady(text)), 3 * _LONGEST_TEXT)


def _some(parts: list[str]) -> list[str]:
    return parts if len(parts) <= _MOST_ITEMS + 1 else [*parts[:_MOST_ITEMS], "..."]


# ---------------------------------------------------------------------- wire values


def json_text(value: Any, indent: int = 0) -> str:
    """A wire value as JSON in which handles and sizes are placeholders, and "…" stands for what is left out."""
    return _laid_out(_masked(value), indent)


class _Rest:
    """What is left out of a list or an object."""


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        masked = {key: _masked_part(key, part, value) for key, part in list(value.items())[: _MOST_ITEMS * 2]}
        return masked if len(value) <= _MOST_ITEMS * 2 else {**masked, "…": _Rest()}
    if isinstance(value, list):
        parts = [_masked(part) for part in value]
        return parts if len(parts) <= _MOST_ITEMS + 1 else [*parts[:_MOST_ITEMS], _Rest()]
    if isinstance(value, float):
        return float(f"{value:.6g}")
    return steady(_cut(value)) if isinstance(value, str) else value


def _masked_part(key: str, part: Any, whole: dict[str, Any]) -> Any:
    if key == "h" and isinstance(part, str):
        return "HANDLE"
    if key == "url" and isinstance(part, str):
        return _HANDLE.sub("HANDLE", part)
    if key == "duration" or (key == "size" and "h" in whole):
        return _Rest()
    return "SESSION" if key == "session" else _masked(part)


def _laid_out(value: Any, indent: int) -> str:
    line = _line(value)
    if indent + len(line) <= _WIDTH or not isinstance(value, (dict, list)):
        return line
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [
            "…" if isinstance(part, _Rest) and key == "…" else f"{_line(key)}: {_laid_out(part, indent + 2)}"
            for key, part in value.items()
        ]
        opening, closing = "{", "}"
    else:
        parts = [_laid_out(part, indent + 2) for part in value]
        opening, closing = "[", "]"
    return opening + "\n" + ",\n".join(inner + part for part in parts) + "\n" + " " * indent + closing


def _line(value: Any) -> str:
    if isinstance(value, _Rest):
        return "…"
    if isinstance(value, dict):
        parts = [
            "…" if key == "…" and isinstance(part, _Rest) else f"{_line(key)}: {_line(part)}"
            for key, part in value.items()
        ]
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_line, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def escaped(text: str, special: str = r"[|*_<>\\`\[\]$]") -> str:
    """Text for Markdown, shown exactly as it stands."""
    return re.sub(f"({special})", r"\\\1", text)


def prose(text: str) -> str:
    """A docstring for Markdown: what stands in backticks is code, all else is shown as it stands."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else escaped(part) for part in parts)


def cell(text: str) -> str:
    """Code in a cell of a Markdown table."""
    text = text.replace("\n", " ").replace("|", "\\|")
    return f"``{text}``" if "`" in text else f"`{text}`"
