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
MOST_INSIDE = 4  #: finer regions of a coarse one
_FINEST = 4  # pixels: no finer region is planned with fewer
_PLAIN = 2.0  # of 255 levels: a region whose colours differ by no more stays whole
_ROUNDS = 10
_ROUNDS_INSIDE = 3
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


def quarters(picture: NDArray[np.uint8], regions: Labels) -> NDArray[np.int64]:
    """(h, w): four times the region of each pixel, and 0 to 3 more: the quarter of the region, about its middle, that
    it lies in. Regions of a few pixels, or of one colour, stay whole.

    picture: (h, w, 3). regions: at most MOST_REGIONS / MOST_INSIDE of them.
    """
    places = np.mgrid[0 : regions.shape[0], 0 : regions.shape[1]]
    down, across = (place > _means(place, regions)[regions] for place in places)
    divided = _divisible(picture, regions)[regions]
    return regions * np.int64(MOST_INSIDE) + np.where(divided, 2 * down + across, 0)


def quartered(
    picture: NDArray[np.uint8], regions: Labels, compactness: float = 10.0, sigma: float = 1.0
) -> NDArray[np.int64]:
    """(h, w): up to MOST_INSIDE connected regions of like colour inside each of the regions, whose borders none of them
    crosses; numbered as they occur. Arguments as of `quarters` and `slic`."""
    inside = quarters(picture, regions)
    if len(np.unique(inside)) == int(regions.max()) + 1:
        return inside
    step = (regions.size / (int(inside.max()) + 1)) ** 0.5
    features = _features(_smooth(_lab(picture), sigma), compactness, step).reshape(-1, 5)
    order = np.argsort(regions, axis=None, kind="stable")  # the pixels of each region one after the other
    edges = np.cumsum(np.bincount(regions.ravel()))[:-1]
    quarter = np.empty(regions.size, dtype=np.int64)
    for pixels in np.split(order, edges):
        quarter[pixels] = _settled(features[pixels], inside.ravel()[pixels] % MOST_INSIDE)
    return _whole(regions * np.int64(MOST_INSIDE) + quarter.reshape(regions.shape), regions)


def _settled(features: NDArray[np.float32], clusters: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) the clusters, from 0 to MOST_INSIDE - 1, of (n, 5) features, after a few rounds of k-means."""
    if not clusters.any():
        return clusters
    for _ in range(_ROUNDS_INSIDE):
        members = (np.arange(MOST_INSIDE)[:, None] == clusters).astype(np.float32)
        sizes = members.sum(axis=1)
        centres = members @ features / np.maximum(sizes, 1)[:, None]
        distances = (-2 * centres) @ features.T + (centres**2).sum(axis=1)[:, None]
        distances[sizes == 0] = np.inf
        clusters = distances.argmin(axis=0)
    return clusters


def _means(values: NDArray[Any], regions: NDArray[Any]) -> NDArray[np.float64]:
    """The mean of each region."""
    sizes = np.bincount(regions.ravel())
    means: NDArray[np.float64] = np.bincount(regions.ravel(), weights=values.ravel()) / np.maximum(sizes, 1)
    return means


def _divisible(picture: NDArray[np.uint8], regions: Labels) -> NDArray[np.bool_]:
    """Of each region whether there is something inside."""
    large = np.bincount(regions.ravel()) >= MOST_INSIDE * _FINEST
    bands = [picture[..., band].astype(np.float64) for band in range(3)]
    spread = [_means(band**2, regions) - _means(band, regions) ** 2 for band in bands]
    return np.asarray(large & (np.max(spread, axis=0) > _PLAIN**2), dtype=np.bool_)


def _whole(inside: NDArray[np.int64], regions: Labels) -> NDArray[np.int64]:
    """The parts of each region in one piece, at most MOST_INSIDE of them: the smallest pieces join a neighbour of the
    same region."""
    pieces = _joined(inside.size, *_equal_neighbours(inside)).reshape(inside.shape)
    while True:
        sizes = np.bincount(pieces.ravel())
        region = np.zeros(len(sizes), dtype=np.int64)
        region[pieces.ravel()] = regions.ravel()
        order = np.lexsort((-sizes, region))  # of each region, the largest piece first
        rank = np.empty(len(sizes), dtype=np.int64)
        rank[order] = np.arange(len(sizes)) - np.searchsorted(region[order], region[order])
        least = np.bincount(regions.ravel())[region] / (_SMALL * MOST_INSIDE)
        small = (rank > 0) & ((rank >= MOST_INSIDE) | (sizes < least))
        if not small.any():
            return pieces
        pieces = _with_neighbours(pieces, small, region)


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
    features = _features(lab, compactness, step)
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


def _features(lab: NDArray[np.float32], compactness: float, step: float) -> NDArray[np.float32]:
    """(h, w, 5): squares of differences add up to D^2 of the paper, for centres at about `step` pixels."""
    place = np.moveaxis(np.mgrid[0 : lab.shape[0], 0 : lab.shape[1]], 0, -1).astype(np.float32) / np.float32(step)
    return np.concatenate([lab / np.float32(compactness), place], axis=-1)


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
        pieces = _with_neighbours(pieces, small)


def _with_neighbours(
    pieces: NDArray[np.int64], small: NDArray[np.bool_], region: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """The small pieces joined with the neighbour, of the same region, with which they share the longest border."""
    one, other, border = _borders(pieces)
    if region is not None:
        inside = region[one] == region[other]
        one, other, border = one[inside], other[inside], border[inside]
    order = np.lexsort((other, -border, one))  # of each piece, the longest border first
    one, other = one[order], other[order]
    first = np.r_[True, one[1:] != one[:-1]] & small[one]
    return _joined(len(small), one[first], other[first])[pieces]


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
