"""Formulas in Markdown: TeX between delimiters becomes MathML, which browsers draw without a script or a font.

The delimiters are those of the Markdown of 2022's papers: `$...$` within a line (the opening one stands before, the
closing one behind something that is no space, and no digit follows: so prices stay prices; Pandoc's rule), `$$...$$`,
`\\(...\\)` and `\\[...\\]`. What TeX's converter does not understand is shown as it was written.
"""

from __future__ import annotations

import html
import math
import re
import time
from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup

MOST_TEX = 5_000  # characters of one formula
_PAIRS = {"$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]"}
_DISPLAYED = frozenset({"$$", "\\["})
_ELEMENTS = frozenset(
    "math mrow mi mo mn mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover mtable mtr mtd mstyle "
    "mpadded mphantom menclose mmultiscripts mprescripts none".split()
)
_ATTRIBUTES = frozenset(
    "display mathvariant stretchy fence form separator accent accentunder displaystyle scriptlevel lspace rspace width "
    "height depth columnalign rowspacing columnspacing columnlines rowlines linethickness notation minsize maxsize "
    "largeop movablelimits symmetric mathcolor mathbackground mathsize columnspan rowspan".split()
)
_UNSAFE = re.compile(r"[:;(<]")  # what an attribute of a formula never needs


class OutOfTimeError(Exception):
    """A text takes too long."""


def check_time(env: Any) -> None:
    """Raises OutOfTimeError when this thread has used more of a processor than `env["until"]` (seconds) allows."""
    if time.thread_time() > env.get("until", math.inf):
        raise OutOfTimeError


def with_math(parser: MarkdownIt, lefts: Sequence[str] = tuple(_PAIRS)) -> MarkdownIt:
    """The parser, which now knows formulas between these opening delimiters and their closing ones."""
    known = [left for left in _PAIRS if left in lefts]  # the longer ones first

    def inline(state: StateInline, silent: bool) -> bool:
        return _inline(state, silent, known)

    def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return _block(state, start, end, silent, [left for left in known if left in _DISPLAYED])

    parser.inline.ruler.before("escape", "math", inline)
    parser.block.ruler.before("fence", "math", block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.add_render_rule("math", _render)
    return parser


def _inline(state: StateInline, silent: bool, lefts: Sequence[str]) -> bool:
    left = next((left for left in lefts if state.src.startswith(left, state.pos)), None)
    if left is None:
        return False
    start = state.pos + len(left)
    end = _end(state.src, start, left)
    if end < 0 or end > state.posMax:
        return False
    if not silent:
        token = state.push("math", "math", 0)
        token.content, token.markup = state.src[start:end].strip(), left
    state.pos = end + len(_PAIRS[left])
    return True


def _end(text: str, start: int, left: str) -> int:
    """Where the closing delimiter stands; -1 when this is no formula. Only the first one counts: else a long text of
    prices would take for ever."""
    right = _PAIRS[left]
    if left == "$" and (start >= len(text) or text[start].isspace()):
        return -1
    place = text.find(right, start, start + MOST_TEX)
    while place > start and text[place - 1] == "\\" and right[0] == "$":
        place = text.find(right, place + 1, start + MOST_TEX)
    if place <= start:
        return -1
    behind = text[place + 1 : place + 2]
    return -1 if left == "$" and (text[place - 1].isspace() or behind.isdigit()) else place


def _block(state: StateBlock, start: int, end: int, silent: bool, lefts: Sequence[str]) -> bool:
    """A formula that begins a line, and may go over several."""
    place = state.bMarks[start] + state.tShift[start]
    left = next((left for left in lefts if state.src.startswith(left, place)), None)
    if left is None:
        return False
    stop = _end(state.src, place + len(left), left)
    if stop < 0:
        return False
    line = next((n for n in range(start, end) if state.eMarks[n] >= stop), end)
    if line == end or state.src[stop + 2 : state.eMarks[line]].strip():
        return False
    if not silent:
        token = state.push("math", "math", 0)
        token.block, token.content, token.markup = True, state.src[place + 2 : stop].strip(), left
        token.map = [start, line + 1]
        state.line = line + 1
    return True


def _render(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    check_time(env)
    token = tokens[index]
    shown = math_html(token.content, displayed=token.markup in _DISPLAYED)
    return f"<p>{shown}</p>\n" if token.block else str(shown)


def math_html(tex: str, *, displayed: bool) -> Markup:
    """MathML of a formula; its text in <code> when it cannot be converted. Nothing in it can run."""
    from latex2mathml.converter import convert_to_element  # only texts with formulas need it

    try:
        parts: list[str] = []
        _write(convert_to_element(tex, display="block" if displayed else "inline"), parts)
        return Markup("".join(parts))
    except Exception:  # the converter stumbles over bad TeX in many ways
        return Markup("<code>{}</code>").format(tex)


def _write(element: Element, parts: list[str]) -> None:
    """Adds the markup of an element with what is allowed of it. Its texts hold character references, which stand for
    one character. A formula has dozens of elements, so nothing here builds what it does not need."""
    name = element.tag if element.tag in _ELEMENTS else "mrow"
    parts.append(f"<{name}")
    for key, value in element.attrib.items():
        if key in _ATTRIBUTES and not _UNSAFE.search(value):
            parts.append(f' {key}="{html.escape(html.unescape(value))}"')
    parts.append(">")
    if element.text:
        parts.append(html.escape(html.unescape(element.text)))
    for child in element:
        _write(child, parts)
        if child.tail:
            parts.append(html.escape(html.unescape(child.tail)))
    parts.append(f"</{name}>")
