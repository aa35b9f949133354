"""Calls of low priority: when they begin beside predictions, and what cancelling them leaves."""

from __future__ import annotations

import asyncio

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
            async with behind:
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
