"""Markdown to HTML, in two degrees of trust.

`render_author` is for text that stands in the author's script: HTML in it is kept as written.
`render_safe` is for anything that may hold a visitor's words: HTML is shown as text, and links lead only to the web,
to mail or to a place on the page.
"""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import escape

from quickdemo.runtime.components.markup_links import with_links
from quickdemo.runtime.components.markup_math import OutOfTimeError, check_time, with_math
from quickdemo.runtime.components.markup_notes import with_notes
from quickdemo.runtime.components.markup_places import with_places

MOST_RENDERED = 500_000
#: seconds of a processor for one text from anywhere; brackets in brackets could take it for hours
LIMIT_S = 10.0
#: (characters, how many texts of at most so many, whose rendering is kept)
_KEPT = ((4_000, 2048), (50_000, 64), (MOST_RENDERED, 8))

_TASK = re.compile(r"\[([ xX])\] ")
_SAFE_LINK = re.compile(r"(?:https?://|mailto:|[^:/?#]*(?:[/?#]|$))", re.IGNORECASE)


def render_author(text: str, own: str = "") -> str:
    """HTML of the author's own Markdown; common indentation is removed first. own: a name that no other text has on a
    page, which keeps its ids apart from theirs."""
    return str(_author().render(inspect.cleandoc(text), {"own": own}))


def render_safe(text: str, options: Options | None = None) -> str:
    """HTML of Markdown from anywhere; nothing in it can run or load from another host.

    A text of more than MOST_RENDERED characters is shown as it is, which takes no time; so is one that takes more than
    LIMIT_S.
    """
    if len(text) > MOST_RENDERED:
        return _bare(text)
    render = next(kept for (most, _), kept in zip(_KEPT, _kept, strict=True) if len(text) <= most)
    return render(text, options or Options())


def _rendered(text: str, options: Options) -> str:
    try:
        return str(_safe(options).render(inspect.cleandoc(text), {"until": time.thread_time() + LIMIT_S}))
    except OutOfTimeError:
        return _bare(text)


def _bare(text: str) -> str:
    return f"<pre><code>{escape(text)}</code></pre>"


def _in_time(state: StateBlock | StateInline, *_: Any) -> bool:
    """A rule that no text follows: it stands first, and so is asked at each place."""
    check_time(state.env)
    return False


#: a conversation that grows is rendered anew at each step; its older messages are the same
_kept = [lru_cache(maxsize=count)(_rendered) for _, count in _KEPT]


@dataclass(frozen=True)
class Options:
    """lefts: the opening delimiters of formulas. breaks: a line break in a paragraph is one on the page. anchors: a
    heading can be linked to."""

    lefts: tuple[str, ...] = ("$$", "$", "\\(", "\\[")
    breaks: bool = False
    anchors: bool = False


def lefts_of(delimiters: Sequence[Mapping[str, Any]] | None) -> tuple[str, ...]:
    """The opening delimiters of [{"left": "$", "right": "$", "display": False}, ...]; None are all that are known."""
    known = Options().lefts
    if delimiters is None:
        return known
    given = [str(pair["left"]) for pair in delimiters]
    return tuple(left for left in known if left in given)


@cache
def _author() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": True, "typographer": True, "highlight": _program})
    return _with_ours(parser.enable(["replacements", "smartquotes"]))


@lru_cache(maxsize=16)
def _safe(options: Options) -> MarkdownIt:
    settings = {"html": False, "maxNesting": 40, "breaks": options.breaks, "highlight": _program}
    parser = MarkdownIt("js-default", settings)
    parser.validateLink = lambda url: bool(_SAFE_LINK.match(url.strip()))  # type: ignore[method-assign]
    parser.add_render_rule("link_open", _link)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("table_open", lambda *_: '<div class="sheet"><table>\n')
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    parser.core.ruler.push("tasks", _tasks)
    parser.inline.ruler.before("text", "in time", _in_time)
    parser.block.ruler.before("table", "in time", _in_time)
    return _with_ours(parser, options.lefts, anchors=options.anchors)


def _with_ours(parser: MarkdownIt, lefts: tuple[str, ...] = Options.lefts, *, anchors: bool = False) -> MarkdownIt:
    """The parser with what both degrees of trust have."""
    return with_places(with_links(with_notes(with_math(parser, lefts))), anchors=anchors)


def _program(text: str, language: str, attributes: str) -> str:
    """A fenced block of one of the languages that may be fenced, in colours; "" leaves it to the parser."""
    if not language:
        return ""
    from quickdemo.runtime.components import coloured  # only texts with programs need it

    if language.lower() not in coloured.FENCED or len(text) > coloured.MOST_FENCED:
        return ""
    return "\n".join(coloured.coloured_lines(text, coloured.lexer_of(language.lower())))


def _tasks(state: StateCore) -> None:
    """`[ ]` and `[x]` at the start of a list's item are boxes, as elsewhere on the web."""
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        first = inline.children[0] if inline.children else None
        if item.type != "list_item_open" or paragraph.type != "paragraph_open" or first is None:
            continue
        if first.type == "text" and (mark := _TASK.match(first.content)):
            first.content = ("☐ " if mark[1] == " " else "☑ ") + first.content[mark.end() :]


def _link(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """A link that tells the other page nothing of this one; another site opens beside this page."""
    token = tokens[index]
    token.attrSet("rel", "noopener noreferrer")
    if re.match("https?:", str(token.attrGet("href")), re.IGNORECASE):
        token.attrSet("target", "_blank")
    return renderer.renderToken(tokens, index, options, env)


def _image(renderer: Any, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """A picture of this site. One of another site becomes a link, because the page loads nothing from elsewhere."""
    token = tokens[index]
    source = str(token.attrGet("src"))
    if not re.match(r"[a-z][a-z0-9+.-]*:|//", source, re.IGNORECASE):
        return str(renderer.image(tokens, index, options, env))
    opened, text, closed = Token("link_open", "a", 1), Token("text", "", 0), Token("link_close", "a", -1)
    opened.attrSet("href", source)
    text.content = renderer.renderInlineAsText(token.children, options, env) or source
    return str(renderer.render([opened, text, closed], options, env))
