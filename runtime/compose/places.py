"""How many calls of an Interface run at a time as members, in threads and on event loops alike."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, wait
from contextlib import asynccontextmanager, contextmanager, suppress
from weakref import WeakKeyDictionary

from quickdemo.runtime.interface import Interface
from quickdemo.runtime.reports import Reports

#: calls at a time of one whose Interface says nothing else: in threads, and as coroutines
_THREADS, _COROUTINES = 40, 1000
_LOOK_S = 0.05  # how often a thread that waits looks whether anybody still waits for its call


class Places:
    """So many, given to those who ask in their order."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[Future[None]] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, reports: Reports) -> Iterator[None]:
        """One of them, for a thread. Raises CallCancelled."""
        place = self._asked()
        try:
            while not wait([place], _LOOK_S).done:
                reports.check()
            reports.check()
            yield
        finally:
            self._back(place)

    @asynccontextmanager
    async def taken_async(self, reports: Reports) -> AsyncIterator[None]:
        """The same for a coroutine, on any loop."""
        place = self._asked()
        try:
            await asyncio.wrap_future(place)
            reports.check()
            yield
        finally:
            self._back(place)

    def _asked(self) -> Future[None]:
        """Done when the place is given."""
        place: Future[None] = Future()
        with self._lock:
            if self._free:
                self._free -= 1
                place.set_result(None)
            else:
                self._waiting.append(place)
        return place

    def _back(self, place: Future[None]) -> None:
        """It is free, or was never given and is not wanted any more."""
        with self._lock:
            if place.cancel():
                with suppress(ValueError):
                    self._waiting.remove(place)
                return
            while self._waiting:
                following = self._waiting.popleft()
                if following.set_running_or_notify_cancel():
                    following.set_result(None)
                    return
            self._free += 1


_lock = threading.Lock()
_known: WeakKeyDictionary[Interface, Places] = WeakKeyDictionary()


def places_of(interface: Interface) -> Places:
    """Those of an Interface, the same ones wherever it is a member."""
    with _lock:
        if interface not in _known:
            usual = _COROUTINES if interface.flavour in ("async", "async_generator") else _THREADS
            _known[interface] = Places(interface.concurrency_limit or usual)
        return _known[interface]
