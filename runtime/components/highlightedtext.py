"""HighlightedText: a text whose parts carry a category or a score."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire
from quickdemo.runtime.components.display import Display
from quickdemo.runtime.components.plain import plain
from quickdemo.runtime.errors import shown

Mark = str | int | float | None


class HighlightedText(Display):
    """Takes `[(text, category or score -1..1 or None), ...]`, or `{"text": ..., "entities": [...]}`."""

    kind = "highlightedtext"

    def __init__(
        self,
        value: Any = None,
        *,
        color_map: dict[str, str] | None = None,
        show_legend: bool = False,
        show_inline_category: bool = True,
        combine_adjacent: bool = False,
        adjacent_separator: str = "",
        **common: Any,
    ) -> None:
        """
        value: what is shown at first, as the function would return it.
        color_map: category -> CSS colour; other categories take the palette's colours in turn.
        show_legend: the categories (or the two directions of scores) stand under the text, each a button that shows
            and hides its marks.
        show_inline_category: False names no category behind its marks, but to screen readers and under the pointer.
        combine_adjacent: join neighbours of the same category.
        adjacent_separator: put between texts that are joined.
        """
        super().__init__(value, **common)
        self.color_map = dict(color_map or {})
        self.show_legend, self.show_inline_category = show_legend, show_inline_category
        self.combine_adjacent = combine_adjacent
        self.adjacent_separator = adjacent_separator

    def style(self, *, color_map: dict[str, str] | None = None, **looks: Any) -> HighlightedText:
        """The form of 2022: `HighlightedText().style(color_map={...})`. Other looks belong in `css=`."""
        self.color_map.update(color_map or {})
        return self

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when a part is no (text, mark) pair."""
        if value is None:
            return None
        if isinstance(value, list) and all(map(_is_simple, value)):  # the usual form, of which there may be a million
            pairs = [[text, mark] for text, mark in value]
            return self._combined(pairs) if self.combine_adjacent else pairs
        parts = self._segments(plain(value)) if isinstance(value, Mapping) else plain(value)
        if not isinstance(parts, list):
            raise ValueError(f"HighlightedText takes a list of (text, category) pairs; it was {shown(value)}.")
        for part in parts:
            if not _is_pair(part):
                raise ValueError(
                    f"HighlightedText takes (text, category or score or None) pairs; one was {shown(part)}."
                )
        return self._combined(parts) if self.combine_adjacent else parts

    def _segments(self, value: dict[str, Any]) -> list[list[Mark]]:
        """The pairs of {"text", "entities": [{"entity" or "entity_group", "start", "end"}]}, offsets in characters."""
        text, entities = value.get("text"), value.get("entities")
        if not isinstance(text, str) or not isinstance(entities, list):
            raise ValueError(f'HighlightedText takes a dict with "text" and "entities"; it was {shown(value)}.')
        wrong = next((one for one in entities if not _is_entity(one)), None)
        if wrong is not None:
            raise ValueError(
                f'HighlightedText takes entities with whole numbers as "start" and "end"; one was {shown(wrong)}.'
            )
        pairs: list[list[Mark]] = []
        end = 0
        for entity in sorted(entities, key=lambda entity: int(entity["start"])):
            start, stop = max(int(entity["start"]), end), min(int(entity["end"]), len(text))
            if start >= stop:  # overlaps one that started earlier, or is empty
                continue
            pairs += [[text[end:start], None], [text[start:stop], entity.get("entity_group", entity.get("entity"))]]
            end = stop
        pairs.append([text[end:], None])
        return [pair for pair in pairs if pair[0]]

    def _combined(self, parts: list[list[Any]]) -> list[list[Any]]:
        joined: list[list[Any]] = []
        for text, mark in parts:
            if joined and mark is not None and joined[-1][1] == mark:
                joined[-1][0] += self.adjacent_separator + text
            else:
                joined.append([text, mark])
        return joined

    def preprocess(self, wire: Wire, files: Files) -> list[tuple[str, Mark]] | None:
        """The pairs of a wire value that was shown before."""
        if wire is None:
            return None
        if not isinstance(wire, list):
            raise self.refuse("must be a list of [text, category or score or null] pairs", wire)
        for part in wire:
            if not _is_pair(part):
                raise self.refuse("must be a list of [text, category or score or null] pairs; one entry is not", part)
        return [(text, mark) for text, mark in wire]

    def accept(self, value: Any, files: Files) -> Any:
        return self.preprocess(self.postprocess(value, files), files)

    def schema(self) -> Schema:
        mark = {"type": ["string", "number", "null"]}
        pair = {"type": "array", "prefixItems": [{"type": "string"}, mark], "minItems": 2, "maxItems": 2}
        return {"type": ["array", "null"], "items": pair}

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        return None if wire is None else json.dumps(wire, ensure_ascii=False)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return None if cell == "" else [tuple(pair) for pair in json.loads(cell)]

    def example_html(self, wire: Wire) -> Markup:
        return escape("".join(text for text, _ in wire or [])[:120])

    def options(self) -> dict[str, Any]:
        inline = {} if self.show_inline_category else {"inline": False}
        return {"colors": self.color_map, "legend": self.show_legend, **inline}


def _is_simple(part: Any) -> bool:
    """Whether it is a pair of plain values that JSON has, as `plain` leaves them."""
    if type(part) not in (tuple, list) or len(part) != 2 or type(part[0]) is not str:
        return False
    kind = type(part[1])
    return part[1] is None or kind is str or kind is int or (kind is float and math.isfinite(part[1]))


def _is_pair(part: Any) -> bool:
    """Whether it is [text, category or score or None]."""
    if not isinstance(part, list) or len(part) != 2 or not isinstance(part[0], str):
        return False
    return not isinstance(part[1], bool) and isinstance(part[1], (str, int, float, type(None)))


def _is_entity(one: Any) -> bool:
    """Whether it is {"entity" or "entity_group", "start", "end"}, as transformers has them."""
    return isinstance(one, dict) and all(hasattr(one.get(name), "__index__") for name in ("start", "end"))
