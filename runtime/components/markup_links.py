"""Addresses in Markdown that stand bare, as GitHub links them: https://..., http://..., www... and mail addresses.

https://github.github.com/gfm/#autolinks-extension- says where one ends: before white space and `<`; punctuation, a
parenthesis that was not opened in it, and a character reference at its end are no part of it. Here `]` that was not
opened ends it too, and so do quotes and the brackets and stops of Chinese and Japanese.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.common.utils import isLinkClose, isLinkOpen
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_SCHEME = re.compile(r"(?<![a-z0-9])https?\Z", re.IGNORECASE)
_WWW = re.compile(r"(?<![^\s*_~(])www\.")
_MARKS = "\n!#$%&*+-:<=>@[\\]^_`{}~"  # at which the library asks its other rules
_NEXT = re.compile(f"[{re.escape(_MARKS)}]|{_WWW.pattern}")
_HOST = re.compile(r"""[^\s.!-,/:-@\[-^`{-~]+(?:\.[^\s.!-,/:-@\[-^`{-~]+)*""")
_LONGEST_HOST = 255  # RFC 1035
_STOPS = re.compile(r"[\[\]\s<>\"`\u3000-\u303f\uff01-\uff0f\uff1a-\uff20]")
_TRAILING = "?!.,:*_~'\""
_LONGEST_REFERENCE = 34  # `&CounterClockwiseContourIntegral;`

_LOCAL = string.ascii_letters + string.digits + ".+-_"
_LONGEST_LOCAL = 64  # RFC 5321
_DOMAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+", re.IGNORECASE)


def with_links(parser: MarkdownIt) -> MarkdownIt:
    """The parser, which now links bare addresses."""
    parser.inline.ruler.at("text", _words)
    parser.inline.ruler.before("text", "bare address", _address)
    parser.core.ruler.after("inline", "mail addresses", _mails)
    return parser


def _words(state: StateInline, silent: bool) -> bool:
    """The library's rule of plain text, which now also ends where `www.` begins a word."""
    start = state.pos
    if state.src[start] in _MARKS:
        return False
    found = _NEXT.search(state.src, start + 1, state.posMax)
    state.pos = found.start() if found else state.posMax
    if not silent:
        state.pending += state.src[start : state.pos]
    return True


def _address(state: StateInline, silent: bool) -> bool:
    """An address of the web. Not where another rule looks for the end of a link: within it there is none."""
    if silent or state.linkLevel > 0:
        return False
    if state.src.startswith("://", state.pos):
        found = _SCHEME.search(state.src, max(0, state.pos - 6), state.pos)
        begun = len(found[0]) if found else 0
        host = state.pos + 3 if begun else -1
    else:
        begun, host = 0, state.pos if _WWW.match(state.src, state.pos) else -1
    if host < 0 or not _is_host(state, host) or begun > len(state.pending):
        return False
    start = state.pos - begun
    end = _end(state.src, host, state.posMax)
    state.pending = state.pending[: len(state.pending) - begun]
    shown = state.src[start:end]
    state.push("link_open", "a", 1)
    _address_of(state.tokens[-1], state.md.normalizeLink(shown if begun else f"http://{shown}"))
    state.push("text", "", 0).content = shown
    _address_of(state.push("link_close", "a", -1))
    state.pos = end
    return True


def _address_of(token: Token, href: str | None = None) -> Token:
    """The token as one of an address, whose letters no typography touches."""
    token.markup, token.info = "linkify", "auto"
    if href is not None:
        token.attrs = {"href": href}
    return token


def _is_host(state: StateInline, place: int) -> bool:
    """Whether a host's name begins here: its last two parts have no underscore, and `www` alone is none."""
    found = _HOST.match(state.src, place, min(state.posMax, place + _LONGEST_HOST))
    if not found:
        return False
    parts = found[0].rstrip("_").split(".")  # `_https://example.com_` is emphasis
    return not any("_" in part for part in parts[-2:]) and parts != ["www"] and bool(parts[-1])


def _end(source: str, start: int, limit: int) -> int:
    """Where the address ends that goes on at `start`. What is read is part of it, but for its end: linear in all."""
    opened, end = 0, limit
    for stop in _STOPS.finditer(source, start, limit):
        opened += (stop[0] == "[") - (stop[0] == "]")
        if stop[0] not in "[]" or opened < 0:
            end = stop.start()
            break
    unopened = source.count(")", start, end) - source.count("(", start, end)
    while end > start:
        last = source[end - 1]
        if last == ")" and unopened > 0:
            unopened -= 1
        elif last == ";":
            end = _before_reference(source, start, end)
            continue
        elif last not in _TRAILING:
            break
        end -= 1
    return end


def _before_reference(source: str, start: int, end: int) -> int:
    """Where `&name;` begins that ends at `end`; or only its semicolon."""
    place = source.rfind("&", max(start, end - _LONGEST_REFERENCE), end)
    name = source[place + 1 : end - 1]
    return place if place >= 0 and name.isascii() and name.isalnum() else end - 1


def _mails(state: StateCore) -> None:
    """Mail addresses are found when emphasis is: one may hold underscores."""
    for token in state.tokens:
        if token.type == "inline" and token.children and "@" in token.content:
            token.children = list(_with_mails(state.md, token.children))


def _with_mails(parser: MarkdownIt, children: Sequence[Token]) -> Iterator[Token]:
    inside, before = 0, None  # of how many links; what stands before
    for child in children:
        inside += _opens(child)
        if child.type != "text" or inside > 0 or "@" not in child.content:
            yield child
        else:
            escaped = before is not None and before.type == "text_special" and before.content in _LOCAL
            yield from _parts(parser, child, escaped)
        before = child


def _opens(token: Token) -> int:
    """How many more links are open behind it; the author may write them as HTML."""
    if token.type == "html_inline":
        return int(isLinkOpen(token.content)) - int(isLinkClose(token.content))
    return {"link_open": 1, "link_close": -1}.get(token.type, 0)


def _parts(parser: MarkdownIt, token: Token, escaped: bool) -> Iterator[Token]:
    """A text as text and links. escaped: what stands before it would be part of a name at its beginning."""
    content, shown = token.content, 0
    at = content.find("@")
    while at >= 0:
        start, end = _mail(content, shown, at)
        if start < end and not (escaped and start == 0):
            address = content[start:end]
            href = address if address.lower().startswith("mailto:") else f"mailto:{address}"
            opening = _address_of(Token("link_open", "a", 1, level=token.level), parser.normalizeLink(href))
            closing = _address_of(Token("link_close", "a", -1, level=token.level))
            inner = Token("text", "", 0, level=token.level + 1, content=address)
            yield Token("text", "", 0, level=token.level, content=content[shown:start])
            yield from (opening, inner, closing)
            shown = end
        at = content.find("@", max(at + 1, end))
    yield Token("text", "", 0, level=token.level, content=content[shown:])


def _mail(content: str, least: int, at: int) -> tuple[int, int]:
    """Where the mail address around this @ begins and ends; (0, 0) when there is none."""
    before = content[max(least, at - _LONGEST_LOCAL - 1) : at]
    rest = before.rstrip(_LOCAL)
    local = len(before) - len(rest)
    domain = _DOMAIN.match(content, at + 1, at + 1 + _LONGEST_HOST)
    if not 0 < local <= _LONGEST_LOCAL or not domain or domain[0][-1] in "-_":
        return 0, 0
    start = at - local
    scheme = start - len("mailto:")
    whole = scheme >= least and content[scheme:start].lower() == "mailto:" and not content[:scheme][-1:].isalnum()
    return scheme if whole else start, domain.end()
