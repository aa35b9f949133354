"""Groups of the parts of all inputs, which are explained before what is in them; see estimators/levels.py."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from quickdemo.interpret.estimators.levels import parts_below
from quickdemo.interpret.parts.base import can_unite, is_nested

if TYPE_CHECKING:
    from quickdemo.interpret.estimators.levels import Tree
    from quickdemo.interpret.parts.base import Parts

_INSIDE = 16  #: members of a group that is looked into


def forest(inputs: Sequence[Parts], *, deep: bool = False) -> list[Tree]:
    """Groups (or single parts) of the parts that are not idle, numbered over all inputs in their order.

    A picture is divided into its coarse regions, these into finer ones. deep: a text is divided into its paragraphs,
    these into sentences and words; else each of its words is there by itself, as the parts of other inputs are.
    """
    numbers = count()
    return [member for parts in inputs for member in _tree(parts, deep, numbers)]


def few(inputs: Sequence[Parts], most: int) -> list[Tree]:
    """The same, deep, with at most `most` groups: neighbours are put together. Inputs stay apart as long as there are
    as many groups as inputs."""
    numbers = count()
    trees = [_tree(parts, True, numbers) for parts in inputs]
    trees = [tree for tree in trees if tree]
    total = sum(map(len, trees))
    if total > most >= len(trees):
        trees = [_merged(tree, max(1, int(most * len(tree) / total))) for tree in trees]
        while sum(map(len, trees)) > most:  # each has one at least, so the shares may be too many
            largest = max(range(len(trees)), key=lambda place: len(trees[place]))
            trees[largest] = _merged(trees[largest], len(trees[largest]) - 1)
    return _merged([member for tree in trees for member in tree], most)


def _tree(parts: Parts, deep: bool, numbers: Any) -> list[Tree]:
    """The uppermost groups of one input; takes a number for each part that has an effect."""
    places = {int(part): next(numbers) for part in np.flatnonzero(~parts.idle)}
    levels = _levels(parts, deep)
    tree = list(places.values()) if levels is None else _numbered(levels, places)
    while len(tree) == 1 and not isinstance(tree[0], int):
        tree = list(tree[0])
    return tree


def _levels(parts: Parts, deep: bool) -> list[Any] | None:
    """Nested lists of the numbers of its parts, where it is explained in them."""
    return parts.levels() if is_nested(parts) and (deep or parts.coarse_first) else None


def _numbered(tree: Sequence[Any], places: dict[int, int]) -> list[Tree]:
    """The same with the numbers of the game, without groups that have become empty or have one member."""
    found: list[Tree] = []
    for member in tree:
        if isinstance(member, int):
            found += [places[member]] if member in places else []
            continue
        inside = _numbered(member, places)
        found += [inside] if len(inside) > 1 else inside
    return found


def _merged(tree: list[Tree], most: int) -> list[Tree]:
    """At most `most` members: neighbours go together, in groups that can be looked into step by step."""
    if len(tree) <= most:
        return tree
    pieces = np.array_split(np.arange(len(tree)), most)
    groups = [[tree[place] for place in piece] for piece in pieces]
    return [group[0] if len(group) == 1 else _merged(group, _INSIDE) for group in groups]


# ---------------------------------------------------------------------- units of one input


def runs(parts: Parts, unit_of: Sequence[int | None], *, deep: bool) -> list[int]:
    """How many parts, one after the other, each unit of an input has.

    unit_of: of each part, None where it is idle. An idle part belongs to the unit that its group is all of otherwise;
    groups of idle parts are units, too. Parts that cannot be shown as one are units each.
    """
    if not can_unite(parts):
        return [1] * len(unit_of)
    found: list[tuple[int | None, int]] = []
    for unit, size in _runs(_levels(parts, deep) or range(len(unit_of)), unit_of):
        if found and unit is not None and found[-1][0] == unit:
            found[-1] = (unit, found[-1][1] + size)
        else:
            found.append((unit, size))
    return [size for _, size in found]


def _runs(tree: Sequence[Any], unit_of: Sequence[int | None]) -> list[tuple[int | None, int]]:
    """(unit, parts) of each group that is all of one unit, from the largest down."""
    found: list[tuple[int | None, int]] = []
    for member in tree:
        below = parts_below(member)
        units = {unit_of[part] for part in below} - {None}
        if len(units) < 2:
            found.append((next(iter(units), None), len(below)))
        else:
            found += _runs(member, unit_of)
    return found


def names(parts: Parts, absent: Sequence[int]) -> list[str]:
    """What those parts are called, groups that are absent as a whole by their own name."""
    if not is_nested(parts) or not parts.coarse_first:
        return [parts.labels[part] for part in absent]
    gone, sizes = set(absent), list[int]()
    for group in parts.levels():
        together = all(part in gone or parts.idle[part] for part in group)
        sizes += [len(group)] if together else [1] * len(group)
    firsts = np.cumsum([0, *sizes]).tolist()
    labels = parts.united(sizes).labels
    spans = zip(labels, firsts, firsts[1:], strict=False)
    return [label for label, start, stop in spans if not gone.isdisjoint(range(start, stop))]
