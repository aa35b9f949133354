"""A line in which owners take turns: start-time fair queueing, where every job costs the same."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush

#: what a job costs its owner, in units of the tags: its next one stands behind those of so many who come new meanwhile
TURN = 100
#: (tag, number): tags order the line; of equal ones, who came first
Slot = tuple[int, int]


@dataclass(slots=True)
class _Owner:
    """jobs, slots: what waits of this owner, ascending: the n-th job has the n-th slot. held: no job may be taken now.
    served: the tag of the next slot where none waits, while that is ahead of the virtual time; listed: of this tag, it
    is among the idle."""

    jobs: list[int] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    served: int = 0
    listed: int = 0
    held: bool = False


class FairLine:
    """Jobs are numbers, given out ascending as they come; each belongs to an owner.

    The least slot is next; the greatest tag that was taken is the virtual time. An owner's next slot has the tag of the
    last one and `TURN`; who comes new gets the virtual time, and a unit more for each who came new before. So whoever
    comes new is next although others have much waiting, and endless new ones hold up nobody. An owner of whom nothing
    waits is new again as soon as the virtual time has come by, and forgotten. A job that leaves the line gives up its
    owner's last slot, not its own: the owner's later jobs move up, and nobody ever moves back.
    """

    def __init__(self) -> None:
        self._owners: dict[str, _Owner] = {}
        self._slots: list[Slot] = []  # of all, ascending
        self._heads: list[tuple[int, int, str]] = []  # the first slot of each owner who isn't held, ascending
        self._idle: list[tuple[int, str]] = []  # (served, owner) of those of whom nothing waits; a heap
        self._virtual = self._newest = 0

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def owners(self) -> list[str]:
        """Those of whom jobs wait or whose last turn isn't forgotten."""
        return list(self._owners)

    def add(self, number: int, owner: str, held: bool) -> None:
        """A new job; `held`: whether its owner is."""
        mine = self._owners.setdefault(owner, _Owner(held=held))
        if mine.slots:
            tag = mine.slots[-1][0] + TURN
        elif mine.served > self._virtual:
            tag = mine.served
        else:
            tag = self._newest = max(self._newest, self._virtual) + 1
        self._insert(number, owner, (tag, number))

    def add_again(self, number: int, owner: str, slot: Slot, held: bool) -> None:
        """A job that was taken goes back, with the slot it had."""
        self._owners.setdefault(owner, _Owner(held=held))
        self._insert(number, owner, slot)

    def take(self) -> tuple[int, Slot] | None:
        """The next job whose owner isn't held, and its slot; it waits no longer. None: there is none."""
        if not self._heads:
            return None
        owner = self._heads[0][2]
        mine = self._owners[owner]
        slot = mine.slots[0]
        self._show(owner, shown=False)
        del self._slots[bisect_left(self._slots, slot)], mine.slots[0]
        number = mine.jobs.pop(0)
        self._show(owner, shown=True)
        self._virtual = max(self._virtual, slot[0])
        self._leaves(owner, slot[0] + TURN)
        return number, slot

    def remove(self, number: int, owner: str) -> None:
        """One that waits leaves the line."""
        mine = self._owners[owner]
        self._show(owner, shown=False)
        del mine.jobs[bisect_left(mine.jobs, number)]
        slot = mine.slots.pop()
        del self._slots[bisect_left(self._slots, slot)]
        self._show(owner, shown=True)
        self._leaves(owner, slot[0])

    def hold(self, owner: str, held: bool) -> None:
        """Jobs of this owner may not be taken for now, or may again; unknown owners are left alone."""
        mine = self._owners.get(owner)
        if mine is not None and mine.held != held:
            self._show(owner, shown=False)
            mine.held = held
            self._show(owner, shown=True)

    def place(self, number: int, owner: str) -> int:
        """How many stand before it."""
        mine = self._owners[owner]
        return bisect_left(self._slots, mine.slots[bisect_left(mine.jobs, number)])

    def count(self, owner: str) -> int:
        """Jobs of this owner that wait."""
        mine = self._owners.get(owner)
        return len(mine.jobs) if mine else 0

    @property
    def has_heads(self) -> bool:
        """Whether a job may be taken now."""
        return bool(self._heads)

    def heads(self) -> Iterator[str]:
        """The owners of whom a job may be taken now, whose turn is next first."""
        return (owner for _, _, owner in self._heads)

    def _insert(self, number: int, owner: str, slot: Slot) -> None:
        self._show(owner, shown=False)
        insort(self._owners[owner].jobs, number)
        insort(self._owners[owner].slots, slot)
        insort(self._slots, slot)
        self._show(owner, shown=True)

    def _leaves(self, owner: str, served: int) -> None:
        """One of this owner waits no longer; forget owners who are new again."""
        mine = self._owners[owner]
        mine.served = max(mine.served, served)
        if not mine.slots and mine.listed < mine.served:
            mine.listed = mine.served
            heappush(self._idle, (mine.served, owner))
        while self._idle and self._idle[0][0] <= self._virtual:
            served, owner = heappop(self._idle)
            known = self._owners.get(owner)
            if known and not known.slots and known.served <= served:
                del self._owners[owner]

    def _show(self, owner: str, *, shown: bool) -> None:
        """Put the owner's first slot among the heads, or take it away, around each change."""
        mine = self._owners[owner]
        if mine.held or not mine.slots:
            return
        head = (*mine.slots[0], owner)
        if shown:
            insort(self._heads, head)
        else:
            del self._heads[bisect_left(self._heads, head)]
