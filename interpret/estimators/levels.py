"""Values in levels: paragraphs first, then sentences, then words; regions first, then their parts.

A long text has more words than one wants calls, and a picture more regions. Its paragraphs are explained as single
parts, then what is in the strongest of them, and so on down (as Owen, "Values of games with a priori unions", 1977: a
group's value is shared out among its members). What was not looked into is one unit with one value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.estimate import Ask, Estimate, Estimator, Masks, Values
from quickdemo.interpret.estimators.ends import summing_to
from quickdemo.interpret.solving import relayed

Tree: TypeAlias = "int | Sequence[Tree]"  #: a part, or a group of parts and groups
WORTH_A_LOOK = 0.02  #: of the largest value of a group: what is in a weaker one makes little difference
NO_EFFECT = 1e-9  #: likewise: less is a group without effect
_ONE_LOOK = 0.5  # of what the units hold that could be looked into: as many of the strongest as hold that much


@dataclass(frozen=True, eq=False)
class _Unit:
    """parts: (n,) True for those in it. error: nan where it is not known. members: empty when it is one part."""

    parts: NDArray[np.bool_]
    value: float
    error: float
    members: Sequence[Tree] = ()

    @property
    def calls(self) -> int:
        """That looking into it takes."""
        return 2 * len(self.members)


def levels(
    n: int, tree: Sequence[Tree], upper: Estimator, budget: int, *, worth_a_look: float = WORTH_A_LOOK
) -> Estimator:
    """At most max(budget, calls of `upper`) calls, for n parts in the groups of `tree`.

    upper: an estimator of the game whose players are the uppermost groups. Members of a group that is looked into get
    the mean of what they add to nothing and to everything else, scaled to the group's value. The strongest group is
    next, as long as there are calls; one that holds less than `worth_a_look` of the strongest never is.
    """
    groups = _members(n, tree)
    found = yield from relayed(
        upper, lambda masks: _of_groups(masks, groups), lambda one: replace(one, units=groups, final=False)
    )
    unknown = np.full(len(groups), np.nan)
    units = _units(tree, groups, found.values, unknown if found.errors is None else found.errors)
    least = worth_a_look * float(np.abs(found.values).max(initial=0.0))
    estimate = replace(found, final=False)
    while unit := _next(units, budget - estimate.calls, least):
        inside = _members(n, unit.members)
        payoffs = yield Ask(np.vstack([inside, ~inside]))
        assert payoffs is not None
        alone, lacking = payoffs[: len(inside)], payoffs[len(inside) :]
        values = summing_to((alone - found.base + found.full - lacking) / 2, unit.value)
        place = units.index(unit)
        units[place : place + 1] = _units(unit.members, inside, values, np.full(len(inside), np.nan))
        estimate = replace(estimate, calls=estimate.calls + unit.calls, method="levels")
        yield _of_units(estimate, units)
    looks = _looks(units, WORTH_A_LOOK * float(np.abs(found.values).max(initial=0.0)))
    yield replace(_of_units(estimate, units), looks=looks, final=True)


def calls_inside(tree: Tree) -> int:
    """Of looking into every group of it."""
    return 0 if isinstance(tree, int) else sum(calls_inside(member) + 2 * _size(member) for member in tree)


def _size(tree: Tree) -> int:
    return 0 if isinstance(tree, int) else len(tree)


def _members(n: int, tree: Sequence[Tree]) -> Masks:
    """(members, n): the parts below each member of a group."""
    masks = np.zeros((len(tree), n), dtype=np.bool_)
    for row, member in zip(masks, tree, strict=True):
        row[parts_below(member)] = True
    return masks


def parts_below(tree: Tree) -> list[int]:
    """All parts of it, in their order."""
    if isinstance(tree, int):
        return [tree]
    return [part for member in tree for part in parts_below(member)]


def _of_groups(masks: Masks, groups: Masks) -> Masks:
    """Coalitions of groups (m, g) as coalitions of parts (m, n)."""
    parts: Masks = (masks.astype(np.float32) @ groups.astype(np.float32)) > 0
    return parts


def _units(tree: Sequence[Tree], masks: Masks, values: Values, errors: Values) -> list[_Unit]:
    """Of the members of a group. One that has but one member is that member."""
    found = []
    for member, parts, value, error in zip(tree, masks, values.tolist(), errors.tolist(), strict=True):
        while not isinstance(member, int) and len(member) == 1:
            member = member[0]
        found.append(_Unit(parts, value, error, () if isinstance(member, int) else member))
    return found


def _of_units(estimate: Estimate, units: Sequence[_Unit]) -> Estimate:
    """The estimate with the values and errors of these."""
    values, errors = np.array([one.value for one in units]), np.array([one.error for one in units])
    masks = np.vstack([one.parts for one in units])
    return replace(estimate, values=values, errors=None if np.isnan(errors).all() else errors, units=masks)


def _next(units: Sequence[_Unit], calls: int, least: float) -> _Unit | None:
    """The strongest with something inside that there are calls for."""
    possible = [one for one in units if one.members and one.calls <= calls and abs(one.value) > least]
    return max(possible, key=lambda one: abs(one.value), default=None)


def _looks(units: Sequence[_Unit], least: float) -> tuple[int, ...]:
    """See `Estimate.looks`."""
    waiting = [one for one in units if one.members and abs(one.value) > least]
    waiting.sort(key=lambda one: -abs(one.value))
    sizes = np.array([abs(one.value) for one in waiting])
    enough = int(np.searchsorted(np.cumsum(sizes), _ONE_LOOK * sizes.sum()) + 1) if waiting else 0
    return tuple(one.calls for one in waiting[:enough])
