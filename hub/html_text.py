"""HTML in the words of a Space: many describe themselves in tags, of which only the meaning is taken, as Markdown."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

_BLOCKS = frozenset("p div center section article header footer table tr ul ol blockquote details summary".split())
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`"}
_UNSEEN = frozenset("script style head title template noscript iframe object svg".split())
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
#: of a short text. No others: in "<class 'int'>" is no tag
_INLINE = re.compile(
    r"</?(?:a|b|i|u|em|strong|code|small|font|center|span|p|div|br|ul|ol|li|h[1-6])(?:[\s/][^<>]*)?>", re.I
)
_LINK = re.compile(r"<a\s[^<>]*href=[\"']?(https?://[^\"'\s<>]+)[^<>]*>([^<>]*)</a>", re.I)
MOST_WORDS = 4000


def without_tags(text: str) -> str:
    """Paragraphs, headings, lists, links, bold and italic stay; of a picture its description, of all else its text."""
    if not _TAG.search(text):
        return text
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.found)).strip()


def words_of(text: str) -> str:
    """A short text, such as an error, that is shown as it is: without the tags, its links as "words (address)"."""
    text = text[:MOST_WORDS]
    if not _INLINE.search(text):
        return text
    return unescape(_INLINE.sub(_gap, _LINK.sub(r"\2 (\1)", text))).strip()


def _gap(tag: re.Match[str]) -> str:
    return " " if tag[0].strip("</>").lower().startswith(("p", "div", "br", "ul", "ol", "li", "h")) else ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._unseen = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if tag == "br":
            self._put("  \n")
        elif tag == "li":
            self._put("\n- ")
        elif tag == "hr":
            self._put("\n\n---\n\n")
        elif tag == "img":
            self._put(dict(attrs).get("alt") or "")
        elif tag == "a":
            address = dict(attrs).get("href") or ""
            self._links.append(address if address.startswith(("https://", "http://")) else "")
            self._put("[" if self._links[-1] else "")
        elif tag in _MARKS:
            self._put(_MARKS[tag])
        elif tag in _BLOCKS or _level(tag):
            self._put("\n\n" + ("#" * _level(tag) + " " if _level(tag) else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif tag == "a" and self._links:
            address = self._links.pop()
            self._put(f"]({address.replace(' ', '%20').replace(')', '%29')})" if address else "")
        elif tag in _MARKS:
            self._put(_MARKS[tag])
        elif tag in _BLOCKS or _level(tag):
            self._put("\n\n")

    def handle_data(self, data: str) -> None:
        self._put(data)

    def _put(self, text: str) -> None:
        if not self._unseen:
            self.found.append(text)


def _level(tag: str) -> int:
    """Of a heading; 0 for another tag."""
    return int(tag[1]) if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456" else 0
