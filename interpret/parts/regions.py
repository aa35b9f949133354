"""A picture divided into regions, in groups: coarse regions with finer ones inside, or many regions with neighbours."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from quickdemo.interpret.parts.superpixels import MOST_INSIDE, MOST_REGIONS, Labels, grid, quartered, quarters, slic

_GROUPS = 16  # of regions that are too many for looking at each


@dataclass(frozen=True)
class Regions:
    """map: (h, w) the region of each pixel. sizes: how many regions, one after the other, each of the groups has.

    coarse_first: the groups are the regions that were asked for; else they are neighbours.
    """

    map: Labels
    sizes: tuple[int, ...]
    coarse_first: bool

    @property
    def count(self) -> int:
        """Of regions, the finest."""
        return sum(self.sizes)

    def groups(self) -> list[list[int]]:
        """The regions of each group."""
        stops = np.cumsum(self.sizes).tolist()
        return [list(range(stop - size, stop)) for stop, size in zip(stops, self.sizes, strict=True)]

    def name(self, start: int, stop: int) -> str:
        """Of the regions start to stop - 1: "region 3", "region 3, part 2", "regions 4 to 7"."""
        if not self.coarse_first:
            return f"region {start + 1}" if stop - start == 1 else f"regions {start + 1} to {stop}"
        firsts = np.cumsum((0, *self.sizes))
        first, last = (int(np.searchsorted(firsts, place, "right")) for place in (start, stop - 1))
        if first < last:
            return f"regions {first} to {last}"
        whole = stop - start == self.sizes[first - 1]
        return f"region {first}" if whole else f"region {first}, part {start - int(firsts[first - 1]) + 1}"


def map_png(parts: NDArray[np.uint8]) -> str:
    """A map (h, w), each pixel the index of a part, as a grey PNG in base64."""
    out = io.BytesIO()
    Image.fromarray(parts).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode("ascii")


class RegionsView:
    """Regions, or units of several, of a picture of some size."""

    def __init__(self, map: Labels, labels: Sequence[str], size: tuple[int, int]) -> None:
        """size: (width, height) of the picture; the map may be smaller."""
        self.map, self.labels, self.size = map, list(labels), size

    def shown(self) -> dict[str, Any]:
        """{"width", "height": of the picture, "map": a PNG in base64 whose grey values are indices of parts}"""
        width, height = self.size
        return {"width": width, "height": height, "map": map_png(self.map)}

    def scores_2022(self, scores: Sequence[float] | NDArray[np.float64]) -> list[list[float]]:
        """A list of rows, of the picture's height and width, with the score of each pixel's region and with its sign.
        Rows that are equal may be one and the same list."""
        width, height = self.size
        down, across = (
            np.arange(size) * cells // size for size, cells in ((height, len(self.map)), (width, len(self.map[0])))
        )
        values = np.asarray(scores, dtype=np.float64).tolist()
        rows = [[values[row[column]] for column in across.tolist()] for row in self.map.tolist()]
        return [rows[row] for row in down.tolist()]


def divided(picture: NDArray[np.uint8], segments: int, kind: str) -> Regions:
    """
    picture: (h, w, 3) in sRGB, at most a few hundred pixels wide.
    segments: about how many regions. With up to a quarter of MOST_REGIONS each has up to MOST_INSIDE finer ones inside;
        more are put into about _GROUPS groups: each goes to the larger region, of a coarser division, with which it
        has most in common.
    kind: "superpixels" or "grid".
    """
    coarse = _regions(picture, segments, kind)
    count = int(coarse.max()) + 1
    if count * MOST_INSIDE <= MOST_REGIONS:
        inside = quarters(picture, coarse) if kind == "grid" else quartered(picture, coarse)
        return _ordered(inside, coarse.astype(np.int64), True)
    larger = _regions(picture, _GROUPS, kind)
    shared = np.bincount(coarse.ravel() * np.int64(256) + larger.ravel(), minlength=count * 256)
    return _ordered(coarse.astype(np.int64), shared.reshape(count, 256).argmax(axis=1)[coarse], False)


def _regions(picture: NDArray[np.uint8], segments: int, kind: str) -> Labels:
    return grid(picture.shape[0], picture.shape[1], segments) if kind == "grid" else slic(picture, segments)


def _ordered(regions: NDArray[np.int64], groups: NDArray[np.int64], coarse_first: bool) -> Regions:
    """Regions numbered group by group.

    regions, groups: (h, w) of each pixel; those of one region are of one group.
    """
    found, numbers = np.unique(groups * 2**20 + regions, return_inverse=True)
    sizes = np.unique(found // 2**20, return_counts=True)[1]
    return Regions(numbers.reshape(regions.shape).astype(np.uint8), tuple(sizes.tolist()), coarse_first)
