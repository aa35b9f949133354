"""The worker of this process: claims jobs of an engine, and runs them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Container, Mapping, Sequence
from functools import partial
from typing import Any

from quickdemo.runtime.call import Arguments
from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.errors import RefusedError, TooSlowError
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.engine import LeaseLostError, Slots
from quickdemo.runtime.jobs.event_log import EventLog
from quickdemo.runtime.jobs.job import Lease, Outcome
from quickdemo.runtime.jobs.outcomes import broken, cancelled, ended
from quickdemo.runtime.jobs.processes.failures import WorkerDiedError
from quickdemo.runtime.jobs.queue import Queue
from quickdemo.runtime.jobs.runner import Runner, for_call, in_context_of, time_is_up
from quickdemo.runtime.jobs.work import Open, Work
from quickdemo.runtime.logs import JobInLog, concerning, jobs_here

logger = logging.getLogger("quickdemo.jobs")
_ASK_S = 3600.0
_DEATHS_FORGIVEN = 1  #: of worker processes, before a job counts as what they die of


class Worker:
    """Runs on the engine's loop; the functions themselves in threads, or on the user's loop."""

    def __init__(
        self, engine: Queue, runner: Runner, open: Open, slots: Mapping[str, Slots], batched: Container[str] = ()
    ) -> None:
        """open: makes the work of a job that this process has not accepted itself. slots: what it can take.
        batched: the functions that take batches."""
        self._engine, self._runner, self._open, self._slots = engine, runner, open, slots
        self._batched = batched
        self._stopped = False
        self._claiming: asyncio.Task[None] | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._batches: set[asyncio.Task[None]] = set()
        self._failing: set[asyncio.Task[None]] = set()  # asyncio itself keeps no reference to them
        engine.on_cancel(self._cancel)

    def start(self) -> None:
        """Begin to take jobs."""
        self._claiming = asyncio.ensure_future(self._claim())

    @property
    def works(self) -> bool:
        """Whether it takes jobs."""
        return self._claiming is not None and not self._claiming.done()

    async def stop(self) -> None:
        """Take no more, and leave what runs: whoever has the job next begins it again."""
        self._stopped = True
        tasks = [*filter(None, [self._claiming]), *self._running.values(), *self._batches]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _claim(self) -> None:
        while True:
            for leases in await self._engine.claim(self._slots, _ASK_S):
                lease = leases[0]
                if lease.job.function not in self._batched:
                    self._running[lease.token] = task = asyncio.ensure_future(self._one(lease))
                    task.add_done_callback(lambda _, token=lease.token: self._running.pop(token))  # type: ignore[misc]
                else:
                    self._batches.add(task := asyncio.ensure_future(self._batch(leases)))
                    task.add_done_callback(self._batches.discard)
                task.add_done_callback(partial(self._ended, leases))

    def _ended(self, leases: Sequence[Lease], task: asyncio.Task[None]) -> None:
        """An error of ours must hold neither the places of these jobs nor whoever waits for them."""
        if task.cancelled() or (error := task.exception()) is None:
            return
        for lease in leases:
            logger.error("job %s ended with an error of ours", lease.job.id, exc_info=error)
            failing = asyncio.ensure_future(self._finish(lease, broken()))
            self._failing.add(failing)
            failing.add_done_callback(self._failing.discard)

    def _cancel(self, token: str) -> None:
        """A job that runs is to end now. One of a batch only loses its answer."""
        if (task := self._running.get(token)) is not None:
            task.cancel()

    # ------------------------------------------------------------------ one job

    async def _one(self, lease: Lease) -> None:
        work = self._work(lease)
        if isinstance(work, Outcome):
            await self._finish(lease, work)
            return
        jobs_here.set((_in_log(lease, work),))  # of this task, and of the threads that work for it
        log, place = self._engine.log(lease), _Place(self._engine, work.interface)
        self._report_to(log, work)
        try:
            outcome = await self._outcome(lease, work, log, place)
        except asyncio.CancelledError:  # a worker process has been told to end, too
            work.call.reports.cancelled = True
            if self._stopped:
                raise
            outcome = cancelled("")
        place.leave()
        await self._finish(lease, outcome)

    async def _outcome(self, lease: Lease, work: Work, log: EventLog | None, place: _Place) -> Outcome | None:
        """None: it is to be begun again."""
        began = time.perf_counter()
        interface = work.interface

        def finish(outputs: list[Wire]) -> Outcome:
            return work.done(outputs, time.perf_counter() - began)

        try:
            wires = await self._runner.checked(interface, work.wires, work.call)
            running = self._runner.run(interface, wires, work.call, finish, log, place.entered())
            return await self._limited(interface, work, running, log, finish)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            return self._failed(lease, work, error)

    def _failed(self, lease: Lease, work: Work, error: BaseException) -> Outcome | None:
        """How a job ends that raised this. None: it only had the bad luck of a worker process, as it seems."""
        again = isinstance(error, WorkerDiedError) and error.why in ("crashed", "stuck")
        if not (again and lease.job.retry and lease.attempt <= _DEATHS_FORGIVEN):
            return work.failed(error)
        logger.warning("%s: %s It is begun again.", lease.job.function, error)
        work.call.reports.begin_again()
        return None

    async def _limited(
        self, interface: Interface, work: Work, running: Awaitable[Outcome], log: EventLog | None, finish: Any
    ) -> Outcome:
        """The outcome within the Interface's time limit; a generator's is then what it had given."""
        limit = interface.time_limit
        if limit is None:
            return await running
        task = asyncio.ensure_future(running)
        try:
            done, _ = await asyncio.wait({task}, timeout=limit)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if done:
            return task.result()
        work.call.reports.cancelled = True
        task.cancel()
        if log is None or not log.had_values:
            raise TooSlowError(interface.name, limit)
        await asyncio.to_thread(log.flush)
        if work.call.reports.sink is None:
            work.call.reports.messages.append(time_is_up(limit))
        else:
            work.call.reports.sink("log", time_is_up(limit))
        return await self._runner.background(lambda: finish(log.values))

    def _work(self, lease: Lease) -> Work | Outcome:
        if (work := self._engine.work(lease)) is not None:
            return work
        try:
            return self._open(lease.job)
        except Exception as error:
            with concerning(JobInLog(lease.job.id, lease.job.function, lease.attempt)):
                return _refused(error)

    @staticmethod
    def _report_to(log: EventLog | None, work: Work) -> None:
        if log is not None:
            log.reports = work.call.reports
            work.call.reports.sink = log.send

    async def _finish(self, lease: Lease, outcome: Outcome | None) -> None:
        with contextlib.suppress(LeaseLostError):  # it was cancelled, or given to another
            await self._engine.finish(lease, outcome)

    # ------------------------------------------------------------------ a batch

    async def _batch(self, leases: Sequence[Lease]) -> None:
        """Jobs that go together. The values of each are checked, and its result is made ready, apart from the others':
        what is wrong with them concerns this job alone. One that is begun again goes alone, too: it may be the one of
        which the others died."""
        alone = [lease for lease in leases if lease.attempt > 1]
        if together := [lease for lease in leases if lease.attempt == 1]:
            await self._together(together)
        for lease in alone:
            await self._together([lease])

    async def _together(self, leases: Sequence[Lease]) -> None:
        began = time.perf_counter()
        opened: list[tuple[Lease, Work]] = []
        for lease in leases:
            work = self._work(lease)
            if isinstance(work, Outcome):
                await self._finish(lease, work)
            else:
                opened.append((lease, work))
        jobs_here.set(tuple(_in_log(lease, work) for lease, work in opened))
        rows = await asyncio.gather(*(self._arguments(lease, work) for lease, work in opened))
        ready = [(*one, values) for one, values in zip(opened, rows, strict=True) if values is not None]
        if not ready:
            return
        interface = ready[0][1].interface
        place = _Place(self._engine, interface)
        try:
            running = asyncio.ensure_future(
                self._runner.batch(interface, [values for _, _, values in ready], place.entered())
            )
            made = await self._batch_limited(interface, running)
        except asyncio.CancelledError:
            place.leave()
            raise
        except BaseException as error:
            place.leave()
            for lease, work, _ in ready:
                with concerning(_in_log(lease, work)):
                    work.call.reports.end()
                    await self._finish(lease, self._failed(lease, work, error))
            return
        place.leave()
        await asyncio.gather(
            *(self._result(lease, work, one, began) for (lease, work, _), one in zip(ready, made, strict=True))
        )

    async def _batch_limited(self, interface: Interface, running: asyncio.Future[list[Any]]) -> list[Any]:
        done, _ = await asyncio.wait({running}, timeout=interface.time_limit)
        if done:
            return running.result()
        running.cancel()
        raise TooSlowError(interface.name, interface.time_limit or 0)

    async def _arguments(self, lease: Lease, work: Work) -> list[Any] | None:
        """The function's arguments; None where the job has ended."""
        jobs_here.set((_in_log(lease, work),))
        self._report_to(self._engine.log(lease), work)
        try:
            wires = await self._runner.checked(work.interface, work.wires, work.call)
            if isinstance(wires, Arguments):
                return wires.values
            aside = self._runner.aside(work.interface)
            return await aside.submit(lambda: for_call(work.call, work.interface.arguments, wires, work.call))
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            work.call.reports.end()
            await self._finish(lease, self._failed(lease, work, error))
            return None

    async def _result(self, lease: Lease, work: Work, made: Any, began: float) -> None:
        jobs_here.set((_in_log(lease, work),))

        def ready() -> Outcome:
            return work.done(work.interface.results(made, work.call), time.perf_counter() - began)

        try:
            outcome = await self._runner.aside(work.interface).submit(lambda: in_context_of(work.call, ready))
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            outcome = work.failed(error)
        await self._finish(lease, outcome)


def _in_log(lease: Lease, work: Work) -> JobInLog:
    trace = work.trace
    return JobInLog(lease.job.id, lease.job.function, lease.attempt, "" if trace is None else trace.id)


class _Place:
    """A job may end before its function does: then the function still takes a place, outside of all leases."""

    def __init__(self, engine: Queue, interface: Interface) -> None:
        self._places, self._interface = engine.places, interface
        self._inside = self._left = False

    def entered(self) -> Any:
        """The function begins; what is to be called when it has ended."""
        self._inside = True
        return self._function_ended

    def leave(self) -> None:
        """The job ends."""
        self._left = True
        if self._inside:
            self._places.occupy(self._interface)

    def _function_ended(self) -> None:
        if self._inside and self._left:
            self._places.vacate(self._interface)
        self._inside = False


def _refused(error: Exception) -> Outcome:
    if isinstance(error, RefusedError):
        return ended("failed", error.status, error.code, error.message, error.hint)
    logger.error("a job could not be taken up", exc_info=error)
    return ended("failed", 500, "internal", "This run could not be taken up again.", "Run it again.")
