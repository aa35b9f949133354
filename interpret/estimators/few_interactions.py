"""Games with few interactions, such as of decision trees: found exactly, if that is what the game is.

The odd half of a game is a sum of products of odd numbers of signs. If few of them count, and at three times as many
coalitions the sum is what was seen to the last digit, then it is the game.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.estimate import Values

_MOST_TERMS = 600
_LEAST_ROWS = 64
_EVIDENCE = 3  # coalitions for each term
_ROUNDS = 5
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
    products = np.stack([x[:, term].prod(axis=1) for term in terms], axis=1)
    weights = np.ones(len(terms))
    for _ in range(_ROUNDS):
        gram = (products * weights) @ products.T
        gram[np.diag_indices(len(gram))] += 1e-12 * np.trace(gram)
        found = weights * (products.T @ np.linalg.solve(gram, odd))
        weights = found**2 / max(float(np.abs(found).max()), 1e-300) ** 2
    few = np.flatnonzero(np.abs(found) > _SMALL * np.abs(found).max())
    if _EVIDENCE * len(few) > len(x):
        return None
    found = np.linalg.lstsq(products[:, few], odd, rcond=None)[0]
    if np.linalg.norm(products[:, few] @ found - odd) > _EXACT * np.linalg.norm(odd):
        return None
    values = np.zeros(x.shape[1])
    for place, coefficient in zip(few, found, strict=True):
        values[terms[place]] += 2 * coefficient / len(terms[place])
    return values


def _terms(n: int) -> list[list[int]]:
    """Single parts, triples, and sets of five where that does not make too many."""
    terms: list[list[int]] = []
    for size in (1, 3, 5):
        more = [list(parts) for parts in combinations(range(n), size)] if n <= 16 else []
        if len(terms) + len(more) > _MOST_TERMS:
            break
        terms += more
    return terms
