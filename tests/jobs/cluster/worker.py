"""A worker in a process of its own: `python -m tests.jobs.cluster.worker URL APP`. It prints a line for each thing.

Of a job with {"do": "hang"} the first attempt waits to be killed or stopped; all others answer at once.
"""

from __future__ import annotations

import asyncio
import json
import sys

from quickdemo.runtime.jobs.cluster.engine import Clustered
from quickdemo.runtime.jobs.engine import LeaseLostError, Slots
from quickdemo.runtime.jobs.job import Lease, Outcome
from tests.jobs.cluster.tunings import QUICK


def say(*words: object) -> None:
    print(*words, flush=True)


async def work(engine: Clustered, lease: Lease) -> None:
    say("began", lease.job.id, lease.attempt)
    if lease.job.payload.get("do") == "hang" and lease.attempt == 1:
        say("lost", lease.job.id, type(await engine.lost(lease)).__name__)
    try:
        await engine.finish(lease, Outcome("done", json.dumps({"data": [lease.attempt]}).encode()))
        say("done", lease.job.id)
    except LeaseLostError as error:
        say("refused", lease.job.id, type(error).__name__)


async def main(url: str, app: str) -> None:
    async with Clustered(url, app, tuning=QUICK) as engine:
        say("ready")
        while True:
            for batch in await engine.claim({"f": Slots(1)}, 10.0):
                for lease in batch:
                    await work(engine, lease)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
