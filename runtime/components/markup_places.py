"""Places in Markdown that links of the same text lead to: its headings, and the footnotes of markup_notes.

Their ids begin with `h-`: the page keeps no others in a text from anywhere, and keeps those of two texts apart. The
author's own text it takes as it is; there `env["own"]`, a name of the text, keeps them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token


def place(env: Any, name: str) -> str:
    """The id of the place of that name."""
    own = env.get("own")
    return f"h-{own}:{name}" if own else f"h-{name}"


def with_places(parser: MarkdownIt, *, anchors: bool = False) -> MarkdownIt:
    """The parser, in which `[see](#a-heading)` leads to that heading. anchors: each heading has a link to itself."""

    def places(state: StateCore) -> None:
        links = list(_links_within(state))
        if anchors or links:
            _lead(state, links, anchors)

    parser.core.ruler.push("places", places)
    return parser


def _lead(state: StateCore, links: list[Token], anchors: bool) -> None:
    """Headings that are led to have ids, and the links lead to the first heading of the name."""
    led = {_key(link) for link in links}
    ids: dict[str, str] = {}
    for opening, inline, name in _headings(state):
        key, id = _letters(name), place(state.env, name)
        if anchors or (key in led and key not in ids):
            opening.attrSet("id", id)
        ids.setdefault(key, id)
        if anchors:
            inline.children = [*(inline.children or []), *_link_to(id)]
    for link in links:
        if id := ids.get(_key(link), ""):
            link.attrSet("href", f"#{id}")


def _links_within(state: StateCore) -> Iterator[Token]:
    for token in state.tokens:
        for child in token.children or ():
            if child.type == "link_open" and str(child.attrGet("href")).startswith("#"):
                yield child


def _headings(state: StateCore) -> Iterator[tuple[Token, Token, str]]:
    """Each heading's opening, its text, and a name after its text; one more of a name has a number."""
    numbers: dict[str, int] = {}  # name -> the number that one more of it has
    for opening, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if opening.type == "heading_open":
            plain = re.sub(r"[^\w]+", "-", inline.content.casefold()).strip("-") or "heading"
            name = plain
            while name in numbers:  # a heading may be called "A 2" itself
                numbers[plain] += 1
                name = f"{plain}-{numbers[plain]}"
            numbers[name] = 1
            yield opening, inline, name


def _key(link: Token) -> str:
    """What a link and a heading's name have in common: where GitHub's names leave a sign out, ours have a hyphen."""
    return _letters(unquote(str(link.attrGet("href"))))


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _link_to(id: str) -> list[Token]:
    link = [Token("link_open", "a", 1), Token("text", "", 0), Token("link_close", "a", -1)]
    link[0].attrSet("href", f"#{id}")
    link[1].content = " #"
    return link
