"""A queue without a server: Interfaces whose calls run in this process, as those of a page do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any

from quickdemo.runtime.call import Call, LocalCall
from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.diffs import apply
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.embedded import Embedded
from quickdemo.runtime.jobs.engine import Slots
from quickdemo.runtime.jobs.event_log import EventLog
from quickdemo.runtime.jobs.job import Job, Outcome, new_id
from quickdemo.runtime.jobs.limits import Launched
from quickdemo.runtime.jobs.outcomes import ended
from quickdemo.runtime.jobs.runner import Runner
from quickdemo.runtime.jobs.worker import Worker
from quickdemo.runtime.json_text import strict_json
from quickdemo.runtime.queueing import QueueLimits


class DeskWork:
    """What a call asks; `error` is what it raised."""

    def __init__(self, interface: Interface, wires: Sequence[Wire], call: Call) -> None:
        self.interface, self.wires, self.call = interface, wires, call
        self.error: BaseException | None = None
        self.outputs: list[Wire] = []

    trace = None

    def payload(self) -> dict[str, Any]:
        return {"data": list(self.wires)}

    def done(self, outputs: list[Wire], seconds: float) -> Outcome:
        self.outputs = outputs
        return Outcome("done", strict_json({"data": outputs}))

    def failed(self, error: BaseException) -> Outcome:
        self.error = error
        return ended("failed", 500, "failed", str(error))


class Desk:
    """`async with Desk(*interfaces) as desk:` then `await desk.call(interface, wires)`."""

    def __init__(
        self,
        *interfaces: Interface,
        max_threads: int | None = None,
        one_at_a_time: bool = False,
        limits: QueueLimits | None = None,
    ) -> None:
        launched = Launched(max_threads, one_at_a_time, limits)
        self._names = {id(interface): f"f{number}" for number, interface in enumerate(interfaces)}
        self._batched = {self._names[id(one)] for one in interfaces if one.batch}
        self.engine = Embedded({self._names[id(one)]: launched.of(one) for one in interfaces})
        self.engine.places.names = self._names
        self.runner = Runner(self.engine.places)
        self.engine.freed = self.runner.freed

    async def __aenter__(self) -> Desk:
        await self.engine.__aenter__()
        slots = {name: Slots(own.at_once, own.batch) for name, own in self.engine.limits.items()}
        self._worker = Worker(self.engine, self.runner, self._reopened, slots, self._batched)
        self._worker.start()
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self._worker.stop()
        await self.engine.__aexit__()

    @staticmethod
    def _reopened(job: Job) -> Any:
        raise AssertionError(job)

    @property
    def running(self) -> int:
        """Jobs that wait or run."""
        return self.engine.unfinished

    async def call(
        self, interface: Interface, wires: Sequence[Wire], call: Call | None = None, owner: str = "ada"
    ) -> list[Wire]:
        """The outputs. Raises what the function raised."""
        work = DeskWork(interface, wires, call or LocalCall())
        work.wires = await self.runner.checked(interface, wires, work.call)
        log = EventLog(work.call.reports) if interface.time_limit is not None else None
        entry, _ = self.engine.accept(Job(new_id(), self._names[id(interface)], owner, {}), work, log)
        try:
            await entry.result()
        except asyncio.CancelledError:
            self.engine.cancel_here(entry, "left")
            raise
        if work.error is not None:
            raise work.error
        return work.outputs

    async def stream(
        self, interface: Interface, wires: Sequence[Wire], call: Call | None = None
    ) -> AsyncIterator[tuple[str, Any]]:
        """("partial", values), ("log", message), ... and at last ("done", values)."""
        work = DeskWork(interface, wires, call or LocalCall())
        log = EventLog(work.call.reports, whole=any(c.cumulative for c in interface.outputs))
        entry, _ = self.engine.accept(Job(new_id(), self._names[id(interface)], "ada", {}), work, log)
        values: list[Any] = []
        try:
            async for event in self.engine.read(entry):
                told = None if event is None else json.loads(event.data)
                if event is None or event.kind in ("queued", "started", "failed"):
                    continue
                if event.kind == "partial" and "diff" in told:
                    values = [apply(old, edits) for old, edits in zip(values, told["diff"], strict=True)]
                elif event.kind in ("partial", "done"):
                    values = told["data"]
                yield event.kind, values if event.kind in ("partial", "done") else told
        finally:
            if not entry.over:
                self.engine.cancel_here(entry, "left")
        if work.error is not None:
            raise work.error


async def opened(*interfaces: Interface, **options: Any) -> Desk:
    """A desk that ends with its loop."""
    return await Desk(*interfaces, **options).__aenter__()
