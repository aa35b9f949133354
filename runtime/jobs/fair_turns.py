"""Turns that are shared out fairly: so many at a time, fewer of one owner, and nobody's line holds up the others."""

from __future__ import annotations

import asyncio

from quickdemo.runtime.jobs.full import queue_full


class FairTurns:
    """`async with turns.of(owner) as turn:` stands in line until `turn.begun`; `turn.moved` waits for news of that.

    limit: turns at a time; each: of one owner. waiting: turns that stand in line; waiting_each: of one owner; one more
    is refused with RefusedError (503). The next turn is of the owner who has fewest; of several, of who came first.
    Used on one loop.
    """

    def __init__(self, name: str, *, limit: int, each: int, waiting: int, waiting_each: int) -> None:
        self.name, self.limit, self.each = name, limit, each
        self._most, self._most_each = waiting, waiting_each
        self._running: list[Turn] = []
        self._line: list[Turn] = []

    @property
    def taken(self) -> int:
        """Turns that run or wait now."""
        return len(self._running) + len(self._line)

    def of(self, owner: str) -> Turn:
        """A turn of this owner, who is anything that tells visitors apart."""
        return Turn(self, owner)

    def enter(self, turn: Turn) -> None:
        """Take the turn, or stand in line. Raises RefusedError."""
        self._line.append(turn)
        self._go_on()
        if turn.begun:
            return
        mine = sum(one.owner == turn.owner for one in self._line)
        if len(self._line) > self._most or mine > self._most_each:
            self._line.remove(turn)
            own = mine > self._most_each
            count, whose = (mine - 1, " of yours") if own else (len(self._line), "")
            raise queue_full(f"{count} {self.name}{whose} wait already.")

    def leave(self, turn: Turn) -> None:
        """The turn has ended, or its owner waits no longer."""
        (self._running if turn.begun else self._line).remove(turn)
        self._go_on()

    def runs(self, owner: str) -> int:
        """Turns of this owner that have begun."""
        return sum(one.owner == owner for one in self._running)

    def before(self, turn: Turn) -> int:
        """Turns of others that stand in line and came earlier."""
        return sum(one.owner != turn.owner for one in self._line[: self._line.index(turn)])

    def _go_on(self) -> None:
        while self._line and len(self._running) < self.limit:
            turn = min(self._line, key=lambda one: self.runs(one.owner))  # the first of several
            if self.runs(turn.owner) >= self.each:
                break
            self._line.remove(turn)
            self._running.append(turn)
            turn.begun = True
            turn.news.set()
        for turn in self._line:
            turn.news.set()


class Turn:
    """One turn, which waits or has begun."""

    def __init__(self, turns: FairTurns, owner: str) -> None:
        self._turns, self.owner = turns, owner
        self.begun = False
        self.news = asyncio.Event()

    async def __aenter__(self) -> Turn:
        self._turns.enter(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._turns.leave(self)

    async def moved(self) -> None:
        """Until it has begun, or the line has moved."""
        await self.news.wait()
        self.news.clear()

    @property
    def why(self) -> str:
        """What it waits for, for its owner to read."""
        mine, before = self._turns.runs(self.owner), self._turns.before(self)
        if mine >= self._turns.each:
            return f"Waiting for {mine} other {self._turns.name} of yours"
        return f"Waiting for {self._turns.name} of others, {before + self._turns.limit - mine} before this one"
