"""The server's side of one worker: gives it a call, takes what comes, and watches over it."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Generator
from typing import Any

from quickdemo.runtime.call import Call
from quickdemo.runtime.jobs.processes import messages
from quickdemo.runtime.jobs.processes.failures import Flat, UnsendableError, Why, WorkerDiedError, name_of_signal
from quickdemo.runtime.jobs.processes.limits import Look, kills_for_memory, look_at
from quickdemo.runtime.jobs.processes.spawner import Process
from quickdemo.runtime.jobs.processes.wire import Packed
from quickdemo.runtime.reports import CallCancelled

logger = logging.getLogger("quickdemo.jobs")

LOOK_S = 0.5  #: how often a running call is looked at, unless something comes
SILENT_S = 3.0  #: without a sign of life, after which its process is looked at
STUCK_S = 15.0  #: without a sign of life and without computing, after which it counts as stuck
_PROVEN_S = 1.0
_SAID_S = 2.0  # that the news of a death may take after the end of its socket


class NeverBegunError(Exception):
    """The worker ended before it had begun the call, which another one can do."""


class Limits:
    """Of one function's calls. time_s: None is without. grace_s: to end by itself, when told. memory_bytes: to say."""

    def __init__(self, time_s: float | None, grace_s: float, memory_bytes: int | None) -> None:
        self.time_s, self.grace_s, self.memory_bytes = time_s, grace_s, memory_bytes


class Hand:
    """One worker; one call at a time."""

    def __init__(self, process: Process, name: str, limits: Limits) -> None:
        self.process = process
        self._name = name
        self._limits = limits
        self._number = 0
        self._begun = self._served = False  # this call; any call
        self._cancelled_at: float | None = None
        self._why: Why | None = None  # it is ended
        self._killed = False
        self._kills = kills_for_memory()
        self._made_at = time.monotonic()
        self._lock = threading.Lock()

    @property
    def has_served(self) -> bool:
        """Whether it did what a worker should, so that another one may do better than end at once, too."""
        return self._served or time.monotonic() > self._made_at + _PROVEN_S

    @property
    def is_alive(self) -> bool:
        """Whether it can be given a call."""
        return not (self._killed or self._why or self.process.ended.is_set())

    def steps(self, packed: Packed, number: int, call: Call) -> Generator[Any, None, Any]:
        """One call, in the calling thread: each value that the function yields, and at last what it returned.

        packed: its Job. Closing the generator cancels the call, and waits for its end. Raises what the function raised,
        CallCancelled, WorkerDiedError, NeverBegunError.
        """
        with self._lock:
            self._number, self._begun, self._cancelled_at = number, False, None
        if not self.process.wire.send(packed):
            raise self._dead()
        watch = _Watch()
        while True:
            message = self._next(call, watch)
            if message is None:
                continue
            if message[0] in (messages.RETURNED, messages.RAISED):
                return self._end(message[0], message[1], watch)
            if message[0] == messages.STEP:
                try:
                    yield message[1]
                except GeneratorExit:
                    self._abandon(call, watch)
                    raise
                self.process.wire.send((messages.TAKEN,))
            else:
                self._note(message, call, watch)
            del message  # hold nothing while the next is made

    def _abandon(self, call: Call, watch: _Watch) -> None:
        """Nobody takes what is yielded any more: cancel the call, and wait for its end."""
        self.cancel(self._number)
        ended = False
        with contextlib.suppress(CallCancelled, WorkerDiedError, NeverBegunError, UnsendableError):
            while not ended:
                message = self._next(call, watch)
                if message is not None and message[0] == messages.STEP:
                    self.process.wire.send((messages.TAKEN,))
                ended = message is not None and message[0] in (messages.RETURNED, messages.RAISED)

    def cancel(self, number: int) -> None:
        """Tell the function of this call to end; it is killed when it does not. From any thread."""
        with self._lock:
            if self._number != number or self._cancelled_at is not None:
                return
            self._cancelled_at = time.monotonic()
        self.process.wire.send((messages.CANCEL, number))

    def kill(self, why: Why | None = None) -> None:
        """End the process and what its function has started."""
        self._why = self._why or why
        self._killed = True
        self.process.kill()

    # ------------------------------------------------------------------ what comes

    def _next(self, call: Call, watch: _Watch) -> tuple[Any, ...] | None:
        """The next message; None when there was none and all is as it should be. Raises as `steps` does."""
        try:
            message = self.process.wire.receive(LOOK_S)[0]
        except TimeoutError:
            message = None
            if self.process.ended.is_set():  # what its function has started may hold the other end
                raise self._dead() from None
        except EOFError:
            raise self._dead() from None
        except Exception as error:  # a value's own code failed when it was put together here
            self.kill()
            text = f"What {self._name} gave cannot be put together again: {type(error).__name__}: {error}."
            raise UnsendableError(text, "Return plain values, arrays, pictures or paths.") from error
        if message is not None:
            watch.heard()
        if call.reports.cancelled:
            self.cancel(self._number)
        self._look(watch)
        return message

    def _look(self, watch: _Watch) -> None:
        """End what is not as it should be; the end of its socket is what comes next then."""
        now = time.monotonic()
        if self._why is not None or self._killed:
            return
        if watch.is_over(now):
            self.cancel(self._number)
        if self._cancelled_at is not None and now > self._cancelled_at + self._limits.grace_s:
            logger.info("a call of %s did not end when it was told to: its process is killed", self._name)
            self.kill("time" if watch.over else None)
        elif self.process.pid is not None and watch.is_stuck(self.process.pid, now):
            self.kill("stuck")

    def _note(self, message: tuple[Any, ...], call: Call, watch: _Watch) -> None:
        kind = message[0]
        if kind == messages.BEGUN:
            self._begun = self._served = True
            watch.begin(self._limits.time_s)
        elif kind == messages.NO_MEMORY:
            self._why = "memory"
        elif kind in (messages.PROGRESS, messages.LOG) and message[2] == self._number:
            self._report(kind, message[1], call)

    def _report(self, kind: str, what: Any, call: Call) -> None:
        if kind == messages.LOG:
            with contextlib.suppress(CallCancelled):
                call.reports.message(what["level"], what["log"], what["title"], what["duration"], what["visible"])
        elif call.reports.sink is not None:
            call.reports.sink("progress", lambda: what)

    # ------------------------------------------------------------------ how it ends

    def _end(self, kind: str, what: Any, watch: _Watch) -> Any:
        with self._lock:
            self._number = 0
        if watch.over:
            raise self._out_of_time()
        if kind == messages.RETURNED:
            return what
        if self._cancelled_at is not None:
            raise CallCancelled("nobody waits for this call any more")
        raise what.raised() if isinstance(what, Flat) else what

    def _dead(self) -> BaseException:
        """What is raised for a call whose process has ended."""
        self.process.ended.wait(_SAID_S)
        if self._cancelled_at is not None and self._why is None:
            return CallCancelled("nobody waits for this call any more")
        if self._why == "time":
            return self._out_of_time()
        how = self.process.how
        if how is not None and how.failed:
            hint = "Start the demo anew." if self.process.pid is None else "Try again."
            return WorkerDiedError(f"{self._name} could not run: {how.failed}.", hint, "crashed")
        if not self._begun and self._why in (None, "stuck"):
            return NeverBegunError()
        return self._death(self._why, how.status if how else 0, how.grown_bytes if how else 0)

    def _death(self, why: Why | None, status: int, grown_bytes: int) -> WorkerDiedError:
        ended = f"was ended by {name_of_signal(-status)}" if status < 0 else f"ended with the code {status}"
        limit = self._limits.memory_bytes
        at_limit = limit is not None and status and grown_bytes > 0.9 * limit
        if why is None and (at_limit or (status == -9 and kills_for_memory() > self._kills)):
            why = "memory"
        texts: dict[Why | None, tuple[str, str]] = {
            None: (f"The process that ran {self._name} has crashed: it {ended}.", "Other calls are not concerned."),
            "memory": (
                f"{self._name} took more memory than {'there is' if limit is None else _mb(limit)}.",
                "Try again with something smaller.",
            ),
            "stuck": (f"The process that ran {self._name} gave no sign of life and was ended.", "Try again."),
        }
        text, hint = texts[why]
        code, signal = (None, -status) if status < 0 else (status, None)
        return WorkerDiedError(text, hint, why or "crashed", code, signal)

    def _out_of_time(self) -> WorkerDiedError:
        limit = f"the {self._limits.time_s:g} s that a call may take here"
        return WorkerDiedError(f"{self._name} took longer than {limit}.", "Try again with something smaller.", "time")


class _Watch:
    """The times of one call. over: its time limit has passed."""

    def __init__(self) -> None:
        self._deadline: float | None = None
        self._heard = self._computed = time.monotonic()
        self._begun = False
        self._look: Look | None = None
        self.over = False

    def begin(self, time_s: float | None) -> None:
        """The worker has begun."""
        self._begun = True
        if time_s is not None:
            self._deadline = time.monotonic() + time_s

    def heard(self) -> None:
        """A sign of life."""
        self._heard = self._computed = time.monotonic()
        self._look = None

    def is_over(self, now: float) -> bool:
        self.over = self.over or (self._deadline is not None and now > self._deadline)
        return self.over

    def is_stuck(self, pid: int, now: float) -> bool:
        """Silent, and stopped or neither computing nor answering: native code may keep Python from both for long, and
        so may a script that a worker has to run first."""
        if now < self._heard + SILENT_S:
            return False
        look = look_at(pid)
        if look is None:
            return False
        if self._look is None or look.busy != self._look.busy:
            self._computed = now
        self._look = look
        return look.stopped or (self._begun and now > self._computed + STUCK_S)


def _mb(bytes: int) -> str:
    return f"the {bytes / 2**20:g} MB that a call may take here"
