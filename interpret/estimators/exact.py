"""Exact Shapley values, from the payoffs of all coalitions."""

from __future__ import annotations

from math import comb

import numpy as np

from quickdemo.interpret.coalitions import all_coalitions
from quickdemo.interpret.estimate import Ask, Estimate, Estimator, Values
from quickdemo.interpret.methods import MOST_EXACT


def shapley_values(payoffs: Values) -> Values:
    """(n,) values of a game given by all of its payoffs (2**n,), in the order of `all_coalitions`.

    Shapley, "A value for n-person games" (1953): the mean over all orders in which the parts may come of what each
    adds when it comes.
    """
    n = len(payoffs).bit_length() - 1
    numbers = np.arange(len(payoffs))
    sizes = all_coalitions(n).sum(axis=1)
    weights = np.array([1 / (n * comb(n - 1, size)) for size in range(n)])
    values = np.empty(n)
    for part in range(n):
        without = numbers[(numbers >> part) & 1 == 0]
        values[part] = weights[sizes[without]] @ (payoffs[without | (1 << part)] - payoffs[without])
    return values


def exact(n: int) -> Estimator:
    """Ask for all 2**n coalitions. Raises ValueError for more parts than MOST_EXACT."""
    if n > MOST_EXACT:
        raise ValueError(
            f"Exact values of {n} parts take 2**{n} calls; {MOST_EXACT} parts are the most. Use method='shap'."
        )
    return _asked(n)


def _asked(n: int) -> Estimator:
    payoffs = yield Ask(all_coalitions(n))
    assert payoffs is not None
    values = shapley_values(payoffs)
    yield Estimate(values, np.zeros(n), float(payoffs[0]), float(payoffs[-1]), len(payoffs), "exact", final=True)
