"""The colours of explanations: red for what raised the score, blue for what lowered it, stronger for stronger parts.

On a light page they are those of Gradio 3. On a dark page the colour is mixed into the page's dark ground instead of
white. Text on a colour is written in the first ink that WCAG 2 AA allows there (contrast 4.5 or more).
"""

from __future__ import annotations

import math
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]  #: red, green, blue, each 0..255 (sRGB)

RAISES: Colour = (231, 76, 60)
LOWERS: Colour = (52, 152, 219)
LIGHT: Colour = (255, 255, 255)  #: the ground of a light page
DARK: Colour = (24, 27, 31)  #: the ground of a dark page, the `--card` of page.css

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
INKS = {LIGHT: (25, 31, 37), DARK: (235, 237, 239)}  #: the ink of text on each ground, the `--ink` of page.css

AA = 4.5  #: the least contrast of text and its ground that WCAG 2 AA allows


def colour(value: float | None, ground: Colour = LIGHT) -> Colour:
    """The colour of a score from -1 to 1; larger ones are as strong as those. None and NaN give the ground itself.

    value: the score, divided by the largest absolute score of the explanation.
    ground: what weak colours fade into, LIGHT or DARK.
    """
    if value is None or math.isnan(value):
        return ground
    base = LOWERS if value < 0 else RAISES
    share = math.sqrt(min(abs(value), 1.0))
    red, green, blue = (math.floor(g * (1 - share) + b * share + 0.5) for g, b in zip(ground, base, strict=True))
    return red, green, blue


def ink(on: Colour, ground: Colour = LIGHT) -> Colour:
    """The colour of text on `on`: the page's ink where that can be read, else white or black."""
    return next((one for one in (INKS.get(ground, BLACK), WHITE, BLACK) if contrast(one, on) >= AA), BLACK)


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(rgb: Colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
