"""Chatbot: a conversation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire
from quickdemo.runtime.components.display import Display
from quickdemo.runtime.components.markup import render_safe
from quickdemo.runtime.components.plain import plain
from quickdemo.runtime.errors import shown

Pair = list[str | None]


class Chatbot(Display):
    """Takes `[(user, bot), ...]`, either of which may be None, or `[{"role": ..., "content": ...}, ...]`.

    On the wire each side is null or {"text": as given, "html": rendered Markdown}; coming in, a bare text will do.
    As an input the function gets the list of [user, bot] pairs that stands on the page.
    """

    kind = "chatbot"

    def __init__(self, value: Any = None, color_map: Sequence[str] | None = None, **common: Any) -> None:
        """
        value: the conversation at first.
        color_map: CSS colours of (user, bot); None takes the page's own.
        """
        super().__init__(value, **common)
        self.color_map = list(color_map or [])

    def style(self, *, color_map: Sequence[str] | None = None, **looks: Any) -> Chatbot:
        """The form of 2022: `Chatbot().style(color_map=("green", "pink"))`. Other looks belong in `css=`."""
        self.color_map = list(color_map or self.color_map)
        return self

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when an entry is neither a pair of texts nor a message with role and content."""
        return [[_rendered(side) for side in pair] for pair in _pairs(value)]

    def initial(self, files: Files) -> Wire:
        return self.postprocess(self.value, files)

    def preprocess(self, wire: Wire, files: Files) -> list[Pair]:
        if wire is None:
            return []
        if not isinstance(wire, list):
            raise self.refuse("must be a list of [user, bot] pairs", wire)
        for pair in wire:
            if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_side, pair)):
                raise self.refuse(
                    'must be a list of [user, bot] pairs of text, {"text": ...} or null; one is not', pair
                )
        return [[side["text"] if isinstance(side, dict) else side for side in pair] for pair in wire]

    def accept(self, value: Any, files: Files) -> list[Pair]:
        return _pairs(value)

    def schema(self) -> Schema:
        side = {
            "anyOf": [
                {"type": ["string", "null"]},
                {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
            ]
        }
        pair = {"type": "array", "prefixItems": [side, side], "minItems": 2, "maxItems": 2}
        return {"type": ["array", "null"], "items": pair}

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str:
        """JSON pairs of the texts, without their rendering."""
        return json.dumps(self.preprocess(wire, _NO_FILES), ensure_ascii=False)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return json.loads(cell) if cell else []

    def example_html(self, wire: Wire) -> Markup:
        count = len(wire or [])
        return escape(f"{count} turn{'' if count == 1 else 's'}")

    def options(self) -> dict[str, Any]:
        return {"colors": self.color_map}

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup(
            '<div id="{id}" class="talk" role="log" aria-live="polite" tabindex="0" aria-labelledby="{id}-name"></div>'
        ).format(id=id)


_NO_FILES: Any = None  # a conversation holds no media


def _is_side(side: Wire) -> bool:
    return side is None or isinstance(side, str) or (isinstance(side, dict) and isinstance(side.get("text"), str))


def _rendered(text: str | None) -> Wire:
    return None if text is None else {"text": text, "html": render_safe(text)}


def _pairs(value: Any) -> list[Pair]:
    """Pairs of texts from pairs or messages."""
    entries = plain(value)
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise ValueError(f"Chatbot takes a list of (user, bot) pairs; it was {shown(value)}.")
    pairs: list[Pair] = []
    for entry in entries:
        if isinstance(entry, Mapping) and {"role", "content"} <= set(entry):
            _add_message(pairs, str(entry["role"]), _text(entry["content"]))
        elif isinstance(entry, list) and len(entry) == 2:
            pairs.append([_text(side) for side in entry])
        else:
            raise ValueError(
                f'Chatbot takes (user, bot) pairs or {{"role", "content"}} messages; one entry was {shown(entry)}.'
            )
    return pairs


def _add_message(pairs: list[Pair], role: str, text: str | None) -> None:
    """A message of the user opens a pair; any other role answers the open one, or stands alone."""
    if role == "user":
        pairs.append([text, None])
    elif pairs and pairs[-1][1] is None:
        pairs[-1][1] = text
    else:
        pairs.append([None, text])


def _text(side: Any) -> str | None:
    """One side of a pair: text, a side as it stands on the wire, or anything else as Python writes it."""
    if isinstance(side, dict) and isinstance(side.get("text"), str):
        side = side["text"]
    return None if side is None else str(side)
