"""A coloured ground, and the colour of text that can be read on it."""

from __future__ import annotations

#: what lies under a translucent ground: the page's cards in light and in dark
_CARDS = ((255, 255, 255), (24, 27, 30))


def ground_of(colour: str) -> str:
    """The CSS variables --ground, and --on-ground: black or white, in light and in dark.

    They are made of the colour's numbers alone, so nothing else of the text gets into the page. The contrast is at
    least 4.5 to 1, as that of black or of white is on any ground. Raises ValueError for what is no colour.
    """
    from quickdemo.runtime.components.imageeditor_tools import as_hex  # of Pillow, which few need for this

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
