"""What a function of one's own (`interpretation=f`) may return, checked against the inputs, as scores of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.explanation import Explanation, InputScores
from quickdemo.interpret.parts.regions import map_png

if TYPE_CHECKING:
    from quickdemo.interpret.parts.base import Parts

_MOST_PIXELS = 512  #: longer side of the map of a picture
_LEVELS = 255  #: different scores of one picture
_EXAMPLES = {
    "text": ("a list of (text, score) pairs", "[('very', 0.2), (' ', 0), ('good', -0.1)]"),
    "picture": ("a 2-D array of scores, rows first", "np.zeros((height, width))"),
    "sound": ("a list of scores of equal stretches of time", "[0.1, -0.2, 0.0, 0.3]"),
    "table": ("a 2-D array of scores, one for each cell", "[[0.1, 0.0], [0.2, -0.1]]"),
    "number": ("one score", "0.3"),
    "choice": ("one score for each choice, None for those that do not count", "[0.1, None, -0.2]"),
}
_ANY = ("None, or a list of (text, score) pairs", "[('page 1', 0.4), ('page 2', -0.1)]")


class ShapeError(ValueError):
    """The function returned what is no interpretation of its inputs; the text says what is wanted, with an example."""


@dataclass(frozen=True)
class Input:
    """An input as the check needs it: its place and name, and its parts; None where it has none."""

    index: int
    label: str
    parts: Parts | None = None
    why: str = ""

    @property
    def wanted(self) -> str:
        """What is expected of the function, with an example."""
        what, example = _EXAMPLES.get(self.parts.kind, _ANY) if self.parts is not None else _ANY
        return f"{what} for {self.label}, such as {example}"


def read(returned: Any, inputs: Sequence[Input], name: str) -> Explanation:
    """The explanation that a function `name` gave for these inputs, which are those that a visitor sees.

    With one input its interpretation may stand without a list around it. None is no interpretation of an input.
    Raises ShapeError.
    """
    base = labels = note = None
    if isinstance(returned, Explanation):
        note = returned.note
        base, labels = returned.base, returned.labels if any(returned.labels) else None
        returned = [None if x is None else x for x in returned.values]
        if len(returned) != len(inputs):
            raise _miscounted(returned, inputs, name)
    found = [
        _scores(given, one, None if labels is None else labels[place], name)
        for place, (given, one) in enumerate(zip(_apart(returned, inputs, name), inputs, strict=True))
    ]
    return Explanation.of(found, base=base, note=note)


def _apart(returned: Any, inputs: Sequence[Input], name: str) -> list[Any]:
    """One interpretation for each input."""
    if len(inputs) == 1:
        try:
            _scores(returned, inputs[0], None, name)
        except ShapeError:
            if _is_row(returned) and len(returned) == 1:
                return list(returned)
        return [returned]
    if isinstance(returned, Mapping) and set(returned) <= {one.label for one in inputs}:
        return [returned.get(one.label) for one in inputs]
    if not _is_row(returned) or len(returned) != len(inputs):
        raise _miscounted(returned, inputs, name)
    return list(returned)


def _miscounted(returned: Any, inputs: Sequence[Input], name: str) -> ShapeError:
    got = f"{len(returned)} of them" if _is_row(returned) else _shown(returned)
    listed = "; ".join(one.wanted for one in inputs)
    one = "one interpretation" if len(inputs) == 1 else f"a list of {len(inputs)} interpretations, one for each input"
    return ShapeError(f"{name} must return {one}: {listed}. It returned {got}.")


def _scores(given: Any, one: Input, labels: Sequence[str] | None, name: str) -> InputScores:
    if given is None:
        return InputScores(one.index, one.label, why=one.why or f"{name} gave no interpretation of it.")
    kind = one.parts.kind if one.parts is not None else ""
    try:
        if labels:
            return _tokens(one, list(zip(labels, _numbers(given), strict=True)), given)
        if isinstance(given, Mapping):
            return _by_name(one, given)
        if _are_pairs(given) and kind in ("text", ""):
            return _tokens(one, given, given)
        return _of_kind(kind, one, given)
    except (TypeError, ValueError) as error:
        if isinstance(error, ShapeError):
            raise
        raise ShapeError(f"{name} must return {one.wanted}. It returned {_shown(given)}.") from None


def _of_kind(kind: str, one: Input, given: Any) -> InputScores:
    """Raises ValueError or TypeError for what has not the shape of that kind."""
    if kind == "picture" and np.ndim(given) == 2:
        return _picture(one, _finite(np.asarray(given, float)))
    if kind == "sound":
        return _sound(one, _numbers(given))
    if kind == "table" and np.ndim(given) == 2:
        return _table(one, given)
    if kind == "number":
        return _number(one, given)
    if kind == "choice":
        given = _one_each(given)
    return _plain(one, _numbers(given), given)


def _plain(one: Input, scores: NDArray[np.float64], given: Any) -> InputScores:
    """One score for each part, as the component divides its value."""
    if one.parts is None or len(scores) != len(one.parts.labels):
        raise ValueError
    labels = one.parts.labels
    return InputScores(
        one.index, one.label, one.parts.kind, None, labels, scores, None, one.parts.shown(), form=lambda: given
    )


def _by_name(one: Input, given: Mapping[Any, Any]) -> InputScores:
    """{part: score}; texts that are no parts of a text's own are its tokens."""
    names = [str(name) for name in given]
    scores = _numbers(list(given.values()))
    labels = [] if one.parts is None else one.parts.labels
    if labels and set(names) <= set(labels):
        by_name = dict(zip(names, scores.tolist(), strict=True))
        return _plain(one, np.array([by_name.get(label, 0.0) for label in labels]), given)
    if one.parts is not None and one.parts.kind != "text":
        raise ValueError
    return _tokens(one, list(zip(names, scores.tolist(), strict=True)), given)


def _tokens(one: Input, pairs: Sequence[Any], given: Any) -> InputScores:
    """(text, score) pairs: the function's own division of a text. A pair whose score is None is no part."""
    texts = [str(text) for text, _ in pairs]
    scored = [place for place, (_, score) in enumerate(pairs) if score is not None]
    parts = {place: part for part, place in enumerate(scored)}
    scores = _numbers([pairs[place][1] for place in scored])
    shown = {"tokens": [[text, parts.get(place)] for place, text in enumerate(texts)]}
    labels = [texts[place] for place in scored]
    return InputScores(one.index, one.label, "text", None, labels, scores, None, shown, form=lambda: given)


def _number(one: Input, given: Any) -> InputScores:
    """One score; or, as in 2022, scores of other values: [(value, score), ..., [value, None], ...], or of 8 steps."""
    assert one.parts is not None
    if np.ndim(given) == 0:
        return _plain(one, _numbers([given]), given)
    if _is_row(given) and len(given) == 1:
        return _plain(one, _numbers(given), given)
    pairs = list(given) if _are_pairs(given) else None
    if pairs is None:
        others = list(one.parts.alternatives)
        pairs = list(zip(others, _numbers(given).tolist(), strict=True))
    known = [(x, y) for x, y in pairs if y is not None]
    sweep = {"x": _numbers([x for x, _ in known]).tolist(), "y": _numbers([y for _, y in known]).tolist()}
    shown = one.parts.shown()
    return InputScores(
        one.index, one.label, "number", None, one.parts.labels, np.zeros(1), None, shown, sweep, lambda: given
    )


def _sound(one: Input, scores: NDArray[np.float64]) -> InputScores:
    assert one.parts is not None
    if not len(scores):
        raise ValueError
    shown = one.parts.shown()
    edges = [float(x) for x in np.linspace(0, float(shown.get("seconds", len(scores))), len(scores) + 1)]
    spans = [[round(a, 3), round(b, 3)] for a, b in zip(edges, edges[1:], strict=False)]
    labels = [f"{a:.2f} to {b:.2f} s" for a, b in spans]
    shown = {**shown, "spans": spans}
    return InputScores(one.index, one.label, "sound", None, labels, scores, None, shown, form=scores.tolist)


def _table(one: Input, given: Any) -> InputScores:
    """A score for each cell; those of cells that are no parts must be 0 or None."""
    assert one.parts is not None
    scores = np.array([[0.0 if x is None else float(x) for x in row] for row in given])
    places = one.parts.shown()["cells"]
    try:
        found = np.array([scores[row, column] for row, column in places])
    except IndexError:
        raise ValueError from None
    return _plain(one, _finite(found), given)


def _picture(one: Input, scores: NDArray[np.float64]) -> InputScores:
    """Each score is a part: the pixels that have it. More than 255 different ones are rounded to as many."""
    step = max(1, math.ceil(max(scores.shape) / _MOST_PIXELS))
    seen = scores[::step, ::step]
    values, places = np.unique(seen, return_inverse=True)
    if len(values) > _LEVELS:
        edges = np.linspace(values[0], values[-1], _LEVELS)
        places = np.rint((seen - values[0]) / (values[-1] - values[0]) * (_LEVELS - 1))
        values = edges
    levels = places.reshape(seen.shape).astype(np.uint8)
    labels = [f"regions of {value:.3g}" for value in values]
    shown = {"width": scores.shape[1], "height": scores.shape[0], "map": map_png(levels), "levels": True}
    return InputScores(one.index, one.label, "picture", None, labels, values, None, shown, form=scores.tolist)


def _one_each(given: Any) -> Any:
    """Scores of choices in the form of 2022, [score, None] or [None, score] of each, as one score of each."""
    if np.ndim(given) == 0:
        return [given]
    return [next((x for x in one if x is not None), 0.0) if _is_row(one) else 0.0 if one is None else one
            for one in given]  # fmt: skip


def _numbers(given: Any) -> NDArray[np.float64]:
    """(n,) finite numbers. Raises ValueError or TypeError."""
    found = np.asarray(list(given), float)
    if found.ndim != 1:
        raise ValueError
    return _finite(found)


def _finite(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    if not scores.size or not np.isfinite(scores).all():
        raise ValueError
    return scores


def _are_pairs(given: Any) -> bool:
    """Whether it is a list of pairs."""
    return _is_row(given) and len(given) > 0 and all(isinstance(x, (list, tuple)) and len(x) == 2 for x in given)


def _is_row(given: Any) -> bool:
    return isinstance(given, (list, tuple, np.ndarray))


def _shown(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else text[:79] + "…"
