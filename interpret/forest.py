"""Groups of the parts of all inputs, for games that have more parts than calls; see estimators/levels.py."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from quickdemo.interpret.estimators.levels import Tree
    from quickdemo.interpret.parts.base import Parts

_INSIDE = 16  #: members of a group that is looked into


def forest(inputs: Sequence[Parts], most: int) -> list[Tree]:
    """At most `most` groups (or single parts) of the parts that are not idle, numbered over all inputs in their order.

    A text is divided into its paragraphs, these into sentences and words; parts of other inputs are grouped with their
    neighbours. Inputs stay apart as long as there are as many groups as inputs.
    """
    numbers = count()
    trees = [_tree(parts, numbers) for parts in inputs]
    trees = [tree for tree in trees if tree]
    total = sum(map(len, trees))
    if total > most >= len(trees):
        trees = [_merged(tree, max(1, int(most * len(tree) / total))) for tree in trees]
        while sum(map(len, trees)) > most:  # each has one at least, so the shares may be too many
            largest = max(range(len(trees)), key=lambda place: len(trees[place]))
            trees[largest] = _merged(trees[largest], len(trees[largest]) - 1)
    return _merged([member for tree in trees for member in tree], most)


def _tree(parts: Parts, numbers: Any) -> list[Tree]:
    """The uppermost groups of one input; takes a number for each part that has an effect."""
    places = {int(part): next(numbers) for part in np.flatnonzero(~parts.idle)}
    levels = _levels(parts)
    tree = list(places.values()) if levels is None else _numbered(levels, places)
    while len(tree) == 1 and not isinstance(tree[0], int):
        tree = list(tree[0])
    return tree


def has_levels(parts: Parts) -> bool:
    """Whether its parts come in groups, such as the words of sentences."""
    return _levels(parts) is not None


def _levels(parts: Parts) -> Any:
    """Nested lists of the numbers of its parts, or None."""
    found = getattr(parts, "tree", None)
    made = getattr(parts, "levels", None)
    return made() if found is None and made is not None else found


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
