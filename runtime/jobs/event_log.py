"""The numbered events of one job: told from any thread, read by any number of readers, none of whom it waits for."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.diffs import diff, snapshot
from quickdemo.runtime.jobs.job import ENDED, Event
from quickdemo.runtime.json_text import strict_json
from quickdemo.runtime.reports import Reports

#: partial values that may wait for the fastest reader; then the newest waits alone, and stale ones are left out
MOST_UNREAD = 64
#: bytes of encoded values that may wait, and that are held for readers who come back
MOST_UNREAD_BYTES = 256 * 1024
#: events that are held for readers who come back
MOST_HELD = 1024
PROGRESS_EVERY_S = 0.05


class EventLog:
    """`reports` is what the call reports to; a reader that falls behind what is held gets one whole value instead.

    whole: each value counts (sound in pieces), so that none is left out and all are held.
    first: the number of the first event. It belongs to the loop that it was made on.
    """

    def __init__(self, reports: Reports | None = None, *, whole: bool = False, first: int = 1) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._whole = whole
        self._lock = threading.Lock()
        self._making = threading.Lock()  # held while values are encoded, which the loop never waits for
        self._held: list[Event] = []  # short lists: an empty deque takes 760 bytes, and most logs wait with few events
        self._held_bytes = 0
        self._first = self._next = first
        self._read = first - 1  # the highest number that any reader has got
        self._unread: list[tuple[int, int]] = []  # (number, bytes) of partial values that nobody has got
        self._unread_bytes = 0
        self._encoded: list[Wire] | None = None  # the values that a reader has who has got all events
        self._newest: list[Wire] | None = None  # values that all readers were too slow for
        self._progress: Callable[[], Any] | None = None
        self._told = 0.0  # when progress was told last
        self._readers: set[asyncio.Event] = set()
        self._woken = False
        self.ended = False
        self.values: list[Wire] = []  #: the last ones
        self.had_values = False
        self.reports = reports or Reports()
        self.reports.sink = self.send

    @property
    def last(self) -> int:
        """The number of the last event so far."""
        return self._next - 1

    @property
    def followed(self) -> bool:
        """Whether somebody reads now."""
        return bool(self._readers)

    # ------------------------------------------------------------------ in the thread of the call

    def produce(self, steps: Iterator[list[Wire]]) -> list[Wire]:
        """Tell every value, until the end or until the call is cancelled; returns the last."""
        try:
            for wires in steps:
                if self.reports.cancelled:
                    break
                self.put(wires)
        finally:
            steps.close()  # type: ignore[attr-defined]  # both kinds of steps are generators
        return self.values

    def put(self, wires: list[Wire]) -> None:
        """Tell the values of one step."""
        kept = snapshot(wires)  # the function may go on to change its lists in place
        self.values, self.had_values = kept, True
        with self._making:
            if self._full:
                self._newest = kept
                return
            self._newest = None
            self._tell_values(kept)

    def flush(self) -> None:
        """The last values are told, though nobody has read those before."""
        with self._making:
            newest, self._newest = self._newest, None
            if newest is not None:
                self._tell_values(newest)

    def send(self, kind: str, what: Any) -> None:
        """Tell a message, or what gives the progress when it is due: only the newest is told."""
        if kind == "progress":
            with self._lock:
                held, self._progress = self._progress, what
            if held is not None:
                return
        else:
            self.tell(kind, strict_json(what))
        self._wake()

    def tell(self, kind: str, data: bytes) -> None:
        """Tell an event; one of the last kinds ends the log. From any thread."""
        with self._lock:
            if not self.ended:
                if kind in ENDED:
                    self._tell_progress(-math.inf)  # the last one, however soon after the one before
                self._append(kind, data)
                self.ended = kind in ENDED
        self._wake()

    def abandon(self) -> None:
        """No more is told here: another process goes on. Readers come to their end, without a last event."""
        self.ended = True
        self._wake()

    @property
    def _full(self) -> bool:
        return not self._whole and (len(self._unread) >= MOST_UNREAD or self._unread_bytes >= MOST_UNREAD_BYTES)

    def _tell_values(self, wires: list[Wire]) -> None:
        """Compares and encodes: work for a thread, not for the loop. `_making` is held."""
        data = partial_of(self._encoded, wires)
        with self._lock:
            self._encoded = wires
            number = self._append("partial", data)
            self._unread.append((number, len(data)))
            self._unread_bytes += len(data)
        self._wake()

    def _append(self, kind: str, data: bytes) -> int:
        """`_lock` is held."""
        number = self._next
        self._next += 1
        self._held.append(Event(number, kind, data))
        self._held_bytes += len(data)
        while not self._whole and (len(self._held) > MOST_HELD or self._held_bytes > 2 * MOST_UNREAD_BYTES):
            if self._held[0].number > self._read or len(self._held) == 1:
                break  # somebody is about to read it; what is unread has a bound of its own
            self._held_bytes -= len(self._held.pop(0).data)
        return number

    def _wake(self) -> None:
        if self._woken or not self._readers:
            return
        if threading.get_ident() == self._thread:
            self._wake_readers()
            return
        self._woken = True
        try:
            self._loop.call_soon_threadsafe(self._wake_readers)
        except RuntimeError:  # the server has stopped; nobody reads any more
            self.reports.cancelled = True

    # ------------------------------------------------------------------ on the loop

    def _wake_readers(self) -> None:
        self._woken = False
        for reader in self._readers:
            reader.set()

    def whole(self) -> bytes | None:
        """The newest values, as an event has them; None before the first. Encodes on the loop: for a rare use."""
        return partial_of(None, self.values) if self.had_values else None

    async def read(self, after: int = 0, beat_s: float | None = None) -> AsyncIterator[Event | None]:
        """The events above a number, to the last one. None is a sign of life after each `beat_s` seconds of silence.

        A number that was never told, of a process before this one, stands for the beginning.
        """
        if after > self.last:
            after = 0
        awake = asyncio.Event()
        self._readers.add(awake)
        heard = self._loop.time()
        try:
            while True:
                awake.clear()
                ended = self.ended
                events = self._taken(after)
                for event in events:
                    after = event.number
                    yield event
                    heard = self._loop.time()
                if self._newest is not None:
                    await asyncio.to_thread(self.flush)
                elif not events:
                    if ended:
                        return
                    if beat_s is not None and self._loop.time() >= heard + beat_s:
                        heard = self._loop.time()
                        yield None
                    await self._wait(awake, None if beat_s is None else heard + beat_s)
        finally:
            self._readers.discard(awake)

    def _taken(self, after: int) -> list[Event]:
        with self._lock:
            if not self.ended:
                self._tell_progress(self._told + PROGRESS_EVERY_S)
            held = self._held
            if not held or held[-1].number <= after:
                return []
            missed = held[0].number > max(after + 1, self._first)
            if missed and self._encoded is not None:
                last = next((e.number for e in reversed(held) if e.kind == "partial"), held[0].number - 1)
                whole = Event(last, "partial", partial_of(None, self._encoded))
                found = [whole, *(e for e in held if e.number > last)]
            else:
                skip = max(0, after + 1 - held[0].number)
                found = held[skip:]
            self._read = max(self._read, found[-1].number)
            while self._unread and self._unread[0][0] <= self._read:
                self._unread_bytes -= self._unread.pop(0)[1]
            return found

    def _tell_progress(self, due: float) -> None:
        """`_lock` is held."""
        now = self._loop.time()
        if self._progress is not None and now >= due:
            tell, self._progress, self._told = self._progress, None, now
            self._append("progress", strict_json(tell()))

    async def _wait(self, awake: asyncio.Event, beat: float | None) -> None:
        """Until something is there, or a beat is due; progress that was held back is due soon."""
        due = None if self._progress is None or self.ended else self._told + PROGRESS_EVERY_S
        dues = [when for when in (due, beat) if when is not None]
        timer = self._loop.call_at(min(dues), awake.set) if dues else None
        try:
            await awake.wait()
        finally:
            if timer is not None:
                timer.cancel()


def partial_of(before: list[Wire] | None, now: list[Wire]) -> bytes:
    """What is told of values: {"data": values} at first; then {"diff": edits of each output}."""
    if before is None:
        return strict_json({"data": now})
    return strict_json({"diff": [diff(old, new) for old, new in zip(before, now, strict=True)]})
