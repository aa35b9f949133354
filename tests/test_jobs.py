"""How predictions run: threads of their own, the user's loop, streams, and exceptions of every kind."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import pytest

import quickdemo as gr
from quickdemo.runtime.call import LocalCall
from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.event_log import MOST_UNREAD
from quickdemo.runtime.jobs.job import Job, Outcome, new_id
from quickdemo.runtime.jobs.threads import CallEnded, Workers
from tests.desk import Desk, DeskWork, opened


def interface(fn: Any) -> gr.Interface:
    return gr.Interface(fn, "text", "text", allow_flagging="never")


def run(coroutine: Any) -> Any:
    return asyncio.run(asyncio.wait_for(coroutine, timeout=20))


def test_forty_hung_calls_leave_other_functions_untouched() -> None:
    release = threading.Event()
    hung, quick = interface(lambda x: release.wait() and x), interface(lambda x: x + "!")

    async def main() -> Any:
        desk = await opened(hung, quick)
        waiting = [asyncio.ensure_future(desk.call(hung, ["a"])) for _ in range(45)]
        await asyncio.sleep(0)
        answer = await desk.call(quick, ["b"])
        release.set()
        await asyncio.gather(*waiting)
        return answer

    assert run(main()) == ["b!"]


def test_calls_beyond_the_room_are_refused_with_503() -> None:
    release = threading.Event()

    async def main() -> None:
        workers = Workers("f", limit=1, max_waiting=1)
        first, second = workers.submit(release.wait), workers.submit(release.wait)
        with pytest.raises(RefusedError) as caught:
            workers.submit(release.wait)
        assert (caught.value.status, caught.value.code) == (503, "queue_full")
        release.set()
        await asyncio.gather(first, second)

    run(main())


@pytest.mark.parametrize(
    "error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), type("Own", (BaseException,), {})()]
)
@pytest.mark.parametrize("kind", ["plain", "async", "generator", "async_generator"])
def test_what_is_no_ordinary_exception_ends_that_call_alone(error: BaseException, kind: str) -> None:
    def plain(x: str) -> str:
        if x == "bad":
            raise error
        return x

    async def coroutine(x: str) -> str:
        return plain(x)

    def generator(x: str) -> Iterator[str]:
        yield plain(x)

    async def async_generator(x: str) -> AsyncIterator[str]:
        yield plain(x)

    fns = {"plain": plain, "async": coroutine, "generator": generator, "async_generator": async_generator}
    demo = interface(fns[kind])

    async def main() -> Any:
        desk = await opened(demo)
        with pytest.raises((CallEnded, RuntimeError)):
            await desk.call(demo, ["bad"])
        return await desk.call(demo, ["good"])

    assert run(main()) == ["good"]


def letters(x: str) -> Iterator[str]:
    yield from x


async def async_letters(x: str) -> AsyncIterator[str]:
    for letter in x:
        yield letter


@pytest.mark.parametrize("fn", [letters, async_letters])
def test_a_stream_gives_every_value_in_order(fn: Any) -> None:
    async def main() -> list[Any]:
        demo = interface(fn)
        desk = await opened(demo)
        return [event async for event in desk.stream(demo, ["abcdefghijklmnop"])]

    assert run(main()) == [*[("partial", [letter]) for letter in "abcdefghijklmnop"], ("done", ["p"])]


def test_leaving_a_stream_closes_the_generator() -> None:
    closed = threading.Event()

    def endless(x: str) -> Iterator[str]:
        try:
            while True:
                yield x
        finally:
            closed.set()

    async def main() -> None:
        demo = interface(endless)
        stream = (await opened(demo)).stream(demo, ["a"])
        async for _ in stream:
            break
        await stream.aclose()  # type: ignore[attr-defined]

    run(main())
    assert closed.wait(timeout=10)


def test_a_slow_reader_misses_stale_values_and_never_the_last_nor_holds_the_generator_back() -> None:
    finished = threading.Event()

    def numbers(x: str) -> Iterator[str]:
        for number in range(1000):
            yield str(number)
        finished.set()

    async def main() -> list[str]:
        demo = interface(numbers)
        stream = (await opened(demo)).stream(demo, ["a"])
        first = await anext(stream)
        await asyncio.to_thread(finished.wait, 10)
        return [wires[0] for _, wires in [first, *[event async for event in stream]]]

    *seen, result = run(main())
    assert finished.is_set() and seen[-1] == result == "999"
    assert seen == sorted(set(seen), key=int)
    assert len(seen) <= 2 * MOST_UNREAD + 100  # those that were read at once, and those that were kept


def test_a_slow_reader_gets_every_value_of_a_component_where_each_counts() -> None:
    finished = threading.Event()

    def pieces(x: str) -> Iterator[tuple[int, Any]]:
        for number in range(3 * MOST_UNREAD):
            yield 8000, np.full(10, number, np.int16)
        finished.set()

    async def main() -> int:
        demo = gr.Interface(pieces, "text", gr.Audio(streaming=True))
        stream = (await opened(demo)).stream(demo, ["a"])
        first = await anext(stream)
        await asyncio.to_thread(finished.wait, 30)
        return sum(kind == "partial" for kind, _ in [first, *[event async for event in stream]])

    assert run(main()) == 3 * MOST_UNREAD


def test_what_waits_for_a_slow_reader_is_bounded_in_bytes_too() -> None:
    finished = threading.Event()

    def texts(x: str) -> Iterator[str]:
        for number in range(40):
            yield f"{number:02}" * 50_000
        finished.set()

    async def main() -> list[tuple[str, Any]]:
        demo = interface(texts)
        stream = (await opened(demo)).stream(demo, ["a"])
        first = await anext(stream)
        await asyncio.to_thread(finished.wait, 10)
        return [first, *[event async for event in stream]]

    *partials, (kind, result) = run(main())
    sent = [what[0] for _, what in partials]
    assert kind == "done" and result == [sent[-1]] == ["39" * 50_000]
    assert len(sent) < 20
    assert all(text == text[:2] * 50_000 for text in sent)  # each follows what was sent before


def test_two_hundred_streams_run_at_once() -> None:
    together = threading.Barrier(200)

    def meet(x: str) -> Iterator[str]:
        together.wait(timeout=20)
        yield x

    async def meet_async(x: str) -> AsyncIterator[str]:
        await asyncio.sleep(0.2)  # with 40 at a time this would take a second
        yield x

    async def main(fn: Any) -> float:
        demo = interface(fn)
        desk = await opened(demo)

        async def one() -> list[Any]:
            return [event async for event in desk.stream(demo, ["a"])]

        began = asyncio.get_running_loop().time()
        assert all(len(events) == 2 for events in await asyncio.gather(*(one() for _ in range(200))))
        return asyncio.get_running_loop().time() - began

    run(main(meet))
    run(main(meet_async))


@pytest.mark.parametrize("limit", [2, None])
def test_max_threads_holds_for_generators_too(limit: int | None) -> None:
    running: list[int] = []
    most: list[int] = []

    def fn(x: str) -> Iterator[str]:
        running.append(1)
        most.append(len(running))
        yield x
        threading.Event().wait(0.02)
        running.pop()

    demo = interface(fn)

    async def main() -> None:
        desk = await opened(demo, max_threads=limit)
        await asyncio.gather(*(desk.call(demo, ["a"]) for _ in range(12)))

    run(main())
    assert max(most) <= (limit or 12) and (limit is not None or max(most) > 2)


def test_an_async_generator_that_waits_is_cancelled_at_once() -> None:
    told: list[str] = []

    async def waits(x: str) -> AsyncIterator[str]:
        task = asyncio.current_task()
        try:
            yield x
            await asyncio.sleep(60)
        finally:
            told.append("same task" if asyncio.current_task() is task else "another task")
            ended.set()

    ended = threading.Event()

    async def main() -> None:
        demo = interface(waits)
        stream = (await opened(demo)).stream(demo, ["a"])
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        await asyncio.to_thread(ended.wait, 10)

    run(main())
    assert told == ["same task"]


@pytest.mark.parametrize("stream", [True, False])
def test_a_call_that_waits_for_its_turn_never_begins_when_its_reader_leaves(stream: bool) -> None:
    release, begun = threading.Event(), []

    def fn(x: str) -> str:
        begun.append(x)
        release.wait(10)
        return x

    demo = interface(fn)

    async def one(desk: Desk, x: str) -> None:
        if not stream:
            await desk.call(demo, [x])
            return
        async for _ in desk.stream(demo, [x]):
            pass

    async def main() -> None:
        desk = await opened(demo, max_threads=1)
        first, second, third = (asyncio.ensure_future(one(desk, x)) for x in "abc")
        while not begun:
            await asyncio.sleep(0.01)
        second.cancel()
        await asyncio.wait([second])
        release.set()
        await asyncio.gather(first, third)

    run(main())
    assert begun == ["a", "c"]


def test_the_time_limit_counts_from_the_beginning_of_the_run() -> None:
    def fn(x: str) -> str:
        threading.Event().wait(0.4)
        return x

    demo = gr.Interface(fn, "text", "text", allow_flagging="never", time_limit=0.7)

    async def main() -> list[Any]:
        desk = await opened(demo, max_threads=1)
        return await asyncio.gather(*(desk.call(demo, [x]) for x in "abc"))

    assert run(main()) == [["a"], ["b"], ["c"]]


def test_a_stream_of_a_plain_or_async_function_is_its_result() -> None:
    async def later(x: str) -> str:
        return x

    async def main(fn: Any) -> list[Any]:
        demo = interface(fn)
        return [event async for event in (await opened(demo)).stream(demo, ["a"])]

    for fn in (str, later):
        assert run(main(fn)) == [("done", ["a"])]


def test_enable_queue_runs_one_call_at_a_time_in_order() -> None:
    running: list[int] = []
    most: list[int] = []
    order: list[str] = []

    def fn(x: str) -> str:
        running.append(1)
        most.append(len(running))
        order.append(x)
        running.pop()
        return x

    demo = interface(fn)

    async def main() -> None:
        desk = await opened(demo, one_at_a_time=True)
        await asyncio.gather(*(desk.call(demo, [str(n)]) for n in range(20)))

    run(main())
    assert max(most) == 1
    assert order == [str(n) for n in range(20)]


@pytest.mark.parametrize("batch", [False, True])
def test_an_error_of_ours_ends_its_job_and_frees_its_place(batch: bool, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(DeskWork):
        def failed(self, error: BaseException) -> Outcome:
            raise LookupError("what tells of errors has one itself") from error

    def fails(x: Any) -> Any:
        if "bad" in x:
            raise ValueError("no")
        return x

    demo = gr.Interface(fails, "text", "text", allow_flagging="never", batch=batch, concurrency_limit=1)

    async def main() -> tuple[Outcome, Any]:
        desk = await opened(demo)
        entry, _ = desk.engine.accept(Job(new_id(), "f0", "ada", {}), Broken(demo, ["bad"], LocalCall()))
        return await entry.result(), await desk.call(demo, ["good"])

    outcome, after = run(main())
    assert (outcome.state, outcome.status) == ("failed", 500) and b"Something went wrong here" in outcome.body
    assert after == ["good"] and "ended with an error of ours" in caplog.text
