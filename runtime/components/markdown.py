"""Markdown: text with marks, rendered on the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Files, Wire, attributes
from quickdemo.runtime.components.html import Written
from quickdemo.runtime.components.markup import Options, lefts_of, render_author, render_safe


class Markdown(Written):
    """Shows Markdown. The wire value is HTML.

    The constant `value` may contain HTML; in what a function returns, HTML is shown as text.

    It reads CommonMark and what GitHub adds: tables, strikethrough, tasks (`- [x]`), bare addresses as links and
    footnotes (`[^1]`, and a line `[^1]: text` anywhere, whose indented lines go on with it). TeX between the delimiters
    is a formula, and a fenced program is in colours.

    A link to `#a-heading` leads to that heading of the same text, whatever else stands on the page.
    """

    kind = "markdown"

    def __init__(
        self,
        value: str | None = "",
        *,
        latex_delimiters: Sequence[Mapping[str, Any]] | None = None,
        line_breaks: bool = False,
        header_links: bool = False,
        sanitize_html: bool = True,
        show_copy_button: bool = False,
        rtl: bool = False,
        height: int | str | None = None,
        max_height: int | str | None = None,
        **common: Any,
    ) -> None:
        """
        value: Markdown shown at first; common indentation is removed.
        latex_delimiters: [{"left": "$", "right": "$", "display": False}, ...] of formulas; None takes $, $$, \\( and
            \\[, an empty list none.
        line_breaks: a line break in a paragraph is one on the page.
        header_links: headings can be linked to.
        sanitize_html: accepted; what a function returns never runs in the page.
        show_copy_button: a button copies the Markdown's text.
        rtl: from right to left; otherwise each text's first letter decides.
        height, max_height: in pixels or as CSS lengths, beyond which it scrolls.
        """
        super().__init__(value, **common)
        self.rendering = Options(lefts_of(latex_delimiters), line_breaks, header_links)
        self.show_copy_button, self.rtl = show_copy_button, rtl
        self.sizes = {"block-size": _length(height), "max-block-size": _length(max_height)}
        del sanitize_html

    def written(self, text: str, own: str) -> str:
        return render_author(text, own)

    def postprocess(self, value: Any, files: Files) -> str | None:
        return None if value is None else render_safe(str(value), self.rendering)

    def options(self) -> dict[str, Any]:
        return {"copy": self.show_copy_button}

    def view(self, id: str, wire: Wire) -> Markup:
        sizes = "; ".join(f"{name}: {size}" for name, size in self.sizes.items() if size)
        marks = attributes(dir="rtl" if self.rtl else None, style=f"{sizes}; overflow: auto" if sizes else None)
        return Markup("<div{}>{}</div>").format(marks, super().view(id, wire))


def _length(size: int | str | None) -> str | None:
    return f"{size}px" if isinstance(size, int) else size
