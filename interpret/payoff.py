"""The payoff of the game: the score that an output of the function stands for.

A `Scale` is made of what the whole input gave, and reads what masked inputs give as a small vector: the scores of the
classes, or one number. Which class is explained is chosen afterwards, so that another one needs no new calls.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np

from quickdemo.interpret.estimate import Values

MOST_CLASSES = 1000  #: of one output: the surest of the whole input
LARGEST = 1e300  #: a score beyond it has no differences that can be summed


class PayoffError(ValueError):
    """An output has no score. The text begins after the name of the function: "gave NaN for ..."."""


@dataclass(frozen=True)
class Target:
    """What is explained: an output of the function and, where it has classes, one of them.

    kind: "class" (confidence of a class), "number" (the output itself), "score" (of the author's `score=`), or
    "equal" (1 where the output is what the whole input gave, else 0).
    classes: all of them, the surest first. place: of the class among them; 0 where there are none.
    """

    output: int
    label: str
    kind: str
    name: str | None = None
    classes: tuple[str, ...] = ()
    place: int = 0

    def to_json(self) -> dict[str, Any]:
        """{"output", "label", "kind", "class", "classes"}."""
        facts: dict[str, Any] = {"output": self.output, "label": self.label, "kind": self.kind}
        return {**facts, "class": self.name, "classes": list(self.classes)}


class Scale:
    """How one output is scored.

    output, label: its place and its name. component: its kind, such as "label". original: what the whole input gave;
    of a Label as a person writes it: {class: confidence}, or the bare label.
    scorer: the author's `score=`, called with an answer and, if it takes two values, with the original one; it gives a
    number, or {name: number}.

    Raises PayoffError when the author's `score=` gives neither.
    """

    def __init__(
        self, output: int, label: str, component: str, original: Any, scorer: Callable[..., Any] | None = None
    ) -> None:
        self.output, self.label, self._component = output, label, component
        self._original = original
        self._scorer = None if scorer is None else _taking_two(scorer)
        found = original if self._scorer is None else self._by_author(original)
        self.kind = "score" if scorer is not None else _kind_of(component, original)
        confidences = _confidences(found) if self.kind == "class" or isinstance(found, Mapping) else {}
        surest = sorted(confidences, key=lambda name: _rank(confidences[name]))
        self.classes = tuple(surest[:MOST_CLASSES])

    def read(self, value: Any) -> Values:
        """The score of each class, or the one number, as (k,); a class that is missing is 0, NaN stays NaN.

        Raises PayoffError for what has no score.
        """
        if self._scorer is not None:
            value = self._by_author(value)
        if self.classes:
            confidences = _confidences(value)
            return np.array([confidences.get(name, 0.0) for name in self.classes], float)
        if self.kind == "equal":
            return np.array([1.0 if same(value, self._original) else 0.0])
        if self.kind == "class":
            return np.zeros(1)
        number = _number(value)
        if number is None:
            raise PayoffError(f"gave {_shown(value)} for {self.label}, where a number is needed.")
        return np.array([number])

    def _by_author(self, value: Any) -> Any:
        """What `score=` makes of an answer. Raises PayoffError from what it raises."""
        assert self._scorer is not None
        try:
            return self._scorer(value, self._original)
        except Exception as error:  # the author's code: any error is possible
            what = f"gave {_shown(value)}, for which score= raised {type(error).__name__}."
            raise PayoffError(what) from error

    def read_plain(self, values: Sequence[Any]) -> Values | None:
        """(m, k): as `read` of each of many values; None where not all of them are {class: float} with the very classes
        of the original, or floats where it is a number."""
        if self._scorer is not None or not values:
            return None
        if self.kind == "number":
            plain = self._component != "label" and set(map(type, values)) == {float}
            return np.array(values)[:, None] if plain else None
        plain = set(map(type, values)) == {dict} and set(map(len, values)) == {len(self.classes)}
        if not plain or len(self.classes) < 2 or "label" in self.classes:
            return None
        try:
            rows = list(map(itemgetter(*self.classes), values))
        except KeyError:
            return None
        return np.array(rows) if set(map(type, chain.from_iterable(rows))) == {float} else None

    def target(self, wanted: str | None = None) -> Target:
        """The class `wanted`, else the surest; the output itself where it has none. Raises PayoffError."""
        if not self.classes:
            if self.kind == "class":
                raise PayoffError(f"gave no class at all for {self.label}.")
            if wanted is not None:
                raise PayoffError(f"gives no classes for {self.label}, so there is no {_shown(wanted)}.")
            return Target(self.output, self.label, self.kind)
        if wanted is not None and wanted not in self.classes:
            offered = ", ".join(map(repr, self.classes[:8]))
            raise PayoffError(f"gave no class {_shown(wanted)} for {self.label}; there is {offered}.")
        place = 0 if wanted is None else self.classes.index(wanted)
        return Target(self.output, self.label, self.kind, self.classes[place], self.classes, place)


def score(vector: Values, target: Target) -> float:
    """The payoff: what `Scale.read` gave, for the target. Raises PayoffError for NaN and beyond LARGEST."""
    found = float(vector[target.place])
    if not abs(found) <= LARGEST:
        what = f"the class {target.name!r}" if target.name is not None else target.label
        raise PayoffError(f"gave {'NaN' if math.isnan(found) else found} for {what}, which cannot be compared.")
    return found


def same(value: Any, other: Any) -> bool:
    """Whether two values are equal, entry by entry for arrays, tables and pictures."""
    if value is other:
        return True
    if type(value) is not type(other) and not (_is_plain(value) and _is_plain(other)):
        return False
    if hasattr(value, "equals"):  # a table or a column of pandas or polars
        return bool(value.equals(other))
    if isinstance(value, (list, tuple)):
        return len(value) == len(other) and all(map(same, value, other))
    if isinstance(value, Mapping):
        return value.keys() == other.keys() and all(same(value[key], other[key]) for key in value)
    return _equal(value, other)


def _taking_two(scorer: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """The author's `score=` as a function of (answer, original answer); it may take the answer alone."""
    try:
        inspect.signature(scorer).bind(None, None)
    except (TypeError, ValueError):  # one value, or a built-in that does not tell
        return lambda answer, _: scorer(answer)
    return scorer


def _kind_of(component: str, original: Any) -> str:
    if component == "label" and (original is None or isinstance(original, Mapping)):
        return "class"
    return "number" if component in ("label", "number", "slider") and _number(original) is not None else "equal"


def _confidences(value: Any) -> dict[str, float]:
    """Confidences by class; a bare label is sure of itself, and no label is no class."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        return {str(value): 1.0}
    numbers = {str(name): _number(confidence) for name, confidence in value.items()}
    return {name: math.nan if number is None else number for name, number in numbers.items()}


def _rank(confidence: float) -> float:
    """Order of the surest first; NaN stands last."""
    return math.inf if math.isnan(confidence) else -confidence


def _number(value: Any) -> float | None:
    """The number that a value is, or that a text names; None when it is none."""
    if type(value) is float:
        return value
    if isinstance(value, (bool, np.bool_)):
        return float(value)
    if isinstance(value, np.ndarray) or hasattr(value, "item"):
        value = value.item() if getattr(value, "size", 1) == 1 else None
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    if not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _is_plain(value: Any) -> bool:
    return isinstance(value, (int, float, str, bool, np.number, np.bool_))


def _equal(value: Any, other: Any) -> bool:
    if isinstance(value, np.ndarray) or hasattr(value, "__array__"):
        one, two = np.asarray(value), np.asarray(other)
        return one.shape == two.shape and bool(np.all((one == two) | ((one != one) & (two != two))))
    try:
        return bool(value == other) or (value != value and other != other)
    except Exception:  # objects of the author's may compare as they like; what cannot be compared is not equal
        return False


def _shown(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:59] + "…"
