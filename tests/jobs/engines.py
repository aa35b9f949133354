"""The engines that the shared suite runs against, each with what it needs around it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from quickdemo.runtime.jobs.cluster.engine import Clustered
from quickdemo.runtime.jobs.cluster.tuning import Bounds, Tuning
from quickdemo.runtime.jobs.embedded import Embedded
from quickdemo.runtime.jobs.engine import Engine, Slots
from quickdemo.runtime.jobs.job import Event, Job, Lease, Outcome, new_id
from quickdemo.runtime.jobs.keeper import Keeper
from quickdemo.runtime.jobs.scheduler import Limits
from tests.jobs.brokers import NatsServer

T = TypeVar("T")
LIMIT_S = 30.0

#: small, so that many apps fit into one broker
SMALL = Tuning(
    lease_s=5.0, poll_s=0.2, log_bytes=16 << 20, queue_bytes=4 << 20, blob_bytes=16 << 20, session_bytes=4 << 20
)


@dataclass(frozen=True)
class Line:
    """What one function may do. at_once: starts at a time; waiting: jobs that wait; batch: jobs of one start.
    group: lines of the same one share these places."""

    at_once: int = 8
    waiting: int = 1000
    batch: int = 1
    batch_wait_s: float = 0.0
    group: str = ""

    @property
    def slots(self) -> Slots:
        return Slots(self.at_once, self.batch, self.batch_wait_s)


Lines = Mapping[str, Line]
#: opens an engine with these functions
Opening = Callable[[Lines], AbstractAsyncContextManager[Engine]]


def clustered(request: pytest.FixtureRequest) -> Opening:
    server: NatsServer = request.getfixturevalue("broker")

    @asynccontextmanager
    async def opened(lines: Lines) -> AsyncIterator[Engine]:
        bounds = {name: Bounds(line.at_once, line.waiting, line.group, line.batch) for name, line in lines.items()}
        async with Clustered(server.url, f"app-{secrets.token_hex(4)}", bounds=bounds, tuning=SMALL) as engine:
            engine.present.places = {name: line.at_once for name, line in lines.items()}
            try:
                yield engine
            finally:
                await engine.destroy()

    return opened


def embedded(request: pytest.FixtureRequest) -> Opening:
    folder: Path = request.getfixturevalue("tmp_path")

    @asynccontextmanager
    async def opened(lines: Lines) -> AsyncIterator[Engine]:
        limits = {
            name: Limits(line.at_once, None, line.waiting, line.batch, line.batch_wait_s, line.group)
            for name, line in lines.items()
        }
        groups = {line.group: line.at_once for line in lines.values() if line.group}
        async with Embedded(limits, Keeper(str(folder / secrets.token_hex(4))), groups) as engine:
            yield engine

    return opened


#: by name; one more engine is one more line here
ENGINES: dict[str, Callable[[pytest.FixtureRequest], Opening]] = {
    "embedded": embedded,
    "clustered": clustered,
}


class Bench:
    """An engine with its front and one worker in hand, and shorter words for what tests do with them."""

    def __init__(self, engine: Engine, lines: Lines) -> None:
        self.engine, self.lines = engine, lines

    async def submit(self, owner: str = "ann", function: str = "f", **fields: Any) -> str:
        """A job's id."""
        payload = fields.pop("payload", {"data": [owner]})
        job = Job(fields.pop("id", None) or new_id(), function, owner, payload, **fields)
        return (await self.engine.submit(job)).id

    async def batches(self, function: str = "f", free: int | None = None, wait_s: float = 5.0) -> list[list[Lease]]:
        """What can begin now."""
        line = self.lines[function]
        slots = Slots(line.at_once if free is None else free, line.batch, line.batch_wait_s)
        return await self.engine.claim({function: slots}, wait_s)

    async def claim(self, function: str = "f", wait_s: float = 5.0) -> Lease:
        """The next job."""
        batches = await self.batches(function, 1, wait_s)
        assert len(batches) == 1 and len(batches[0]) == 1, batches
        return batches[0][0]

    async def nothing(self, function: str = "f", wait_s: float = 0.3) -> bool:
        """Nothing can begin now."""
        return await self.batches(function, wait_s=wait_s) == []

    async def done(self, lease: Lease, body: bytes = b'{"data":[1]}') -> None:
        """The function has answered."""
        await self.engine.finish(lease, Outcome("done", body))

    async def events(self, id: str, after: int = 0) -> list[Event]:
        """All of them, to the last."""
        return [event async for event in self.engine.events(id, after)]

    async def until(self, id: str, kind: str) -> list[Event]:
        """The first ones, to one of this kind."""
        found: list[Event] = []
        async for event in self.engine.events(id):
            found.append(event)
            if event.kind == kind:
                break
        return found


def kinds(events: list[Event]) -> list[str]:
    """Without what only says how the line moves."""
    return [event.kind for event in events if event.kind != "queued"]


def run(work: Awaitable[T], limit_s: float = LIMIT_S) -> T:
    """To its end, in a loop of its own."""

    async def main() -> T:
        return await asyncio.wait_for(work, limit_s)

    return asyncio.run(main())
