"""More jobs than may run at once: they run one after the other, no more at a time than may, and are told as waiting."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.cluster.engine import Clustered
from quickdemo.runtime.jobs.cluster.shared import SharedQueue
from quickdemo.runtime.jobs.cluster.tuning import Bounds
from quickdemo.runtime.jobs.engine import Slots
from quickdemo.runtime.jobs.job import Job, Outcome, new_id
from quickdemo.runtime.jobs.limits import Launched, group_limits
from quickdemo.runtime.jobs.scheduler import Limits
from quickdemo.runtime.server.shared import SharedStore, shared_queue
from tests.jobs.brokers import NatsServer, nats_server
from tests.jobs.cluster.hosts import Hosts, ask, promised
from tests.jobs.cluster.tunings import QUICK
from tests.jobs.engines import run
from tests.prometheus import read
from tests.running import Run, until

APP = """
import os, time
from pathlib import Path
import quickdemo as gr

def f(text):
    began = time.monotonic()
    while text == "held" and not Path(os.environ["RUNS"], "go_on").exists():
        time.sleep(0.01)
    time.sleep(0.2)
    with open(Path(os.environ["RUNS"], "runs"), "a") as runs:
        runs.write(f"{began} {time.monotonic()}\\n")
    return text

fs = gr.Interface(f, "text", "text", api_name="f", GROUP)
gs = gr.Interface(f, "text", "text", api_name="g", GROUP)
gr.TabbedInterface([fs, gs]).QUEUE
"""
JOBS = 5


class Limited:
    """An app with a limit, on hosts that write down when each of its runs began and ended, by this machine's clock."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        for name in ("broker", "runs"):
            (folder / name).mkdir()
        self._env = {"RUNS": str(folder / "runs")}

    def front(self, app: str, *workers: str, alone: bool) -> Run:
        """One that is ready, and workers with these slots. alone: the front works as well."""
        broker = self._stack.enter_context(nats_server(self._folder / "broker"))
        hosts = Hosts(self._folder, broker, self._stack, app)
        front = hosts.run("run", "-p", "0", *(() if alone else ("--slots", "0")), env=self._env)
        others = [hosts.run("worker", *(("--slots", slots) if slots else ()), env=self._env) for slots in workers]
        front.ready()
        for worker in others:
            worker.wait_for("ready")
        return front

    def go_on(self) -> None:
        """What is held ends."""
        (self._folder / "runs" / "go_on").touch()

    def most_at_once(self) -> tuple[int, int]:
        """(runs, how many of them there were at a time)"""
        runs = [line.split() for line in (self._folder / "runs" / "runs").read_text().splitlines()]
        steps = sorted([(float(began), 1) for began, _ in runs] + [(float(ended), -1) for _, ended in runs])
        return len(runs), max(itertools.accumulate(step for _, step in steps))


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Limited]:
    with ExitStack() as stack:
        yield Limited(tmp_path, stack)


def app(queue: str, group: str = "") -> str:
    return APP.replace("GROUP", group).replace("QUEUE", queue)


def all_done(front: Run, ids: list[str]) -> None:
    """Wait until they are; events of one that waits for good would never end."""
    until(lambda: all(json.loads(ask(front, "GET", f"/api/jobs/{id}")[2])["state"] == "done" for id in ids), 40)


ONE = app("launch(enable_queue=True, metrics=True)")
TWO = app("queue(concurrency_count=2).launch()")
GROUP = app("launch()", 'concurrency_id="gpu", concurrency_limit=1')


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "at_once", "workers"),
    [
        pytest.param(ONE, 1, None, id="one at a time, a front alone"),
        pytest.param(TWO, 2, None, id="two at a time, a front alone"),
        pytest.param(ONE, 1, ("2", ""), id="one at a time, two workers"),
        pytest.param(TWO, 2, ("2", "3"), id="two at a time, two workers"),
    ],
)
def test_what_waits_for_a_place_runs(
    limited: Limited, script: str, at_once: int, workers: tuple[str, ...] | None
) -> None:
    front = limited.front(script, *(workers or ()), alone=workers is None)
    ids = [promised(front, str(number), "f") for number in range(JOBS)]
    all_done(front, ids)
    runs, most = limited.most_at_once()
    assert (runs, most <= at_once) == (JOBS, True)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [None, ("2", "")])
def test_the_functions_of_a_group_wait_for_its_place(limited: Limited, workers: tuple[str, ...] | None) -> None:
    front = limited.front(GROUP, *(workers or ()), alone=workers is None)
    ids = [promised(front, "x", endpoint) for endpoint in "gffff"]  # not in turn: then each frees the other's place
    all_done(front, ids)
    assert limited.most_at_once() == (len(ids), 1)


@pytest.mark.slow
def test_a_front_tells_how_many_wait_for_a_place_and_how_long(limited: Limited) -> None:
    front = limited.front(ONE, "2", alone=False)
    ids = [promised(front, "held", "f") for _ in range(3)]

    def told(name: str) -> float:
        family = read(ask(front, "GET", "/metrics")[2].decode())[f"quickdemo_{name}"]
        return family.samples[f"quickdemo_{name}", frozenset({("function", "f")})]

    until(lambda: told("queue_depth") == 2 and told("oldest_wait_seconds") > 1)
    limited.go_on()
    all_done(front, ids)
    until(lambda: told("queue_depth") == 0 and told("oldest_wait_seconds") == 0)


@pytest.mark.parametrize("everywhere", [True, False])
def test_a_claim_that_waits_for_another_function_sees_that_a_place_is_free(
    broker: NatsServer, app: str, everywhere: bool
) -> None:
    """everywhere: the limit is over all hosts; else it is of this host alone."""

    async def main() -> None:
        bounds = {name: Bounds(at_once=1 if everywhere else None) for name in "fg"}
        engine = Clustered(broker.url, app, bounds=bounds, tuning=QUICK)
        async with SharedQueue(engine, {name: Limits(at_once=1) for name in "fg"}) as queue:
            ids = [(await engine.submit(Job(new_id(), "f", "ann", {}))).id for _ in range(3)]
            slots, begun = {name: Slots(1) for name in "fg"}, []
            ((lease,),) = await queue.claim(slots, 10)
            for _ in ids[1:]:
                waiting = asyncio.ensure_future(queue.claim(slots, 20))
                assert not (await asyncio.wait({waiting}, timeout=0.1))[0]
                await queue.finish(lease, Outcome("done", b"{}"))
                begun.append(lease.job.id)
                ((lease,),) = await waiting
            assert [*begun, lease.job.id] == ids
            await engine.destroy()

    run(main())


def test_a_group_has_as_many_places_as_its_limit_says_whatever_else_the_demo_was_told(
    broker: NatsServer, app: str
) -> None:
    functions = {
        "f": Interface(str, "text", "text", concurrency_id="gpu", concurrency_limit=3),
        "g": Interface(str, "text", "text", concurrency_id="gpu"),
    }
    launched = Launched(one_at_a_time=True, groups=group_limits(functions.values()))

    async def main() -> None:
        async with shared_queue(SharedStore(broker.url, app, "1", front=False), functions, launched) as queue:
            version = queue.engine.versions["f"]
            for _ in range(3):
                await queue.engine.submit(Job(new_id(), "f", "ann", {}, app=version))
            slots = {name: Slots(3) for name in "gf"}  # of f the queue is looked into first, then of g
            assert [len(await queue.claim(slots, 5)) for _ in range(3)] == [1, 1, 1]
            await queue.engine.destroy()

    run(main())


def test_what_was_given_back_waits_again(broker: NatsServer, app: str) -> None:
    """As long as nobody has a place for it, or nobody is there at all: then a front says so."""

    async def main() -> None:
        bounds = {"f": Bounds(at_once=1)}
        front = Clustered(broker.url, app, bounds=bounds, tuning=QUICK)
        worker = Clustered(broker.url, app, bounds=bounds, tuning=QUICK)
        async with front:
            async with worker:
                for _ in range(2):
                    await front.submit(Job(new_id(), "f", "ann", {}))
                ((lease,),) = await worker.claim({"f": Slots(1)}, 10)
                stats = (await front.stats())["f"]
                assert (stats.waiting, stats.running, stats.workers) == (1, 1, 1)
                await worker.finish(lease, None)
            while (stats := (await front.stats())["f"]).workers or stats.running:
                await asyncio.sleep(0.1)
            assert (stats.waiting, stats.running) == (2, 0)
            assert stats.oldest_s > 0
            await front.destroy()

    run(main())


def test_hosts_look_no_more_often_while_jobs_wait_for_a_place(broker: NatsServer, app: str) -> None:
    async def main() -> None:
        bounds = {name: Bounds(at_once=1, group="gpu") for name in "fg"}
        hosts = [Clustered(broker.url, app, bounds=bounds, tuning=QUICK) for _ in range(3)]
        slots = {name: Slots(2) for name in "fg"}
        async with hosts[0], hosts[1], hosts[2]:
            for function in "ffgg":
                await hosts[0].submit(Job(new_id(), function, "ann", {}))
            ((lease,),) = await hosts[0].claim(slots, 10)
            waiting = [asyncio.ensure_future(host.claim(slots, 60)) for host in hosts]
            looks = sum(host._looks for host in hosts)
            await asyncio.wait(waiting, timeout=10 * QUICK.poll_s)
            assert sum(host._looks for host in hosts) - looks <= 3 * (10 + 3)  # 3: bells of the four jobs
            await hosts[0].finish(lease, Outcome("done", b"{}"))
            done, others = await asyncio.wait(waiting, timeout=20, return_when=asyncio.FIRST_COMPLETED)
            assert len(done) == 1
            for other in others:
                other.cancel()
            await hosts[0].destroy()

    run(main())
