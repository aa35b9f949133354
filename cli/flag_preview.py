"""The newest flagged samples as a table for a terminal."""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections import deque
from collections.abc import Iterator
from typing import Any

from quickdemo.cli.console import clean
from quickdemo.runtime.flagging.reading import Row

SHOWN = 10  # rows
_WIDEST = 28  # terminal cells of one column
_LEFT_OUT = frozenset({"id"})


def preview(rows: Iterator[Row], columns: list[str]) -> tuple[str, int]:
    """A table of the last rows, and how many rows there were. Columns that do not fit are left out, and it says so."""
    newest: deque[Row] = deque(maxlen=SHOWN)
    count = 0
    for row in rows:
        newest.append(row)
        count += 1
    names = [name for name in columns if name not in _LEFT_OUT]
    texts = [[_short(name) for name in names], *([_cell(row.values.get(name)) for name in names] for row in newest)]
    widths = [max(_width(line[index]) for line in texts) for index in range(len(names))]
    fitting, room = 0, shutil.get_terminal_size().columns
    while fitting < len(names) and sum(widths[: fitting + 1]) + 2 * fitting <= room:
        fitting += 1
    fitting = max(fitting, min(1, len(names)))
    lines = [_line(line[:fitting], widths) for line in texts]
    lines.insert(1, _line(["-" * width for width in widths[:fitting]], widths))
    if fitting < len(names):
        lines.append(f"({len(names) - fitting} more columns: {', '.join(map(_short, names[fitting:]))})")
    return "\n".join(lines), count


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return _short(json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else str(value))


def _short(text: str) -> str:
    """The text on one line, cut where the column would become too wide. Control characters are shown as escapes."""
    text = clean(text[: _WIDEST * 2])
    if _width(text) <= _WIDEST:
        return text
    while _width(text) > _WIDEST - 1:
        text = text[:-1]
    return text + "…"


def _line(cells: list[str], widths: list[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=False))
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Terminal cells: East Asian wide characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
