"""Whoever looks at the jobs of all hosts: sees each once, and leaves the queues as the hosts have made them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from quickdemo.runtime.jobs.cluster.engine import Clustered
from quickdemo.runtime.jobs.cluster.tuning import Bounds
from quickdemo.runtime.jobs.cluster.visit import InputsGoneError, UnknownAppError, Visit
from quickdemo.runtime.jobs.engine import Slots
from quickdemo.runtime.jobs.job import Job, Outcome
from tests.jobs.brokers import NatsServer
from tests.jobs.cluster.tunings import QUICK
from tests.jobs.engines import run


def host(broker: NatsServer, app: str) -> Clustered:
    return Clustered(broker.url, app, tuning=QUICK, versions={"f": "v1"}, bounds={"f": Bounds(2, 777)})


def visit(broker: NatsServer, app: str) -> Visit:
    return Visit(broker.url, app, patience_s=5.0)


def job(number: int, **more: Any) -> Job:
    return Job(
        f"j{number:04}", "f", f"visitor {number % 7}", {"data": [number]}, app="v1", accepted=1e9 + number, **more
    )


async def ends(engine: Clustered, outcome: Outcome) -> None:
    ((lease,),) = await engine.claim({"f": Slots(1)}, 5.0)
    await engine.finish(lease, outcome)


def test_more_jobs_than_come_at_a_time_are_each_seen_once(broker: NatsServer, app: str) -> None:
    async def looked() -> None:
        async with host(broker, app) as engine:
            await asyncio.gather(*(engine.submit(job(number)) for number in range(600)))
            for _ in range(3):
                await ends(engine, Outcome("done", b'{"data": [1]}'))
            await ends(engine, Outcome("failed", b'{"error": {}}', 500))
            async with visit(broker, app) as seen:
                found, counts = await seen.listed((), "", 3)
                assert [one.id for one in found] == ["j0599", "j0598", "j0597"]
                assert counts == {"f": {"done": 3, "failed": 1, "queued": 596}}
                ended, _ = await seen.listed(("done", "failed"), "f", 1000)
                assert len({one.id for one in ended}) == 4 and all(one.ended and one.started for one in ended)
                assert len((await seen.listed((), "", 1000))[0]) == 600
                assert (await seen.listed((), "g", 1000))[0] == []
                assert await seen.ids("j059") == ["j0590", "j0591", "j0592", "j0593", "j0594"]
                assert await seen.ids("j0001") == ["j0001"] and await seen.ids("x") == await seen.ids("a.*") == []

    run(looked())


def test_a_job_that_runs_again_is_as_the_first_was(broker: NatsServer, app: str) -> None:
    async def again() -> None:
        async with host(broker, app) as engine, visit(broker, app) as seen:
            await engine.submit(job(1, low=True, retry=False))
            await ends(engine, Outcome("failed", b'{"error": {}}', 500))
            new = await seen.again("j0001")
            ((lease,),) = await engine.claim({"f": Slots(1)}, 5.0)
            assert (lease.job.id, lease.job.payload, lease.job.owner) == (new, {"data": [1]}, "visitor 1")
            assert (lease.job.low, lease.job.retry, lease.job.app, lease.attempt) == (True, False, "v1", 1)
            await engine.finish(lease, Outcome("done", json.dumps({"data": [1]}).encode()))
            assert [one.job.id for one in await engine.of("visitor 1", 5)] == [new, "j0001"]

            large = {"data": ["x" * 2 * QUICK.large]}
            await engine.submit(Job("large", "f", "ann", large, app="v1"))
            assert await engine.cancel("large", "")
            record = await seen.record(await seen.again("large"))
            assert record is not None and record.payload == large and record.retry
            await engine.blobs.drop("large.*")
            with pytest.raises(InputsGoneError):
                await seen.again("large")

    run(again())


def test_nothing_is_made_or_changed_by_looking(broker: NatsServer, app: str) -> None:
    async def looked() -> None:
        with pytest.raises(UnknownAppError):
            await visit(broker, app).__aenter__()
        async with host(broker, app) as engine:
            assert app.replace("-", "_") not in await streams(engine, ">"), "none was made for an app that is unknown"
            await engine.submit(job(1))
            await engine.submit(job(2))
            before = await streams(engine, engine._names.subject(">"))
            async with visit(broker, app) as seen:
                record = await seen.record("j0002")
                assert record is not None
                assert await seen.place(record) == {"position": 2, "about": True, "workers": 0}
                assert await seen.cancel("j0001", "why")
                assert await seen.again("j0001")
                await seen.listed((), "", 10)
            assert await streams(engine, engine._names.subject(">")) == before
            assert any(config["max_msgs"] == 779 for config in before.values())

    async def streams(engine: Clustered, subject: str) -> dict[str, Any]:
        names = await engine._broker.streams(subject)
        return {name: (await engine._broker.api(f"STREAM.INFO.{name}"))["config"] for name in names}

    run(looked())
