"""Values in levels: paragraphs first, then sentences, then words; regions first, then their parts.

A long text has more words than one wants calls. Its paragraphs are explained as single parts, then what is in the
strongest of them, and so on down (as Owen, "Values of games with a priori unions", 1977: a group's value is shared out
among its members). What is not looked into shares its group's value equally.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.estimate import Ask, Estimate, Estimator, Masks, Values
from quickdemo.interpret.estimators.ends import ends, summing_to
from quickdemo.interpret.estimators.shapley import shapley
from quickdemo.interpret.solving import relayed

Tree: TypeAlias = "int | Sequence[Tree]"  #: a part, or a group of parts and groups
_WORTH_A_LOOK = 1e-9  # of the largest value of a group: less is a group without effect


@dataclass(frozen=True, eq=False)
class _Group:
    """parts: (n,) True for those in it, below all of its `members`."""

    parts: NDArray[np.bool_]
    members: Sequence[Tree]
    value: float


def levels(n: int, tree: Sequence[Tree], budget: int, seed: int, *, exactly: bool = False) -> Estimator:
    """At most max(budget, calls of the uppermost groups' ends) calls, for n parts in the groups of `tree`.

    exactly: half of the budget goes to Shapley values of the uppermost groups; otherwise they get the mean of both
    ends. Members of a group that is looked into get the mean of what they add to nothing and to everything else,
    scaled to the group's value. The strongest group is next, as long as there are calls.
    """
    upper = _members(n, tree)
    game = shapley(len(tree), budget // 2, seed, progressive=True) if exactly else ends(len(tree))
    found = yield from relayed(
        game,
        lambda masks: _of_groups(masks, upper),
        lambda one: replace(one, values=_shared(one.values, upper), errors=None, final=False),
    )
    group_values, base, full, calls = found.values, found.base, found.full, found.calls
    values = _shared(group_values, upper)
    waiting = _looked_at_later(tree, upper, group_values)
    least = _WORTH_A_LOOK * float(np.abs(group_values).max(initial=0.0))
    while group := _next(waiting, budget - calls, least):
        waiting.remove(group)
        inside = _members(n, group.members)
        payoffs = yield Ask(np.vstack([inside, ~inside]))
        assert payoffs is not None
        calls += 2 * len(inside)
        alone, lacking = payoffs[: len(inside)], payoffs[len(inside) :]
        of_members = summing_to((alone - base + full - lacking) / 2, group.value)
        values = np.where(group.parts, _shared(of_members, inside), values)
        waiting += _looked_at_later(group.members, inside, of_members)
        yield Estimate(values, None, base, full, calls, "levels")
    yield Estimate(values, None, base, full, calls, "levels", final=True)


def _members(n: int, tree: Sequence[Tree]) -> Masks:
    """(members, n): the parts below each member of a group."""
    masks = np.zeros((len(tree), n), dtype=np.bool_)
    for row, member in zip(masks, tree, strict=True):
        row[_parts_below(member)] = True
    return masks


def _parts_below(tree: Tree) -> list[int]:
    if isinstance(tree, int):
        return [tree]
    return [part for member in tree for part in _parts_below(member)]


def _of_groups(masks: Masks, groups: Masks) -> Masks:
    """Coalitions of groups (m, g) as coalitions of parts (m, n)."""
    parts: Masks = (masks.astype(np.float32) @ groups.astype(np.float32)) > 0
    return parts


def _shared(values: Values, groups: Masks) -> Values:
    """(n,): each group's value in equal shares."""
    shared: Values = (values / np.maximum(groups.sum(axis=1), 1)) @ groups
    return shared


def _looked_at_later(tree: Sequence[Tree], masks: Masks, values: Values) -> list[_Group]:
    """The members that are groups, as what may be looked into. One that has but one member is that member."""
    found = []
    for member, parts, value in zip(tree, masks, values, strict=True):
        while not isinstance(member, int) and len(member) == 1:
            member = member[0]
        if not isinstance(member, int) and len(member):
            found.append(_Group(parts, member, float(value)))
    return found


def _next(waiting: list[_Group], calls: int, least: float) -> _Group | None:
    """The strongest group that there are calls for."""
    possible = [g for g in waiting if 2 * len(g.members) <= calls and abs(g.value) > least]
    return max(possible, key=lambda g: abs(g.value), default=None)
