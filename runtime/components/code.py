"""Code: a program's text, coloured by Pygments on the server; typed in a plain field."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from pygments.lexer import Lexer
from pygments.lexers import get_all_lexers

from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.coloured import MOST_COLOURED, MOST_LINES, coloured_lines, lexer_of
from quickdemo.runtime.components.uploads import local_path

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.text import TextParts


class Code(Component):
    """Program text. The function gets str (None when nothing was given); it may return str, or (path,) of a file.

    On the wire it is null or {"text": as given, "html": its lines, coloured; "" of a very long text}; coming in, a bare
    text will do.
    """

    kind = "code"

    def __init__(
        self,
        value: str | tuple[str] | None = None,
        language: str | None = None,
        *,
        lines: int = 5,
        max_lines: int | None = None,
        show_line_numbers: bool = True,
        wrap_lines: bool = False,
        **common: Any,
    ) -> None:
        """
        value: the text at first, or (path,) of a file.
        language: a name that Pygments knows, such as "python", "json" or "sql"; None colours nothing.
        lines, max_lines: the least and the most height, in lines.
        show_line_numbers: beside the read-only form. wrap_lines: long lines are wrapped instead of scrolled.

        Raises ValueError for a language that Pygments does not know.
        """
        super().__init__(value, **common)
        self.language = language
        self.lines = lines
        self.max_lines = max_lines
        self.show_line_numbers = show_line_numbers
        self.wrap_lines = wrap_lines
        self._lexer = _lexer(language)

    # ------------------------------------------------------------------ values

    def preprocess(self, wire: Wire, files: Files) -> str | None:
        text = wire.get("text") if isinstance(wire, dict) else wire
        if wire is not None and not isinstance(text, str):
            raise self.refuse('must be text, {"text": ...} or null', wire)
        return text

    def accept(self, value: Any, files: Files) -> str | None:
        return self.preprocess(self._text(value) if isinstance(value, tuple) else value, files)

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is neither text nor (path,), or the file is not there or no UTF-8."""
        if value is None:
            return None
        text = self._text(value)
        return {"text": text, "html": self._coloured(text)}

    def _text(self, value: Any) -> str:
        if not isinstance(value, tuple):
            return str(value)
        if len(value) != 1 or not isinstance(value[0], str):
            raise ValueError(f"Code shows text, or a file given as (path,); this was {value!r}.")
        path = local_path(self, value[0])
        try:
            return Path(path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise ValueError(f"Code: {path} is no UTF-8 text.") from None

    def _coloured(self, text: str) -> str:
        if len(text) > MOST_COLOURED or text.count("\n") > MOST_LINES:
            return ""
        return "\n".join(f'<span class="line">{line}</span>' for line in coloured_lines(text, self._lexer))

    def parts(self, value: str | None, files: Files) -> TextParts | None:
        """Its lines."""
        from quickdemo.interpret.parts.text import TextParts  # numpy is imported when it is needed

        return None if value is None else TextParts(value, **{"separator": "\n", **self.interpreted})

    def set_interpret_parameters(self, separator: str = "\n", replacement: str | None = None) -> Self:
        r"""
        separator: what stands between the parts of the text: "\n" makes parts of lines, " " of words.
        replacement: what stands in place of a part that is left out; None removes it.
        """
        self.interpreted = {"separator": separator, "replacement": replacement}
        return self

    def schema(self) -> Schema:
        return {
            "anyOf": [
                {"type": ["string", "null"]},
                {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
            ]
        }

    def output_schema(self) -> Schema:
        both = {"text": {"type": "string"}, "html": {"type": "string"}}
        return {"anyOf": [{"type": "null"}, {"type": "object", "properties": both, "required": list(both)}]}

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """The text, without its colours."""
        text: str | None = wire["text"] if isinstance(wire, dict) else wire
        return text

    def from_flag_cell(self, cell: str, folder: str) -> str:
        return cell

    def example_html(self, wire: Wire) -> Markup:
        if wire is None:
            return Markup("")
        first, *rest = wire["text"].split("\n")
        more = " …" if rest or len(first) > 80 else ""
        return Markup("<code>{}</code>").format(first[:80] + more)

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        return {"language": self.language or ""}

    def control(self, id: str, wire: Wire) -> Markup:
        most = max(self.lines, self.max_lines or 40)
        return Markup("<textarea{}>\n{}</textarea>").format(  # a first line break is dropped by HTML parsers
            attributes(
                id=id,
                name=id,
                class_="program" + ("" if self.wrap_lines else " unwrapped"),
                rows=self.lines,
                style=f"--lines: {self.lines}; --max-lines: {most}",
                spellcheck="false",
                autocapitalize="off",
                autocomplete="off",
                aria_describedby=f"{id}-info" if self.info else None,
            ),
            wire["text"] if wire else "",
        )

    def view(self, id: str, wire: Wire) -> Markup:
        classes = "program" + (" numbered" if self.show_line_numbers else "") + (" wrapped" if self.wrap_lines else "")
        most = attributes(style=f"--max-lines: {self.max_lines}" if self.max_lines else None)
        return Markup(
            '<div id="{id}" class="shown" role="group" aria-labelledby="{id}-name">'
            '<pre class="{classes}" tabindex="0" role="region" aria-labelledby="{id}-name"{most}></pre></div>'
        ).format(id=id, classes=classes, most=most)


def _lexer(language: str | None) -> Lexer | None:
    lexer = None if language is None else lexer_of(language)
    if language is None or lexer is not None:
        return lexer
    known = [alias for _, aliases, _, _ in get_all_lexers(plugins=False) for alias in aliases]
    near = difflib.get_close_matches(language.lower(), known, n=3)
    meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else " Leave it out for plain text."
    raise ValueError(f"Code: Pygments knows no language {language!r}.{meant}")
