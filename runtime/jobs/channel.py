"""What a running call sends to its reader: partial values, progress, messages. The call never waits for the reader."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.diffs import snapshot
from quickdemo.runtime.reports import Reports

#: partial values that may wait for a slow reader; then the newest waits alone, and stale ones are left out
MOST_UNREAD = 64
#: bytes of encoded values that may wait
MOST_UNREAD_BYTES = 256 * 1024
PROGRESS_EVERY_S = 0.05
#: seconds without an event after which a sign of life is due: proxies cut silent streams, many of them after 30 or 60
BEAT_S = 15.0

#: ("partial", value), ("progress", bars), ("log", message), ("beat", None) or ("result", wires)
Event = tuple[str, Any]
#: what is sent of new values, after a reader has got the values before (None: none yet)
Encode = Callable[[list[Wire] | None, list[Wire]], Any]


class Channel:
    """From the thread of one call to the loop of its reader. `reports` is what the call reports to.

    encode: makes what is sent of values, in the thread of the call; by default the values themselves.
    limit_s: seconds from `begin` on, after which `events` raises TimeoutError.
    whole: each value counts, so none is left out for a slow reader.
    """

    def __init__(
        self, reports: Reports, encode: Encode | None = None, limit_s: float | None = None, whole: bool = False
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._encode = encode
        self._limit_s = limit_s
        self._whole = whole
        self._deadline: float | None = None
        self._lock = threading.Lock()
        self._making = threading.Lock()  # held while values are encoded, which the loop never waits for
        self._events: deque[Event] = deque()
        self._waiting = self._waiting_bytes = 0  # partial values in `_events`
        self._sent: list[Wire] | None = None  # the values that the reader has when all events have been read
        self._newest: list[Wire] | None = None  # values that the reader was too slow for
        self._progress: Callable[[], Any] | None = None
        self._awake = asyncio.Event()
        self._woken = False
        self._ended = False
        self._told = 0.0  # when progress was sent last
        self.values: list[Wire] = []  #: the last ones
        self.had_values = False
        self.reports = reports
        reports.sink = self.send

    # ------------------------------------------------------------------ in the thread of the call

    def begin(self) -> None:
        """The call begins to run: from here on its time is limited."""
        if self._limit_s is not None:
            self._deadline = self._loop.time() + self._limit_s
            self._wake()

    def produce(self, steps: Iterator[list[Wire]]) -> None:
        """Send every value, until the end or until the reader has gone."""
        try:
            for wires in steps:
                if self.reports.cancelled:
                    return
                self.put(wires)
        finally:
            steps.close()  # type: ignore[attr-defined]  # both kinds of steps are generators

    def put(self, wires: list[Wire]) -> None:
        """Hand over the values of one step."""
        kept = snapshot(wires)  # the function may go on to change its lists in place
        self.values, self.had_values = kept, True
        with self._making:
            if self._full:
                self._newest = kept
                return
            self._newest = None
            self._send_values(kept)

    @property
    def _full(self) -> bool:
        return not self._whole and (self._waiting >= MOST_UNREAD or self._waiting_bytes >= MOST_UNREAD_BYTES)

    def _send_values(self, wires: list[Wire]) -> None:
        """Compares and encodes: work for a thread, not for the loop. `_making` is held."""
        what = wires if self._encode is None else self._encode(self._sent, wires)
        self._sent = wires
        with self._lock:
            self._events.append(("partial", what))
            self._waiting += 1
            self._waiting_bytes += len(what) if isinstance(what, bytes) else 0
        self._wake()

    def send(self, kind: str, what: Any) -> None:
        """Hand over a message, or what tells the progress when it is due: only the newest is told."""
        with self._lock:
            if kind == "progress":
                held, self._progress = self._progress, what
                if held is not None:
                    return
            else:
                self._events.append((kind, what))
        self._wake()

    def _wake(self) -> None:
        if self._woken:
            return
        self._woken = True
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

    async def events(self) -> AsyncIterator[Event]:
        """Everything that is sent, and a beat after a silence. Raises TimeoutError when the time is over."""
        heard = self._loop.time()
        while True:
            ended = self._ended
            self._check_time()
            events = self._taken()
            for event in events:
                yield event
                heard = self._loop.time()
            if self._newest is not None:
                await asyncio.to_thread(self._catch_up)
            elif ended and not events:
                return
            elif not events:
                if self._loop.time() >= heard + BEAT_S:
                    yield "beat", None
                    heard = self._loop.time()
                await self._wait(heard + BEAT_S)

    def _taken(self) -> list[Event]:
        self._woken = False
        self._awake.clear()
        with self._lock:
            events = list(self._events)
            self._events.clear()
            self._waiting = self._waiting_bytes = 0
            now = self._loop.time()
            due = self._ended or now - self._told >= PROGRESS_EVERY_S
            tell = self._progress if due else None
            if tell is not None:
                self._progress, self._told = None, now
        return events if tell is None else [*events, ("progress", tell())]

    def _catch_up(self) -> None:
        """Values were left out for the reader, who has read all others now: send the newest."""
        with self._making:
            newest, self._newest = self._newest, None
            if newest is not None:
                self._send_values(newest)

    async def _wait(self, beat: float) -> None:
        """Until something is there, or a beat is due; progress that was held back is due soon."""
        due = None if self._progress is None else self._told + PROGRESS_EVERY_S
        first = min(when for when in (due, self._deadline, beat) if when is not None)
        timer = self._loop.call_at(first, self._awake.set)
        try:
            await self._awake.wait()
        finally:
            timer.cancel()

    def _check_time(self) -> None:
        if self._deadline is not None and not self._ended and self._loop.time() >= self._deadline:
            raise TimeoutError

    def cancel(self) -> None:
        """The reader has gone: the call ends at its next value or report."""
        self.reports.cancelled = True
