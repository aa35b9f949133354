"""How predictions run: threads of their own, the user's loop, streams, and exceptions of every kind."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.call import LocalCall
from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.channel import MOST_UNREAD
from quickdemo.runtime.jobs.runner import Runner
from quickdemo.runtime.jobs.threads import CallEnded, Workers


def interface(fn: Any) -> gr.Interface:
    return gr.Interface(fn, "text", "text", allow_flagging="never")


def run(coroutine: Any) -> Any:
    return asyncio.run(asyncio.wait_for(coroutine, timeout=20))


def test_forty_hung_calls_leave_other_functions_untouched() -> None:
    release = threading.Event()
    hung, quick = interface(lambda x: release.wait() and x), interface(lambda x: x + "!")

    async def main() -> Any:
        runner = Runner()
        waiting = [asyncio.ensure_future(runner.call(hung, ["a"], LocalCall(), list)) for _ in range(45)]
        await asyncio.sleep(0)
        answer = await runner.call(quick, ["b"], LocalCall(), list)
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
        runner = Runner()
        with pytest.raises((CallEnded, RuntimeError)):
            await runner.call(demo, ["bad"], LocalCall(), list)
        return await runner.call(demo, ["good"], LocalCall(), list)

    assert run(main()) == ["good"]


def letters(x: str) -> Iterator[str]:
    yield from x


async def async_letters(x: str) -> AsyncIterator[str]:
    for letter in x:
        yield letter


@pytest.mark.parametrize("fn", [letters, async_letters])
def test_a_stream_gives_every_value_in_order(fn: Any) -> None:
    async def main() -> list[Any]:
        return [event async for event in Runner().stream(interface(fn), ["abcdefghijklmnop"], LocalCall())]

    assert run(main()) == [("partial", [letter]) for letter in "abcdefghijklmnop"]


def test_leaving_a_stream_closes_the_generator() -> None:
    closed = threading.Event()

    def endless(x: str) -> Iterator[str]:
        try:
            while True:
                yield x
        finally:
            closed.set()

    async def main() -> None:
        stream = Runner().stream(interface(endless), ["a"], LocalCall())
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
        stream = Runner().stream(interface(numbers), ["a"], LocalCall())
        first = await anext(stream)
        await asyncio.to_thread(finished.wait, 10)
        return [wires[0] for _, wires in [first, *[event async for event in stream]]]

    seen = run(main())
    assert finished.is_set() and seen[-1] == "999"
    assert seen == sorted(set(seen), key=int)
    assert len(seen) <= MOST_UNREAD + 60  # those that were read at once, and those that were kept


def test_a_stream_of_a_plain_or_async_function_is_its_result() -> None:
    async def later(x: str) -> str:
        return x

    async def main(fn: Any) -> list[Any]:
        return [event async for event in Runner().stream(interface(fn), ["a"], LocalCall())]

    for fn in (str, later):
        assert run(main(fn)) == [("result", ["a"])]


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
        runner = Runner(one_at_a_time=True)
        await asyncio.gather(*(runner.call(demo, [str(n)], LocalCall(), list) for n in range(20)))

    run(main())
    assert max(most) == 1
    assert order == [str(n) for n in range(20)]
