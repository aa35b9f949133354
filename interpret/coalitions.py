"""Coalitions of n parts as boolean masks (m, n): True where a part is present."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.estimate import Masks

_POOL = 4096  # candidates that a spread set of coalitions is chosen from
_POOL_OF_MANY = 1024  # the same of more than 24 parts, whose coalitions are seldom alike


def singles(n: int) -> Masks:
    """Each part alone; (n, n)."""
    return np.eye(n, dtype=np.bool_)


def all_coalitions(n: int) -> Masks:
    """(2**n, n): row i has part j when bit j of i is set."""
    return ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(np.bool_)


def pairs_between(n: int) -> int:
    """Pairs of a coalition and its complement, without the empty one's and those of single parts."""
    return max(2 ** (n - 1) - 1 - n, 0) if n > 2 else 0


def spread(n: int, pairs: int, rng: np.random.Generator) -> Masks:
    """One coalition of each of `pairs` pairs (coalition, complement) that are as unlike each other as can be found.

    (pairs, n). No pair comes twice, and none has an empty coalition or a single part. Which parts play which role is
    random. The first rows of more pairs are those of fewer.
    """
    columns = rng.permutation(n)
    return _spread(n, pairs)[:pairs, columns]


@lru_cache(maxsize=32)
def _spread(n: int, pairs: int) -> Masks:
    """Greedy: next comes the candidate that is least like the chosen ones and their complements, which is measured by
    the inner product of the two as vectors of -1 and 1."""
    candidates = _candidates(n, max(_POOL if n <= 24 else _POOL_OF_MANY, 2 * pairs))
    signs = np.where(candidates, np.float32(1 / n), np.float32(-1 / n))
    likeness = _likeness(signs, np.ones(n, dtype=np.float32))
    for single in np.where(singles(n), np.float32(1), np.float32(-1)):
        likeness += _likeness(signs, single)
    chosen = np.empty(min(pairs, len(candidates)), dtype=np.intp)
    for place in range(len(chosen)):
        best = int(np.argmin(likeness))
        chosen[place] = best
        likeness += _likeness(signs, signs[best] * n)
        likeness[best] = np.inf
    return candidates[chosen]


def _likeness(signs: NDArray[np.float32], one: NDArray[np.float32]) -> NDArray[np.float32]:
    """(candidates,): the inner products to the sixth power, so that near repetitions count for most."""
    product: NDArray[np.float32] = signs @ one
    square = product * product
    likeness: NDArray[np.float32] = square * square * square
    return likeness


def _candidates(n: int, count: int) -> Masks:
    """Distinct coalitions that have the first part, with two or more present and absent; the same each time."""
    rng = np.random.default_rng(n)
    if 2 ** (n - 1) <= count:
        found = all_coalitions(n)[1::2]
    else:
        found = np.unique(rng.random((count + count // 4, n)) < 0.5, axis=0)
        found = np.unique(np.where(found[:, :1], found, ~found), axis=0)
    size = found.sum(axis=1)
    found = found[(size > 1) & (size < n - 1)]
    chosen: Masks = found[rng.permutation(len(found))]
    return chosen
