"""What every engine promises: order, limits, events without a gap, cancelling, retries, fencing, sessions."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.engine import CancelledJobError, JobGoneError, LeaseLostError, Slots
from quickdemo.runtime.jobs.job import MOST_STARTS, Outcome
from tests.jobs.engines import ENGINES, Bench, Line, Lines, kinds, run

Test = Callable[[Bench], Awaitable[Any]]
Trial = Callable[..., Any]


@pytest.fixture(params=list(ENGINES))
def trial(request: pytest.FixtureRequest) -> Trial:
    """Runs a test with an engine whose functions are given: `trial(test, f=Line(at_once=2))`."""
    opened = ENGINES[request.param](request)

    def tried(test: Test, **lines: Line) -> Any:
        functions: Lines = lines or {"f": Line()}

        async def main() -> Any:
            async with opened(functions) as engine:
                return await test(Bench(engine, functions))

        return run(main())

    return tried


# ---------------------------------------------------------------------- a job's life


def test_a_job_is_told_of_from_its_acceptance_to_its_end(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit(payload={"data": ["a", 1]})
        lease = await bench.claim()
        assert (lease.job.id, lease.job.payload, lease.attempt) == (id, {"data": ["a", 1]}, 1)
        await bench.engine.emit(lease, "progress", b'{"value":1}')
        await bench.done(lease, b'{"data":["b"]}')
        events = await bench.events(id)
        assert [e.number for e in events] == list(range(1, len(events) + 1))
        assert kinds(events) == ["started", "progress", "done"]
        assert events[-1].data == b'{"data":["b"]}'

    trial(test)


def test_readers_get_each_event_when_it_is_told(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit()
        read: asyncio.Queue[str] = asyncio.Queue()

        async def reader() -> None:
            async for event in bench.engine.events(id):
                read.put_nowait(event.kind)

        reading = asyncio.ensure_future(reader())
        assert await read.get() == "queued"
        lease = await bench.claim()
        while await read.get() != "started":
            pass
        for number in range(3):
            await bench.engine.emit(lease, "log", b"%d" % number)
            assert await read.get() == "log"
        await bench.done(lease)
        assert await read.get() == "done"
        await reading

    trial(test)


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_worker_may_say_that_it_failed(trial: Trial, state: Any) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit()
        await bench.engine.finish(await bench.claim(), Outcome(state, b'{"error":{"code":"x"}}', 500))
        last = (await bench.events(id))[-1]
        assert (last.kind, json.loads(last.data)) == (state, {"error": {"code": "x"}})

    trial(test)


def test_what_nobody_submitted_is_gone(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        with pytest.raises(JobGoneError):
            await bench.events("x" * 22)
        with pytest.raises(JobGoneError):
            await bench.engine.cancel("x" * 22, "")

    trial(test)


def test_a_claim_without_jobs_takes_as_long_as_was_said(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        begin = time.monotonic()
        assert await bench.batches(wait_s=0.2) == []
        assert 0.2 <= time.monotonic() - begin < 5

    trial(test)


def test_a_waiting_worker_begins_a_job_as_soon_as_it_comes(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        claimed = asyncio.ensure_future(bench.claim(wait_s=20))
        await asyncio.sleep(0)
        id = await bench.submit()
        assert (await claimed).job.id == id

    trial(test)


# ---------------------------------------------------------------------- order


def test_an_owners_jobs_begin_in_their_order(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        ids = [await bench.submit("ann") for _ in range(12)]
        begun = []
        for _ in ids:
            lease = await bench.claim()
            begun.append(lease.job.id)
            await bench.done(lease)
        assert begun == ids

    trial(test)


def test_many_jobs_of_one_owner_do_not_keep_another_waiting(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        for _ in range(40):
            await bench.submit("ann")
        theirs = [await bench.submit("bob") for _ in range(3)]
        begun = []
        for _ in range(10):
            lease = await bench.claim()
            begun.append(lease.job.id)
            await bench.done(lease)
        assert [id for id in begun if id in theirs] == theirs

    trial(test)


def test_what_is_low_begins_after_all_others(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        low = [await bench.submit("ann", low=True) for _ in range(2)]
        others = [await bench.submit(owner) for owner in ("ann", "bob", "cid")]
        begun = []
        for _ in range(5):
            lease = await bench.claim()
            begun.append(lease.job.id)
            await bench.done(lease)
        assert set(begun[:3]) == set(others)
        assert begun[3:] == low

    trial(test)


def test_functions_have_lines_of_their_own(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        first, second = await bench.submit(function="f"), await bench.submit(function="g")
        assert (await bench.claim("g")).job.id == second
        assert (await bench.claim("f")).job.id == first

    trial(test, f=Line(at_once=1), g=Line(at_once=1))


# ---------------------------------------------------------------------- limits and batches


def test_no_more_run_than_may(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        for owner in "abcde":
            await bench.submit(owner)
        running = [lease for batch in await bench.batches(free=5) for lease in batch]
        assert len(running) == 2
        assert await bench.nothing()
        await bench.done(running[0])
        more = [lease for batch in await bench.batches(free=5) for lease in batch]
        assert len(more) == 1
        assert await bench.nothing()

    trial(test, f=Line(at_once=2))


def test_a_worker_with_more_slots_than_may_run_does_all_that_waits(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        ids = {await bench.submit(owner) for owner in ("ann", "ann", "bob", "cid", "cid", "ann")}
        slots = {name: Slots(4) for name in "fg"}
        ((lease,),) = await bench.engine.claim(slots, 10)
        begun = {lease.job.id}
        for _ in range(len(ids) - 1):
            waiting = asyncio.ensure_future(bench.engine.claim(slots, 20))  # of `g` as well, which has nothing
            assert not (await asyncio.wait({waiting}, timeout=0.05))[0]
            await bench.done(lease)
            ((lease,),) = await waiting
            begun.add(lease.job.id)
        assert begun == ids

    trial(test, f=Line(at_once=1), g=Line(at_once=1))


def test_functions_of_a_group_share_its_places(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        for function in "fgfg":
            await bench.submit(function=function)
        begun = [lease for function in "fg" for batch in await bench.batches(function) for lease in batch]
        assert [lease.job.function for lease in begun] == ["f", "f"]
        await bench.done(begun[0])
        (lease,) = [lease for batch in await bench.batches("g") for lease in batch]
        assert await bench.nothing("g")
        await bench.done(begun[1])
        await bench.done(lease)
        assert len(await bench.batches("g")) == 1

    trial(test, f=Line(at_once=2, group="gpu"), g=Line(at_once=2, group="gpu"))


def test_a_worker_that_waits_begins_when_a_place_is_free(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        ids = {await bench.submit("ann"), await bench.submit("bob")}
        lease = await bench.claim()
        claimed = asyncio.ensure_future(bench.claim(wait_s=20))
        await asyncio.sleep(0)
        await bench.done(lease)
        assert {lease.job.id, (await claimed).job.id} == ids

    trial(test, f=Line(at_once=1))


def test_no_worker_gets_more_than_it_has_places_for(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        for owner in "abcde":
            await bench.submit(owner)
        assert len(await bench.batches(free=3)) == 3
        assert await bench.engine.claim({"f": Slots(0)}, 0.1) == []

    trial(test)


def test_jobs_that_wait_together_begin_together(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        ids = [await bench.submit(owner) for owner in "abcdef"]
        first, *rest = await bench.batches(free=1)
        assert (len(first), rest) == (4, [])
        (second,) = await bench.batches(free=1)
        assert {lease.job.id for lease in (*first, *second)} == set(ids)
        for number, lease in enumerate((*first, *second)):
            await bench.done(lease, b"%d" % number)
        for number, lease in enumerate((*first, *second)):
            assert (await bench.events(lease.job.id))[-1].data == b"%d" % number

    trial(test, f=Line(at_once=2, batch=4))


def test_a_batch_waits_a_moment_for_others(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        await bench.submit("ann")
        claimed = asyncio.ensure_future(bench.batches(free=1))
        await asyncio.sleep(0)
        await bench.submit("bob")
        (batch,) = await claimed
        assert len(batch) == 2

    trial(test, f=Line(at_once=1, batch=2, batch_wait_s=10.0))


def test_the_place_of_a_batch_is_free_when_its_last_job_has_ended(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        for owner in "abc":
            await bench.submit(owner)
        (batch,) = await bench.batches(free=1)
        await bench.done(batch[0])
        assert await bench.nothing()
        await bench.done(batch[1])
        assert len(await bench.batches(free=1)) == 1

    trial(test, f=Line(at_once=1, batch=2))


def test_a_full_queue_refuses_at_once_and_says_when_to_come_again(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        running = await bench.submit("ann")
        lease = await bench.claim()
        assert lease.job.id == running
        for _ in range(3):
            await bench.submit("ann")
        with pytest.raises(RefusedError) as caught:
            await bench.submit("bob")
        assert (caught.value.status, caught.value.code) == (503, "queue_full")
        assert int(caught.value.headers["retry-after"]) > 0
        await bench.done(lease)
        await bench.done(await bench.claim())
        assert await bench.submit("bob")

    trial(test, f=Line(at_once=1, waiting=3))


# ---------------------------------------------------------------------- events


def test_events_go_on_after_any_number(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit()
        lease = await bench.claim()
        for number in range(20):
            await bench.engine.emit(lease, "log", b"%d" % number)
        await bench.done(lease)
        everything = await bench.events(id)
        for after in range(len(everything) + 1):
            assert await bench.events(id, after) == everything[after:]

    trial(test)


def test_two_readers_get_the_same_while_the_job_runs(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit()
        lease = await bench.claim()
        first = asyncio.ensure_future(bench.events(id))
        for number in range(5):
            await bench.engine.emit(lease, "log", b"%d" % number)
        second = asyncio.ensure_future(bench.events(id))
        for number in range(5, 10):
            await bench.engine.emit(lease, "log", b"%d" % number)
        await bench.done(lease)
        assert await first == await second
        assert [e.number for e in await first] == list(range(1, len(await first) + 1))

    trial(test)


def test_a_reader_who_leaves_and_comes_back_misses_nothing(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit()
        lease = await bench.claim()
        await bench.engine.emit(lease, "log", b"1")
        before = await bench.until(id, "log")
        await bench.engine.emit(lease, "log", b"2")
        await bench.done(lease)
        after = await bench.events(id, before[-1].number)
        assert before + after == await bench.events(id)

    trial(test)


def test_a_number_that_was_never_told_stands_for_the_beginning(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit()
        await bench.done(await bench.claim())
        assert (await bench.events(id, after=1000))[-1].kind == "done"

    trial(test)


# ---------------------------------------------------------------------- cancelling


def test_a_waiting_job_that_is_cancelled_never_begins(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        first, second = await bench.submit(), await bench.submit()
        assert await bench.engine.cancel(first, "by its visitor")
        assert (await bench.claim()).job.id == second
        assert await bench.nothing()
        events = await bench.events(first)
        assert kinds(events) == ["cancelled"]
        assert "by its visitor" in json.loads(events[-1].data)["error"]["message"]

    trial(test)


def test_a_running_job_is_told_that_it_is_cancelled(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit()
        lease = await bench.claim()
        assert await bench.engine.cancel(id, "why")
        with pytest.raises(CancelledJobError):
            while True:
                await bench.engine.emit(lease, "log", b"1")
        with suppress(LeaseLostError):
            await bench.engine.finish(lease, Outcome("cancelled", b"{}"))
        assert (await bench.events(id))[-1].kind == "cancelled"

    trial(test)


def test_the_place_of_a_cancelled_job_is_taken_until_its_function_has_ended(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        first, second = await bench.submit("ann"), await bench.submit("ann")
        lease = await bench.claim()
        await bench.engine.cancel(first, "why")
        assert await bench.nothing()
        with suppress(LeaseLostError):
            await bench.done(lease)
        assert (await bench.claim()).job.id == second

    trial(test, f=Line(at_once=1))


def test_what_has_ended_cannot_be_cancelled(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit(key="so that it is kept")
        await bench.done(await bench.claim())
        assert not await bench.engine.cancel(id, "why")
        assert (await bench.events(id))[-1].kind == "done"

    trial(test)


# ---------------------------------------------------------------------- again


def test_a_job_that_is_given_back_begins_again(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit()
        first = await bench.claim()
        await bench.engine.emit(first, "log", b"1")
        await bench.engine.finish(first, None)
        second = await bench.claim()
        assert (second.job.id, second.attempt) == (id, 2)
        assert second.token != first.token
        await bench.done(second)
        events = await bench.events(id)
        assert kinds(events) == ["started", "log", "started", "done"]
        assert [e.number for e in events] == list(range(1, len(events) + 1))

    trial(test)


def test_a_job_begins_three_times_at_most(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit()
        for attempt in range(1, MOST_STARTS + 1):
            lease = await bench.claim()
            assert lease.attempt == attempt
            await bench.engine.finish(lease, None)
        assert await bench.nothing()
        events = await bench.events(id)
        assert kinds(events) == ["started"] * MOST_STARTS + ["failed"]
        assert json.loads(events[-1].data)["error"]["code"] == "crashed"

    trial(test)


def test_a_job_that_must_not_run_twice_does_not(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit(retry=False)
        await bench.engine.finish(await bench.claim(), None)
        assert await bench.nothing()
        assert kinds(await bench.events(id)) == ["started", "failed"]

    trial(test)


def test_a_job_that_waited_beyond_its_deadline_does_not_begin(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        late = await bench.submit(deadline=time.time() - 1)
        in_time = await bench.submit(deadline=time.time() + 60)
        assert (await bench.claim()).job.id == in_time
        assert kinds(await bench.events(late)) == ["failed"]

    trial(test)


@pytest.mark.parametrize("ended", [True, False])
def test_the_same_key_of_the_same_owner_is_the_same_job(trial: Trial, ended: bool) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit("ann", key="k")
        if ended:
            await bench.done(await bench.claim())
        assert await bench.submit("ann", key="k") == id
        assert await bench.submit("bob", key="k") != id
        assert await bench.submit("ann", key="l") != id
        begun = {lease.job.id for batch in await bench.batches() for lease in batch}
        assert (id in begun, len(begun)) == (not ended, 2 if ended else 3)

    trial(test)


def test_the_same_key_at_the_same_time_is_one_job(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        ids = await asyncio.gather(*(bench.submit("ann", key="k") for _ in range(8)))
        assert len(set(ids)) == 1
        assert len(await bench.batches()) == 1
        assert await bench.nothing()

    trial(test)


# ---------------------------------------------------------------------- fencing


def test_a_lease_that_is_not_the_newest_is_refused(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit()
        old = await bench.claim()
        await bench.engine.finish(old, None)
        new = await bench.claim()
        with pytest.raises(LeaseLostError):
            await bench.engine.emit(old, "log", b'"old"')
        with pytest.raises(LeaseLostError):
            await bench.done(old, b'"old"')
        await bench.done(new, b'"new"')
        events = await bench.events(id)
        assert kinds(events) == ["started", "started", "done"]
        assert events[-1].data == b'"new"'

    trial(test)


def test_a_job_ends_once(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        id = await bench.submit()
        lease = await bench.claim()
        await bench.done(lease, b"1")
        with pytest.raises(LeaseLostError):
            await bench.done(lease, b"2")
        with pytest.raises(LeaseLostError):
            await bench.engine.emit(lease, "log", b"3")
        assert (await bench.events(id))[-1].data == b"1"

    trial(test)


# ---------------------------------------------------------------------- sessions and counts


def test_a_session_is_what_it_was_changed_to(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        assert await bench.engine.session("a") is None
        assert await bench.engine.session("a", lambda state: {"count": 1, "before": state}) == {
            "count": 1,
            "before": None,
        }
        assert (await bench.engine.session("a"))["count"] == 1
        assert await bench.engine.session("b") is None

    trial(test)


def test_no_change_of_a_session_is_lost(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        await asyncio.gather(*(bench.engine.session("a", lambda state: (state or 0) + 1) for _ in range(10)))
        assert await bench.engine.session("a") == 10

    trial(test)


def test_what_waits_and_what_runs_is_counted(trial: Trial) -> None:
    async def test(bench: Bench) -> None:
        for owner in "abcde":
            await bench.submit(owner)
        lease = await bench.claim()
        await bench.claim()
        stats = (await bench.engine.stats())["f"]
        assert (stats.waiting, stats.running, stats.limit, stats.workers) == (3, 2, 2, 1)
        assert 0 < stats.oldest_s < 30
        await bench.done(lease)
        stats = (await bench.engine.stats())["f"]
        assert stats.p50_s is not None and stats.p90_s is not None
        assert 0 < stats.p50_s <= stats.p90_s < 30

    trial(test, f=Line(at_once=2))
