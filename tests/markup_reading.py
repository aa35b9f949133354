"""HTML read as the page's allow-list does: what of it the page would not keep."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

_SAFE_JS = (Path(__file__).parents[1] / "templates" / "static" / "core" / "safe.js").read_text()
#: the page sets them itself
_SET = {"href", "rel", "target"}


def _names(constant: str) -> set[str]:
    """The names that a constant of safe.js lists."""
    found = re.search(rf"const {constant} = (.*?)\.split", _SAFE_JS, re.DOTALL)
    assert found, constant
    return set(" ".join(re.findall(r'"([^"]*)"', found[1])).split())


ELEMENTS = _names("SAFE_ELEMENTS") | _names("SAFE_FORMULA") | _names("SAFE_DRAWING")
ATTRIBUTES = {name.lower() for name in _names("SAFE_ATTRIBUTES")} | _SET
_ADDRESS = re.compile(r"(?:https?:|mailto:|[^:]*(?:[/?#]|$))", re.IGNORECASE)


class Reading(HTMLParser):
    """refused: elements and attributes that the page would remove. ids, links: in their order. deepest: of links
    in each other."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.deepest = self._open = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS:
            self.refused.append(tag)
        self._open += tag == "a"
        self.deepest = max(self.deepest, self._open)
        for name, value in attrs:
            unsafe = name in ("href", "src") and not _ADDRESS.match(value or "")
            if name not in ATTRIBUTES or unsafe:
                self.refused.append(f"{tag} {name}")
            elif name == "id":
                self.ids.append(value or "")
            elif name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._open -= tag == "a"


def read(html: str) -> Reading:
    reading = Reading()
    reading.feed(html)
    reading.close()
    return reading
