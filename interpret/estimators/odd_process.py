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

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.estimate import Values

Signs = NDArray[np.float64]  # (m, n): coalitions as rows of -1 and 1

#: sums of `reach`: how large interactions are supposed to be. The one that makes the data the likeliest is taken.
REACHES = (0.7, 2.0, 4.0, 7.0)
_MOST_REACH = 0.95  # of one part; 1 would be a game of products alone
_LEAST_SHARE = 0.02  # of the largest reach, for parts without effect at both ends
_NUGGET = 1e-8  # of the kernel's variance: keeps the arithmetic sound
_ROWS_FOR_REACH = 64  # coalitions, besides one for each part, that decide between the sums of reaches


@dataclass(frozen=True)
class Fit:
    """values, errors: (n,) Shapley values of the game and their standard errors."""

    values: Values
    errors: Values


def fit(x: Signs, odd: Values, strengths: Values) -> Fit:
    """Shapley values of the game whose odd half is `odd` (m,) at the coalitions x (m, n), m > n.

    strengths: (n,) how much each part has been seen to do; parts that do much are supposed to interact more.
    """
    rows = min(len(x), x.shape[1] + _ROWS_FOR_REACH)
    candidates = np.array([_reaches(strengths, total) for total in REACHES])
    likely = _log_likelihoods(x[:rows], odd[:rows], candidates)
    return _posterior(x, odd, candidates[int(np.argmax(likely))])


def _reaches(strengths: Values, total: float) -> Values:
    """(n,) with this sum, unless one would come too near 1."""
    shares = np.sqrt(strengths / max(float(strengths.max()), 1e-300))
    shares = np.maximum(shares, _LEAST_SHARE)
    reach: Values = np.minimum(total * shares / shares.sum(), _MOST_REACH)
    return reach


def _kernels(x: Signs, reaches: NDArray[np.float64]) -> NDArray[np.float64]:
    """(c, m, m) for c sets of reaches (c, n): the odd part of the product kernel without its linear terms, scaled to
    a variance of 1."""
    raised, lowered = np.log1p(reaches), np.log1p(-reaches)
    grown = np.exp((x * ((raised - lowered) / 2)[:, None, :]) @ x.T)
    scale = _variances(reaches)
    kernels: NDArray[np.float64] = grown - 1 / grown
    kernels *= (np.exp((raised + lowered).sum(axis=1) / 2) / 2 / scale)[:, None, None]
    kernels -= (x * (reaches / scale[:, None])[:, None, :]) @ x.T
    kernels[:, np.arange(len(x)), np.arange(len(x))] += _NUGGET
    return kernels


def _variances(reaches: NDArray[np.float64]) -> Values:
    """(c,): of the process at any coalition."""
    variances: Values = ((1 + reaches).prod(axis=1) - (1 - reaches).prod(axis=1)) / 2 - reaches.sum(axis=1)
    return variances


def _log_likelihoods(x: Signs, odd: Values, reaches: NDArray[np.float64]) -> Values:
    """(c,): of the data, without a constant, the trend integrated out (Rasmussen and Williams 2006, equation 2.45)."""
    kernels = _kernels(x, reaches)
    solved = np.linalg.solve(
        kernels, np.broadcast_to(np.column_stack([x, odd]), (len(reaches), len(x), x.shape[1] + 1))
    )
    grams = x.T @ solved[:, :, :-1]
    trends = np.linalg.solve(grams, (x.T @ solved[:, :, -1:]))
    left = odd[:, None] - x @ trends
    weights = solved[:, :, -1:] - solved[:, :, :-1] @ trends
    free = len(x) - x.shape[1]
    variances = np.maximum((left * weights).sum(axis=(1, 2)) / free, 1e-300)
    determinants = np.linalg.slogdet(kernels)[1] + np.linalg.slogdet(grams)[1]
    likelihoods: Values = -(free * np.log(variances) + determinants) / 2
    return likelihoods


def _posterior(x: Signs, odd: Values, reach: Values) -> Fit:
    n = x.shape[1]
    scale = float(_variances(reach[None])[0])
    of_kernel = _shapley_of_kernel(x, reach) / scale
    solved = np.linalg.solve(_kernels(x, reach[None])[0], np.column_stack([x, of_kernel, odd]))
    by_x, by_kernel, by_odd = solved[:, :n], solved[:, n:-1], solved[:, -1]
    gram = x.T @ by_x
    trend = np.linalg.solve(gram, x.T @ by_odd)
    weights = by_odd - by_x @ trend
    values = 2 * trend + of_kernel.T @ weights
    variance = max(float((odd - x @ trend) @ weights) / (len(x) - n), 0.0)
    unexplained = 2 * np.eye(n) - x.T @ by_kernel
    left = _prior(reach) / scale - (of_kernel * by_kernel).sum(axis=0)
    left += (unexplained * np.linalg.solve(gram, unexplained)).sum(axis=0)
    return Fit(values, np.sqrt(np.maximum(left, 0) * variance))


def _shapley_of_kernel(x: Signs, reach: Values) -> NDArray[np.float64]:
    """(m, n): Shapley values of the games y -> k(x_j, y)."""
    reached = x * reach
    total = np.zeros_like(reached)
    for node, weight in zip(*_nodes(x.shape[1]), strict=True):
        factors = 1 + node * reached
        total += (weight * factors.prod(axis=1))[:, None] / factors
    values: NDArray[np.float64] = 2 * reached * (total - 1)  # the trend has the linear part
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
    """Nodes in -1..1 and weights that sum to 1, exact for polynomials of degree n. Arrays that nobody may change."""
    nodes, weights = np.polynomial.legendre.leggauss(n // 2 + 1)
    return nodes, weights / 2
