"""Shapley values of a game that is known at some coalitions, by a Gaussian process on its odd half.

A coalition is a vector x of -1 (absent) and 1 (present). A game v is the sum of an even half, v(x) = v(-x), and an odd
half, (v(x) - v(-x)) / 2. Exchanging a coalition for its complement turns what a part adds round, so Shapley values see
the odd half alone: asking for coalitions in pairs with their complements removes the even one, interactions of two
parts among it, at no cost (Fumagalli et al., "PolySHAP", 2026, show the same for regression on paired samples).

The odd half is modelled as b.x + r(x): the linear part is left free (kriging with a trend: Rasmussen and Williams,
"Gaussian processes for machine learning", 2006, section 2.7), r is a Gaussian process of the odd degrees from three on,

    k(x, y) = odd part of prod_i (1 + reach_i x_i y_i)  -  sum_i reach_i x_i y_i,

whose interactions of d parts have variances that are products of d of the `reach`. Values of the trend are 2b, those of
a kernel follow from the multilinear extension (Owen, "Multilinear extensions of games", 1972): the value of part i is
the integral of the slope in x_i along the diagonal, a polynomial that Gauss-Legendre nodes integrate exactly.

With the two ends alone and no interactions of three parts it is exact, and so it is when all coalitions are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from quickdemo.interpret.estimate import Values

Numbers: TypeAlias = NDArray[np.floating[Any]]
Signs: TypeAlias = Numbers  # (m, n): coalitions as rows of -1 and 1

#: sums of `reach`: how large interactions are supposed to be. The one that makes the data the likeliest is taken.
REACHES = (1.5, 5.0)
_MOST_REACH = 0.95  # of one part; 1 would be a game of products alone
_LEAST_SHARE = 0.02  # of the largest reach, for parts without effect at both ends
_NUGGET = 1e-8  # of the kernel's variance: keeps the arithmetic sound
_NUGGET_OF_SINGLE = 1e-6  # the same in single precision, which has eight digits
_ROWS_FOR_REACH = 40  # coalitions, besides one for each part, that decide between the sums of reaches
_BLOCK = 48  # rows that are eliminated at once
_STRIP = 64  # rows of the kernel that are made at once
_MOST_NODES = 16  # of the integrals along the diagonal: with sums of reaches as above, more change no digit
_MANY = 128  # coalitions, from which on the arithmetic is of single precision if the kernel is sound enough for that


@dataclass(frozen=True)
class Fit:
    """values, errors: (n,) Shapley values of the game and their standard errors."""

    values: Values
    errors: Values


def likeliest(x: Signs, odd: Values, strengths: Values) -> Values:
    """(n,) the reaches that make the first coalitions the likeliest.

    x: (m, n), m > n. odd: (m,) the odd half there. strengths: (n,) how much each part has been seen to do; parts that
    do much are supposed to interact more.
    """
    rows = rows_for_reach(x.shape[1])
    candidates = np.array([_reaches(strengths, total) for total in REACHES])
    likely: Values = candidates[int(np.argmax(_log_likelihoods(x[:rows], odd[:rows], candidates)))]
    return likely


def rows_for_reach(n: int) -> int:
    """How many coalitions `likeliest` looks at: those after them change nothing."""
    return n + _ROWS_FOR_REACH


def _reaches(strengths: Values, total: float) -> Values:
    """(n,) with this sum, unless one would come too near 1."""
    shares = np.sqrt(strengths / max(float(strengths.max()), 1e-300))
    shares = np.maximum(shares, _LEAST_SHARE)
    reach: Values = np.minimum(total * shares / shares.sum(), _MOST_REACH)
    return reach


class _Kernel:
    """The odd part of the product kernel without its linear terms, scaled to a variance of 1, for c sets of reaches
    (c, n)."""

    def __init__(self, reaches: Values, dtype: DTypeLike = np.float64) -> None:
        scale, log_turned = _variances(reaches), np.log1p(-reaches)
        half = (np.log1p(reaches) - log_turned) / 2
        size = np.exp((half + log_turned).sum(axis=1)) / 2 / scale
        self._curved = half[:, None, :].astype(dtype)
        self._straight = (reaches / scale[:, None])[:, None, :].astype(dtype)
        self._size = size[:, None, None].astype(dtype)

    def __call__(self, x: Signs, y: Signs) -> Numbers:
        """(c, m, k) between coalitions x (m, n) and y (k, n), of the dtype."""
        kernels: Numbers = (x * self._curved) @ y.T
        np.exp(kernels, out=kernels)
        kernels -= 1 / kernels
        kernels *= self._size
        kernels -= (x * self._straight) @ y.T
        return kernels


def _variances(reaches: Values) -> Values:
    """(c,): of the process at any coalition."""
    variances: Values = ((1 + reaches).prod(axis=1) - (1 - reaches).prod(axis=1)) / 2 - reaches.sum(axis=1)
    return variances


def _halved(wide: Numbers) -> tuple[Numbers, Numbers]:
    """L^-1 B (..., m, r), and the diagonal of L (..., m), of [K, B] (..., m, m + r), where K = L L^T is the Cholesky
    factorization: half of solving K X = B, which is enough, as all that is wanted are products B^T K^-1 B.

    The upper triangle of K is read. Changes what it gets.
    """
    m = wide.shape[-2]
    if m <= _BLOCK:
        lower = np.linalg.cholesky(np.swapaxes(wide[..., :m], -1, -2))
        return np.linalg.inv(lower) @ wide[..., m:], np.diagonal(lower, axis1=-2, axis2=-1)
    first = m // 2
    top, diagonal = _halved(wide[..., :first, :])
    left = wide[..., first:, first:]
    left -= np.swapaxes(top[..., : m - first], -1, -2) @ top
    bottom, others = _halved(left)
    both = np.concatenate([top[..., m - first :], bottom], axis=-2)
    return both, np.concatenate([diagonal, others], axis=-1)


def _log_likelihoods(x: Signs, odd: Values, reaches: Values) -> Values:
    """(c,): of the data, without a constant, the trend integrated out (Rasmussen and Williams 2006, equation 2.45)."""
    m, n = x.shape
    wide = np.empty((len(reaches), m, m + n + 1))
    wide[:, :, :m] = _Kernel(reaches)(x, x)
    wide[:, np.arange(m), np.arange(m)] += _NUGGET
    wide[:, :, m:-1], wide[:, :, -1] = x, odd
    solved, of_kernels = _halved(wide)
    products = np.swapaxes(solved, 1, 2) @ solved
    explained, of_grams = _halved(products[:, :n])
    variances = np.maximum(products[:, n, n] - (explained[:, :, 0] ** 2).sum(axis=1), 1e-300) / (m - n)
    determinants = np.log(of_kernels).sum(axis=1) + np.log(of_grams).sum(axis=1)
    likelihoods: Values = -(m - n) * np.log(variances) / 2 - determinants
    return likelihoods


def posterior(x: Signs, odd: Values, reach: Values) -> Fit:
    """Shapley values of the game whose odd half is `odd` (m,) at the coalitions x (m, n), m > n.

    reach: (n,) of the process.
    """
    m, n = x.shape
    scale = float(_variances(reach[None])[0])
    single = m > _MANY and comb(n, 3) > 2 * m  # there are more triples than equations
    wide = np.zeros((m, m + 2 * n + 1), np.float32 if single else np.float64)
    unit = max(float(np.abs(odd).max()), 1e-300)
    wide[:, m : m + n], wide[:, m + n : -1], wide[:, -1] = x, _shapley_of_kernel(x, reach) / scale, odd / unit
    x, kernel = wide[:, m : m + n].copy(), _Kernel(reach[None], wide.dtype)
    for start in range(0, m, _STRIP):
        wide[start : start + _STRIP, start:m] = kernel(x[start : start + _STRIP], x[start:])[0]
    wide[np.arange(m), np.arange(m)] += wide.dtype.type(_NUGGET_OF_SINGLE if single else _NUGGET)
    solved = _halved(wide)[0].astype(np.float64)
    products = solved.T @ solved
    by_x, by_kernel, by_odd = products[:, :n], products[:, n:-1], products[:, -1]
    explained, _ = _halved(np.column_stack([by_x[:n], 2 * np.eye(n) - by_kernel[:n], by_odd[:n]]))
    unexplained, trend = explained[:, :n], explained[:, n]
    values = unit * (unexplained.T @ trend + by_odd[n:-1])
    variance = max(float(by_odd[-1] - trend @ trend) / (m - n), 0.0)
    left = _prior(reach) / scale - np.diagonal(by_kernel[n:-1]) + (unexplained**2).sum(axis=0)
    return Fit(values, unit * np.sqrt(np.maximum(left, 0) * variance))


def _shapley_of_kernel(x: Signs, reach: Values) -> Values:
    """(m, n): Shapley values of the games y -> k(x_j, y)."""
    nodes, weights = _nodes(x.shape[1])
    reached = nodes[:, None] * reach
    raised, lowered = np.log1p(reached), np.log1p(-reached)
    products = np.exp(x @ ((raised - lowered) / 2).T + (raised + lowered).sum(axis=1) / 2) * weights
    # 1 / (1 + r x) = (1 - r x) / (1 - r r) for x of -1 and 1
    inverse = 1 / (1 - reached * reached)
    without = products @ inverse - x * (products @ (reached * inverse))
    values: Values = 2 * x * reach * (without - 1)  # the trend has the linear part
    return values


def _prior(reach: Values) -> Values:
    """(n,): variances of the Shapley values of the process before anything is known."""
    nodes, weights = _nodes(len(reach))
    both, share = np.outer(nodes, nodes).ravel(), np.outer(weights, weights).ravel()
    factors = 1 + both[:, None] * reach
    others = factors.prod(axis=1)[:, None] / factors
    prior: Values = 4 * reach * (share @ others - 1)
    return prior


@lru_cache(maxsize=64)
def _nodes(n: int) -> tuple[Values, Values]:
    """Nodes in -1..1 and weights that sum to 1, exact for polynomials of degree n, up to degree 31. Arrays that nobody
    may change."""
    nodes, weights = np.polynomial.legendre.leggauss(min(n // 2 + 1, _MOST_NODES))
    return nodes, weights / 2
