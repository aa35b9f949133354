"""What a Styler of pandas says about its cells: colours, weights and formatted texts.

On the wire it is {"css": [[[property, value], ...], ...], "cells": [[row, column, place in css or -1, text or null],
...]}: only cells that differ from plain ones, and only properties that change how a cell looks and nothing else.
"""

from __future__ import annotations

import re
import warnings
from typing import Any

MOST_STYLED = 50_000  # cells; the styles of larger tables weigh more than the tables

_PROPERTIES = {
    "color",
    "background-color",
    "background",
    "font-weight",
    "font-style",
    "text-decoration",
    "text-align",
    "opacity",
}
#: colours, numbers, names and gradients: nothing that could fetch, or leave its declaration
_VALUE = re.compile(
    r"(?!.*(url|image-set|element|var|env|attr)\s*\()[#A-Za-z0-9(),.%\s+\-]{1,500}", re.ASCII | re.IGNORECASE
)


def styled_of(styler: Any) -> tuple[Any, dict[str, Any] | None]:
    """The frame of a Styler without what it hides, and the looks of its cells; None when they are plain.

    Raises ValueError for a Styler whose own functions fail.
    """
    frame = styler.data
    hidden = [set(map(int, getattr(styler, name, ()))) for name in ("hidden_rows", "hidden_columns")]
    rows, columns = ([n for n in range(size) if n not in gone] for size, gone in zip(frame.shape, hidden, strict=True))
    shown = frame.iloc[rows, columns] if any(hidden) else frame
    if all(getattr(styler, "hide_index_", [False])):
        shown = shown.reset_index(drop=True)
    if frame.size > MOST_STYLED:
        warnings.warn(
            f"A Styler's looks are shown for at most {MOST_STYLED:,} cells; this one has {frame.size:,} and is plain.",
            stacklevel=2,
        )
        return shown, None
    try:
        styler._compute()  # as its own to_html() does; there is no public way to ask for single cells
        cells = _cells(styler, frame, rows, columns)
    except Exception as error:  # whatever the author's functions raise
        raise ValueError(f"The Styler could not be drawn: {type(error).__name__}: {error}") from error
    return shown, _packed(cells)


def _cells(styler: Any, frame: Any, rows: list[int], columns: list[int]) -> list[tuple[int, int, Any, str | None]]:
    looks, formats = getattr(styler, "ctx", {}), getattr(styler, "_display_funcs", {})
    found = []
    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            css = _allowed(looks.get((row, column)) or ()) if (row, column) in looks else ()
            write = formats.get((row, column))  # of a defaultdict: only what was asked for
            text = None if write is None else str(write(frame.iat[row, column]))
            if css or text is not None:
                found.append((r, c, css, text))
    return found


def _allowed(declared: Any) -> tuple[tuple[str, str], ...]:
    pairs = ((str(name).strip().lower(), str(value).strip()) for name, value in declared)
    return tuple((name, value) for name, value in pairs if name in _PROPERTIES and _VALUE.fullmatch(value))


def _packed(cells: list[tuple[int, int, Any, str | None]]) -> dict[str, Any] | None:
    places: dict[Any, int] = {}
    packed = [[r, c, places.setdefault(css, len(places)) if css else -1, text] for r, c, css, text in cells]
    return {"css": [[list(pair) for pair in css] for css in places], "cells": packed} if packed else None


def moved(styled: dict[str, Any] | None, columns: int) -> dict[str, Any] | None:
    """The same, in a table that has so many columns before these."""
    if styled is None or not columns:
        return styled
    return {**styled, "cells": [[row, column + columns, *rest] for row, column, *rest in styled["cells"]]}


def first_rows(styled: dict[str, Any], rows: int) -> dict[str, Any]:
    """Of those rows only."""
    return {**styled, "cells": [cell for cell in styled["cells"] if cell[0] < rows]}
