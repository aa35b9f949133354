"""Regions of a picture: SLIC superpixels, or a plain grid.

R. Achanta, A. Shaji, K. Smith, A. Lucchi, P. Fua, S. Süsstrunk: SLIC Superpixels Compared to State-of-the-Art
Superpixel Methods. IEEE TPAMI 34(11), 2012.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.uint8]  #: (h, w): the region of each pixel, counted from 0

MOST_REGIONS = 255  # index 255 is left for "none" in a picture of eight bits
_ROUNDS = 10
_SMALL = 4  # times smaller than the mean: what is no region of its own
_FROM_SRGB = np.array(  # to CIE XYZ, relative to the white D65
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
) / np.array([[0.950456], [1.0], [1.088754]])


def grid(height: int, width: int, segments: int) -> Labels:
    """About `segments` rectangles, at most a quarter more, as square as they can be."""
    segments = max(1, min(segments, MOST_REGIONS))
    rows = min(height, segments, max(1, round((segments * height / width) ** 0.5)))
    columns = min(width, max(1, round(segments / rows)), _most(segments) // rows)
    down = np.arange(height) * rows // height
    across = np.arange(width) * columns // width
    cells: Labels = (down[:, None] * columns + across).astype(np.uint8)
    return cells


def _most(segments: int) -> int:
    return min(MOST_REGIONS, segments + segments // 4)


def slic(picture: NDArray[np.uint8], segments: int, compactness: float = 10.0, sigma: float = 1.0) -> Labels:
    """Connected regions of like colour, about `segments` of them, numbered from top to bottom.

    picture: (h, w, 3) uint8 in sRGB, at most a few hundred pixels wide: the time goes with their number.
    segments: 1 to MOST_REGIONS. There may be a quarter more, or fewer.
    compactness: how much nearness counts beside likeness, in units of CIE Lab (0 to 100).
    sigma: of the blur before, in pixels.
    """
    height, width = picture.shape[:2]
    centres = grid(height, width, segments)
    if centres.max() == 0:
        return centres
    lab = _smooth(_lab(picture), sigma)
    return _connected(_clustered(lab, centres, compactness), segments)


def _lab(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(h, w, 3) in CIE Lab."""
    levels = np.arange(256) / 255
    linear = np.where(levels > 0.04045, ((levels + 0.055) / 1.055) ** 2.4, levels / 12.92).astype(np.float32)
    xyz = linear[picture] @ _FROM_SRGB.T.astype(np.float32)
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + np.float32(16 / 116))
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    lab: NDArray[np.float32] = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
    return lab


def _smooth(lab: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Blurred by a Gaussian of that many pixels, cut off at four of them."""
    if sigma <= 0:
        return lab
    reach = int(4 * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2).astype(np.float32)
    weights /= weights.sum()
    for axis in (0, 1):
        padded = np.pad(lab, [(reach, reach) if n == axis else (0, 0) for n in range(3)], mode="symmetric")
        size = lab.shape[axis]
        lab = sum(weight * padded.take(range(n, n + size), axis) for n, weight in enumerate(weights))
    return lab


def _clustered(lab: NDArray[np.float32], regions: Labels, compactness: float) -> NDArray[np.int64]:
    """(h, w): the cluster of each pixel, by k-means in colour and place. A pixel looks at the centres whose rows are
    near; the columns need no such limit, for far centres are never the nearest.

    regions: the first clusters.
    """
    height, width = regions.shape
    count = int(regions.max()) + 1
    step = (height * width / count) ** 0.5
    place = np.moveaxis(np.mgrid[0:height, 0:width], 0, -1).astype(np.float32) / np.float32(step)
    features = np.concatenate([lab / np.float32(compactness), place], axis=-1)  # (h, w, 5): squares add up to D^2
    labels = regions.astype(np.int64)
    centres = np.zeros((count, 5), np.float32)
    strip = max(1, round(step))
    for _ in range(_ROUNDS):
        sizes = np.bincount(labels.ravel(), minlength=count)
        for index in range(5):
            sums = np.bincount(labels.ravel(), weights=features[..., index].ravel(), minlength=count)
            centres[sizes > 0, index] = (sums[sizes > 0] / sizes[sizes > 0]).astype(np.float32)
        before, labels = labels, labels.copy()
        for top in range(0, height, strip):
            near = np.flatnonzero(np.abs(centres[:, 3] * step - top - strip / 2) <= 2.5 * step)
            if near.size:
                labels[top : top + strip] = near[_nearest(features[top : top + strip], centres[near])]
        if np.array_equal(before, labels):
            break
    return labels


def _nearest(features: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.int64]:
    """(h, w): the index of the nearest of the centres (k, 5) to each of the features (h, w, 5)."""
    # |f - c|^2 = |f|^2 - 2 f.c + |c|^2, of which the first is the same for all centres
    distances = features.reshape(-1, 5) @ (-2 * centres.T) + (centres**2).sum(axis=1)
    nearest: NDArray[np.int64] = distances.argmin(axis=1).reshape(features.shape[:2])
    return nearest


def _connected(labels: NDArray[np.int64], segments: int) -> Labels:
    """Each region in one piece: pieces that are too small for a region of their own join the neighbour with which they
    share the longest border, and so do the smallest while there are too many."""
    pieces = _joined(labels.size, *_equal_neighbours(labels)).reshape(labels.shape)
    most = _most(segments)
    while True:
        sizes = np.bincount(pieces.ravel())
        small = sizes < labels.size / (_SMALL * segments)
        if not small.any() and len(sizes) > most:
            small[np.argsort(sizes, kind="stable")[: len(sizes) - most]] = True
        if not small.any():
            return pieces.astype(np.uint8)
        one, other, border = _borders(pieces)
        order = np.lexsort((other, -border, one))  # of each piece, the longest border first
        one, other = one[order], other[order]
        first = np.r_[True, one[1:] != one[:-1]] & small[one]
        pieces = _joined(len(sizes), one[first], other[first])[pieces]


def _equal_neighbours(labels: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Pairs of indices of pixels that touch, above or beside each other, and are of one cluster."""
    index = np.arange(labels.size).reshape(labels.shape)
    beside, above = labels[:, 1:] == labels[:, :-1], labels[1:] == labels[:-1]
    one = np.r_[index[:, 1:][beside], index[1:][above]]
    return one, np.r_[index[:, :-1][beside], index[:-1][above]]


def _borders(pieces: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """(piece, its neighbour, pixels of their border), each pair both ways round."""
    count = int(pieces.max()) + 1
    pairs = [pieces[:, 1:] * count + pieces[:, :-1], pieces[1:] * count + pieces[:-1]]
    codes = np.concatenate([pair.ravel() for pair in pairs])
    codes = codes[codes // count != codes % count]
    codes, border = np.unique(np.r_[codes, codes % count * count + codes // count], return_counts=True)
    return codes // count, codes % count, border


def _joined(count: int, one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.int64]:
    """(count,): the group of each of `count` things when those of each pair are of one; numbered as they first occur.

    Each thing points to one of its group; in each round groups that touch hook the larger number to the smaller, and
    pointers are followed: O(log count) rounds (Shiloach and Vishkin 1982).
    """
    root = np.arange(count)
    while True:
        low, high = np.minimum(root[one], root[other]), np.maximum(root[one], root[other])
        apart = low != high
        if not apart.any():
            break
        one, other = one[apart], other[apart]
        np.minimum.at(root, high[apart], low[apart])
        while not np.array_equal(root, root[root]):
            root = root[root]
    return np.unique(root, return_inverse=True)[1].astype(np.int64)
