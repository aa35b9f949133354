"""`gr.themes`: a colour, corners, letters and fonts of the page. Contrast stays, whatever the colour: only hues change.

The classes and names are those of Gradio from version 3.23 on. What has no counterpart on this page is accepted and
without effect, and fonts are never fetched: one that the visitor's machine lacks gives way to the page's own.
"""

from __future__ import annotations

import math
import re
import warnings
from types import SimpleNamespace
from typing import Any

#: hue in degrees and chroma of oklch (CSS Color 4, section 9.3), near the colours of these names in Tailwind's palette
_HUES: dict[str, tuple[float, float]] = {
    "slate": (257, 0.035), "gray": (262, 0.025), "zinc": (286, 0.014), "neutral": (0, 0.0), "stone": (58, 0.012),
    "red": (27, 0.16), "orange": (45, 0.13), "amber": (62, 0.11), "yellow": (85, 0.10), "lime": (128, 0.12),
    "green": (148, 0.12), "emerald": (163, 0.10), "teal": (184, 0.085), "cyan": (215, 0.09), "sky": (240, 0.11),
    "blue": (262, 0.17), "indigo": (275, 0.18), "violet": (291, 0.19), "purple": (303, 0.20), "fuchsia": (322, 0.19),
    "pink": (356, 0.17), "rose": (15, 0.16),
}  # fmt: skip
_SHADES = (50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950)
_RADII = {"none": "0rem", "sm": ".375rem", "md": ".625rem", "lg": "1rem", "xxl": "1.5rem"}
_TEXTS = {"sm": ".875rem", "md": ".9375rem", "lg": "1.0625rem"}
_NAME = re.compile(r"[\w .-]{1,60}")


class Color:
    """A colour in eleven shades, as `gr.themes.Color("#f0f9ff", ..., name="mine")`; the middle one tells the hue.

    Raises ValueError when that is no hexadecimal colour.
    """

    def __init__(self, *shades: str, name: str | None = None, **named: str) -> None:
        """shades: from the lightest (c50) to the darkest (c950), as "#rrggbb"; or by name, c500="#0ea5e9"."""
        self.name = name
        given = {f"c{shade}": value for shade, value in zip(_SHADES, shades, strict=False)} | named
        for attribute, value in given.items():
            setattr(self, attribute, value)
        if name not in _HUES or given:
            self.hue = _hue_of(given.get("c500") or next(iter(given.values()), ""))
        else:
            self.hue = _HUES[name]

    def expand(self) -> list[str]:
        """The shades that were given."""
        return [getattr(self, f"c{shade}") for shade in _SHADES if hasattr(self, f"c{shade}")]


class Size:
    """Steps of a length; `name` ends in "_sm", "_md" and so on, which is what counts."""

    def __init__(self, *steps: str, name: str | None = None, **named: str) -> None:
        self.name = name
        self.steps = [*steps, *named.values()]


class Font:
    """A font by the name under which the visitor's machine has it. Raises ValueError for what cannot be one."""

    def __init__(self, name: str, weights: Any = None) -> None:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(f"A font has a name of letters, digits, spaces, dots and hyphens; this was {name!r}.")
        self.name = name
        del weights


class GoogleFont(Font):
    """The same: it is not fetched from anywhere, but used where it is installed."""


class LocalFont(Font):
    """The same."""


class ThemeClass:
    """A theme. `css` is what it adds to the page's style sheet."""

    hue: str | None = None
    radius: str | None = None

    def __init__(
        self,
        *,
        primary_hue: Color | str | None = None,
        secondary_hue: Color | str | None = None,
        neutral_hue: Color | str | None = None,
        text_size: Size | str | None = None,
        spacing_size: Size | str | None = None,
        radius_size: Size | str | None = None,
        font: Any = None,
        font_mono: Any = None,
    ) -> None:
        """
        primary_hue: of buttons, links and marks: a name such as "emerald", or a Color.
        text_size: "sm", "md" or "lg". radius_size: "none", "sm", "md", "lg" or "xxl".
        font, font_mono: names of fonts, the first that the visitor's machine has counts.
        secondary_hue, neutral_hue, spacing_size: accepted; the page has one colour, and its own greys and distances.

        Raises ValueError for a colour, a size or a font that is none.
        """
        given = primary_hue if primary_hue is not None else self.hue
        rules = [] if given is None else _accent(_color(given).hue)
        if radius_size is not None or self.radius is not None:
            rules += _radius(_step("radius_size", radius_size or self.radius, _RADII))
        if text_size is not None:
            rules.append(f"--text: {_step('text_size', text_size, _TEXTS)}")
        rules += _fonts("--sans", font) + _fonts("--mono", font_mono)
        for hue in (secondary_hue, neutral_hue):
            if hue is not None:
                _color(hue)
        del spacing_size
        self.css = f":root {{ {'; '.join(rules)} }}" if rules else ""

    @property
    def name(self) -> str:
        """Of its class, in small letters."""
        return type(self).__name__.lower()

    def set(self, **variables: Any) -> ThemeClass:
        """Accepted: this page has none of Gradio's variables. Warns, and returns the theme itself."""
        if variables:
            warnings.warn(
                f"theme.set({', '.join(list(variables)[:3])}...) has no effect here: use css=, with the variables of "
                "the page's own style sheet, such as --accent.",
                stacklevel=2,
            )
        return self


class Base(ThemeClass):
    """The page as it is."""


class Default(ThemeClass):
    """The page as it is."""


class Soft(ThemeClass):
    """Indigo, with round corners."""

    hue, radius = "indigo", "lg"


class Monochrome(ThemeClass):
    """Greys, with square corners."""

    hue, radius = "neutral", "none"


class Glass(ThemeClass):
    """Stone."""

    hue = "stone"


class Origin(ThemeClass):
    """Orange, as Gradio 4 looked."""

    hue = "orange"


class Citrus(ThemeClass):
    """Amber."""

    hue = "amber"


class Ocean(ThemeClass):
    """Emerald, with round corners."""

    hue, radius = "emerald", "lg"


class Theme(Base):
    """The same as Base, under the name that subclasses are made of."""


colors = SimpleNamespace(**{name: Color(name=name) for name in _HUES})
sizes = SimpleNamespace(
    **{f"{what}_{step}": Size(name=f"{what}_{step}") for what in ("radius", "spacing", "text") for step in _RADII}
)


def theme_of(given: Any) -> tuple[str, str]:
    """Name and CSS of what `theme=` was given. Names warn, as in 2022, when they are not "default"."""
    if isinstance(given, ThemeClass):
        return given.name, given.css
    named = {"base": Base, "default": Default, "soft": Soft, "monochrome": Monochrome, "glass": Glass}
    named |= {"origin": Origin, "citrus": Citrus, "ocean": Ocean}
    name = str(given or "default")
    if name.lower() in named:
        return name.lower(), named[name.lower()]().css
    warnings.warn("Currently, only the 'default' theme is supported.", stacklevel=5)
    return name, ""


def _color(given: Color | str) -> Color:
    if isinstance(given, Color):
        return given
    if given not in _HUES:
        raise ValueError(f"No such colour: {given!r}. There are {', '.join(_HUES)}, and gr.themes.Color.")
    return Color(name=given)


def _accent(hue: tuple[float, float]) -> list[str]:
    """The page's variables of its colour. Lightness stays as it is there, and with it the contrast."""
    angle, chroma = hue
    shades = {
        "--accent": ((0.455, 1.0), (0.815, 0.75)),
        "--accent-hover": ((0.395, 0.9), (0.865, 0.6)),
        "--on-accent": ((1.0, 0.0), (0.185, 0.25)),
        "--accent-tint": ((0.945, 0.2), (0.285, 0.35)),
    }
    return [
        f"{name}: light-dark(oklch({light:g} {chroma * share:.4g} {angle:g}),"
        f" oklch({dark:g} {chroma * dark_share:.4g} {angle:g}))"
        for name, ((light, share), (dark, dark_share)) in shades.items()
    ]


def _radius(length: str) -> list[str]:
    return [f"--round: {length}", f"--round-s: calc({length} * .7)"]


def _step(name: str, given: Size | str | None, steps: dict[str, str]) -> str:
    step = str(given.name if isinstance(given, Size) else given).rpartition("_")[2]
    if step not in steps:
        raise ValueError(f"{name} must be one of {', '.join(steps)}; it was {getattr(given, 'name', given)!r}.")
    return steps[step]


def _fonts(variable: str, given: Any) -> list[str]:
    if given is None:
        return []
    fonts = list(given) if isinstance(given, (list, tuple)) else [given]
    names = [(font if isinstance(font, Font) else Font(font)).name for font in fonts]
    generic = "monospace" if variable == "--mono" else "sans-serif"
    quoted = [name if name.endswith(("serif", "monospace", "system-ui")) else f'"{name}"' for name in names]
    return [f"{variable}: {', '.join(dict.fromkeys([*quoted, generic]))}"]


def _hue_of(shade: str) -> tuple[float, float]:
    """Hue and chroma in oklch of "#rrggbb" (Ottosson 2020, "A perceptual color space for image processing")."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", str(shade)):
        raise ValueError(f"A colour's c500 must be as '#0ea5e9'; it was {shade!r}.")
    red, green, blue = (_linear(int(shade[place : place + 2], 16) / 255) for place in (1, 3, 5))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return round(math.degrees(math.atan2(b, a)) % 360, 1), round(min(math.hypot(a, b), 0.2), 4)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
