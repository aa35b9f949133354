"""A job that runs on this host: what it tells goes to the broker, and what the broker tells of it comes here."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.cluster.engine import Clustered
from quickdemo.runtime.jobs.engine import CancelledJobError, LeaseLostError
from quickdemo.runtime.jobs.event_log import EventLog
from quickdemo.runtime.jobs.job import Lease

logger = logging.getLogger("quickdemo.jobs")


class Running:
    """left: how many jobs of its start have not ended, shared by all of them."""

    def __init__(self, engine: Clustered, lease: Lease, log: EventLog, left: list[int]) -> None:
        self._engine, self.lease, self.log, self.left = engine, lease, log, left
        self.began = time.time()
        self._telling: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    def begin(self, cancelled: Callable[[], None]) -> None:
        """cancelled: told when the job is ours no longer, as when somebody cancelled it."""
        self._telling = asyncio.ensure_future(self._tell())
        self._watching = asyncio.ensure_future(self._watch(cancelled))

    async def end(self) -> None:
        """The function has ended: what it told is sent. Nothing is told afterwards."""
        self.log.abandon()
        assert self._telling is not None and self._watching is not None
        await asyncio.wait({self._telling})
        self._watching.cancel()

    async def _tell(self) -> None:
        """Slower than the function, if need be: values that nobody has read yet are left out."""
        try:
            async for event in self.log.read():
                if event is not None:
                    await self._engine.emit(self.lease, event.kind, event.data)
        except LeaseLostError:
            return  # whoever watches says so
        except RefusedError as error:
            logger.warning("what job %s told was not sent: %s", self.lease.job.id, error)

    async def _watch(self, cancelled: Callable[[], None]) -> None:
        try:
            lost = await self._engine.lost(self.lease)
        except LeaseLostError:
            return  # it was finished before we began to watch
        if not isinstance(lost, CancelledJobError):
            logger.warning("job %s was given to another host: this one was not heard of in time", self.lease.job.id)
        cancelled()
