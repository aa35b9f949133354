"""Workers and the broker are killed and stopped in the middle of jobs: nothing is lost, nothing ends twice."""

from __future__ import annotations

import asyncio
import gc
import json
import shutil
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from quickdemo.runtime.jobs.cluster.engine import Clustered
from quickdemo.runtime.jobs.cluster.tuning import Bounds
from quickdemo.runtime.jobs.engine import LeaseLostError, Slots
from quickdemo.runtime.jobs.job import Job, Lease, Outcome, new_id
from tests.jobs.brokers import NatsServer
from tests.jobs.cluster.tunings import QUICK
from tests.jobs.cluster.worker_process import worker_process
from tests.jobs.engines import Bench, Line, kinds, run

F = {"f": Line()}


@pytest.mark.slow
def test_the_job_of_a_killed_worker_runs_again(broker: NatsServer, app: str) -> None:
    async def main() -> None:
        async with Clustered(broker.url, app, tuning=QUICK) as engine:
            bench = Bench(engine, F)
            async with worker_process(broker.url, app) as first:
                id = await bench.submit(payload={"do": "hang"})
                await first.wait_for("began", id)
                first.kill()
            async with worker_process(broker.url, app) as second:
                await second.wait_for("began", id, "2")
                events = await bench.events(id)
            assert kinds(events) == ["started", "started", "done"]
            assert json.loads(events[-1].data) == {"data": [2]}
            await engine.destroy()

    run(main())


@pytest.mark.slow
def test_what_a_stopped_worker_says_too_late_is_refused(broker: NatsServer, app: str) -> None:
    async def main() -> None:
        async with Clustered(broker.url, app, tuning=QUICK) as engine:
            bench = Bench(engine, F)
            async with worker_process(broker.url, app) as first:
                id = await bench.submit(payload={"do": "hang"})
                await first.wait_for("began", id)
                first.stop()
                async with worker_process(broker.url, app) as second:
                    await second.wait_for("began", id, "2")
                    await second.wait_for("done", id)
                first.go_on()
                await first.wait_for("lost", id, "LeaseLostError")
                await first.wait_for("refused", id, "LeaseLostError")
            assert json.loads((await bench.events(id))[-1].data) == {"data": [2]}
            await engine.destroy()

    run(main())


@pytest.mark.slow
def test_a_job_that_kills_its_workers_fails_after_three(broker: NatsServer, app: str) -> None:
    async def main() -> None:
        async with Clustered(broker.url, app, tuning=QUICK) as engine:
            bench = Bench(engine, F)
            id = await bench.submit()
            for _ in range(3):
                async with Clustered(broker.url, app, tuning=QUICK) as worker:
                    await Bench(worker, F).claim(wait_s=10)  # and never hears of it again
            assert await bench.nothing(wait_s=2.5)
            events = await bench.events(id)
            assert kinds(events) == ["started", "started", "started", "failed"]
            assert json.loads(events[-1].data)["error"]["code"] == "crashed"
            await engine.destroy()

    run(main())


@pytest.mark.slow
def test_a_killed_worker_leaves_its_place(broker: NatsServer, app: str) -> None:
    async def main() -> None:
        line = {"f": Line(at_once=1)}
        bounds = {"f": Bounds(at_once=1)}
        async with Clustered(broker.url, app, tuning=QUICK, bounds=bounds) as engine:
            bench = Bench(engine, line)
            ids = [await bench.submit("ann"), await bench.submit("bob")]
            async with Clustered(broker.url, app, tuning=QUICK, bounds=bounds) as worker:
                await Bench(worker, line).claim()
                assert await bench.nothing()
            begun = []
            for _ in ids:
                lease = await bench.claim(wait_s=10)
                begun.append(lease.job.id)
                assert await bench.nothing()
                await bench.done(lease)
            assert sorted(begun) == sorted(ids)
            await engine.destroy()

    run(main())


async def serve(engine: Clustered, starts: Counter[str]) -> None:
    """Two slots, a moment of work for each job."""

    async def work(lease: Lease) -> None:
        starts[lease.job.id] += 1
        await asyncio.sleep(0.01)
        with suppress(LeaseLostError):
            await engine.finish(lease, Outcome("done", b"{}"))

    while True:
        for batch in await engine.claim({"f": Slots(2)}, 5.0):
            await asyncio.gather(*map(work, batch))


@pytest.mark.slow
def test_nothing_is_lost_when_the_broker_is_killed_under_load(own_broker: NatsServer, app: str) -> None:
    async def main() -> None:
        starts: Counter[str] = Counter()
        async with (
            Clustered(own_broker.url, app, tuning=QUICK) as front,
            Clustered(own_broker.url, app, tuning=QUICK) as one,
            Clustered(own_broker.url, app, tuning=QUICK) as two,
        ):
            ended: Counter[str] = Counter()
            working = [asyncio.ensure_future(serve(engine, starts)) for engine in (one, two)]

            async def caller(owner: str) -> None:
                for _ in range(15):
                    id = (await front.submit(Job(new_id(), "f", owner, {}))).id
                    numbers = []
                    async for event in front.events(id):
                        numbers.append(event.number)
                    assert numbers == list(range(1, len(numbers) + 1))
                    assert event.kind == "done", event
                    ended[id] += 1

            calling = asyncio.ensure_future(asyncio.gather(*map(caller, "abcdefgh")))
            for time in (1, 2):
                while len(ended) < time * 30:
                    await asyncio.sleep(0.01)
                own_broker.kill()
                await asyncio.sleep(0.3)  # it stays away for a while
                own_broker.start()
            await calling
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
            assert len(ended) == 8 * 15
            assert set(ended.values()) == {1}
            assert set(starts) == set(ended)
            assert max(starts.values()) <= 3

    run(main(), 60)


@pytest.mark.slow
def test_a_session_and_a_waiting_job_outlive_the_broker(own_broker: NatsServer, app: str) -> None:
    async def main() -> None:
        async with Clustered(own_broker.url, app, tuning=QUICK) as engine:
            bench = Bench(engine, F)
            await engine.session("s", lambda state: {"kept": True})
            ids = [await bench.submit("ann", key=str(n)) for n in range(3)]
            own_broker.kill()
            waiting = asyncio.ensure_future(bench.claim(wait_s=20))
            changed = asyncio.ensure_future(engine.session("s", lambda state: {**state, "changed": True}))
            own_broker.start()
            assert await changed == {"kept": True, "changed": True}
            first = await waiting
            assert first.job.id == ids[0]
            await bench.done(first)
            assert await bench.submit("ann", key="2") == ids[2]

    run(main())


@pytest.mark.slow
def test_a_broker_that_lost_its_files_is_furnished_again(own_broker: NatsServer, app: str) -> None:
    async def main() -> None:
        async with Clustered(own_broker.url, app, tuning=QUICK) as engine:
            bench = Bench(engine, F)
            await bench.done(await bench_after_submit(bench))
            own_broker.kill()
            shutil.rmtree(own_broker.folder / "store")
            own_broker.start()
            await bench.done(await bench_after_submit(bench))
            assert await engine.session("s", lambda state: 1) == 1

    run(main())


async def bench_after_submit(bench: Bench) -> Lease:
    id = await bench.submit()
    lease = await bench.claim(wait_s=15)
    assert lease.job.id == id
    return lease


def test_the_lines_of_a_group_hear_of_its_places_once(broker: NatsServer, app: str) -> None:
    """Each of them listens, and again when its queue was made anew."""

    async def main() -> None:
        lines = {name: Line(1, group="gpu") for name in "fgh"}
        bounds = {name: Bounds(at_once=1, group="gpu") for name in lines}
        async with (
            Clustered(broker.url, app, tuning=QUICK, bounds=bounds) as one,
            Clustered(broker.url, app, tuning=QUICK, bounds=bounds) as other,
        ):
            assert await Bench(one, lines).nothing() and await Bench(one, lines).nothing("g")
            client = one._broker._client
            assert client is not None
            before = len(client._subs)
            assert await Bench(one, lines).nothing("h")
            await one._line("g", "")._remake()
            assert await Bench(one, lines).nothing("g")
            assert len(client._subs) == before + 1  # the bell of h
            bench = Bench(other, lines)
            for name in "fg":
                await bench.submit(function=name)
            lease = await bench.claim("f")
            waiting = asyncio.ensure_future(Bench(one, lines).claim("g", 20.0))
            assert not (await asyncio.wait({waiting}, timeout=0.1))[0]
            await bench.done(lease)
            await Bench(one, lines).done(await waiting)
            await one.destroy()

    run(main())


def test_whoever_listens_last_hears_alone(broker: NatsServer, app: str) -> None:
    async def main() -> None:
        async with Clustered(broker.url, app, tuning=QUICK) as one:
            heard: list[str] = []
            subject = one._names.subject("bell", "test")
            for name in ("first", "last"):
                await one._broker.listen(subject, lambda _, name=name: heard.append(name))  # type: ignore[misc]
            for _ in range(2):
                await one._broker.tell(subject)
            while heard.count("last") < 2:
                await asyncio.sleep(0.01)
            assert heard == ["last", "last"]
            await one.destroy()

    run(main())


def test_nothing_is_left_of_a_connection_whose_goodbye_failed(own_broker: NatsServer, app: str) -> None:
    """nats-py leaves off in the middle of it: its tasks would wait for ever, and its error be told by the garbage."""
    told: list[dict[str, Any]] = []

    def waiting() -> int:
        return sum("_wait_for_msgs" in repr(task.get_coro()) for task in asyncio.all_tasks())

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        async with Clustered(own_broker.url, app, tuning=QUICK) as front:
            await front.submit(Job(new_id(), "f", "ann", {}))
            broken = front._broker._client
            assert broken is not None

            async def fails(status: int, do_cbs: bool = True) -> None:
                broken._status = status
                raise ConnectionResetError

            broken._close = fails  # type: ignore[method-assign]
            own_broker.kill()
            own_broker.start()
            while front._broker._client is broken or not front._broker.is_up:
                await asyncio.sleep(0.01)
            await front.submit(Job(new_id(), "f", "ann", {}))
            assert waiting() == len(front._broker._client._subs)  # type: ignore[union-attr]

    run(main())
    gc.collect()
    assert not told
