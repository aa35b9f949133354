"""An explanation as a notebook shows it: HTML without scripts, readable on light and dark grounds.

Whatever has a colour has an ink of its own; all else has those of the notebook.
"""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from quickdemo.interpret.colours import LIGHT, LOWERS, RAISES, colour, ink

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from quickdemo.interpret.explanation import Explanation, InputScores

_MOST_ROWS = 20  #: parts in the table, the strongest
_PICTURE_SIDE = 480  #: pixels: the longest side of a picture
_STRIPE = 8  #: pixels from one stripe to the next, of what lowers the score
_NOISE = 1e-9  #: of the strongest score: less is rounding
_STRENGTH = 0.75  #: of the strongest colour over a picture
_LEFT = 'style="text-align:left;max-width:30em;white-space:normal;overflow-wrap:anywhere"'
_SCROLLED = "max-height:26em;max-width:60em;overflow:auto"


def to_html(explanation: Explanation) -> str:
    """What is explained, the texts and pictures in their colours, and a table of the strongest parts of all inputs."""
    target = explanation.target
    what = "Scores" if target is None else target.label if target.name is None else f"{target.label}: {target.name}"
    between = "" if explanation.base is None else f" {explanation.base:.4g} → {explanation.full:.4g}"
    calls = f", {explanation.calls} call{'s' * (explanation.calls != 1)}" if explanation.calls else ""
    scored = [one for one in explanation.inputs if one.kind is not None]
    scale = max((abs(score) for one in scored for score in one.scores.tolist()), default=0.0) or 1.0
    summed = explanation.estimator != "leave one out"
    drawn = "".join(_input(one, scale, summed) for one in scored)
    others = "".join(
        f"<p>{escape(one.why or '')}</p>"  # names the input
        for one in explanation.inputs
        if one.kind is None
    )
    note = f"<p><em>{escape(explanation.note)}</em></p>" if explanation.note else ""
    return (
        f'<div role="group" aria-label="Explanation of {escape(what, quote=True)}"><p><strong>{escape(what)}</strong>'
        f"{between} <small>({escape(explanation.estimator or explanation.method or '')}{calls})</small> "
        f"{_mark('raises it', 0.5)} {_mark('lowers it', -0.5)}</p>{note}{drawn}{_table(scored, scale)}{others}</div>"
    )


def _input(one: InputScores, scale: float, summed: bool) -> str:
    """A text or a picture in its colours; the parts of all else are in the table."""
    if "tokens" not in one.parts and one.picture is None:
        return ""
    total = f" {one.scores.sum():+.4g}" if summed else ""
    head = f"<p><strong>{escape(one.label)}</strong>{total}</p>"
    return head + (_words(one, scale) if "tokens" in one.parts else _picture(one, scale))


def _words(one: InputScores, scale: float) -> str:
    """The text itself. What lowers the score has a dashed line under it, what raises it a solid one."""
    found = []
    for text, part in _runs(one.parts["tokens"]):
        score = 0.0 if part is None else float(one.scores[part])
        found.append(_mark(text, score / scale, f"{score:+.4g}") if score else escape(text))
    return f'<div style="white-space:pre-wrap;line-height:1.9;{_SCROLLED}">{"".join(found)}</div>'


def _runs(tokens: Sequence[tuple[str, int | None]]) -> list[tuple[str, int | None]]:
    """The texts of parts and what stands between them; own functions give words without what separates these."""
    runs: list[tuple[str, int | None]] = []
    between, last = "", ""
    for text, part in tokens:
        if part is None:
            between += text
            continue
        if runs and runs[-1][1] == part:
            runs[-1] = (runs[-1][0] + between + text, part)
        else:
            runs += [(between or (" " if len(last) > 1 and len(text) > 1 else ""), None), (text, part)]
        between, last = "", text
    return [*runs, (between, None)]


def _mark(text: str, score: float, title: str = "") -> str:
    told = f' title="{title}"' if title else ""
    line = f"padding:0 .15em;border-bottom:2px {'dashed' if score < 0 else 'solid'} currentColor"
    return f'<span{told} style="{_ground(score)};{line}">{escape(text)}</span>'


def _picture(one: InputScores, scale: float) -> str:
    """The picture under the colours of its regions, as a JPEG; what lowers the score is striped."""
    assert one.picture is not None
    picture = one.picture(_PICTURE_SIDE)
    times = max(1, _PICTURE_SIDE // max(picture.shape[:2]))  # the pixels of a small one stay pixels
    picture = picture.repeat(times, axis=0).repeat(times, axis=1)
    height, width = picture.shape[:2]
    regions = Image.open(io.BytesIO(base64.b64decode(one.parts["map"]))).resize(
        (width, height), Image.Resampling.NEAREST
    )
    out = io.BytesIO()
    coloured = _under_colours(picture, np.asarray(regions), one.scores / scale)
    Image.fromarray(coloured).save(out, "JPEG", quality=88)
    strongest = one.labels[int(np.abs(one.scores).argmax())]
    said = f"{one.label} in the colours of its regions; the strongest is {strongest}. The table has their values."
    source = base64.b64encode(out.getvalue()).decode("ascii")
    bounds = f"display:block;max-width:100%;width:{width}px;height:auto"
    return f'<img src="data:image/jpeg;base64,{source}" alt="{escape(said, quote=True)}" style="{bounds}">'


def _under_colours(
    picture: NDArray[np.uint8], regions: NDArray[np.uint8], scores: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """picture: (h, w, 3), 0 to 255. regions: (h, w), the part of each pixel. scores: (n,), -1 to 1."""
    table = np.append(scores, np.zeros(256 - len(scores)))  # what belongs to no part has no colour
    score = table[regions]
    down, across = np.indices(regions.shape)
    thin = (score < 0) & ((down + across) % _STRIPE < _STRIPE // 2)
    share = (_STRENGTH * np.sqrt(np.minimum(np.abs(score), 1)) * np.where(thin, 0.35, 1.0))[..., None]
    hue = np.where((score < 0)[..., None], np.array(LOWERS, np.float32), np.array(RAISES, np.float32))
    return np.asarray(picture * (1 - share) + hue * share + 0.5).astype(np.uint8)


def _table(scored: Sequence[InputScores], scale: float) -> str:
    """The strongest parts of all inputs, and what the others sum to."""
    rows = [row for one in scored for row in _rows(one) if abs(row.score) > _NOISE * scale]
    rows.sort(key=lambda row: -abs(row.score))
    if not rows:
        return "<p>No part makes a difference.</p>"
    several = len(scored) > 1
    cells = [
        f"<tr>{f'<td {_LEFT}>{escape(row.input)}</td>' if several else ''}"
        f'<th scope="row" {_LEFT}>{escape(row.part)}</th>'
        f'<td style="{_ground(row.score / scale)}">{row.score:+.4g}{row.spread}</td></tr>'
        for row in rows[:_MOST_ROWS]
    ]
    if rest := rows[_MOST_ROWS:]:
        cells.append(
            f'<tr>{"<td></td>" if several else ""}<th scope="row" {_LEFT}>and {len(rest)} more</th>'
            f"<td>{sum(row.score for row in rest):+.4g}</td></tr>"
        )
    names = [*(["Input"] if several else []), "Part", "Contribution"]
    head = "".join(f'<th scope="col" {_LEFT}>{name}</th>' for name in names)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(cells)}</tbody></table>"


class _Row(NamedTuple):
    input: str
    part: str
    score: float
    spread: str


def _rows(one: InputScores) -> Iterator[_Row]:
    errors = np.full(len(one.scores), np.nan) if one.errors is None else one.errors
    for part, score, error in zip(one.labels, one.scores.tolist(), errors.tolist(), strict=True):
        yield _Row(one.label, part, score, f" ± {error:.2g}" if error > 0 else "")


def _ground(score: float) -> str:
    """The style of what has this score, -1 to 1: its colour, and an ink that can be read on it."""
    if not score:
        return ""
    on = colour(score, LIGHT)
    return f"background:rgb{on};color:rgb{ink(on)}"
