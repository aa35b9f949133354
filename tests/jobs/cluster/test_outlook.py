"""The remaining time where several hosts share a line: from what all of them measured, and who is there to work."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from quickdemo.runtime.jobs.cluster.engine import Clustered
from quickdemo.runtime.jobs.cluster.outlook import Outlook
from quickdemo.runtime.jobs.cluster.shared import SharedQueue
from quickdemo.runtime.jobs.durations import KEPT, Durations
from quickdemo.runtime.jobs.engine import Slots
from quickdemo.runtime.jobs.job import Job, Outcome, new_id
from quickdemo.runtime.jobs.scheduler import Limits
from tests.jobs.brokers import NatsServer, nats_server
from tests.jobs.cluster.hosts import Hosts, ask, kinds, promised
from tests.jobs.cluster.tunings import QUICK
from tests.jobs.engines import run
from tests.running import until


def measured(*seconds: float) -> Durations:
    durations = Durations()
    for one in seconds:
        durations.add(one)
    return durations


def test_nothing_is_told_where_nothing_was_measured_or_nobody_is_there() -> None:
    assert Outlook(measured(), 1, 1, 0).waits(1) is None
    assert Outlook(measured(), 1, 1, 0).runs(0.5) is None
    assert Outlook(measured(*[1.0] * 20), 0, 0, 0).waits(1) is None


def test_it_takes_as_long_as_what_runs_and_waits_before_it() -> None:
    one = Outlook(measured(*[10.0] * KEPT), 1, 1, 1)
    low, high = one.waits(1) or (0, 0)  # half of the one that runs, and itself
    assert (low, high) == (15, 15)
    assert one.waits(3) == [35, 35]
    assert Outlook(measured(*[10.0] * KEPT), 2, 2, 0).waits(4) == [20, 20]
    assert Outlook(measured(*[10.0] * KEPT), 1, 1, 0, batch=4).waits(8) == [20, 20]
    assert one.runs(4.0) == [6, 6]


def test_few_and_different_measurements_make_a_wide_range() -> None:
    few, many = (Outlook(measured(*[8.0, 10.0, 12.0] * n), 1, 1, 0).waits(20) or (0.0, 0.0) for n in (1, 16))
    assert few[0] < many[0] < many[1] < few[1]


def test_what_one_host_measured_another_knows(broker: NatsServer, app: str) -> None:
    async def main() -> None:
        async with (
            Clustered(broker.url, app, tuning=QUICK) as worker,
            Clustered(broker.url, app, tuning=QUICK) as front,
        ):
            worker.present.places = {"f": 3}
            assert not (await front.outlook("f", "")).durations
            for _ in range(KEPT + 2):
                await front.submit(Job(new_id(), "f", "ann", {}))
                ((lease,),) = await worker.claim({"f": Slots(1)}, 5)
                await worker.finish(lease, Outcome("done", b"{}"))
            while not (seen := await front.outlook("f", "")).durations:
                await asyncio.sleep(0.05)
            assert (seen.workers, seen.places) == (1, 3)
            stats = (await front.stats())["f"]
            assert stats.p50_s is not None and stats.p50_s <= (stats.p90_s or 0)
            assert (stats.workers, stats.places) == (1, 3)
            await front.destroy()

    run(main())


def test_a_front_looks_again_though_something_was_wrong(
    broker: NatsServer, app: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that is none of ours, among those that say who is there to work."""

    async def main() -> None:
        engine = Clustered(broker.url, app, tuning=QUICK, versions={"f": ""})
        async with SharedQueue(engine, {"f": Limits(at_once=1)}, slots=0, groups={"f": "f"}) as queue:
            foreign = *engine._line("f", "").parts, "foreign"
            await engine.present.table.put(*foreign, data=b"")
            while "how many jobs wait is not known" not in caplog.text:
                await asyncio.sleep(0.01)
            await engine.present.table.drop(*foreign)
            await engine.submit(Job(new_id(), "f", "ann", {}))
            while queue.stats_of("f").waiting != 1:
                await asyncio.sleep(0.01)
            await engine.destroy()

    run(main(), 10)


def test_a_worker_that_leaves_is_not_counted(broker: NatsServer, app: str) -> None:
    async def main() -> None:
        async with Clustered(broker.url, app, tuning=QUICK) as front:
            async with Clustered(broker.url, app, tuning=QUICK) as worker:
                assert await worker.claim({"f": Slots(1)}, 0) == []
                assert (await front.outlook("f", "")).workers == 1
            stats = (await front.stats())["f"]
            assert stats.workers == 0
            await front.destroy()

    run(main())


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    """A broker of their own."""
    (tmp_path / "broker").mkdir()
    with nats_server(tmp_path / "broker") as broker, ExitStack() as stack:
        yield Hosts(tmp_path, broker, stack)


@pytest.mark.slow
def test_a_front_that_ran_nothing_tells_a_range(hosts: Hosts) -> None:
    """The place is a guess, and so is the range: both are told as such."""
    (a, b), _ = hosts.fronts(2), hosts.workers(1)
    first = [promised(a, "slow") for _ in range(2)]
    assert [kinds(a, id)[-1] for id in first] == ["done", "done"]
    ids = [promised(a, "slow") for _ in range(8)]

    def told() -> dict[str, object]:
        found: dict[str, object] = json.loads(ask(b, "GET", f"/api/jobs/{ids[-1]}")[2])
        return found

    until(lambda: told()["state"] != "queued" or told()["remaining"])
    last = told()
    assert last["state"] == "queued" and last["about"] is True
    low, high = last["remaining"]  # type: ignore[misc]
    assert 0 < low <= high < 30
    status, _, body = ask(b, "GET", f"/api/jobs/{ids[-1]}/events")
    events = body.decode().split("\n\n")
    (started,) = [event for event in events if "event: started" in event]
    facts = json.loads(started.partition("data: ")[2])
    assert set(facts) == {"attempt", "remaining"} and facts["remaining"][1] > 0.5
