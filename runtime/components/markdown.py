"""Markdown: text with marks, rendered on the server."""

from __future__ import annotations

from typing import Any

from quickdemo.runtime.components.base import Files
from quickdemo.runtime.components.html import Written
from quickdemo.runtime.components.markup import render_author, render_safe


class Markdown(Written):
    """Shows Markdown. The wire value is HTML.

    The constant `value` may contain HTML; in what a function returns, HTML is shown as text.
    """

    kind = "markdown"

    def __init__(self, value: str | None = "", **common: Any) -> None:
        """value: Markdown shown at first; common indentation is removed."""
        super().__init__(value, **common)

    def authored(self) -> str | None:
        return None if self.value is None else render_author(str(self.value))

    def postprocess(self, value: Any, files: Files) -> str | None:
        return None if value is None else render_safe(str(value))
