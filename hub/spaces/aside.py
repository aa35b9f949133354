"""Work that may never end, done in a thread of its own, so that whoever waits for it can give up."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from quickdemo.hub.errors import HubError
from quickdemo.hub.wording import upper
from quickdemo.runtime.reports import current

T = TypeVar("T")
LOOK_S = 0.2  #: between two looks at whether anybody still waits
MOST_AHEAD = 2  #: items that are made before they are taken
_END = object()


class Slots:
    """How much of such work may be open at once: what never ends must not take all threads."""

    def __init__(self, most: int) -> None:
        self._free = threading.Semaphore(most)

    def take(self, end: float, what: str) -> None:
        """Raises HubError (busy) where none gets free before `end` (monotonic seconds), CallCancelled."""
        reports = current.get()
        while not self._free.acquire(timeout=LOOK_S):
            if reports is not None:
                reports.check()
            if time.monotonic() > end:
                raise HubError("busy", f"Too many calls of {what} wait for an answer.", "Try again later.")

    def give(self) -> None:
        self._free.release()


class Aside(Generic[T]):
    """`with Aside(work, end, ...) as items: for item in items`: what `work` gives, one after the other.

    end: monotonic seconds. abort: called when nobody waits any more, so that a read that blocks comes to its end.
    Taking an item raises what `work` raised, HubError (timeout) after `end`, and CallCancelled.
    """

    def __init__(
        self, work: Callable[[], Iterator[T]], end: float, what: str, slots: Slots, abort: Callable[[], None]
    ) -> None:
        self._end, self._what, self._abort = end, what, abort
        self._items: queue.Queue[tuple[object, BaseException | None]] = queue.Queue(MOST_AHEAD)
        self._given_up = threading.Event()
        self._ended = False
        self._reports = current.get()
        slots.take(end, what)
        threading.Thread(target=self._run, args=(work, slots), daemon=True, name="quickdemo-space").start()

    def _run(self, work: Callable[[], Iterator[T]], slots: Slots) -> None:
        try:
            for item in work():
                if not self._put(item):
                    return
            self._put(_END)
        except BaseException as error:
            self._put(_END, error)
        finally:
            slots.give()

    def _put(self, item: object, error: BaseException | None = None) -> bool:
        while not self._given_up.is_set():
            try:
                self._items.put((item, error), timeout=LOOK_S)
                return True
            except queue.Full:
                continue
        return False

    def __iter__(self) -> Iterator[T]:
        while True:
            self._check()
            try:
                item, error = self._items.get(timeout=LOOK_S)
            except queue.Empty:
                continue
            self._ended = item is _END
            if error is not None:
                raise error
            if self._ended:
                return
            yield item  # type: ignore[misc]

    def _check(self) -> None:
        if self._reports is not None:
            self._reports.check()
        if time.monotonic() > self._end:
            raise HubError("timeout", f"{upper(self._what)} did not answer in time.", "Try again.")

    def __enter__(self) -> Aside[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self._given_up.set()
        if not self._ended:
            self._abort()
