"""Telling a visitor, or a terminal, what is waited for and for how long about."""

from __future__ import annotations

import time
from collections.abc import Callable

from quickdemo.runtime.reports import Reports, current

#: told of (what is waited for, seconds left about, or None) where no call is running, such as by the command line
Told = Callable[[str, float | None], None]
LOOK_S = 0.2


class Waiting:
    """`with Waiting("gpt2 is loading", 20) as waiting: waiting.sleep(2)`: a bar of the call that runs here, and an end
    as soon as nobody waits for it any more."""

    def __init__(self, words: str, about_s: float | None = None, told: Told | None = None) -> None:
        self.words, self.about_s = words, about_s
        self._told = told
        self._reports: Reports | None = current.get()
        self._start = time.monotonic()

    def __enter__(self) -> Waiting:
        self.tell()
        return self

    def __exit__(self, *_: object) -> None:
        if self._reports is not None:
            self._reports.drop(self)

    def tell(self, words: str | None = None, about_s: float | None = None) -> None:
        """What is waited for now; about_s: seconds from now."""
        waited = time.monotonic() - self._start
        if words is not None:
            self.words = words
        if about_s is not None:
            self.about_s = round(waited + about_s, 1)
        if self._told is not None:
            self._told(self.words, None if self.about_s is None else max(self.about_s - waited, 0.0))
        if self._reports is not None:
            bar = self._reports.bar_of(self, self.words, "s")
            bar.set(round(min(waited, self.about_s or waited), 1), self.about_s)
            self._reports.progress()

    def sleep(self, seconds: float) -> None:
        """Wait. Raises CallCancelled when nobody waits for the call any more."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_S))
            self.tell()
