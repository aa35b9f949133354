"""Random faults under load, and a look at every job's history afterwards. QUICKDEMO_FAULTS_S says for how long."""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from contextlib import AsyncExitStack

import pytest

from quickdemo.runtime.jobs.cluster.engine import Clustered
from quickdemo.runtime.jobs.job import ENDED, MOST_STARTS, Event, Job, new_id
from tests.jobs.brokers import NatsServer
from tests.jobs.cluster.tunings import QUICK
from tests.jobs.cluster.worker_process import WorkerProcess, worker_process
from tests.jobs.engines import run

FAULTS_S = float(os.environ.get("QUICKDEMO_FAULTS_S", "8"))
CALLERS = 6


class Faults:
    """Three workers and a broker, of which something is always broken."""

    def __init__(self, broker: NatsServer, app: str, seed: int) -> None:
        self._broker, self._app = broker, app
        self._random = random.Random(seed)
        self.told: list[str] = []
        self.until = 0.0
        self.ready, self.well = asyncio.Event(), asyncio.Event()

    async def go_on(self, seconds: float) -> None:
        """For so long after the workers have come; then all is well again."""
        async with AsyncExitStack() as stack:
            workers = [await stack.enter_async_context(worker_process(self._broker.url, self._app)) for _ in range(3)]
            self.until = time.monotonic() + seconds
            self.ready.set()
            while time.monotonic() < self.until:
                await asyncio.sleep(self._random.uniform(0.1, 0.6))
                fault = self._random.choice([self._kill_worker, self._stop_worker, self._kill_broker])
                self.told.append(fault.__name__)
                await fault(workers, stack)
            await self.well.wait()

    async def _kill_worker(self, workers: list[WorkerProcess], stack: AsyncExitStack) -> None:
        number = self._random.randrange(len(workers))
        workers[number].kill()
        workers[number] = await stack.enter_async_context(worker_process(self._broker.url, self._app))

    async def _stop_worker(self, workers: list[WorkerProcess], stack: AsyncExitStack) -> None:
        worker = self._random.choice(workers)
        worker.stop()
        await asyncio.sleep(self._random.uniform(0.5, 1.5) * QUICK.lease_s)
        worker.go_on()

    async def _kill_broker(self, workers: list[WorkerProcess], stack: AsyncExitStack) -> None:
        self._broker.kill()
        await asyncio.sleep(self._random.uniform(0.0, 0.5))
        self._broker.start()


async def caller(front: Clustered, owner: str, until: float, histories: dict[str, list[Event]]) -> None:
    """Submits a job after the other, cancels some, and reads each to its end."""
    chance = random.Random(owner)
    while time.monotonic() < until:
        hangs = chance.random() < 0.1
        id = (await front.submit(Job(new_id(), "f", owner, {"do": "hang"} if hangs else {}))).id
        history = histories[id] = []
        async for event in front.events(id):
            history.append(event)
            if hangs and event.kind == "started":
                await front.cancel(id, "why")


@pytest.mark.faults
def test_every_accepted_job_ends_once_whatever_happens(own_broker: NatsServer, app: str) -> None:
    seed = random.randrange(1_000_000)
    faults, histories = Faults(own_broker, app, seed), {}

    async def main() -> None:
        async with Clustered(own_broker.url, app, tuning=QUICK) as front:
            breaking = asyncio.ensure_future(faults.go_on(FAULTS_S))
            await faults.ready.wait()
            await asyncio.gather(*(caller(front, f"owner {n}", faults.until, histories) for n in range(CALLERS)))
            faults.well.set()
            await breaking
            for id, history in histories.items():  # what is stored is what was told
                assert [event async for event in front.events(id)] == history

    run(main(), FAULTS_S + 90)
    print(f"{len(histories)} jobs, {len(faults.told)} faults, seed {seed}")
    assert len(histories) > CALLERS
    for id, history in histories.items():
        kinds = [event.kind for event in history]
        told = f"seed {seed}, job {id}: {kinds}"
        assert [event.number for event in history] == list(range(1, len(kinds) + 1)), told
        assert [kind in ENDED for kind in kinds] == [False] * (len(kinds) - 1) + [True], told
        assert kinds.count("started") <= MOST_STARTS, told
        if kinds[-1] == "failed":
            assert json.loads(history[-1].data)["error"]["code"] == "crashed", told
