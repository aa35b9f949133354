"""CSS colours that an author gives: as hexadecimal numbers, and as a ground under text that can be read on it."""

from __future__ import annotations

import re
from typing import Any

from quickdemo.runtime.errors import shown

_ALPHA = re.compile(r"rgba\(\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)(%?)\s*\)", re.IGNORECASE)

#: what lies under a translucent ground: the page's cards in light and in dark
_CARDS = ((255, 255, 255), (24, 27, 30))


def as_hex(colour: Any) -> str:
    """`#rrggbb`, or `#rrggbbaa` of what is translucent. Raises ValueError for what is no colour."""
    from PIL import ImageColor  # few demos name a colour

    given, opacity = colour if isinstance(colour, (tuple, list)) and len(colour) == 2 else (colour, 1.0)
    if not isinstance(given, str) or isinstance(opacity, bool) or not isinstance(opacity, (int, float)):
        raise ValueError(f"A colour is a text such as '#cc3232', or (text, opacity); this is {shown(colour)}.")
    if not 0 <= opacity <= 1:
        raise ValueError(f"The opacity of a colour is from 0 to 1; this is {shown(colour)}.")
    found = _ALPHA.fullmatch(given.strip())
    if found:  # CSS says alpha from 0 to 1, Pillow from 0 to 255
        red, green, blue, alpha = (float(part) for part in found.groups()[:4])
        opacity *= min(1.0, alpha / 100 if found[5] else alpha)
        given = f"rgb({red:.0f}, {green:.0f}, {blue:.0f})"
    try:
        parts = ImageColor.getrgb(given.strip())
    except ValueError:
        raise ValueError(f"A colour is '#cc3232', 'teal' or 'rgb(204, 50, 50)'; this is {shown(colour)}.") from None
    alpha = round((parts[3] if len(parts) == 4 else 255) * opacity)
    text = "#" + "".join(f"{min(255, part):02x}" for part in parts[:3])
    return text if alpha == 255 else f"{text}{alpha:02x}"


def ground_of(colour: str) -> str:
    """The CSS variables --ground, and --on-ground: black or white, in light and in dark.

    They are made of the colour's numbers alone, so nothing else of the text gets into the page. The contrast is at
    least 4.5 to 1, as that of black or of white is on any ground. Raises ValueError for what is no colour.
    """
    known = as_hex(colour)
    red, green, blue, alpha = bytes.fromhex(known[1:].ljust(8, "f"))
    inks = [_ink((red, green, blue), alpha / 255, card) for card in _CARDS]
    return f"--ground: {known}; --on-ground: light-dark({inks[0]}, {inks[1]})"


def _ink(colour: tuple[int, ...], alpha: float, card: tuple[int, ...]) -> str:
    """Black or white, whichever stands out more from the colour over the card."""
    mixed = [over * alpha + under * (1 - alpha) for over, under in zip(colour, card, strict=True)]
    light = _luminance(mixed)
    return "#000" if (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) else "#fff"


def _luminance(colour: list[float]) -> float:
    """The relative luminance of WCAG, from 0 to 1, of parts from 0 to 255."""
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
