"""Calls of low priority: when they begin beside predictions, and what cancelling them leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from quickdemo.runtime.jobs.behind import Behind


async def turn(times: int = 3) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


def test_a_call_that_is_cancelled_while_it_waits_passes_its_turn_on() -> None:
    async def run() -> list[str]:
        others, order = 0, list[str]()
        behind = Behind(lambda: others, 1)

        async def one(name: str) -> None:
            async with behind.place():
                order.append(name)

        others = 1
        first, second = asyncio.ensure_future(one("first")), asyncio.ensure_future(one("second"))
        await turn()
        others = 0
        first.cancel()  # it has not run since: its place is there still
        behind.wake()
        await asyncio.wait_for(second, 5)
        with pytest.raises(asyncio.CancelledError):
            await first
        return order

    assert asyncio.run(run()) == ["second"]


class Places:
    """A function's places as `Behind` sees them, and the calls that it admits, which end when they are told to."""

    def __init__(self, limit: int, busy: float | None = None) -> None:
        self.predictions = self.elsewhere = 0
        self.behind = Behind(lambda: self.predictions + self.running, limit, lambda: self.elsewhere)
        if busy is not None:
            self.behind.took(1.0, busy)
        self.order: list[str] = []
        self._ends: list[asyncio.Future[None]] = []
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def running(self) -> int:
        return len(self._ends)

    def call(self, name: str, line: object = None) -> None:
        async def run() -> None:
            async with self.behind.place(line):
                end = asyncio.get_running_loop().create_future()
                self._ends.append(end)
                self.order.append(name)
                await end

        self._tasks.append(asyncio.ensure_future(run()))

    async def end(self) -> None:
        """The oldest call ends."""
        self._ends.pop(0).set_result(None)
        await turn()

    async def change(self, predictions: int) -> None:
        self.predictions = predictions
        self.behind.wake()
        await turn()


@pytest.fixture
def processors(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    return lambda count: monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(count)), raising=False)


@pytest.mark.parametrize(
    ("count", "busy", "predictions", "elsewhere", "running"),
    [
        (1, 1.0, 0, 0, 1),
        (4, 1.0, 0, 0, 4),
        (4, 1.0, 1, 0, 1),
        (2, 1.0, 1, 0, 1),
        (2, 1.0, 2, 0, 0),
        (1, 1.0, 1, 0, 0),
        (1, None, 1, 0, 0),  # nothing is known: as if it computed
        (4, 1.0, 0, 1, 1),
        (1, 1.0, 0, 1, 1),
        (1, 0.0, 1, 0, 1),  # a function that waits needs no processor
        (1, 0.0, 0, 0, 8),
    ],
)
def test_beside_predictions_a_call_begins_where_a_processor_is_spare(
    processors: Callable[[int], None], count: int, busy: float | None, predictions: int, elsewhere: int, running: int
) -> None:
    async def run() -> int:
        places = Places(limit=10, busy=busy)
        places.predictions, places.elsewhere = predictions, elsewhere
        for number in range(8):
            places.call(str(number))
        await turn()
        return places.running

    processors(count)
    assert asyncio.run(run()) == running


def test_a_prediction_that_comes_is_followed_by_no_call_until_it_has_ended(processors: Callable[[int], None]) -> None:
    """So it shares two processors with the two calls that ran already, and with no other."""

    async def run() -> None:
        places = Places(limit=10, busy=1.0)
        for number in range(4):
            places.call(str(number))
        await turn()
        await places.change(predictions=2)
        await places.end()
        await places.end()
        assert places.order == ["0", "1"] and places.running == 0
        await places.change(predictions=0)
        assert places.order == ["0", "1", "2", "3"]

    processors(2)
    asyncio.run(run())


def test_calls_of_several_explanations_come_in_turn(processors: Callable[[int], None]) -> None:
    async def run() -> list[str]:
        places, one, other = Places(limit=1), object(), object()
        for number in range(4):
            places.call(f"one {number}", one)
        await turn()
        for number in range(2):
            places.call(f"other {number}", other)
        for _ in range(6):
            await turn()
            await places.end()
        return places.order

    processors(4)
    assert asyncio.run(run()) == ["one 0", "other 0", "one 1", "other 1", "one 2", "one 3"]
