"""Who reads a job's events, and leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, cast

from quickdemo.runtime.jobs.counts import Counts
from quickdemo.runtime.jobs.entry import Entry
from quickdemo.runtime.jobs.job import Event, Job
from quickdemo.runtime.jobs.queue import Queue
from quickdemo.runtime.server.streams import JobStream, send_job


class Deaf:
    """The events of a long job, by a queue that keeps a cancellation to itself."""

    def __init__(self) -> None:
        self.counts = Counts()

    async def read(self, entry: Entry, after: int, beat_s: float) -> AsyncIterator[Event]:
        for number in range(after + 1, 100):
            yield Event(number, "partial", b"{}")
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.01)


def test_a_reader_that_has_left_is_read_for_no_longer() -> None:
    sent: list[Any] = []

    async def main() -> None:
        left = asyncio.Event()

        async def receive() -> dict[str, str]:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)
            if len(sent) == 3:
                left.set()

        stream = JobStream(cast(Queue, Deaf()), Entry(Job("id", "f", "ann", {})), lasting=True, brief=False)
        assert await send_job(stream, receive, send, new=False)

    asyncio.run(main())
    assert len(sent) < 10
