"""`demo.queue(...)`: how many calls run at once, and how many may wait."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.limits import Launched
from quickdemo.runtime.jobs.scheduler import Full, Limits, Scheduler
from tests.desk import Desk, opened
from tests.serving import OURS, Serve


class Gate:
    """A function whose calls stay inside until it is opened."""

    def __init__(self) -> None:
        self.opened, self.inside, self.most = threading.Event(), 0, 0
        self._lock = threading.Lock()

    def __call__(self, text: str) -> str:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.opened.wait(20)
        with self._lock:
            self.inside -= 1
        return text


def demo(function: Any) -> gr.Interface:
    return gr.Interface(function, "text", "text", allow_flagging="never")


async def calls(desk: Desk, interface: gr.Interface, count: int) -> list[asyncio.Future[Any]]:
    begun = [asyncio.ensure_future(desk.call(interface, [str(n)])) for n in range(count)]
    await asyncio.sleep(0)
    return begun


@pytest.mark.parametrize(
    ("asked", "most"),
    [
        ({}, 1),
        ({"concurrency_count": 3}, 3),
        ({"default_concurrency_limit": 2}, 2),
        ({"default_concurrency_limit": None}, 6),
    ],
)
def test_as_many_run_at_once_as_were_asked_for(asked: dict[str, Any], most: int) -> None:
    gate = Gate()
    interface = demo(gate).queue(**asked)

    async def main() -> list[Any]:
        begun = await calls(await opened(interface, limits=interface.queue_limits), interface, 6)
        while gate.inside < most:
            await asyncio.sleep(0.001)
        gate.opened.set()
        return await asyncio.gather(*begun)

    answers = asyncio.run(asyncio.wait_for(main(), 20))
    assert gate.most == most and answers == [[str(n)] for n in range(6)]


def test_one_more_than_may_wait_is_asked_to_come_again() -> None:
    gate = Gate()
    interface = demo(gate).queue(max_size=2)

    async def main() -> list[Any]:
        begun = await calls(await opened(interface, limits=interface.queue_limits), interface, 4)
        while not any(one.done() for one in begun):
            await asyncio.sleep(0.001)
        gate.opened.set()
        return await asyncio.gather(*begun, return_exceptions=True)

    *answers, refused = asyncio.run(asyncio.wait_for(main(), 20))
    assert answers == [["0"], ["1"], ["2"]]
    assert isinstance(refused, RefusedError) and (refused.status, refused.code) == (503, "queue_full")


def test_coroutines_wait_too() -> None:
    inside, most = 0, 0

    async def slow(text: str) -> str:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        return text

    interface = demo(slow).queue()

    async def main() -> list[Any]:
        return await asyncio.gather(*await calls(await opened(interface, limits=interface.queue_limits), interface, 5))

    assert len(asyncio.run(asyncio.wait_for(main(), 20))) == 5 and most == 1


def test_coroutines_are_asked_to_come_again() -> None:
    async def slow(text: str) -> str:
        await asyncio.sleep(0)  # the others arrive meanwhile
        return text

    interface = demo(slow).queue(max_size=1)

    async def main() -> list[Any]:
        begun = await calls(await opened(interface, limits=interface.queue_limits), interface, 3)
        return await asyncio.gather(*begun, return_exceptions=True)

    *answers, refused = asyncio.run(asyncio.wait_for(main(), 20))
    assert answers == [["0"], ["1"]]
    assert isinstance(refused, RefusedError) and refused.code == "queue_full"


def test_calls_of_a_batch_function_are_asked_to_come_again() -> None:
    gate = Gate()
    interface = gr.Interface(lambda texts: [gate(text) for text in texts], "text", "text", batch=True, max_batch_size=1)
    interface.queue(max_size=1)

    async def main() -> list[Any]:
        begun = await calls(await opened(interface, limits=interface.queue_limits), interface, 3)
        while not any(one.done() for one in begun):
            await asyncio.sleep(0.001)
        gate.opened.set()
        return await asyncio.gather(*begun, return_exceptions=True)

    told = asyncio.run(asyncio.wait_for(main(), 20))
    refused = [one for one in told if isinstance(one, RefusedError)]
    assert len(refused) == 1 and refused[0].code == "queue_full"


def test_the_server_goes_by_it(serve: Serve) -> None:
    gate = Gate()
    client = serve(gr.TabbedInterface([demo(gate), demo(str.lower)]).queue(max_size=1)).client()

    def post(_: int) -> int:
        return client.post("/api/predict", json={"data": ["a"]}, headers=OURS).status_code

    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(post, n) for n in range(3)]
        refused = next(as_completed(asked)).result()
        gate.opened.set()
        assert refused == 503 and sorted(one.result() for one in asked) == [200, 200, 503]


def test_what_is_no_number_is_refused_and_what_has_no_effect_is_told() -> None:
    for wrong in ({"concurrency_count": 0}, {"concurrency_count": True}, {"max_size": "9"}, {"max_size": -1}):
        with pytest.raises(ValueError, match=rf"{next(iter(wrong))} must be a whole number from 1; it was"):
            demo(str).queue(**wrong)
    with pytest.warns(UserWarning, match="no parameter colour"):
        demo(str).queue(colour=1)
    assert demo(str).queue(api_open=False, status_update_rate="auto").queue_limits is not None


@pytest.mark.parametrize(("own", "most"), [(None, 1), (3, 3)])
def test_an_own_limit_goes_before_that_of_the_queue(own: int | None, most: int) -> None:
    interface = gr.Interface(str.upper, "text", "text", allow_flagging="never", concurrency_limit=own)
    launched = Launched(one_at_a_time=True)
    assert launched.of(interface).at_once == most and launched.asked(interface) == most


def test_one_visitor_cannot_close_a_long_queue() -> None:
    scheduler = Scheduler()
    scheduler.define("f", Limits(at_once=1, waiting=1000), 0.0)
    scheduler.add("runs", "f", "one", 0.0)
    scheduler.start(0.0, {"f": 1})
    for number in range(1000):
        scheduler.add(str(number), "f", "one", 0.0)
    with pytest.raises(Full):
        scheduler.add("more", "f", "one", 0.0)
    for number in range(100):
        scheduler.add(f"other {number}", "f", f"visitor {number}", 0.0)
    with pytest.raises(Full):
        scheduler.add("last", "f", "last", 0.0)
