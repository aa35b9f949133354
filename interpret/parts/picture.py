"""The regions of a picture as parts."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from quickdemo.interpret.parts.base import Present, nothing_idle
from quickdemo.interpret.parts.canvas import ArrayCanvas, Box, Fill, PillowCanvas, as_pillow, checked_fill, scaled
from quickdemo.interpret.parts.superpixels import MOST_REGIONS, Labels, grid, slic

REGIONS = ("superpixels", "grid")
MAP_SIDE = 256  # pixels: the longest side of the map of regions
_SOFT_SIDE = 64  # pixels: smaller pictures have hard edges, for their regions are a few pixels wide
_TILE = 128  # pixels of the picture: as fast as it gets, from thumbnails to 12 megapixels
_LARGE_PIXELS = 1_000_000


class PictureParts:
    """Superpixels, or the cells of a grid. Where a region is absent, its fill shows; the edge between is a few pixels
    wide, so that it is no edge that a model could take for one."""

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
        segments: about how many regions, 1 to 255.
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
        small = scaled(as_pillow(picture), MAP_SIDE)
        self._divide: Callable[[int], Labels] = _divider(small, regions) if like is None else like._divide
        self.map: Labels = self._divide(segments) if like is None else like.map
        self._soft = max(self._canvas.size) >= _SOFT_SIDE
        self._tile = max(8, _TILE * max(self.map.shape) // max(self._canvas.size))  # pixels of the map
        self._count = int(self.map.max()) + 1
        self.labels = [f"region {index + 1}" for index in range(self._count)]
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

    def levels(self, groups: int = 16) -> list[list[int]]:
        """The regions in about so many groups of neighbours, for a picture that is explained from the coarse to the
        fine: each goes to the larger region, of a coarser division, with which it has most in common."""
        coarse = self._divide(min(groups, self._count))
        shared = np.bincount(self.map.ravel() * np.int64(256) + coarse.ravel(), minlength=self._count * 256)
        nearest = shared.reshape(self._count, 256).argmax(axis=1)
        return [np.flatnonzero(nearest == group).tolist() for group in np.unique(nearest)]

    # ------------------------------------------------------------------ showing

    def shown(self) -> dict[str, Any]:
        """{"width", "height": of the picture, "map": a PNG in base64 whose grey values are indices of parts}"""
        out = io.BytesIO()
        Image.fromarray(self.map).save(out, "PNG")
        width, height = self._canvas.size
        return {"width": width, "height": height, "map": base64.b64encode(out.getvalue()).decode("ascii")}

    def scores_2022(self, scores: Sequence[float] | NDArray[np.float64]) -> list[list[float]]:
        """A list of rows, of the picture's height and width, with the score of each pixel's region and with its sign.
        Rows that are equal may be one and the same list."""
        width, height = self._canvas.size
        down, across = (
            np.arange(size) * cells // size for size, cells in ((height, len(self.map)), (width, len(self.map[0])))
        )
        values = np.asarray(scores, dtype=np.float64).tolist()
        rows = [[values[row[column]] for column in across.tolist()] for row in self.map.tolist()]
        return [rows[row] for row in down.tolist()]


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


def _divider(small: Image.Image, regions: str) -> Callable[[int], Labels]:
    """Divides the picture into about so many regions."""
    if regions == "grid":
        return lambda segments: grid(small.height, small.width, segments)
    pixels = _in_colours(small)
    return lambda segments: slic(pixels, segments)


def _in_colours(small: Image.Image) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 of a picture of any mode, for its superpixels."""
    if small.mode in ("I", "F", "I;16"):
        levels = np.asarray(small, dtype=np.float32)
        low, span = levels.min(), float(np.ptp(levels)) or 1.0
        small = Image.fromarray(((levels - low) * (255 / span)).astype(np.uint8))
    return np.asarray(small.convert("RGB"))
