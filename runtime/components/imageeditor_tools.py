"""What an ImageEditor offers: brush, eraser, layers, camera, as `gr.Brush(...)` and the like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from quickdemo.runtime.components.colours import as_hex
from quickdemo.runtime.errors import shown

#: a CSS colour, or (colour, opacity from 0 to 1)
Colour = str | tuple[str, float]
Options = TypeVar("Options")

PALETTE = ("#cc3232", "#adcc32", "#32cc70", "#3270cc", "#ad32cc")


@dataclass
class Eraser:
    """default_size: its radius in pixels of the picture; "auto" is a fiftieth of the picture's shorter side."""

    default_size: int | Literal["auto"] = "auto"

    def __post_init__(self) -> None:
        size = self.default_size
        if size != "auto" and (isinstance(size, bool) or not isinstance(size, (int, float)) or not size > 0):
            raise ValueError(f"{type(self).__name__}: default_size is a number above 0, or 'auto'; it was {size!r}.")


@dataclass
class Brush(Eraser):
    """default_size: as of Eraser. colors: what is offered; each a CSS colour or (colour, opacity).

    default_color: the first of `colors` when None. color_mode: "fixed" allows only these, "defaults" any other, too.
    """

    colors: Sequence[Colour] | Colour | None = None
    default_color: Colour | None = None
    color_mode: Literal["fixed", "defaults"] = "defaults"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.color_mode not in ("fixed", "defaults"):
            raise ValueError(f"Brush: color_mode is 'fixed' or 'defaults'; it was {self.color_mode!r}.")
        if not self.inks:
            raise ValueError("Brush: colors must name at least one colour.")
        if self.default_color is None:
            self.default_color = self.inks[0]
        as_hex(self.default_color)

    @property
    def inks(self) -> list[str]:
        """The colours as `#rrggbb` or `#rrggbbaa`. Raises ValueError when one is none."""
        given: Any = PALETTE if self.colors is None else self.colors
        if isinstance(given, str) or (isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], float)):
            given = [given]
        return [as_hex(colour) for colour in given]


@dataclass
class LayerOptions:
    """allow_additional_layers: a visitor may add layers. layers: names of those at first. disabled: there is one
    layer, of which nothing is shown."""

    allow_additional_layers: bool = True
    layers: list[str] | None = None
    disabled: bool = False

    def __post_init__(self) -> None:
        self.layers = [str(name) for name in self.layers or ["Layer 1"]]


@dataclass
class WebcamOptions:
    """mirror: photographs look as in a mirror. constraints: what is asked of the camera, as getUserMedia takes it."""

    mirror: bool = True
    constraints: dict[str, Any] | None = None


@dataclass
class WatermarkOptions:
    """Taken from other versions; no component of an Interface draws watermarks by itself."""

    watermark: Any = None
    position: tuple[int, int] | str = "bottom-right"


def made(given: Any, kind: type[Options], name: str) -> Options:
    """The options from an instance, a dict of their parameters, or None. Raises ValueError for anything else."""
    if given is None or given is True:
        return kind()
    if isinstance(given, kind):
        return given
    if isinstance(given, Mapping):
        return kind(**given)
    raise ValueError(f"ImageEditor: {name} must be a gr.{kind.__name__}; it was {shown(given)}.")
