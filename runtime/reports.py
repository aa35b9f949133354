"""What a running call tells besides its result: progress and messages. And how it learns that nobody waits any more."""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from quickdemo.runtime.errors import shown

logger = logging.getLogger("quickdemo.app")

_WINDOW_S = 10.0  # the rate is that of the last seconds
_APART_S = 0.1
_ENOUGH_S = 0.5  # before that there is no rate to speak of

_MOST_MESSAGES = 200  # of one call; further ones are in the log alone

#: ("log", message), ("member", what became of it) or ("progress", what gives the bars as they are when it is called)
Sink = Callable[[str, Any], None]


class CallCancelled(BaseException):
    """Raised in a function whose caller has gone, where it reports; no `except Exception` is meant to stop it."""


class Bar:
    """One progress bar of a call: `index` of `length` units, or a share from 0 to 1."""

    def __init__(self, desc: str | None, unit: str, owner: object = None) -> None:
        """owner: whose bar it is, such as a bar of tqdm; None is that of plain calls."""
        self.desc, self.unit, self.owner = desc, unit, owner
        self.index: float | None = None
        self.length: float | None = None
        self.share: float | None = None
        self._seen: deque[tuple[float, float]] = deque()

    def set(self, index: float | None, length: float | None, share: float | None = None) -> None:
        """Where it stands now."""
        self.index, self.length, self.share = index, length, share
        done = share if index is None else index
        now = time.monotonic()
        if done is None or (self._seen and now - self._seen[-1][0] < _APART_S and len(self._seen) > 1):
            return
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > _WINDOW_S:
            self._seen.popleft()

    def wire(self) -> dict[str, Any]:
        """As it is sent: {index, length, unit, desc, progress, rate (units a second), remaining (seconds)}."""
        rate = self._rate()
        whole = 1.0 if self.share is not None else self.length
        done = self.share if self.share is not None else self.index
        left = None
        if rate and whole is not None and done is not None:
            left = round(max(whole - done, 0) / rate, 1)
        told = None if rate is None or self.share is not None else float(f"{rate:.3g}")
        named = {"index": self.index, "length": self.length, "unit": self.unit, "desc": self.desc}
        return {**named, "progress": self.share, "rate": told, "remaining": left}

    def _rate(self) -> float | None:
        if len(self._seen) < 2:
            return None
        (start, first), (end, last) = self._seen[0], self._seen[-1]
        return (last - first) / (end - start) if end - start >= _ENOUGH_S and last > first else None


class Reports:
    """Of one call. `sink` takes what is to be sent now; without one, messages wait in `messages` for the answer."""

    def __init__(self, sink: Sink | None = None) -> None:
        self.messages: list[dict[str, Any]] = []
        self.bars: list[Bar] = []
        self.cancelled = False
        self.ended = False
        self.sink = sink
        self.parts: list[Reports] = []  #: of the functions that a call is made of; their bars stand below its own
        self.members: dict[int, dict[str, Any]] = {}  #: what was told of each of these functions last
        #: what a visitor is told of one that failed (its exception, its name); None: its failure is that of the call
        self.describe: Callable[[BaseException, str], dict[str, Any]] | None = None
        self.at_end: list[Callable[[], None]] = []  #: called when the call has ended

    def end(self) -> None:
        """The call has ended."""
        self.ended = True
        for call in self.at_end:
            call()
        self.at_end.clear()

    def begin_again(self) -> None:
        """The call has ended with its process, and is begun anew."""
        self.ended = False
        self.messages.clear()
        self.bars.clear()
        self.parts.clear()
        self.members.clear()

    def member(self, index: int, told: dict[str, Any]) -> None:
        """Tell where one of the functions stands that the call is made of."""
        self.members[index] = told
        if self.sink is not None:
            self.sink("member", told)

    def bar_of(self, owner: object, desc: str | None, unit: str) -> Bar:
        """The bar of that owner, made when there is none yet."""
        bar = next((bar for bar in self.bars if bar.owner is owner), None)
        if bar is None:
            bar = Bar(desc, unit, owner)
            self.bars.insert(0 if owner is None else len(self.bars), bar)
        bar.desc, bar.unit = desc, unit
        return bar

    def drop(self, owner: object) -> None:
        """The bar of that owner has come to its end. Raises nothing: a cancelled call drops its bars too."""
        left = [bar for bar in self.bars if bar.owner is not owner]
        gone, self.bars = len(left) < len(self.bars), left
        if gone:
            self.shown()

    def check(self) -> None:
        """Raises CallCancelled when the caller has gone."""
        if self.cancelled:
            raise CallCancelled("nobody waits for this call any more")

    def message(self, level: str, text: str, title: str, duration: float | None, visible: bool) -> None:
        """Tell the visitor something; `duration` in seconds, None until it is closed."""
        self.check()
        if len(self.messages) >= _MOST_MESSAGES:
            logger.info("%s: %s (a call has sent %d messages already)", title, shown(text, 500), _MOST_MESSAGES)
            return
        told = {"level": level, "log": text, "title": title, "duration": duration, "visible": visible}
        self.messages.append(told)
        if self.sink is not None:
            self.sink("log", told)

    def progress(self) -> None:
        """The bars have changed. Raises CallCancelled when the caller has gone."""
        self.check()
        self.shown()

    def shown(self) -> None:
        """Have the bars sent as they are when they are sent."""
        if self.sink is not None:
            self.sink("progress", lambda: [bar.wire() for bar in self._all_bars()])

    def _all_bars(self) -> Iterator[Bar]:
        yield from self.bars
        for part in tuple(self.parts):
            yield from part._all_bars()


#: the reports of the call that runs in this context
current: ContextVar[Reports | None] = ContextVar("current_reports", default=None)


def Info(message: str, duration: float | None = 10, visible: bool = True, title: str = "Info") -> None:
    """Tell the visitor something while the function runs: `gr.Info("Using the small model.")`.

    duration: seconds until the note goes away; None keeps it until it is closed. visible: False only logs it.
    Outside of a call it is logged.
    """
    _tell("info", message, title, duration, visible)


def Warning(message: str, duration: float | None = 10, visible: bool = True, title: str = "Warning") -> None:
    """The same, as a warning; the function goes on. To end it with a message, `raise gr.Error(...)`."""
    _tell("warning", message, title, duration, visible)


def Success(message: str, duration: float | None = 10, visible: bool = True, title: str = "Success") -> None:
    """The same, of something that went well."""
    _tell("success", message, title, duration, visible)


def duration_of(given: Any) -> float | None:
    """Seconds that a note stays; None for "until it is closed", which 0 means as well. Raises ValueError."""
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given < math.inf:
        raise ValueError(f"duration is a number of seconds from 0 on, or None; it was {shown(given)}.")
    return given or None


def _tell(level: str, message: str, title: str, duration: float | None, visible: bool) -> None:
    duration = duration_of(duration)
    reports = current.get()
    if reports is None:
        logger.log(logging.WARNING if level == "warning" else logging.INFO, "%s: %s", title, shown(message, 500))
        return
    reports.message(level, str(message), str(title), duration, visible)
