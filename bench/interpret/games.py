"""A game with every coalition evaluated, and its exact Shapley values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

Masks = NDArray[np.bool_]  # (m, n)
Values = NDArray[np.float64]
Payoff = Callable[[Masks], Values]

BATCH = 4096


@dataclass(frozen=True)
class Game:
    """table: (2**n,) payoffs; bit i of an index says whether part i is present. shapley: (n,)."""

    table: Values
    shapley: Values

    @property
    def n(self) -> int:
        """Parts."""
        return len(self.shapley)

    def __call__(self, masks: Masks) -> Values:
        """(m, n) -> (m,)."""
        return self.table[np.asarray(masks, bool) @ (1 << np.arange(self.n))]


def tabulated(n: int, payoff: Payoff) -> Game:
    """Evaluate every coalition of n parts."""
    masks = all_masks(n)
    table = np.concatenate([payoff(masks[start : start + BATCH]) for start in range(0, len(masks), BATCH)])
    return Game(table.astype(float), shapley(n, table.astype(float)))


def all_masks(n: int) -> Masks:
    """(2**n, n), in the order of a table."""
    return ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(bool)


def shapley(n: int, table: Values) -> Values:
    """By the definition (Shapley 1953): marginal contributions, those to coalitions of each size weighing the same."""
    index = np.arange(2**n)
    sizes = all_masks(n).sum(1)
    weights = np.array([1 / (n * comb(n - 1, size)) for size in range(n)] + [0.0])[sizes]
    values = np.empty(n)
    for part in range(n):
        without = index[(index >> part) & 1 == 0]
        values[part] = weights[without] @ (table[without | (1 << part)] - table[without])
    return values
