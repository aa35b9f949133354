"""Program text in colours, by Pygments: one form for Code and for the code blocks of Markdown."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from markupsafe import escape
from pygments import format as formatted
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Text
from pygments.util import ClassNotFound

MOST_COLOURED = 200_000  # characters; longer text is shown without colours, which would take seconds
MOST_LINES = 10_000
MOST_FENCED = 50_000  # characters of a block in Markdown
LIMIT_S = 2.0  # what is not coloured by then is shown without
#: Runs of blanks and long lines take the expressions of some lexers quadratic time, in which nothing else of the
#: process runs.
_LONG_BLANK = re.compile(r"\s{500}")
LONGEST_LINE = 2000
#: What a fenced block may be coloured as: there the language, too, is that of a visitor or of a model, and some of
#: Pygments' rarer lexers can be kept busy for minutes.
FENCED = frozenset(
    "bash batch bat c c# c++ cmake cpp cs csharp css diff docker dockerfile go golang graphql html http ini java "
    "javascript jinja js json jsx julia kotlin latex less lua make makefile markdown md mysql nginx objc "
    "objective-c perl php powershell proto protobuf ps1 py python python3 pycon r rb rs ruby rust scala scss sh shell "
    "sql swift tex text toml ts tsx typescript udiff vue xml yaml yml zsh".split()
)
_FORMATTER = HtmlFormatter(nowrap=True, classprefix="c-")


def coloured_lines(text: str, lexer: Lexer | None) -> list[str]:
    """The lines of a text as HTML; without a lexer, or of a very long text, without colours."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as Pygments counts lines
    if lexer is None or len(text) > MOST_COLOURED or _takes_long(text):
        return [str(escape(line)) for line in text.split("\n")]
    text = text.removeprefix("\ufeff")  # as Pygments does
    lines = str(formatted(_in_time(lexer.get_tokens(text), text), _FORMATTER)).split("\n")
    return lines[: text.count("\n") + 1]  # Pygments ends the last line in any case


def _takes_long(text: str) -> bool:
    return max(map(len, text.split("\n"))) > LONGEST_LINE or _LONG_BLANK.search(text) is not None


def _in_time(tokens: Iterator[tuple[Any, str]], text: str) -> Iterator[tuple[Any, str]]:
    """The tokens of a text as long as there is time; then all the rest of it as one."""
    deadline, done = time.monotonic() + LIMIT_S, 0
    for kind, value in tokens:
        yield kind, value
        done += len(value)
        if time.monotonic() > deadline:
            yield Text, text[done:]
            return


@lru_cache(maxsize=256)
def lexer_of(language: str) -> Lexer | None:
    """The lexer of that name; None when Pygments knows none."""
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=True)
    except ClassNotFound:
        return None
