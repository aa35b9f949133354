"""JSON: any value as a tree that folds."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.plain import MAX_DEPTH, STRICT_JSON, plain

#: The key of the form in which the page has a value: as JSON text. In JavaScript's own values keys such as "0" come
#: first, integers above 2**53 are rounded, and 1.0 is 1.
AS_TEXT = "application/json"
_MOST_INDENTED = 20_000  # characters; longer texts are written without line breaks, which are half of them


class JSON(Component):
    """Shows what JSON can hold. A returned `str` is read as JSON text; one that is no JSON is shown as that text.

    As an input it is a field for JSON text, and the function gets the value that the text describes.
    On the page's wire it is {"application/json": its text}, so that nothing of it changes; every caller may send that.
    """

    kind = "json"

    def __init__(self, value: Any = None, **common: Any) -> None:
        """value: what is shown at first: any value that JSON can hold, or JSON text."""
        super().__init__(value, **common)

    # ------------------------------------------------------------------ values

    def preprocess(self, wire: Wire, files: Files) -> Any:
        text = _text_of(wire)
        return wire if text is None else self._read(text)

    def _read(self, text: str) -> Any:
        """The value that a text describes. Raises InvalidValueError."""
        try:
            value = STRICT_JSON.decode(text)
        except json.JSONDecodeError as error:
            raise self.refuse(f"must be JSON: {error.msg} in line {error.lineno}", text) from None
        except RecursionError:
            raise self.refuse(f"must be nested at most {MAX_DEPTH} levels deep", text) from None
        except ValueError as error:  # a constant or a number that JSON has no word for, or of thousands of digits
            raise self.refuse(f"must be JSON: {str(error).partition(';')[0]}", text) from None
        if _deeper_than(MAX_DEPTH, value):
            raise self.refuse(f"must be nested at most {MAX_DEPTH} levels deep", text)
        return value

    def accept(self, value: Any, files: Files) -> Any:
        return plain(value)

    def postprocess(self, value: Any, files: Files) -> Wire:
        if not isinstance(value, str):
            return _sent(plain(value), files)
        try:
            read = json.loads(value)
        except (ValueError, RecursionError):
            return _sent(plain(value), files)
        return _sent(plain(read), files)

    def schema(self) -> Schema:
        return {"description": f'Any JSON value; {{"{AS_TEXT}": text}} stands for the value that the text describes.'}

    def output_schema(self) -> Schema:
        return {}

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        text = _text_of(wire)
        value = wire if text is None else self._read(text)
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return None if cell == "" else json.loads(cell)

    def example_wire(self, value: Any, files: Files) -> Wire:
        return _sent(plain(value), files)

    def example_html(self, wire: Wire) -> Markup:
        text = " ".join(source(wire)[:1000].split())
        return escape(text if len(text) <= 120 else text[:119] + "…")

    # ------------------------------------------------------------------ page

    def control(self, id: str, wire: Wire) -> Markup:
        described = f"{id}-info" if self.info else None
        common = attributes(id=id, name=id, rows=5, spellcheck="false", aria_describedby=described)
        return Markup('<textarea class="source"{}>\n{}</textarea>').format(common, source(wire))

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<div id="{id}" class="tree" role="group" aria-labelledby="{id}-name"></div>').format(id=id)


def _sent(value: Any, files: Files) -> Wire:
    """The wire value: for the page, which follows handles, as text; also of what could be mistaken for that form."""
    if value is None or not (getattr(files, "brief", False) or _text_of(value) is not None):
        return value
    return {AS_TEXT: _written(value)}


def _text_of(wire: Wire) -> str | None:
    """The text of a value that came in the page's form; None of any other."""
    if isinstance(wire, dict) and len(wire) == 1 and isinstance(wire.get(AS_TEXT), str):
        text: str = wire[AS_TEXT]
        return text
    return None


def source(wire: Wire) -> str:
    """The text of a wire value of either form; nothing of null."""
    if wire is None:
        return ""
    text = _text_of(wire)
    return _written(wire) if text is None else text


def _written(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) > _MOST_INDENTED else json.dumps(value, ensure_ascii=False, indent=2)


def _deeper_than(most: int, value: Any) -> bool:
    level = [value]
    for _ in range(most + 1):
        level = [item for one in level for item in _parts(one)]
        if not level:
            return False
    return True


def _parts(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
