"""Laying one picture over another through a mask: arrays by numpy, Pillow's pictures by Pillow, neither through floats.

A fill is what stands where a part of a picture is absent: one colour, or the picture itself, blurred.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

Array = NDArray[Any]
Box = tuple[int, int, int, int]  #: left, top, right, bottom
Fill: TypeAlias = "str | Sequence[int]"

BLUR, MEAN, BLACK, PLAIN = FILLS = ("blur", "mean", "black", "plain")
EIGHT_BIT = ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV")  # modes that Pillow lays over each other exactly
_BLURRED_SIDE = 12  # pixels to which a picture is averaged: what is left of it are its large shades
_SMOOTH_SIDE = 256


def checked_fill(fill: Any) -> str | tuple[int, ...]:
    """One of FILLS, or a colour as (red, green, blue). Raises ValueError."""
    if isinstance(fill, str) and fill in FILLS:
        return fill
    try:
        colour = ImageColor.getrgb(fill)[:3] if isinstance(fill, str) else tuple(int(level) for level in fill)
        if len(colour) == 3 and all(0 <= level <= 255 for level in colour):
            return colour
    except (ValueError, TypeError):
        pass
    raise ValueError(
        f"fill is one of {', '.join(map(repr, FILLS))}, or a colour such as '#808080' or (128, 128, 128); "
        f"it was {fill!r}."
    )


def as_pillow(picture: Image.Image | Array) -> Image.Image:
    """For looking at: an array of any shape or type that a picture may have, as a Pillow picture of its mode."""
    if isinstance(picture, Image.Image):
        return picture
    if picture.dtype == np.bool_:
        return Image.fromarray(picture.astype(np.uint8) * np.uint8(255))
    if picture.dtype.kind in "iu" and picture.dtype != np.uint8:
        picture = picture.astype(np.float32)
    return Image.fromarray(np.ascontiguousarray(picture[..., 0] if picture.shape[2:] == (1,) else picture))


def scaled(picture: Image.Image, longest: int) -> Image.Image:
    """Averaged to at most that many pixels on its longer side; the picture itself where it is no larger."""
    ratio = longest / max(picture.size)
    if ratio >= 1:
        return picture
    size = (max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio)))
    return picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0)


def fill_of(picture: Image.Image, fill: Fill) -> Image.Image:
    """A small picture of the same mode that is scaled up to be the fill: one pixel, where it is of one colour.

    picture: of any size, of a mode with which one can reckon.
    """
    if fill == BLUR:
        small = scaled(scaled(picture, _SMOOTH_SIDE), _BLURRED_SIDE)
        ratio = _SMOOTH_SIDE / max(small.size)
        smooth = (max(1, round(small.width * ratio)), max(1, round(small.height * ratio)))
        return small.resize(smooth, Image.Resampling.BICUBIC)
    if fill == MEAN:
        return scaled(picture, _SMOOTH_SIDE).resize((1, 1), Image.Resampling.BOX)
    if fill == PLAIN:
        ratio = min(1.0, _SMOOTH_SIDE / max(picture.size))
        size = (max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio)))
        small = picture.resize(size, Image.Resampling.NEAREST)
        pixels = np.asarray(small).reshape(size[0] * size[1], -1)
        colours, first, counts = np.unique(pixels, axis=0, return_index=True, return_counts=True)
        place = int(first[counts.argmax()])
        return small.crop((place % size[0], place // size[0], place % size[0] + 1, place // size[0] + 1))
    colour = Image.new("RGB", (1, 1), (0, 0, 0) if fill == BLACK else tuple(fill))  # type: ignore[arg-type]  # three
    return colour.convert("L").convert(picture.mode) if picture.mode in ("I", "F") else colour.convert(picture.mode)


def _raised(fill: Image.Image, size: tuple[int, int]) -> Image.Image:
    return fill if fill.size == (1, 1) else fill.resize(size, Image.Resampling.BILINEAR)


class PillowCanvas:
    """A Pillow picture of a mode in EIGHT_BIT, and its fill."""

    def __init__(self, picture: Image.Image, fill: Fill) -> None:
        self.picture = picture
        self.size = picture.size
        self._fill = _raised(fill_of(picture, fill), picture.size)
        self._colour: Any = self._fill.getpixel((0, 0)) if self._fill.size == (1, 1) else None

    def copy(self) -> Image.Image:
        return self.picture.copy()

    def lay(self, target: Image.Image, box: Box, mask: Image.Image | None) -> None:
        """The fill over the box of a copy: all of it, or as the mask (of mode L) says."""
        size = (box[2] - box[0], box[3] - box[1])
        # a picture even of one colour: Pillow pastes colours alone into what is transparent without the mask
        source = self._fill.crop(box) if self._colour is None else Image.new(target.mode, size, self._colour)
        target.paste(source, box, mask)

    def same(self, one: Image.Image, other: Image.Image) -> bool:
        return one.tobytes() == other.tobytes()

    def changed(self, height: int, width: int) -> NDArray[np.bool_]:
        """(height, width): of so many pixels, spread evenly, where the fill is not what is there."""
        there, fill = (np.asarray(one.resize((width, height), Image.Resampling.NEAREST)) for one in self._both())
        return np.asarray((there != fill).reshape(height, width, -1).any(axis=2), dtype=np.bool_)

    def _both(self) -> tuple[Image.Image, Image.Image]:
        return self.picture, self._fill


class ArrayCanvas:
    """An array (h, w) or (h, w, channels) of uint8 or any other type, and its fill.

    Types that cannot be mixed (bool; all of them when `mixed` is False) get hard edges.
    """

    def __init__(self, array: Array, fill: Fill, *, mixed: bool = True) -> None:
        self.array = array
        self.size = (array.shape[1], array.shape[0])
        self._mixed = mixed and array.dtype != np.bool_
        filled = np.asarray(_raised(fill_of(as_pillow(array), fill if mixed else PLAIN), self.size))
        if array.dtype == np.bool_:
            filled = filled > 127
        elif array.dtype.kind in "iu" and array.dtype != np.uint8:
            filled = np.rint(filled)
        self._channels = array.shape[2] if array.ndim == 3 else 1
        fill_rows, fill_columns = filled.shape[:2]
        self._is_colour = (fill_rows, fill_columns) == (1, 1)
        self._fill = filled.astype(array.dtype, copy=False).reshape(fill_rows, -1)  # numpy is slow along short axes

    def copy(self) -> Array:
        return np.array(self.array, order="C")

    def lay(self, target: Array, box: Box, mask: Image.Image | None) -> None:
        """As that of PillowCanvas."""
        left, top, right, bottom = box
        rows, columns = slice(top, bottom), slice(left * self._channels, right * self._channels)
        there = target.reshape(len(target), -1)[rows, columns]
        fill = np.tile(self._fill, right - left) if self._is_colour else self._fill[rows, columns]
        if mask is None:
            there[...] = fill
        else:
            there[...] = self._between(there, fill, np.asarray(mask).repeat(self._channels, axis=1))

    def _between(self, there: Array, fill: Array, weight: Array) -> Array:
        """weight: uint8, 0 keeps what is there and 255 takes the fill."""
        if not self._mixed:
            return np.where(weight > 127, fill, there)
        if there.dtype != np.uint8:
            between = there + (fill - there.astype(np.float64)) * (weight / 255)
            return np.where(weight == 0, there, np.rint(between) if there.dtype.kind in "iu" else between)
        wide = weight.astype(np.uint16)
        mixed16 = there * (np.uint16(255) - wide)
        mixed16 += fill * wide
        mixed16 += np.uint16(128)
        mixed16 += mixed16 >> np.uint16(8)  # with the next line the exact rounded quotient by 255
        mixed16 >>= np.uint16(8)
        mixed: Array = mixed16.astype(np.uint8)
        return mixed

    def same(self, one: Array, other: Array) -> bool:
        return np.array_equal(one, other)

    def changed(self, height: int, width: int) -> NDArray[np.bool_]:
        """As that of PillowCanvas."""
        down, across = spread(height, self.size[1]), spread(width, self.size[0])
        there = self.array[np.ix_(down, across)].reshape(height, width, -1)
        fill = self._fill if self._is_colour else self._fill.reshape(*self.size[::-1], -1)[np.ix_(down, across)]
        return np.asarray((there != fill).any(axis=2), dtype=np.bool_)


def spread(count: int, size: int) -> NDArray[np.int64]:
    """(count,): indices below `size` at equal distances, each in the middle of its share."""
    return (2 * np.arange(count) + 1) * size // (2 * count)
