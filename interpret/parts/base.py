"""What the parts of an input are: the players that it brings into the game."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Present = NDArray[np.bool_]  #: (n,): True where a part is present


class Parts(Protocol):
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
    def labels(self) -> list[str]:
        """What each part is called in a table and by a screen reader: "very", "region 3", "0.5 to 1 s"."""
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

    def shown(self) -> dict[str, Any]:
        """How the page draws the parts: JSON, without any score."""
        ...

    def scores_2022(self, scores: Sequence[float] | NDArray[np.float64]) -> Any:
        """The scores in the form in which Gradio 3.0 gave them, signed. See the class for what they are of."""
        ...


def nothing_idle(count: int) -> Present:
    """(count,) of False."""
    return np.zeros(count, dtype=np.bool_)


def short(text: str, longest: int = 60) -> str:
    """A label of at most so many characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
