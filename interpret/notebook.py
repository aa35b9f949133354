"""An explanation as a notebook shows it: HTML without scripts, readable on light and dark grounds."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from quickdemo.interpret.colours import LIGHT, colour, ink

if TYPE_CHECKING:
    from quickdemo.interpret.explanation import Explanation, InputScores

_MOST_ROWS = 20  #: parts in the table of one input, the strongest


def to_html(explanation: Explanation) -> str:
    """The words of texts in their colours, and a table of the strongest parts of every input."""
    target = explanation.target
    what = "Scores" if target is None else target.label if target.name is None else f"{target.label}: {target.name}"
    between = "" if explanation.base is None else f" {explanation.base:.4g} → {explanation.full:.4g}"
    how = f"{explanation.estimator}, {explanation.calls} calls"
    scores = [abs(score) for one in explanation.inputs if one.kind is not None for score in one.scores.tolist()]
    scale = max(scores, default=0.0) or 1.0
    summed = explanation.estimator != "leave one out"
    inputs = "".join(_input(one, scale, summed) for one in explanation.inputs)
    note = f"<p><em>{escape(explanation.note)}</em></p>" if explanation.note else ""
    return f"<div><p><strong>{escape(what)}</strong>{between} <small>({escape(how)})</small></p>{note}{inputs}</div>"


def _input(one: InputScores, scale: float, summed: bool) -> str:
    if one.kind is None:
        return f"<p><strong>{escape(one.label)}</strong> {escape(one.why or '')}</p>"
    total = f" {one.scores.sum():+.4g}" if summed else ""
    head = f"<p><strong>{escape(one.label)}</strong>{total}</p>"
    return head + (_words(one, scale) if "tokens" in one.parts else "") + _table(one, scale)


def _words(one: InputScores, scale: float) -> str:
    """The text itself. A word that lowers the score has a dashed line under it, one that raises it a solid one."""
    found = []
    for text, part in one.parts["tokens"]:
        if part is None:
            found.append(escape(text))
            continue
        score = float(one.scores[part])
        line = f"border-bottom:2px {'dashed' if score < 0 else 'solid'} currentColor;" if score else ""
        found.append(f'<span title="{score:+.4g}" style="{_ground(score, scale)}{line}">{escape(text)}</span>')
    return f'<p style="white-space:pre-wrap;line-height:1.9">{"".join(found)}</p>'


def _table(one: InputScores, scale: float) -> str:
    order = sorted(range(len(one.scores)), key=lambda part: -abs(one.scores[part]))
    rows = [
        f'<tr><th scope="row" style="text-align:left">{escape(one.labels[part])}</th>'
        f'<td style="{_ground(float(one.scores[part]), scale)}">{one.scores[part]:+.4g}</td></tr>'
        for part in order[:_MOST_ROWS]
    ]
    more = len(order) - len(rows)
    caption = f"<caption>The strongest {len(rows)} of {len(order)} parts</caption>" if more else ""
    return f"<table>{caption}<tbody>{''.join(rows)}</tbody></table>"


def _ground(score: float, scale: float) -> str:
    """The style of what has this score: its colour, and an ink that can be read on it."""
    on = colour(score / scale, LIGHT)
    return f"background:rgb{on};color:rgb{ink(on)};"
