"""The regions of a picture as parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from quickdemo.interpret.parts.base import Present, nothing_idle
from quickdemo.interpret.parts.canvas import ArrayCanvas, Box, Fill, PillowCanvas, as_pillow, checked_fill, scaled
from quickdemo.interpret.parts.regions import Regions, RegionsView, divided
from quickdemo.interpret.parts.superpixels import MOST_REGIONS

REGIONS = ("superpixels", "grid")
MAP_SIDE = 256  # pixels: the longest side of the map of regions
_SOFT_SIDE = 64  # pixels: smaller pictures have hard edges, for their regions are a few pixels wide
_TILE = 128  # pixels of the picture: as fast as it gets, from thumbnails to 12 megapixels
_LARGE_PIXELS = 1_000_000


class PictureParts(RegionsView):
    """Superpixels, or the cells of a grid, with finer ones inside. Where a region is absent, its fill shows; the edge
    between is a few pixels wide, so that it is no edge that a model could take for one."""

    kind = "picture"
    alternatives: Sequence[Any] = ()

    def __init__(
        self,
        picture: Image.Image | NDArray[Any],
        *,
        segments: int = 16,
        fill: Fill = "blur",
        regions: str = "superpixels",
        mixed: bool = True,
        give: Callable[[Any], Any] | None = None,
        original: Callable[[], Any] | None = None,
        like: PictureParts | None = None,
    ) -> None:
        """
        picture: (h, w) or (h, w, channels), uint8 or another type that a picture may have; or a Pillow picture.
        segments: about how many regions, 1 to 255; up to 63 have finer regions inside, which are looked at where it
            matters.
        fill: "blur" (the picture's large shades), "mean" (its mean colour), "black", "plain" (its most frequent
            colour, such as the paper of a drawing), or a colour as (red, green, blue) or a CSS colour.
        regions: "superpixels" or "grid".
        mixed: False when values between two values mean nothing, as between numbers of a palette.
        give: what the function gets of such a picture; the picture itself when None.
        original: makes what it gets when all parts are present; None when that is a copy, given like the others.
        like: the regions are those of this other picture, of the same size.
        """
        self._give = give
        self._original = original
        self._canvas: Any = _canvas(picture, checked_fill(fill), mixed)
        self.regions: Regions = (
            divided(_in_colours(scaled(as_pillow(picture), MAP_SIDE)), segments, regions)
            if like is None
            else like.regions
        )
        names = [self.regions.name(place, place + 1) for place in range(self.regions.count)]
        super().__init__(self.regions.map, names, self._canvas.size)
        self._soft = max(self.size) >= _SOFT_SIDE
        self._tile = max(8, _TILE * max(self.map.shape) // max(self.size))  # pixels of the map
        self._count = self.regions.count
        self.idle = self._idle()

    # ------------------------------------------------------------------ masking

    def masked(self, present: Present) -> Any:
        if present.all() and self._original is not None:
            return self._original()
        composed = self._composed(present)
        return composed if self._give is None else self._give(composed)

    def _composed(self, present: Present) -> Any:
        target = self._canvas.copy()
        if not present.all():
            weight = self._weight(present)
            for box, mask in self._tiles(weight):
                self._canvas.lay(target, box, mask)
        return target

    def _weight(self, present: Present) -> NDArray[np.uint8]:
        """(h, w) of the map: how much of the fill shows, 0 to 255; a mean of three by three pixels, for soft edges."""
        absent = (~present).astype(np.uint8)[self.map]
        if not self._soft:
            return absent * np.uint8(255)
        padded = np.pad(absent, 1, mode="edge")
        across = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
        counts = across[:-2] + across[1:-1] + across[2:]
        return np.asarray(counts.astype(np.uint16) * 255 // 9, dtype=np.uint8)

    def _tiles(self, weight: NDArray[np.uint8]) -> Iterator[tuple[Box, Image.Image | None]]:
        """Boxes of the picture where the fill shows, with their masks; None where it shows fully."""
        height, width = weight.shape
        across, down = self._canvas.size[0] / width, self._canvas.size[1] / height
        mask = Image.fromarray(weight)
        for top in range(0, height, self._tile):
            for left in range(0, width, self._tile):
                bottom, right = min(top + self._tile, height), min(left + self._tile, width)
                around = weight[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1]
                if not around.any():
                    continue
                box = (round(left * across), round(top * down), round(right * across), round(bottom * down))
                if around.min() == 255:
                    yield box, None
                    continue
                source = (box[0] / across, box[1] / down, min(width, box[2] / across), min(height, box[3] / down))
                size = (box[2] - box[0], box[3] - box[1])
                yield box, mask.resize(size, Image.Resampling.BILINEAR, box=source)

    def _idle(self) -> Present:
        """Regions that look like their fill anyway, such as those of blank paper."""
        idle = np.ones(self._count, dtype=np.bool_)
        idle[self.map[self._canvas.changed(*self.map.shape)]] = False
        if not idle.any() or self._looks_the_same(idle):
            return idle
        if self._canvas.size[0] * self._canvas.size[1] > _LARGE_PIXELS:
            return nothing_idle(self._count)  # looking at each would take long
        for index in np.flatnonzero(idle):
            idle[index] = self._looks_the_same(np.arange(self._count) == index)
        return idle

    def _looks_the_same(self, absent: Present) -> bool:
        return bool(self._canvas.same(self._composed(~absent), self._canvas.copy()))

    def picture(self, longest: int) -> NDArray[np.uint8]:
        """(h, w, 3): the picture for looking at, of at most so many pixels on its longer side."""
        return _in_colours(scaled(as_pillow(self._canvas.copy()), longest))

    # ------------------------------------------------------------------ coarse and fine

    @property
    def coarse_first(self) -> bool:
        return self.regions.coarse_first

    def levels(self) -> list[list[int]]:
        """The finer regions of each coarse one; of very many regions, those of each group of neighbours."""
        return self.regions.groups()

    def united(self, sizes: Sequence[int]) -> RegionsView:
        stops = np.cumsum(sizes).tolist()
        names = [self.regions.name(stop - size, stop) for stop, size in zip(stops, sizes, strict=True)]
        unit_of = np.repeat(np.arange(len(names), dtype=np.uint8), sizes)
        return RegionsView(unit_of[self.map], names, self.size)


def checked_parameters(segments: int, fill: Fill | None, regions: str) -> dict[str, Any]:
    """The three as PictureParts takes them. Raises ValueError for what it does not take."""
    if isinstance(segments, bool) or not isinstance(segments, int) or not 1 <= segments <= MOST_REGIONS:
        raise ValueError(f"segments must be a whole number from 1 to {MOST_REGIONS}; it was {segments!r}.")
    if regions not in REGIONS:
        raise ValueError(f"regions must be one of {', '.join(map(repr, REGIONS))}; it was {regions!r}.")
    filled = {} if fill is None else {"fill": checked_fill(fill)}
    return {"segments": segments, "regions": regions, **filled}


def _canvas(picture: Image.Image | NDArray[Any], fill: Fill, mixed: bool) -> ArrayCanvas | PillowCanvas:
    if isinstance(picture, Image.Image):
        return PillowCanvas(picture, fill)
    return ArrayCanvas(picture, fill, mixed=mixed)


def _in_colours(small: Image.Image) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 of a picture of any mode."""
    if small.mode in ("I", "F", "I;16"):
        levels = np.asarray(small, dtype=np.float32)
        low, span = levels.min(), float(np.ptp(levels)) or 1.0
        small = Image.fromarray(((levels - low) * (255 / span)).astype(np.uint8))
    return np.asarray(small.convert("RGB"))
