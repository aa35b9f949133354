"""Several fronts and workers at one broker, none of which knows of another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quickdemo.runtime.errors import AppError, RefusedError
from quickdemo.runtime.jobs.cluster.engine import Clustered
from quickdemo.runtime.jobs.cluster.names import lane_of
from quickdemo.runtime.jobs.cluster.shared import SharedQueue
from quickdemo.runtime.jobs.cluster.tuning import Bounds, Tuning
from quickdemo.runtime.jobs.engine import CancelledJobError, JobGoneError, LeaseLostError, Slots
from quickdemo.runtime.jobs.job import Job, Lease, Outcome, new_id
from quickdemo.runtime.jobs.scheduler import Limits
from tests.jobs.brokers import NatsServer, nats_server
from tests.jobs.cluster.tunings import QUICK
from tests.jobs.engines import SMALL, Bench, Line, kinds, run

F = {"f": Line()}
Hosts = Callable[..., AbstractAsyncContextManager[list[Bench]]]


@pytest.fixture
def hosts(broker: NatsServer, app: str) -> Hosts:
    """So many engines of one app."""

    @asynccontextmanager
    async def opened(count: int = 2, **options: Any) -> AsyncIterator[list[Bench]]:
        engines = [Clustered(broker.url, app, **{"tuning": SMALL, **options}) for _ in range(count)]
        for engine in engines:
            await engine.__aenter__()
        try:
            yield [Bench(engine, F) for engine in engines]
        finally:
            await engines[0].destroy()
            for engine in engines:
                await engine.__aexit__()

    return opened


def test_a_job_is_the_same_on_every_host(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(3) as (front, other, worker):
            id = await front.submit(key="k")
            assert await other.submit(key="k") == id
            reading = [asyncio.ensure_future(bench.events(id)) for bench in (front, other)]
            lease = await worker.claim()
            await worker.engine.emit(lease, "log", b"1")
            await worker.done(lease)
            assert await reading[0] == await reading[1] == await other.events(id)
            assert kinds(await reading[0]) == ["started", "log", "done"]

    run(main())


def test_a_worker_hears_that_its_job_was_cancelled_elsewhere(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(2) as (front, worker):
            id = await front.submit()
            lease = await worker.claim()
            told = asyncio.ensure_future(worker.engine.lost(lease))
            assert await front.engine.cancel(id, "why")
            assert isinstance(await told, CancelledJobError)
            with pytest.raises(CancelledJobError):
                await worker.engine.emit(lease, "log", b"1")
            with pytest.raises(CancelledJobError):
                await worker.done(lease)
            assert kinds(await front.events(id)) == ["started", "cancelled"]
            with pytest.raises(LeaseLostError):
                await worker.engine.emit(lease, "log", b"1")

    run(main())


def test_a_session_is_the_same_on_every_host(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(2) as (one, other):

            def counted(state: Any) -> Any:
                return {"count": (state or {"count": 0})["count"] + 1}

            await asyncio.gather(*(bench.engine.session("s", counted) for bench in (one, other) for _ in range(5)))
            assert await other.engine.session("s") == {"count": 10}

    run(main())


def test_a_session_takes_json_values_only_and_not_too_many(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(1) as (host,):
            with pytest.raises(TypeError, match="JSON"):
                await host.engine.session("s", lambda state: {"model": object()})
            with pytest.raises(RefusedError) as caught:
                await host.engine.session("s", lambda state: "x" * 1_000_000)
            assert caught.value.status == 413
            assert await host.engine.session("s") is None

    run(main())


@pytest.mark.slow
def test_a_limit_holds_over_all_hosts(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(3, bounds={"f": Bounds(at_once=3)}) as benches:
            for owner in "abcdefgh":
                await benches[0].submit(owner)
            claimed = await asyncio.gather(*(bench.batches(free=2, wait_s=1.0) for bench in benches))
            assert sum(map(len, claimed)) == 3
            ((lease,), *_) = next(batches for batches in claimed if batches)
            owner = next(bench for bench, batches in zip(benches, claimed, strict=True) if [lease] in batches)
            await owner.done(lease)
            assert len(await benches[0].batches(free=2)) == 1

    run(main())


def test_versions_of_an_app_do_not_run_each_others_jobs(hosts: Hosts, broker: NatsServer, app: str) -> None:
    async def main() -> None:
        async with (
            hosts(1, versions={"f": "old"}) as (old,),
            Clustered(broker.url, app, versions={"f": "new"}, tuning=SMALL) as engine,
        ):
            new = Bench(engine, F)
            theirs = await old.submit(app="old")
            assert await new.nothing()
            ours = await new.submit(app="new")
            assert (await new.claim()).job.id == ours
            assert (await old.claim()).job.id == theirs
            assert await old.nothing()

    run(main())


def test_apps_do_not_see_each_other(hosts: Hosts, broker: NatsServer, app: str) -> None:
    async def main() -> None:
        async with hosts(1) as (one,), Clustered(broker.url, f"{app}.x", tuning=SMALL) as engine:
            other = Bench(engine, F)
            id = await one.submit()
            assert await other.nothing()
            with pytest.raises(JobGoneError):
                await other.events(id)
            await engine.destroy()
            assert (await one.claim()).job.id == id

    run(main())


def test_large_inputs_events_and_results_go_by_reference(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(2) as (front, worker):
            large = "x" * 1_500_000
            id = await front.submit(payload={"data": [large]})
            lease = await worker.claim()
            assert lease.job.payload == {"data": [large]}
            partial = json.dumps({"data": [large + "y"]}).encode()
            await worker.engine.emit(lease, "partial", partial)
            body = json.dumps({"data": [large + "z"]}).encode()
            await worker.done(lease, body)
            events = await front.events(id)
            assert kinds(events) == ["started", "partial", "done"]
            assert [events[-2].data, events[-1].data] == [partial, body]

    run(main())


def test_a_job_whose_inputs_were_dropped_fails_and_says_so(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(1) as (host,):
            id = await host.submit(payload={"data": ["x" * 300_000]})
            await host.engine.blobs.drop(f"{id}.*")
            assert await host.nothing()
            events = await host.events(id)
            assert kinds(events) == ["failed"]
            assert json.loads(events[-1].data)["error"]["code"] == "inputs_gone"

    run(main())


@pytest.mark.slow
def test_of_too_many_events_a_whole_value_stands_for_the_first(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(1, tuning=replace(SMALL, events=100)) as (host,):
            id = await host.submit()
            lease = await host.claim()
            await host.engine.emit(lease, "partial", b'{"data":["0"]}')
            for number in range(1, 300):
                edit = {"diff": [[["append", [], f" {number}"]]]}
                await host.engine.emit(lease, "partial", json.dumps(edit).encode())
            await host.done(lease)
            events = await host.events(id)
            first = json.loads(events[0].data)
            assert events[0].kind == "partial"
            text = first["data"][0]
            for event in events[1:-1]:
                told = json.loads(event.data)
                text = told["data"][0] if "data" in told else text + told["diff"][0][0][2]
            assert text == " ".join(map(str, range(300)))
            assert [e.number for e in events] == list(range(events[0].number, events[-1].number + 1))
            assert len(events) <= 100

    run(main())


def test_results_are_forgotten_in_time(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(1, tuning=replace(QUICK, results_s=0.0)) as (host,):
            id = await host.submit()
            await host.done(await host.claim())
            with pytest.raises(JobGoneError):
                while await host.engine.find(id):
                    await asyncio.sleep(0.05)

    run(main())


@pytest.mark.slow
def test_where_room_is_short_the_oldest_results_go_and_no_job(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(2, tuning=replace(SMALL, log_bytes=1 << 20)) as (host, other):
            waiting = await host.submit("ann", "g")
            ids = []
            for _ in range(100):
                ids.append(await host.submit())
                await other.done(await other.claim(), b'{"data":["' + b"x" * 20_000 + b'"]}')
            with pytest.raises(JobGoneError):
                await host.events(ids[0])
            assert kinds(await host.events(ids[-1])) == ["started", "done"]
            assert (await host.engine.find(waiting)).state == "queued"

    run(main())


def test_a_key_is_not_used_up_by_a_full_queue(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(1, bounds={"f": Bounds(at_once=1, waiting=0)}) as (host,):
            first = await host.submit("ann")
            with pytest.raises(RefusedError):
                await host.submit("ann", key="k")
            await host.done(await host.claim())
            second = await host.submit("ann", key="k")
            assert second != first
            assert (await host.claim()).job.id == second

    run(main())


@pytest.mark.slow
def test_positions_count_the_lanes_in_front(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(1) as (host,):
            assert await host.nothing()  # a worker has come
            anns = [await host.submit("ann") for _ in range(20)]
            bob = await host.submit("bob")
            assert lane_of("ann", False) != lane_of("bob", False)
            position = host.engine.position
            assert 1 <= await position(bob) <= 3
            assert 15 <= await position(anns[-1]) <= 22
            lease = await host.claim()
            assert await position(lease.job.id) is None

    run(main())


@pytest.mark.slow
def test_workers_are_counted_while_they_are_there(hosts: Hosts, broker: NatsServer, app: str) -> None:
    async def main() -> None:
        async with hosts(1, tuning=QUICK, versions={"f": ""}) as (front,):
            async with Clustered(broker.url, app, tuning=QUICK) as engine:
                assert await Bench(engine, F).nothing()
                assert (await front.engine.stats())["f"].workers == 1
            while (await front.engine.stats())["f"].workers:
                await asyncio.sleep(0.05)

    run(main())


def test_every_host_sees_where_a_job_stands(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(2) as (front, worker):
            id = await front.submit("ann", payload={"data": ["é", 1]})
            seen = await worker.engine.find(id, whole=True)
            assert (seen.state, seen.job.owner, seen.job.function, seen.started) == ("queued", "ann", "f", None)
            assert seen.job.payload == {"data": ["é", 1]}
            lease = await worker.claim()
            await worker.engine.emit(lease, "log", b"1")
            seen = await front.engine.find(id)
            assert (seen.state, seen.job.attempt, seen.job.payload) == ("running", 1, {})
            await worker.done(lease, b'{"data":[2]}')
            seen = await front.engine.find(id, whole=True)
            assert (seen.state, seen.outcome) == ("done", Outcome("done", b'{"data":[2]}'))
            assert seen.job.payload == {"data": ["é", 1]}
            assert seen.job.accepted <= seen.started <= seen.ended

    run(main())


def test_an_outcome_tells_readers_what_it_was_told_to(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(1) as (host,):
            outcome = Outcome("failed", b'{"error":{}}', 422, {"retry-after": "1"}, b'{"told":1}', b'{"brief":1}')
            id = await host.submit()
            await host.engine.finish(await host.claim(), outcome)
            assert (await host.events(id))[-1].data == b'{"told":1}'
            assert (await host.engine.find(id, whole=True)).outcome == outcome

    run(main())


def test_an_owner_finds_all_jobs_of_his_own(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(2) as (one, other):
            ids = [await one.submit("ann", accepted=1000.0 + n) for n in range(4)]
            await one.submit("bob")
            while len(found := await other.engine.of("ann", 10)) < 4:  # they are written down without being waited for
                await asyncio.sleep(0.01)
            assert [seen.job.id for seen in found] == ids[::-1]
            assert [seen.job.id for seen in await other.engine.of("ann", 2)] == ids[:1:-1]
            assert await other.engine.of("cid", 10) == []

    run(main())


@pytest.mark.parametrize("id", ["*", ">", "a.b", "", "a b", "x\r\ny", "é"])
def test_an_id_from_outside_names_no_other_job(hosts: Hosts, id: str) -> None:
    async def main() -> None:
        async with hosts(1) as (host,):
            await host.submit()
            for asked in (host.events(id), host.engine.cancel(id, ""), host.engine.find(id), host.engine.position(id)):
                with pytest.raises(JobGoneError):
                    await asked

    run(main())


def test_a_reader_gets_signs_of_life(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(1) as (host,):
            id = await host.submit()
            reading = host.engine.read(id, 0, 0.05)
            assert [(await anext(reading)).kind, await anext(reading), await anext(reading)] == ["queued", None, None]
            await host.done(await host.claim())
            left = [event.kind async for event in reading if event is not None]
            assert left == ["started", "done"]

    run(main())


def test_a_reader_that_is_cancelled_when_an_event_comes_ends(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(1) as (host,):
            id, heard = await host.submit(), []

            async def read() -> None:
                async for event in host.engine.read(id):
                    heard.append(event)

            reading = asyncio.ensure_future(read())
            while not heard:
                await asyncio.sleep(0.01)
            ((reader,),) = host.engine._logs._readers.values()
            while not reader._awake._waiters:
                await asyncio.sleep(0.01)
            reader.look()
            reading.cancel()
            await asyncio.wait({reading}, timeout=5)
            assert reading.cancelled()

    run(main())


def test_a_job_whose_result_was_dropped_has_failed(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(1) as (host,):
            id = await host.submit()
            await host.done(await host.claim(), b'{"data":["' + b"x" * 300_000 + b'"]}')
            await host.engine.blobs.drop(f"{id}.*")
            events = await host.events(id)
            assert json.loads(events[-1].data)["error"]["code"] == "result_gone"
            assert [e.number for e in events] == [1, 2, 3]

    run(main())


@pytest.mark.slow
def test_functions_and_owners_may_have_any_name(hosts: Hosts) -> None:
    async def main() -> None:
        async with hosts(1) as (host,):
            host.lines = {name: Line() for name in ("a.b", "a b", "a>*", "ä", "x" * 300)}
            for name in host.lines:
                id = await host.submit("address 1.2.3.4 \r\n*\ud800", name)
                lease = await host.claim(name)
                assert (lease.job.id, lease.job.function) == (id, name)
                await host.done(lease)
                assert (await host.events(id))[-1].kind == "done"

    run(main())


def test_a_small_disk_is_shared_out(tmp_path: Path, app: str) -> None:
    with nats_server(tmp_path, store="max_file_store: 200MB") as server:

        async def main() -> None:
            async with Clustered(server.url, app, tuning=Tuning()) as engine, Clustered(server.url, app) as other:
                id = await Bench(engine, F).submit()
                assert (await Bench(other, F).claim()).job.id == id

        run(main())


def test_a_disk_without_room_is_told(tmp_path: Path, app: str) -> None:
    with nats_server(tmp_path, store="max_file_store: 5MB") as server, pytest.raises(AppError, match="no room"):
        run(Clustered(server.url, app).__aenter__())


def test_a_job_that_is_taken_just_when_its_host_is_to_end_is_waited_for(broker: NatsServer, app: str) -> None:
    async def main() -> None:
        engine = Clustered(broker.url, app, tuning=QUICK)
        async with SharedQueue(engine, {"f": Limits(at_once=2)}) as queue:
            taken, go_on, batch = asyncio.Event(), asyncio.Event(), engine._claims.batch

            async def slow(line: Any, slots: Slots) -> list[Lease]:
                found = await batch(line, slots)
                taken.set()
                await go_on.wait()
                return found

            engine._claims.batch = slow  # type: ignore[method-assign]
            await engine.submit(Job(new_id(), "f", "ann", {}))
            claiming = asyncio.ensure_future(queue.claim({"f": Slots(2)}, 30))
            await taken.wait()
            await queue.retire()
            idle = asyncio.ensure_future(queue.idle(20))
            go_on.set()
            ((lease,),) = await claiming
            assert not idle.done()
            await queue.finish(lease, Outcome("done", b"{}"))
            assert await idle
            assert await queue.claim({"f": Slots(2)}, 0.1) == []
            await engine.destroy()

    run(main())


def test_a_host_that_does_nothing_ends_at_once(broker: NatsServer, app: str) -> None:
    async def main() -> None:
        engine = Clustered(broker.url, app, tuning=QUICK)
        async with SharedQueue(engine, {"f": Limits(at_once=2)}) as queue:
            claiming = asyncio.ensure_future(queue.claim({"f": Slots(2)}, 3600))
            while not (await engine.outlook("f", "")).workers:
                await asyncio.sleep(0.05)
            await queue.retire()
            assert await asyncio.wait_for(queue.idle(3600), 10)
            claiming.cancel()
            await engine.destroy()

    run(main())
