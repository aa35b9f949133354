"""Program text in colours, by Pygments: one form for Code and for the code blocks of Markdown."""

from __future__ import annotations

from functools import cache

from markupsafe import escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

MOST_COLOURED = 200_000  # characters; longer text is shown without colours, which would take seconds
_FORMATTER = HtmlFormatter(nowrap=True, classprefix="c-")


def coloured_lines(text: str, lexer: Lexer | None) -> list[str]:
    """The lines of a text as HTML; without a lexer, or of a very long text, without colours."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as Pygments counts lines
    if lexer is None or len(text) > MOST_COLOURED:
        return [str(escape(line)) for line in text.split("\n")]
    lines = str(highlight(text, lexer, _FORMATTER)).split("\n")
    return lines[: text.count("\n") + 1]  # Pygments ends the last line in any case


@cache
def lexer_of(language: str) -> Lexer | None:
    """The lexer of that name; None when Pygments knows none."""
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=True)
    except ClassNotFound:
        return None
