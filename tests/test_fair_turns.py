"""Turns that are shared out fairly."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.fair_turns import FairTurns, Turn


def turns(**limits: int) -> FairTurns:
    return FairTurns("explanations", **{"limit": 4, "each": 2, "waiting": 32, "waiting_each": 8, **limits})


async def entered(line: FairTurns, *owners: str) -> list[Turn]:
    return [await line.of(owner).__aenter__() for owner in owners]


def test_one_owner_never_takes_all_turns_and_waits_behind_nobody_else() -> None:
    async def run() -> None:
        line = turns()
        mine = await entered(line, *["me"] * 6)
        assert [one.begun for one in mine] == [True, True, False, False, False, False]
        (other,) = await entered(line, "you")
        assert other.begun and mine[2].why == "Waiting for 2 other explanations of yours"
        await mine[0].__aexit__()
        assert mine[2].begun and not mine[3].begun
        await asyncio.wait_for(mine[3].moved(), 1)

    asyncio.run(run())


def test_who_has_fewest_turns_is_next() -> None:
    async def run() -> None:
        line = turns(limit=3)
        running = await entered(line, "a", "a", "b")
        b, c, d = await entered(line, "b", "c", "d")
        assert c.why == "Waiting for explanations of others, 4 before this one"
        await running[0].__aexit__()
        assert [b.begun, c.begun, d.begun] == [False, True, False]

    asyncio.run(run())


def test_the_line_of_each_owner_and_of_all_has_an_end() -> None:
    async def run() -> None:
        line = turns(limit=1, each=1, waiting=4, waiting_each=2)
        await entered(line, "a", "a", "a", "b", "b")
        with pytest.raises(RefusedError, match="2 explanations of yours wait already") as refused:
            await entered(line, "a")
        assert refused.value.status == 503
        with pytest.raises(RefusedError, match="4 explanations wait already"):
            await entered(line, "c")
        assert line.taken == 5

    asyncio.run(run())


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 9)), max_size=40))
def test_whatever_comes_and_goes_nobody_has_too_many_and_no_turn_is_wasted(events: list[tuple[str, int]]) -> None:
    async def run() -> None:
        line, inside = turns(waiting=100, waiting_each=100), list[Turn]()
        for owner, number in events:
            if number < 6:
                inside += await entered(line, owner)
            elif inside:
                await inside.pop(number % len(inside)).__aexit__()
            begun = [one.owner for one in inside if one.begun]
            waiting = {one.owner for one in inside if not one.begun}
            assert len(begun) <= 4 and all(begun.count(one) <= 2 for one in begun)
            assert len(begun) == 4 or all(begun.count(one) == 2 for one in waiting)
            assert line.taken == len(inside)

    asyncio.run(run())
