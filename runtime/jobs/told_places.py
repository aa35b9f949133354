"""Who waits is told the place and the time that is left, when these have changed so that it matters."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from quickdemo.runtime.json_text import strict_json

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.embedded import Embedded
    from quickdemo.runtime.jobs.entry import Entry

EVERY_S = 0.5
_AT_FIRST_S = 0.02  #: most begin at once, and are told of no place
#: a place is told when it has moved by this share of it, so that a wait of n places takes O(log n) messages
_SHARE = 0.05
#: places so near to each other, beyond the first ones, have the same time that is left; it is reckoned once
_ALIKE, _FIRST = 1.05, 20
#: for so long those who wait are told in one go: the loop has other work
_GO_S = 0.005

Left = list[float] | None
Known = dict[tuple[str, int], Left]


class ToldPlaces:
    """One timer for all who wait, and none while nobody does."""

    def __init__(self, engine: Embedded) -> None:
        self._engine = engine
        self._waiting: dict[str, Entry] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._telling = self._moved = False  # all are being told; a line has moved meanwhile

    def first(self, entry: Entry) -> None:
        """Somebody begins to read the events of this job."""
        if entry.state == "queued" and entry.job.id not in self._waiting:
            self._waiting[entry.job.id] = entry
            asyncio.get_running_loop().call_later(_AT_FIRST_S, self._tell_first, entry)

    def moved(self) -> None:
        """A line has moved."""
        if self._telling:
            self._moved = True
        elif self._timer is None and self._waiting:
            self._timer = asyncio.get_running_loop().call_later(EVERY_S, self._tell_all)

    def started(self, entry: Entry) -> None:
        self._waiting.pop(entry.job.id, None)
        assert entry.log is not None
        left = _rounded(self._engine.scheduler.remaining(entry.job.id, self._engine.now))
        entry.log.tell("started", strict_json({"attempt": entry.job.attempt, "remaining": left}))

    def place(self, entry: Entry) -> dict[str, Any]:
        """{"position": 1 is next, "waiting": how many in the line, "remaining": [seconds, seconds] or None}."""
        scheduler, job = self._engine.scheduler, entry.job
        left = _rounded(scheduler.remaining(job.id, self._engine.now))
        if entry.state != "queued":
            return {"remaining": left}
        return {"position": scheduler.position(job.id), "waiting": scheduler.waiting(job.function), "remaining": left}

    def _tell_first(self, entry: Entry) -> None:
        if entry.state == "queued" and entry.job.id in self._engine.entries:
            self._tell(entry, self.place(entry))

    def _tell_all(self) -> None:
        self._timer, self._telling = None, True
        self._tell_some(iter(list(self._waiting.items())), {})

    def _tell_some(self, left: Iterator[tuple[str, Entry]], known: Known) -> None:
        """Tell those who are left until it has taken long enough, then go on after other work."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _GO_S
        for id, entry in left:
            if loop.time() > end:
                left = chain([(id, entry)], left)
                loop.call_soon(self._tell_some, left, known)
                return
            if entry.state != "queued" or id not in self._engine.entries:
                del self._waiting[id]
                continue
            if entry.log is None or not entry.log.followed:
                continue
            position = self._engine.scheduler.position(id)
            if entry.told_place - position >= max(1, _SHARE * entry.told_place) or position > entry.told_place:
                self._tell(entry, self._place(entry, position, known))
        self._telling = False
        if self._moved:
            self._moved = False
            self.moved()

    def _place(self, entry: Entry, position: int, known: Known) -> dict[str, Any]:
        """`place` of one that waits, by what is known of others at about its place."""
        alike = position if position <= _FIRST else -int(math.log(position, _ALIKE))
        at = entry.job.function, alike
        if at not in known:
            known[at] = _rounded(self._engine.scheduler.remaining(entry.job.id, self._engine.now))
        waiting = self._engine.scheduler.waiting(entry.job.function)
        return {"position": position, "waiting": waiting, "remaining": known[at]}

    def _tell(self, entry: Entry, place: dict[str, Any]) -> None:
        entry.told_place = place["position"]
        if entry.log is not None:
            entry.log.tell("queued", strict_json(place))


def _rounded(range_s: tuple[float, float] | None) -> Left:
    return None if range_s is None else [round(seconds, 2) for seconds in range_s]
