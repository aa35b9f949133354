"""What the parts of an input are: the players that it brings into the game."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeGuard

import numpy as np
from numpy.typing import NDArray

Present = NDArray[np.bool_]  #: (n,): True where a part is present


class View(Protocol):
    """How parts, or units of parts that go together, are named, drawn, and scored in the form of 2022."""

    @property
    def labels(self) -> list[str]:
        """What each is called in a table and by a screen reader: "very", "region 3", "0.5 to 1 s"."""
        ...

    def shown(self) -> dict[str, Any]:
        """How the page draws them: JSON, without any score."""
        ...

    def scores_2022(self, scores: Sequence[float] | NDArray[np.float64]) -> Any:
        """The scores in the form in which Gradio 3.0 gave them, signed. See the class for what they are of."""
        ...


class Parts(View, Protocol):
    """The parts of one value, of which each may be absent: replaced by its baseline.

    Two ways to score them in the form of 2022: one score for each part where `alternatives` is empty (texts, pictures,
    sounds, tables), else one for each alternative (numbers, choices): how much the explained score changes when the
    function gets that in place of the value.
    """

    @property
    def kind(self) -> str:
        """ "text", "picture", "sound", "table", "number" or "choice"."""
        ...

    @property
    def idle(self) -> Present:
        """(n,): True where the baseline is what the part is anyway, so that it has no effect."""
        ...

    @property
    def alternatives(self) -> Sequence[Any]:
        """Other values that the function may get in place of this one; empty for texts, pictures, sounds and tables."""
        ...

    def masked(self, present: Present) -> Any:
        """The value that the function gets when only these parts are present; the value itself when all are. The
        function may change what it gets."""
        ...


class Uniting(Parts, Protocol):
    """Parts of which neighbours may be shown as one unit, with one score: those that were only explained together."""

    def united(self, sizes: Sequence[int]) -> View:
        """The parts as units of so many neighbours each, which sum to all of them."""
        ...


class Nested(Uniting, Protocol):
    """Parts that come in groups, which are explained before what is in them: a unit is a group that was not looked
    into, or a part of one that was."""

    @property
    def coarse_first(self) -> bool:
        """Whether that is so in any case; else only where there are too many parts for looking at each."""
        ...

    def levels(self) -> list[Any]:
        """Nested lists of the indices of the parts: each once, in order."""
        ...


def can_unite(parts: Parts) -> TypeGuard[Uniting]:
    """Whether neighbours among its parts may be shown as one."""
    return hasattr(parts, "united")


def is_nested(parts: Parts) -> TypeGuard[Nested]:
    """Whether its parts come in groups, such as the words of sentences."""
    return hasattr(parts, "levels")


def nothing_idle(count: int) -> Present:
    """(count,) of False."""
    return np.zeros(count, dtype=np.bool_)


def short(text: str, longest: int = 60) -> str:
    """A label of at most so many characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
