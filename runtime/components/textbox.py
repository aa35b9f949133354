"""Textbox: one or several lines of text."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Component, Files, Schema, Wire, attributes


class Textbox(Component):
    """Text in, text out. The function gets `str` (None when the field was cleared); anything returned is `str(y)`."""

    kind = "textbox"

    def __init__(
        self,
        value: str | None = "",
        *,
        lines: int = 1,
        max_lines: int = 20,
        placeholder: str | None = None,
        max_length: int | None = None,
        type: str = "text",
        **common: Any,
    ) -> None:
        """
        value: the text at first.
        lines: height in lines; 1 is a single-line field.
        max_lines: how far the field grows with its text.
        placeholder: shown while the field is empty.
        max_length: longest accepted text, in characters.
        type: "text", "password" or "email".
        """
        if type not in ("text", "password", "email"):
            raise ValueError(f'Textbox: type is "text", "password" or "email", not {type!r}.')
        super().__init__(value, **common)
        self.lines = lines
        self.max_lines = max_lines
        self.placeholder = placeholder
        self.max_length = max_length
        self.type = type

    def preprocess(self, wire: Wire, files: Files) -> str | None:
        if wire is None:
            return None
        # A number is taken as its text, as scripts of 2022 send it; a limit on the length asks for text itself.
        if isinstance(wire, bool) or not isinstance(wire, (str, int, float) if self.max_length is None else str):
            raise self.refuse("must be text", wire)
        text = str(wire)
        if self.max_length is not None and len(text) > self.max_length:
            raise self.refuse(f"must be at most {self.max_length} characters long, not {len(text)}", text)
        return text

    def postprocess(self, value: Any, files: Files) -> str | None:
        return None if value is None else str(value)

    def accept(self, value: Any, files: Files) -> str | None:
        return self.preprocess(None if value is None else str(value), files)

    def schema(self) -> Schema:
        if self.max_length is None:
            return {"type": ["string", "number", "null"]}
        return {"type": ["string", "null"], "maxLength": self.max_length}

    def output_schema(self) -> Schema:
        return {"type": ["string", "null"]}

    def control(self, id: str, wire: Wire) -> Markup:
        common = attributes(
            id=id,
            name=id,
            placeholder=self.placeholder,
            maxlength=self.max_length,
            aria_describedby=f"{id}-info" if self.info else None,
        )
        if self.type != "text" or (self.lines == 1 and self.max_lines == 1):
            return Markup("<input{}{}>").format(common, attributes(type=self.type, value=wire or ""))
        style = f"--lines: {self.lines}; --max-lines: {max(self.lines, self.max_lines)}"
        rows = attributes(rows=self.lines, style=style)
        # The first line break inside a textarea is dropped by HTML parsers, so one is always given.
        return Markup("<textarea{}{}>\n{}</textarea>").format(common, rows, wire or "")

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<output id="{}" class="text" aria-labelledby="{}-name">{}</output>').format(id, id, wire or "")
