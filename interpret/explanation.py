"""Explanation: what each part of the inputs added to the score of what is explained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.decimals import decimals
from quickdemo.interpret.estimate import Values
from quickdemo.interpret.payoff import Target

_DIGITS = 12  #: significant digits of numbers in JSON: more is noise of the arithmetic


@dataclass(frozen=True)
class InputScores:
    """The scores of one input.

    index, label: its place and its name. kind: of its parts ("text", "picture", "sound", "table", "number", "choice"),
    None where it has none; `why` says then why. labels: one for each unit: a part, or a group of parts that was not
    looked into. sizes: how many parts, one after the other, each unit has; None where each is one part.
    scores: (units,) in the unit of the score. errors: (units,) standard errors, nan where one is not known; None where
    none are known.
    parts: how the page draws them (JSON, without scores).
    sweep: {"x": [...], "y": [...]}: the score for other values of a number, a slider or a choice; None elsewhere.
    form: gives the scores as Gradio 3 gave them, which may be a number for each pixel; None where there are none.
    picture: gives a picture for looking at, (h, w, 3), uint8, of at most so many pixels on its longer side; None where
    the input is none.
    """

    index: int
    label: str
    kind: str | None = None
    why: str | None = None
    labels: Sequence[str] = ()
    scores: Values = field(default_factory=lambda: np.zeros(0))
    errors: Values | None = None
    parts: dict[str, Any] = field(default_factory=dict)
    sweep: dict[str, Any] | None = None
    form: Callable[[], Any] | None = None
    sizes: Sequence[int] | None = None
    picture: Callable[[int], NDArray[np.uint8]] | None = None

    def to_json(self) -> dict[str, Any]:
        """One entry of "inputs"; see `Explanation.to_json`."""
        if self.kind is None:
            return {"index": self.index, "label": self.label, "kind": None, "why": self.why}
        return {
            "index": self.index,
            "label": self.label,
            "kind": self.kind,
            "total": _short(float(self.scores.sum())),
            "parts": self.parts,
            "labels": list(self.labels),
            "scores": [_short(x) for x in self.scores.tolist()],
            "sizes": None if self.sizes is None else list(self.sizes),
            "errors": None if self.errors is None else [None if x != x else _short(x) for x in self.errors.tolist()],
            "sweep": self.sweep,
        }


class Explanation:
    """Scores of the parts of all inputs, in the unit of the score that is explained.

    values: for each input an array of the scores of its units, or None where it has none: a unit is a part, such as a
    word, or a group that was not looked into, such as a paragraph. labels: the same of texts.
    base: the score with every part replaced by its baseline. full: that of the inputs as they are; the scores of all
    parts sum to full - base.
    errors: standard errors like `values`, nan where one is not known; None where none are known.
    method: what was asked for; estimator: what made the scores. calls: of the function. budget: that it could make.
    seed: what sampling began with; it follows from the inputs. target: what is explained, None for scores of one's own.
    note: what a reader must know to read the scores rightly, such as that the function has no answer without any
    part, so that `base` is None and each score says what is lost without that part alone; None where all is well.
    closer: what to ask for to know more, and the calls that it takes: {"calls", "inside", "budget", "method"}; `inside`
    is None when that is no closer look but a more exact one. None when there is no more to know.

    A function of one's own (`interpretation=f`) may return one made of `values`, and `base` and `labels` if it likes:
    with one input `values` may be its scores, and `labels` its texts, without a list around them.
    """

    def __init__(
        self,
        values: Any,
        base: float | None = None,
        labels: Any = None,
        *,
        full: float | None = None,
        errors: Any = None,
        method: str = "custom",
        estimator: str = "",
        calls: int = 0,
        budget: int | None = None,
        seed: int | None = None,
        target: Target | None = None,
        final: bool = True,
        seconds: float = 0.0,
        remaining_s: float | None = None,
        inputs: Sequence[InputScores] = (),
        note: str | None = None,
        closer: dict[str, Any] | None = None,
    ) -> None:
        self.values = _by_input(values)
        self.labels = _labels_by_input(labels, len(self.values))
        self.errors = None if errors is None else _by_input(errors)
        self.base = None if base is None else float(base)
        given = [x for x in self.values if x is not None]
        total = float(sum(x.sum() for x in given))
        self.full = full if full is not None else None if self.base is None else self.base + total
        self.method, self.estimator = method, estimator or method
        self.calls, self.budget, self.seed = calls, budget, seed
        self.target, self.final = target, final
        self.seconds, self.remaining_s = seconds, remaining_s
        self.inputs = list(inputs)
        self.note = note
        self.closer = closer

    @classmethod
    def of(cls, inputs: Sequence[InputScores], **facts: Any) -> Explanation:
        """The explanation of these inputs; `facts` are the keyword arguments of the constructor."""
        values = [None if one.kind is None else one.scores for one in inputs]
        labels = [list(one.labels) for one in inputs]
        errors = [None if one.kind is None else one.errors for one in inputs]
        known = any(x is not None for x in errors)
        return cls(values, labels=labels, errors=errors if known else None, inputs=inputs, **facts)

    @property
    def totals(self) -> list[float | None]:
        """For each input the sum of its scores, None where it has no parts."""
        return [None if x is None else float(x.sum()) for x in self.values]

    def to_json(self) -> dict[str, Any]:
        """As it is sent and exported: {"method", "estimator", "target", "base", "full", "calls", "budget", "seed",
        "final", "seconds", "remaining_s", "note", "closer", "inputs": [{"index", "label", "kind", "total", "parts",
        "labels", "scores", "sizes", "errors", "sweep"} or {"index", "label", "kind": None, "why"}]}. Plain values,
        ready for `json.dumps`."""
        return {
            "method": self.method,
            "estimator": self.estimator,
            "target": None if self.target is None else self.target.to_json(),
            "base": None if self.base is None else _short(self.base),
            "full": None if self.full is None else _short(self.full),
            "calls": self.calls,
            "budget": self.budget,
            "seed": self.seed,
            "final": self.final,
            "seconds": round(self.seconds, 3),
            "remaining_s": None if self.remaining_s is None else round(self.remaining_s, 1),
            "note": self.note,
            "closer": self.closer,
            "inputs": [one.to_json() for one in self.inputs],
        }

    def to_2022(self) -> list[Any]:
        """The scores of each input in the form of Gradio 3; None where an input has no parts."""
        return [None if one.form is None else one.form() for one in self.inputs]

    def ranked(self) -> list[tuple[str, str, float]]:
        """(label of the input, label of the part, score) of every part, the strongest first."""
        found = []
        for place, (values, labels) in enumerate(zip(self.values, self.labels, strict=True)):
            name = self.inputs[place].label if self.inputs else f"input {place}"
            scores = [] if values is None else values.ravel().tolist()
            texts = labels if len(labels) == len(scores) else [str(n) for n in range(len(scores))]
            found += [(name, text, score) for text, score in zip(texts, scores, strict=True)]
        return sorted(found, key=lambda row: -abs(row[2]))

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        from quickdemo.interpret.notebook import to_html  # nobody else needs it

        return to_html(self)

    def __repr__(self) -> str:
        what = "" if self.target is None else f" of {self.target.label}"
        if self.target is not None and self.target.name is not None:
            what += f" {self.target.name!r}"
        between = "" if self.base is None or self.full is None else f": {self.base:.4g} -> {self.full:.4g}"
        calls = f", {self.calls} call{'s' * (self.calls != 1)}" if self.calls else ""
        head = f"Explanation{what}{between} ({self.estimator}{calls})"
        rows = self.ranked()
        digits = decimals(abs(rows[0][2]) if rows else 0)
        lines = [f"  {score:+.{digits}f}  {text}" for _, text, score in rows[:10]]
        left = len(rows) - 10
        more = [f"  ... and {left} more part{'' if left == 1 else 's'}"] if left > 0 else []
        note = [f"  Note: {self.note}"] if self.note else []
        return "\n".join([head, *lines, *more, *note])


def _by_input(values: Any) -> list[NDArray[np.float64] | None]:
    """One array for each input. Scores without a list around them are those of the only input."""
    if isinstance(values, np.ndarray) or not any(x is None or np.ndim(x) > 0 for x in values):
        return [np.asarray(values, float)]
    return [None if x is None else np.asarray(x, float) for x in values]


def _labels_by_input(labels: Any, inputs: int) -> list[list[str]]:
    if labels is None:
        return [[] for _ in range(inputs)]
    if all(isinstance(x, str) for x in labels):
        labels = [labels]
    return [[] if x is None else [str(text) for text in x] for x in labels]


def _short(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")
