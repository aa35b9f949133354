"""Texts too long for the body of a call: uploaded before it, and put back into their places.

The body has "" where such a text stands, and names it in `texts`: [{"h": handle, "at": ["data", 0]}, ...], with the
path to its place. The upload is UTF-8, and used up by the call.
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

from quickdemo.runtime.errors import InvalidValueError, RefusedError, shown
from quickdemo.runtime.jobs.runner import Runner
from quickdemo.runtime.server.body import MAX_DEPTH
from quickdemo.runtime.server.files import FileStore, Stored
from quickdemo.runtime.server.visitors import Visitor

#: bytes of UTF-8: of one text, of those of one call, and of all calls that wait or run
MOST_TEXT_BYTES = 16_000_000
MOST_CALL_BYTES = 32_000_000
MOST_WAITING_BYTES = 512_000_000
#: texts of one call
MOST_TEXTS = 100

_FORM = 'Send {"texts": [{"h": handle, "at": ["data", 0]}]} beside the values, with "" in the places of the texts.'


class _Place(NamedTuple):
    """Where a text belongs: `inside[key]`."""

    handle: str
    inside: Any
    key: Any


class LongTexts:
    """Puts texts into bodies, and knows how much of memory they take."""

    def __init__(self, files: FileStore, runner: Runner) -> None:
        self._files = files
        self._runner = runner
        self._lock = threading.Lock()
        self._held = 0

    async def put_back(self, body: Any, visitor: Visitor, *lists: str) -> int:
        """Fill the places that `texts` of the body names, which are in its `lists`; what to `release` after the call.

        Raises InvalidValueError (what is no list of such texts, a wrong place, no UTF-8) and RefusedError: 404 (no such
        upload of this visitor), 413 (too large), 503 (too much for now).
        """
        if not isinstance(body, dict) or "texts" not in body:
            return 0
        places = _places(body, body.pop("texts"), lists)
        return await self._runner.background(lambda: self._fill(places, visitor))

    def release(self, size: int) -> None:
        """The call has ended that held so many bytes."""
        if size:
            with self._lock:
                self._held -= size

    def _fill(self, places: list[_Place], visitor: Visitor) -> int:
        stored = [self._found(place.handle, visitor) for place in places]
        size = _checked_size(stored)
        self._hold(size)
        try:
            for place, file in zip(places, stored, strict=True):
                place.inside[place.key] = _text(file)
                self._files.drop_upload(file.handle, visitor)
        except BaseException:
            self.release(size)
            raise
        return size

    def _hold(self, size: int) -> None:
        with self._lock:
            if self._held + size > MOST_WAITING_BYTES:
                raise RefusedError(
                    503,
                    "busy",
                    f"Long texts of {_megabytes(self._held)} are worked on already.",
                    "Try again in a few seconds.",
                    headers={"retry-after": "5"},
                )
            self._held += size

    def _found(self, handle: str, visitor: Visitor) -> Stored:
        try:
            return self._files.find(handle, visitor)
        except RefusedError:
            raise _gone() from None


def _places(body: dict[str, Any], texts: Any, lists: tuple[str, ...]) -> list[_Place]:
    """Raises InvalidValueError."""
    if not isinstance(texts, list) or len(texts) > MOST_TEXTS:
        what = f"{len(texts)} of them" if isinstance(texts, list) else shown(texts)
        raise InvalidValueError(f"texts must be a list of at most {MOST_TEXTS}; it was {what}.", _FORM)
    places = [_place(body, text, lists) for text in texts]
    if len({(id(place.inside), place.key) for place in places}) < len(places):
        raise InvalidValueError("Two texts have the same place.", _FORM)
    return places


def _place(body: dict[str, Any], text: Any, lists: tuple[str, ...]) -> _Place:
    if not isinstance(text, dict) or set(text) != {"h", "at"} or not isinstance(text["h"], str):
        raise InvalidValueError(f"One of texts was {shown(text)}.", _FORM)
    path = text["at"]
    if not isinstance(path, list) or not 2 <= len(path) <= MAX_DEPTH or path[0] not in lists:
        first = " or ".join(f'"{name}"' for name in lists)
        raise InvalidValueError(f"A text's place must begin with {first}; it was {shown(path)}.", _FORM)
    inside: Any = body
    for key in path[:-1]:
        inside = _item(inside, key, path)
    if _item(inside, path[-1], path) != "":
        raise InvalidValueError(f'At the place of a text there must be ""; it was not at {shown(path)}.', _FORM)
    return _Place(text["h"], inside, path[-1])


def _item(inside: Any, key: Any, path: list[Any]) -> Any:
    """One step along a path: a number into a list, a name into an object."""
    if isinstance(inside, list) and type(key) is int and 0 <= key < len(inside):
        return inside[key]
    if isinstance(inside, dict) and isinstance(key, str) and key in inside:
        return inside[key]
    raise InvalidValueError(f"There is no place {shown(path)} for a text.", _FORM)


def _checked_size(stored: list[Stored]) -> int:
    """The bytes of all. Raises RefusedError (413)."""
    longest, size = max((file.size for file in stored), default=0), sum(file.size for file in stored)
    if longest <= MOST_TEXT_BYTES and size <= MOST_CALL_BYTES:
        return size
    of, most = ("A text", MOST_TEXT_BYTES) if longest > MOST_TEXT_BYTES else ("All texts together", MOST_CALL_BYTES)
    have = longest if longest > MOST_TEXT_BYTES else size
    raise RefusedError(
        413,
        "text_too_long",
        f"{of} may have {_megabytes(most)}; it was {_megabytes(have)}.",
        "Shorten the longest, or give it as a file where the demo takes files.",
    )


def _text(file: Stored) -> str:
    try:
        with open(file.path, "rb") as opened:
            return opened.read(MOST_TEXT_BYTES).decode()
    except FileNotFoundError:  # another call has used it up meanwhile
        raise _gone() from None
    except UnicodeDecodeError as error:
        raise InvalidValueError(
            f"The upload {shown(file.name)} is no text: its byte {error.start + 1} is not UTF-8.", _FORM
        ) from None


def _gone() -> RefusedError:
    return RefusedError(404, "unknown_text", "A text of this call is not here, or no longer.", "Send it again.")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.3g} MB"
