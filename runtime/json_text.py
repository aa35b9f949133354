"""A wire value that is JSON text already, so that a large one is never in memory as Python objects."""

from __future__ import annotations

from collections.abc import Iterable


class JsonText:
    """One JSON value in UTF-8, in pieces. Only an answer that nobody looks into takes it (`Files.takes_json_text`)."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = list(pieces)


def utf8(text: str) -> bytes:
    """The text in UTF-8; lone surrogates, which have none, as U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
