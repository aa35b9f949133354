"""How the calls of an explanation are divided between groups of parts and what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quickdemo.interpret.estimators.levels import Tree, calls_inside
from quickdemo.interpret.forest import few, forest
from quickdemo.interpret.parts.base import is_nested

if TYPE_CHECKING:
    from quickdemo.interpret.parts.base import Parts

LOOKS_INSIDE = ("default", "shap")  #: the methods that do
_MOST_FLAT = 64  #: parts that are explained all at once where they come in levels
_FEW = 32  #: calls that suffice for one level of groups only


@dataclass(frozen=True)
class Division:
    """tree: the uppermost groups, each with what is in it. deep: long texts are in paragraphs. upper: calls for the
    uppermost groups; the others are for what is in them."""

    tree: list[Tree]
    deep: bool
    upper: int

    @property
    def nested(self) -> bool:
        """Whether there is anything in groups."""
        return any(not isinstance(member, int) for member in self.tree)


def divided(inputs: Sequence[Parts], method: str, calls: int) -> Division:
    """
    Pictures are in their coarse regions from the start, which get what both of their ends take, and half of what is
    beyond. Where there are very many parts, or few calls, half of all calls are for what is in groups.
    """
    flat = forest(inputs)
    looks = method in LOOKS_INSIDE
    scarce = calls < 2 * len(flat) + 2
    deep = (scarce or len(flat) > _MOST_FLAT) and any(map(is_nested, inputs))
    if looks and (scarce or deep):
        half = calls if calls < _FEW else calls // 2
        return Division(few(inputs, max(1, (half - 2) // 2)), True, half)
    if scarce and method != "exact":
        return Division(few(inputs, max(1, (calls - 2) // 2)), True, calls)
    share = min(calls_inside(flat), max(calls - 2 * len(flat) - 2, 0) // 2) if looks else 0
    largest = max((2 * len(member) for member in flat if not isinstance(member, int)), default=0)
    return Division(flat, False, calls - share if share >= largest else calls)
