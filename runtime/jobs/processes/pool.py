"""Processes: the workers of one function."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import logging
import threading
from collections.abc import Callable, Generator, Sequence
from typing import Any

from quickdemo.runtime.call import Call
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.processes.failures import WorkerDiedError, unsendable
from quickdemo.runtime.jobs.processes.hand import LOOK_S, Hand, Limits, NeverBegunError
from quickdemo.runtime.jobs.processes.messages import JOB, Caller, Job
from quickdemo.runtime.jobs.processes.spawner import Spawner
from quickdemo.runtime.jobs.processes.wire import Packed
from quickdemo.runtime.jobs.threads import Workers
from quickdemo.runtime.reports import CallCancelled, current

logger = logging.getLogger("quickdemo.jobs")
Put = Callable[[Any], None]
_MOST_TRIES = 3  # of a call that no worker has begun
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 60.0
_UNLIMITED = 10**9  # calls that wait: whoever calls limits them
_HINT = "Workers take plain values, arrays, pictures and paths; or let the function run in threads: process=False."


class Processes:
    """Up to `count` workers, made when they are needed, or by `warm`; each runs one call at a time.

    memory_bytes: that a worker may take beyond what it has when it begins. time_s: that a call may take. grace_s: that
    a cancelled call, or one whose time is up, has to end before its worker is killed. name: of the endpoint.
    `run` is for an event loop; all others may be called from any thread.
    """

    def __init__(
        self,
        interface: Interface,
        spawner: Spawner,
        *,
        count: int,
        memory_bytes: int | None = None,
        time_s: float | None = None,
        grace_s: float = 2.0,
        name: str = "predict",
    ) -> None:
        self._interface = interface
        self._spawner = spawner
        self.count = count
        self._memory_bytes = memory_bytes
        self._limits = Limits(time_s, grace_s, memory_bytes)
        self._name = name
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._hands: list[Hand] = []  # all of them
        self._free: list[Hand] = []
        self._taken: set[Hand] = set()
        self._pause_s = _FIRST_PAUSE_S  # before one takes the place of one that did nothing
        self._warm = 0  # workers that are to be there, also while nothing is asked of them
        self._closed = False
        self._running: dict[int, _Running] = {}  # by the id of the call
        self._threads = Workers(f"calls of {interface.name}", count, _UNLIMITED)

    def warm(self) -> None:
        """Make all workers now; those that die are replaced at once from then on."""
        self._warm = self.count
        self._fill()

    def invoke(self, values: Sequence[Any], call: Call) -> Any:
        """Like `Function.invoke`, but in a worker: what the function gives; the running generator of one that yields.

        For the calling thread, which waits; coroutines and asynchronous generators are awaited in the worker, and are
        plain functions and generators here. values: the function's arguments. Raises what the function raised, with
        the worker's traceback as its cause; UnsendableError, WorkerDiedError, CallCancelled.
        """
        if self._interface.is_generator:
            return self._steps(self._running_one(), list(values), call)
        return self.perform(values, call)

    def perform(self, values: Sequence[Any], call: Call, put: Put | None = None) -> Any:
        """The same to its end. put: gets each yielded value; what it raises ends the call.

        Returns what the function returned; the last yielded value, or None where `put` got them.
        """
        return self._perform(self._running_one(), list(values), call, put)

    async def run(self, values: Sequence[Any], call: Call, put: Put | None = None) -> Any:
        """`perform` in a thread of its own, where `put` is called, too.

        Raises SystemExit and the like as CallEnded, and CancelledError when the call has really ended.
        """
        running, context = self._running_one(), contextvars.copy_context()
        context.run(current.set, call.reports)
        work = self._threads.submit(lambda: context.run(self._perform, running, list(values), call, put))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            call.reports.cancelled = True
            if running.cancel():
                await _ended(work)
            else:
                work.cancel()
            raise

    def cancel(self, call: Call) -> None:
        """Tell a running call to end; it is killed when it does not."""
        call.reports.cancelled = True
        running = self._running.get(id(call))
        if running is not None and not running.cancel():
            with self._changed:
                self._changed.notify_all()  # it may wait for a worker

    def close(self) -> None:
        """End the workers, and what runs in them."""
        with self._changed:
            self._closed = True
            hands = list(self._hands)
            self._changed.notify_all()
        for hand in hands:
            hand.kill()

    @property
    def pids(self) -> list[int]:
        """Of the workers that are known to run."""
        with self._changed:
            return [hand.process.pid for hand in self._hands if hand.process.pid is not None and hand.is_alive]

    # ------------------------------------------------------------------ one call

    def _running_one(self) -> _Running:
        return _Running(next(self._numbers))

    def _perform(self, running: _Running, values: list[Any], call: Call, put: Put | None) -> Any:
        steps = self._steps(running, values, call, put is not None)
        try:
            while True:
                try:
                    value = next(steps)
                except StopIteration as end:
                    return end.value
                if put is not None and not call.reports.cancelled:
                    put(value)
                del value  # hold nothing while the next is made
        finally:
            steps.close()

    def _steps(self, running: _Running, values: list[Any], call: Call, every: bool = True) -> Generator[Any, None, Any]:
        self._running[id(call)] = running
        try:
            for left in reversed(range(_MOST_TRIES)):
                packed = self._packed(running.number, values, call, every)
                try:
                    return (yield from self._in_worker(running, packed, call))
                except NeverBegunError:
                    if not left:
                        text = f"{self._interface.name} could not run: its worker processes end before they begin."
                        raise WorkerDiedError(text, "The log may tell why.", "crashed") from None
                finally:
                    packed.close()
        finally:
            del self._running[id(call)]

    def _in_worker(self, running: _Running, packed: Packed, call: Call) -> Generator[Any, None, Any]:
        hand = self._take(call)
        try:
            if not running.begin(hand):
                raise CallCancelled("nobody waits for this call any more")
            return (yield from hand.steps(packed, running.number, call))
        except NeverBegunError:
            hand.kill()
            hand.process.ended.wait(1)
            raise
        finally:
            running.hand = None
            self._give_back(hand)

    def _packed(self, number: int, values: list[Any], call: Call, every_step: bool) -> Packed:
        """Raises UnsendableError that names the input."""
        function = self._interface.function
        asks = any(parameter.gives == "request" for parameter in function.all_parameters)
        job = Job(number, values, Caller.of(call.request) if asks else None, every_step)
        try:
            return Packed((JOB, job))
        except MemoryError:
            raise
        except Exception as error:
            raise unsendable(self._named(values), error, _HINT) from None

    def _named(self, values: list[Any]) -> list[tuple[str, Any]]:
        names = [f"the {c.kind} {c.label or ''}".rstrip() for c in self._interface.inputs]
        names += [f"argument {i + 1}" for i in range(len(names), len(values))]
        return [(f"The value of {name}", value) for name, value in zip(names, values, strict=False)]

    # ------------------------------------------------------------------ workers

    def _take(self, call: Call) -> Hand:
        """A free worker. Raises CallCancelled, and WorkerDiedError when they have been closed."""
        with self._changed:
            while True:
                if self._closed:
                    raise WorkerDiedError(f"{self._interface.name} cannot run any more: it stops.", "", "crashed")
                call.reports.check()
                while self._free:
                    hand = self._free.pop()
                    if hand.is_alive:
                        self._taken.add(hand)
                        return hand
                if len(self._hands) < self.count:
                    self._taken.add(hand := self._made())
                    return hand
                self._changed.wait(LOOK_S)

    def _give_back(self, hand: Hand) -> None:
        with self._changed:
            self._taken.discard(hand)
            if hand.is_alive and hand in self._hands:
                self._free.append(hand)
            elif hand not in self._hands:
                hand.process.wire.close()
            self._changed.notify()

    def _made(self) -> Hand:
        """`_changed` is held."""
        process = self._spawner.spawn(self._name, self._memory_bytes)
        hand = Hand(process, self._interface.name, self._limits)
        self._hands.append(hand)
        process.at_end = lambda: self._ended(hand)
        if process.ended.is_set():
            self._forget(hand)
        return hand

    def _forget(self, hand: Hand) -> None:
        if hand in self._hands:
            self._hands.remove(hand)
        if hand in self._free:
            self._free.remove(hand)

    def _ended(self, hand: Hand) -> None:
        """Its process has ended, whatever it did."""
        with self._changed:
            self._forget(hand)
            if hand not in self._taken:
                hand.process.wire.close()
            self._changed.notify()
        if hand.has_served:
            self._pause_s = _FIRST_PAUSE_S
            self._fill()
        elif self._warm:
            later = threading.Timer(self._pause_s, self._fill)
            later.daemon = True
            later.start()
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def _fill(self) -> None:
        with self._changed:
            while not self._closed and len(self._hands) < self._warm:
                self._free.insert(0, self._made())


class _Running:
    """A call on its way to a worker, or in it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.hand: Hand | None = None
        self._lock = threading.Lock()
        self._begun = self._cancelled = False

    def begin(self, hand: Hand) -> bool:
        """Whether it is still wanted."""
        with self._lock:
            self._begun = not self._cancelled
            self.hand = hand
            return self._begun

    def cancel(self) -> bool:
        """Whether it had begun, and now has to end."""
        with self._lock:
            self._cancelled = True
            if not self._begun:
                return False
            hand = self.hand
        if hand is not None:
            hand.cancel(self.number)
        return True


async def _ended(work: asyncio.Future[Any]) -> None:
    """Wait for it; who cancels again waits all the same: it is killed in a moment."""
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            continue
    if not work.cancelled():
        work.exception()  # asyncio would complain of one that nobody asks for
