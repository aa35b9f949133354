"""What a running call sends to its reader: partial values, progress, messages. The call never waits for the reader."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Any

from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.reports import Reports

#: partial values that may wait for a slow reader; beyond, the older ones are left out
MOST_UNREAD = 64
PROGRESS_EVERY_S = 0.05

Event = tuple[str, Any]  # ("partial", wires), ("progress", bars) or ("log", message)


class Channel:
    """From the thread of one call to the loop of its reader. `reports` is what the call reports to."""

    def __init__(self, reports: Reports) -> None:
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._events: deque[Event] = deque()
        self._partials = 0
        self._progress: Any = None
        self._awake = asyncio.Event()
        self._ended = False
        self._told = 0.0  # when progress was sent last
        self.reports = reports
        reports.sink = self.send

    # ------------------------------------------------------------------ in the thread of the call

    def produce(self, steps: Iterator[list[Wire]]) -> None:
        """Send every value, until the end or until the reader has gone."""
        try:
            for wires in steps:
                if self.reports.cancelled:
                    return
                self.send("partial", wires)
        finally:
            steps.close()  # type: ignore[attr-defined]  # both kinds of steps are generators

    def send(self, kind: str, what: Any) -> None:
        """Hand over one event. Of progress only the newest counts; of many unread values the newest ones."""
        with self._lock:
            if kind == "progress":
                self._progress = what
            else:
                self._events.append((kind, what))
                self._partials += kind == "partial"
                if self._partials > MOST_UNREAD:
                    self._leave_one_out()
        self._wake()

    def _leave_one_out(self) -> None:
        oldest = next(n for n, (kind, _) in enumerate(self._events) if kind == "partial")
        del self._events[oldest]
        self._partials -= 1

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._awake.set)
        except RuntimeError:  # the server has stopped; nobody reads any more
            self.reports.cancelled = True

    # ------------------------------------------------------------------ on the loop of the reader

    def end(self, done: asyncio.Future[Any]) -> None:
        """The call has ended: what was sent is read to its end."""
        if not done.cancelled():
            done.exception()  # a reader that has left does not ask for it; asyncio would complain
        self._ended = True
        self._awake.set()

    async def events(self, deadline: float | None = None) -> AsyncIterator[Event]:
        """Everything that is sent. Raises TimeoutError at the `deadline` (of the loop's clock)."""
        while True:
            for event in self._taken():
                yield event
            if self._ended and not self._events:
                return
            await self._wait(deadline)

    def _taken(self) -> list[Event]:
        with self._lock:
            self._awake.clear()
            events = list(self._events)
            self._events.clear()
            self._partials = 0
            now = self._loop.time()
            if self._progress is not None and now - self._told >= PROGRESS_EVERY_S:
                events.append(("progress", self._progress))
                self._progress, self._told = None, now
        return events

    async def _wait(self, deadline: float | None) -> None:
        """Until something is there; progress that was held back is due soon."""
        if self._ended and self._events:
            return
        due = self._told + PROGRESS_EVERY_S if self._progress is not None and not self._ended else None
        first = min((when for when in (due, deadline) if when is not None), default=None)
        timer = None if first is None else self._loop.call_at(first, self._awake.set)
        try:
            await self._awake.wait()
        finally:
            if timer is not None:
                timer.cancel()
        if deadline is not None and not self._ended and self._loop.time() >= deadline:
            raise TimeoutError

    def cancel(self) -> None:
        """The reader has gone: the call ends at its next value or report."""
        self.reports.cancelled = True
