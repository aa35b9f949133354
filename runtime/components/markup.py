"""Markdown to HTML, in two degrees of trust.

`render_author` is for text that stands in the author's script: HTML in it is kept as written.
`render_safe` is for anything that may hold a visitor's words: HTML is shown as text, and links lead only to the web,
to mail or to a place on the page.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_SAFE_LINK = re.compile(r"(?:https?://|mailto:|[^:/?#]*(?:[/?#]|$))", re.IGNORECASE)


def render_author(text: str) -> str:
    """HTML of the author's own Markdown; common indentation is removed first."""
    return str(_author().render(inspect.cleandoc(text)))


def render_safe(text: str) -> str:
    """HTML of Markdown from anywhere; nothing in it can run or load from another host."""
    return str(_safe().render(inspect.cleandoc(text)))


@cache
def _author() -> MarkdownIt:
    return MarkdownIt("js-default", {"html": True, "typographer": True}).enable(["replacements", "smartquotes"])


@cache
def _safe() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": False, "maxNesting": 40})
    parser.validateLink = lambda url: bool(_SAFE_LINK.match(url.strip()))  # type: ignore[method-assign]
    parser.add_render_rule("link_open", _link)
    parser.add_render_rule("image", _image)
    return parser


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
