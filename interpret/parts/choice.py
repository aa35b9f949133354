"""A choice, or several, as parts: a tick, one of a list, any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.parts.base import Present, short

Scores = Sequence[float] | NDArray[np.float64]


class CheckboxParts:
    """Yes or no: one part. The alternative is the other."""

    kind = "choice"

    def __init__(self, value: bool, baseline: bool) -> None:
        self.value = value
        self.baseline = baseline
        self.labels = ["yes" if value else "no"]
        self.idle = np.array([value == baseline])
        self.alternatives = [not value]

    def masked(self, present: Present) -> bool:
        return self.value if present[0] else self.baseline

    def shown(self) -> dict[str, Any]:
        """As those of ChoiceParts; the choices are "no" and "yes"."""
        chosen, baseline = int(self.value), int(self.baseline)
        return {"choices": ["no", "yes"], "chosen": [chosen], "baseline": [baseline], "parts": [chosen]}

    def scores_2022(self, scores: Scores) -> tuple[float | None, float | None]:
        """(score of being unticked, score of being ticked), None where that is how it is."""
        score = float(scores[0])
        return (score, None) if self.value else (None, score)


class ChoiceParts:
    """One of several choices, or none: one part. The alternatives are the other choices."""

    kind = "choice"

    def __init__(
        self,
        names: Sequence[str],
        values: Sequence[Any],
        value: Any,
        baseline: Any,
        places: tuple[int | None, int | None],
    ) -> None:
        """
        names, values: what is shown of each choice, and what the function gets.
        value, baseline: what the function gets; None is none, and some lists take texts that are no choice of theirs.
        places: the indices of the two among the choices; None when they are none.
        """
        self._names, self._values = list(names), list(values)
        self._value, self._baseline = value, baseline
        self._chosen, self._base_place = places
        self.labels = ["none" if value is None else short(str(value) if self._chosen is None else names[self._chosen])]
        self.idle = np.array([places[0] == places[1] and (places[0] is not None or bool(value == baseline))])
        self._others = [index for index in range(len(self._names)) if index != self._chosen]
        self.alternatives = [self._values[index] for index in self._others]

    def masked(self, present: Present) -> Any:
        return self._value if present[0] else self._baseline

    def shown(self) -> dict[str, Any]:
        """{"choices": names, "chosen", "baseline": indices, "parts": the choice that each part is about, or null}"""
        return {
            "choices": self._names,
            "chosen": [] if self._chosen is None else [self._chosen],
            "baseline": [] if self._base_place is None else [self._base_place],
            "parts": [self._chosen],
        }

    def scores_2022(self, scores: Scores) -> list[float | None]:
        """One for each choice, None for the chosen one. scores: one for each of the alternatives."""
        listed: list[float | None] = [None] * len(self._names)
        for index, score in zip(self._others, scores, strict=True):
            listed[index] = float(score)
        return listed


class GroupParts:
    """Any number of choices: a part for each whose state is not that of the baseline. The alternatives are the value
    with one of all the choices ticked, or unticked."""

    kind = "choice"

    def __init__(
        self,
        names: Sequence[str],
        values: Sequence[Any],
        chosen: Sequence[int],
        baseline: Sequence[int],
        *,
        most: int | None = None,
    ) -> None:
        """
        names, values: what is shown of each choice, and what the function gets in a list.
        chosen, baseline: indices, in the order in which they were ticked.
        most: how many may be chosen at most.
        """
        self._names, self._values = list(names), list(values)
        self._chosen, self._baseline = list(chosen), list(baseline)
        self._most = most
        self._changed = sorted(set(chosen) ^ set(baseline))
        self.labels = [f"{'' if index in self._chosen else 'not '}{short(names[index])}" for index in self._changed]
        self.idle = np.zeros(len(self._changed), dtype=np.bool_)
        self.alternatives = [self._given(self._toggled(index)) for index in range(len(self._names))]

    def masked(self, present: Present) -> list[Any]:
        absent = {index for index, kept in zip(self._changed, present.tolist(), strict=True) if not kept}
        kept = [index for index in self._chosen if index not in absent]
        return self._given([*kept, *(index for index in self._baseline if index in absent)])

    def _toggled(self, index: int) -> list[int]:
        return [other for other in self._chosen if other != index] if index in self._chosen else [*self._chosen, index]

    def _given(self, indices: list[int]) -> list[Any]:
        return [self._values[index] for index in indices[: self._most]]

    def shown(self) -> dict[str, Any]:
        """As those of ChoiceParts."""
        return {"choices": self._names, "chosen": self._chosen, "baseline": self._baseline, "parts": self._changed}

    def scores_2022(self, scores: Scores) -> list[list[float | None]]:
        """[score, None] for each choice that is ticked, else [None, score]: the score of the other state."""
        pairs = zip(range(len(self._names)), scores, strict=True)
        return [[float(score), None] if index in self._chosen else [None, float(score)] for index, score in pairs]
