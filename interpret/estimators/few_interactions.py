"""Games with few interactions, such as of decision trees: found exactly, if that is what the game is.

The odd half of a game is a sum of products of odd numbers of signs. If few of them count, and at three times as many
coalitions the sum is what was seen to the last digit, then it is the game.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.estimate import Values
from quickdemo.interpret.methods import MOST_EXACT

_MOST_TERMS = 600
_LEAST_ROWS = 64
_EVIDENCE = 3  # coalitions for each term
_MOST_ROWS = 128  # coalitions that candidates are found with; all of them are asked whether these are right
_ROUNDS = 5
_GONE = 1e-7  # of the largest weight, the square of its coefficient: terms with less are not looked at again
_STRONG = 1e-4  # of the largest weight likewise; if after two rounds more terms than coalitions have more, few won't do
_SMALL = 1e-6  # of the largest coefficient: what is smaller is left out
_EXACT = 1e-9  # of the length of the data: a sum that misses them by more is not the game


def exact_values(x: NDArray[np.float64], odd: Values) -> Values | None:
    """(n,) Shapley values of the game whose odd half is `odd` (m,) at the coalitions x (m, n) of -1 and 1.

    None when no sum of at most m / 3 products of one, three or five signs gives `odd`. They are found by least squares
    whose weights are the squares of the last coefficients (FOCUSS: Gorodnitsky and Rao, "Sparse signal reconstruction
    from limited data", 1997).
    """
    if len(x) < _LEAST_ROWS:
        return None
    terms = _terms(x.shape[1])
    few = _candidates(_products(x[:_MOST_ROWS], terms), odd[:_MOST_ROWS])
    if not 0 < _EVIDENCE * len(few) <= len(x):
        return None
    products = _products(x, _chosen(terms, few)).T
    try:
        found = np.linalg.solve(products.T @ products, products.T @ odd)  # as of least squares
    except np.linalg.LinAlgError:  # two are alike at all of these coalitions: nothing tells which one counts
        return None
    if np.linalg.norm(products @ found - odd) > _EXACT * np.linalg.norm(odd):
        return None
    parts = [row for block in terms for row in block]
    values = np.zeros(x.shape[1])
    for place, coefficient in zip(few, found, strict=True):
        values[parts[place]] += 2 * coefficient / len(parts[place])
    return values


def _candidates(products: NDArray[np.float64], odd: Values) -> NDArray[np.intp]:
    """The places of the terms that a sum of few of the products (t, m) would have; none where many seem to count."""
    left, weights = np.arange(len(products)), np.ones(len(products))
    for turn in range(_ROUNDS):
        scaled = products * np.sqrt(weights)[:, None]
        gram = scaled.T @ scaled
        gram[np.diag_indices(len(gram))] += 1e-12 * np.trace(gram)
        found = weights * (products @ np.linalg.solve(gram, odd))
        weights = found**2 / max(float(np.abs(found).max()), 1e-300) ** 2
        if turn and np.count_nonzero(weights > _STRONG) > len(odd):
            return left[:0]
        kept = weights > _GONE
        left, weights, found, products = left[kept], weights[kept], found[kept], products[kept]
    few: NDArray[np.intp] = left[np.abs(found) > _SMALL * np.abs(found).max(initial=0.0)]
    return few


def _chosen(terms: list[NDArray[np.intp]], few: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The terms at these places, which ascend, of all of them one after the other."""
    edges = np.cumsum([0, *map(len, terms)])
    return [
        block[few[(few >= start) & (few < stop)] - start]
        for block, start, stop in zip(terms, edges, edges[1:], strict=False)
    ]


def _products(x: NDArray[np.float64], terms: list[NDArray[np.intp]]) -> NDArray[np.float64]:
    """(t, m): of each term, the product of the signs of its parts in each coalition."""
    signs, blocks = np.ascontiguousarray(x.T), []
    for block in terms:
        products = signs[block[:, 0]]
        for column in block.T[1:]:
            products *= signs[column]
        blocks.append(products)
    return np.concatenate(blocks)


@lru_cache(maxsize=32)
def _terms(n: int) -> list[NDArray[np.intp]]:
    """Single parts (n, 1), triples (t, 3), and sets of five (f, 5) where that does not make too many.

    Arrays that nobody may change.
    """
    terms: list[NDArray[np.intp]] = []
    for size in (1, 3, 5):
        more = list(combinations(range(n), size)) if n <= MOST_EXACT else []
        if sum(map(len, terms)) + len(more) > _MOST_TERMS:
            break
        terms.append(np.array(more, np.intp).reshape(-1, size))
    return terms
