"""What a Space tells while it works (its queue, its progress, its messages), told on to the visitor of ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from quickdemo.hub.html_text import words_of
from quickdemo.runtime.reports import Reports, current

MOST_BARS = 10
MOST_CHARS = 300
MOST_NUMBER = 1e15
_LEVELS = ("info", "warning", "success")


class Told:
    """Of one call. Outside of a call nobody listens."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._reports: Reports | None = current.get()
        self._owners = [object() for _ in range(MOST_BARS)]

    def message(self, message: dict[str, Any]) -> None:
        """Tell on what a message of the queue's says. Raises CallCancelled when nobody waits any more."""
        if self._reports is None:
            return
        kind = message.get("msg")
        if kind == "estimation":
            self._estimation(self._reports, message)
        elif kind == "progress":
            self._progress(self._reports, message.get("progress_data"))
        elif kind == "log":
            self._log(self._reports, message)
        elif kind in ("process_starts", "process_generating"):
            self._reports.drop(self)

    def queued(self, place: Any, of: Any = None) -> None:
        """The place in the Space's queue, from 0 on."""
        self.message({"msg": "estimation", "rank": place, "queue_size": of})

    def _estimation(self, reports: Reports, message: dict[str, Any]) -> None:
        place = _number(message.get("rank"))
        if place is None:
            return
        bar = reports.bar_of(self, f"In the queue of {self._what}, {int(place) + 1} to go", "")
        bar.set(None, None)
        reports.progress()

    def _progress(self, reports: Reports, bars: Any) -> None:
        shown = 0
        for shown, given in enumerate(bars[:MOST_BARS] if isinstance(bars, list) else (), 1):
            if not isinstance(given, dict):
                continue
            desc, unit = given.get("desc"), given.get("unit")
            bar = reports.bar_of(
                self._owners[shown - 1],
                desc[:MOST_CHARS] if isinstance(desc, str) else None,
                unit[:40] if isinstance(unit, str) else "steps",
            )
            share = _number(given.get("progress"))
            bar.set(_number(given.get("index")), _number(given.get("length")), share)
        for owner in self._owners[shown:]:
            reports.drop(owner)
        reports.progress()

    def _log(self, reports: Reports, message: dict[str, Any]) -> None:
        text, level = message.get("log"), message.get("level")
        if not isinstance(text, str) or message.get("visible") is False:
            return
        level = level if level in _LEVELS else "info"
        seconds = _number(message.get("duration"))
        reports.message(level, words_of(text)[:MOST_CHARS], level.capitalize(), seconds or 10, True)

    def close(self) -> None:
        if self._reports is not None:
            for owner in (self, *self._owners):
                self._reports.drop(owner)


@contextlib.contextmanager
def told_of(what: str) -> Iterator[Told]:
    """What one call tells; its bars go with it."""
    told = Told(what)
    try:
        yield told
    finally:
        told.close()


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MOST_NUMBER:
        return None
    return float(value)
