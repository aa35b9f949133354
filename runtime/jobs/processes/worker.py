"""The process that runs calls of one function, one at a time.

The main thread runs them. A thread beside it takes the messages, gives signs of life while a call runs, sends progress
that is due, and ends everything when the server's side is gone.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import contextvars
import gc
import logging
import os
import queue
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from quickdemo.runtime.function import Function
from quickdemo.runtime.jobs.processes import messages
from quickdemo.runtime.jobs.processes.failures import Flat, UnsendableError, unsendable
from quickdemo.runtime.jobs.processes.limits import MemoryLimit, first_to_go
from quickdemo.runtime.jobs.processes.messages import Job
from quickdemo.runtime.jobs.processes.wire import Packed, Wire
from quickdemo.runtime.jobs.threads import CallEnded
from quickdemo.runtime.reports import CallCancelled, Reports, current
from quickdemo.runtime.request import Request

logger = logging.getLogger("quickdemo.jobs")
BEAT_S = 1.0
PROGRESS_EVERY_S = 0.05
MEMORY_EVERY_S = 0.1  #: where the system does not hold the limit itself
RESULT_HINT = "Return plain values, arrays, pictures or paths; or let the function run in threads: process=False."


class WorkerCall:
    """What `Function.invoke` needs of a call."""

    def __init__(self, request: Request, reports: Reports) -> None:
        self.request, self.reports = request, reports


class Worker:
    """Serves the jobs that come over the wire. Made in the process's main thread."""

    def __init__(self, wire: Wire, function: Function, memory_bytes: int | None) -> None:
        self._wire = wire
        self._function = function
        self._main = threading.get_ident()
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._ahead = threading.Semaphore(messages.AHEAD)
        self._job: Job | None = None  # that runs
        self._reports = Reports()
        self._task: asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open = False  # whether a cancel may be raised in the main thread
        self._sending = False  # whether the main thread is sending, which must not end halfway
        self._bars: tuple[int, Callable[[], Any]] | None = None  # of that job, progress that was not sent yet
        self._bars_at = 0.0
        self._bars_lock = threading.Lock()
        self._flushing = threading.Lock()  # else older bars could be sent after newer ones
        self._wake_r, self._wake_w = os.pipe()
        os.set_blocking(self._wake_w, False)
        self._memory = None if memory_bytes is None else MemoryLimit(memory_bytes)
        signal.signal(signal.SIGUSR2, self._interrupted)
        threading.Thread(target=self._listen, name="messages", daemon=True).start()

    def serve(self) -> NoReturn:
        """Until the server's side is gone."""
        self._wire.send((messages.READY,))
        while True:
            job = self._jobs.get()
            contextvars.copy_context().run(self._do, job)
            del job  # hold nothing while idle
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):  # the script may have put anything there
                    stream.flush()

    # ------------------------------------------------------------------ the main thread

    def _do(self, job: Job) -> None:
        outcome: tuple[Any, ...]
        try:
            try:
                self._open = not self._reports.cancelled
                self._reports.check()
                outcome = (messages.RETURNED, self._run(job))
            finally:
                self._open = False
                self._reports.end()
        except MemoryError as error:
            if self._memory is not None:
                self._out_of_memory()
            outcome = (messages.RAISED, Flat(error))
        except UnsendableError as error:
            outcome = (messages.RAISED, error)
        except CallEnded as error:
            outcome = (messages.RAISED, Flat(error.cause))
        except BaseException as error:
            outcome = (messages.RAISED, Flat(error))
        self._finish(outcome)

    def _finish(self, outcome: tuple[Any, ...]) -> None:
        self._flush_bars()
        try:
            packed = self._packed(outcome)
        except MemoryError as error:
            if self._memory is not None:
                self._out_of_memory()
            packed = Packed((messages.RAISED, Flat(error)))
        except UnsendableError as error:
            packed = Packed((messages.RAISED, error))
        self._job = None  # before the other side knows: the next job may come at once
        self._tell(packed)

    def _run(self, job: Job) -> Any:
        current.set(self._reports)
        call = WorkerCall(job.caller.request() if job.caller else Request(), self._reports)
        produced = self._function.invoke(job.values, call)
        flavour = self._function.flavour
        if flavour == "plain":
            return produced
        if flavour == "generator":
            return self._steps(produced, job.every_step)
        if flavour == "async":
            return self._awaited(produced)
        return self._awaited(self._async_steps(produced, job.every_step))

    def _steps(self, produced: Any, every: bool) -> Any:
        last = None
        try:
            for last in produced:
                self._step(last, every)
        finally:
            produced.close()
        return None if every else last

    async def _async_steps(self, produced: Any, every: bool) -> Any:
        last = None
        try:
            async for last in produced:
                self._step(last, every)
        finally:
            await produced.aclose()
        return None if every else last

    def _step(self, value: Any, every: bool) -> None:
        if every:
            self._ahead.acquire()
            self._tell(self._packed((messages.STEP, value)))
        self._reports.check()

    def _awaited(self, coroutine: Any) -> Any:
        """The result of a coroutine. All of this process run on one loop, which libraries may keep things for."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self._loop)
        self._open = False  # from here on a cancel is the task's, not a signal's
        self._task = self._loop.create_task(_guarded(coroutine))
        if self._reports.cancelled:
            self._task.cancel()
        try:
            return self._loop.run_until_complete(self._task)
        finally:
            self._task = None

    def _packed(self, message: tuple[Any, ...]) -> Packed:
        """Raises UnsendableError that names the value."""
        try:
            return Packed(message)
        except MemoryError:
            raise
        except Exception as error:
            value = message[-1]
            name, verb = self._function.name, "yielded" if self._function.streams else "returned"
            parts = [(f"What {name} {verb}", value)]
            if isinstance(value, tuple):
                parts = [(f"Value {i + 1} of {len(value)} that {name} {verb}", part) for i, part in enumerate(value)]
            raise unsendable(parts, error, RESULT_HINT) from None

    def _interrupted(self, *_: Any) -> None:
        """SIGUSR2: the job that runs was cancelled."""
        if self._open and not self._sending and self._reports.cancelled:
            self._open = False
            raise CallCancelled("nobody waits for this call any more")

    def _tell(self, message: tuple[Any, ...] | Packed) -> None:
        in_main = threading.get_ident() == self._main
        self._sending = in_main or self._sending
        try:
            if not self._wire.send(message):
                os._exit(0)  # the server's side is gone
        finally:
            self._sending = self._sending and not in_main

    def _out_of_memory(self) -> NoReturn:
        assert self._memory is not None
        self._memory.lift()
        self._wire.send((messages.NO_MEMORY,))
        os._exit(1)

    # ------------------------------------------------------------------ reports

    def _sink(self, number: int, kind: str, what: Any) -> None:
        """What that job reports, in the thread that does."""
        if kind == "log":
            self._tell((messages.LOG, what, number))
            return
        with self._bars_lock:
            is_first, self._bars = self._bars is None, (number, what)
        if is_first:
            with contextlib.suppress(BlockingIOError):
                os.write(self._wake_w, b"p")

    def _flush_bars(self) -> None:
        with self._flushing:
            with self._bars_lock:
                waiting, self._bars = self._bars, None
            if waiting is not None:
                number, bars = waiting
                self._bars_at = time.monotonic()
                self._tell((messages.PROGRESS, bars(), number))

    # ------------------------------------------------------------------ the thread beside it

    def _listen(self) -> None:
        poll = select.poll()
        poll.register(self._wire.fileno(), select.POLLIN)
        poll.register(self._wake_r, select.POLLIN)
        beat_at = time.monotonic()
        try:
            self._obey_all()  # what came together with an earlier message
            while True:
                ready = dict(poll.poll(self._pause_ms(beat_at)))
                if self._wake_r in ready:
                    os.read(self._wake_r, 4096)
                if self._wire.fileno() in ready:
                    self._obey_all()
                now = time.monotonic()
                if self._bars is not None and now >= self._bars_at + PROGRESS_EVERY_S:
                    self._flush_bars()
                if self._job is not None and now >= beat_at + BEAT_S:
                    self._tell((messages.BEAT,))
                    beat_at = now
                if self._memory is not None and not self._memory.by_system and self._memory.is_exceeded():
                    self._out_of_memory()
        except EOFError:
            end_group()
        except BaseException:
            logger.exception("a worker process has failed")
            end_group()

    def _pause_ms(self, beat_at: float) -> float | None:
        """Until something is to be done, unless a message comes; None while no job runs."""
        if self._job is None:
            return None
        due = [beat_at + BEAT_S]
        now = time.monotonic()
        if self._bars is not None:
            due.append(self._bars_at + PROGRESS_EVERY_S)
        if self._memory is not None and not self._memory.by_system:
            due.append(now + MEMORY_EVERY_S)
        return max(min(due) - now, 0) * 1000 + 1

    def _obey_all(self) -> None:
        """Every message that has come."""
        while True:
            try:
                self._obey(*self._wire.receive(timeout_s=0)[0])
            except (TimeoutError, EOFError) as end:
                if isinstance(end, EOFError):
                    raise
                return
            except MemoryError as error:
                if self._memory is not None:
                    self._out_of_memory()
                self._tell((messages.RAISED, Flat(error)))
            except Exception as error:  # a value's own code failed when it was put together here
                self._tell((messages.RAISED, Flat(error)))

    def _obey(self, kind: str, what: Any = None) -> None:
        if kind == messages.JOB:
            self._job, self._reports = what, Reports(partial(self._sink, what.number))
            self._ahead = threading.Semaphore(messages.AHEAD)
            self._tell((messages.BEGUN, what.number))
            self._jobs.put(what)
        elif kind == messages.TAKEN:
            self._ahead.release()
        elif kind == messages.CANCEL and self._job is not None and self._job.number == what:
            self._cancel()

    def _cancel(self) -> None:
        """Tell the function: CallCancelled is raised where it reports next, or where it stands, if that is Python."""
        self._reports.cancelled = True
        task, loop = self._task, self._loop
        if task is not None and loop is not None:
            loop.call_soon_threadsafe(task.cancel)
        else:
            signal.pthread_kill(self._main, signal.SIGUSR2)


async def _guarded(coroutine: Any) -> Any:
    """Let only ordinary exceptions reach asyncio: SystemExit or KeyboardInterrupt would leave its loop in disorder."""
    try:
        return await coroutine
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException as error:
        raise CallEnded(error) from error


def end_group() -> NoReturn:
    """End this process and all that its function has started."""
    with contextlib.suppress(OSError):
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(0)


def settle_in() -> None:
    """In a new process, its main thread: take leave of what belongs to the server and to its terminal."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    builtins.input = _no_terminal
    first_to_go()
    _reseed()
    gc.enable()


def _no_terminal(prompt: Any = "", /) -> str:
    raise EOFError("a worker process has no terminal: run the function without process=True to type something")


def _reseed() -> None:
    """Workers must not draw the same numbers. CPython has reseeded `random` in each forked child."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        with contextlib.suppress(Exception):
            numpy.random.seed()
    torch = sys.modules.get("torch")
    if torch is not None:
        with contextlib.suppress(Exception):
            torch.seed()
