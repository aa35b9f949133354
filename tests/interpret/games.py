"""Games whose Shapley values are known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.coalitions import all_coalitions
from quickdemo.interpret.estimate import Masks, Values
from quickdemo.interpret.estimators.exact import shapley_values


class Game:
    """A game of n parts as a table of 2**n payoffs. asked: every coalition that was asked for, in order."""

    def __init__(self, payoffs: Values) -> None:
        self.payoffs = payoffs
        self.n = len(payoffs).bit_length() - 1
        self.values = shapley_values(payoffs)
        self.asked: list[int] = []

    def __call__(self, masks: Masks) -> Values:
        places = masks @ (1 << np.arange(self.n))
        self.asked += places.tolist()
        return self.payoffs[places]

    @property
    def total(self) -> float:
        return float(self.payoffs[-1] - self.payoffs[0])

    def error(self, values: Values) -> float:
        """Squared, relative to the exact values."""
        return float(((values - self.values) ** 2).sum() / (self.values**2).sum())


def dense(n: int, seed: int) -> Game:
    """Interactions of all orders: no order is there to be found."""
    return Game(np.random.default_rng(seed).normal(size=2**n))


def pairwise(n: int, seed: int, scale: float = 1.0) -> Game:
    """Single effects and interactions of two parts."""
    rng = np.random.default_rng(seed)
    masks = all_coalitions(n).astype(float)
    pairs: NDArray[np.float64] = np.triu(rng.normal(size=(n, n)))
    return Game(scale * (rng.normal() + ((masks @ pairs) * masks).sum(axis=1)))


def smooth(n: int, seed: int) -> Game:
    """The answer of a small network, as of a real model: strong single effects, weaker interactions of all orders."""
    rng = np.random.default_rng(seed)
    hidden = np.tanh(all_coalitions(n) @ rng.normal(size=(n, 12)) * 1.5 / np.sqrt(n) + rng.normal(size=12))
    return Game(1 / (1 + np.exp(-hidden @ rng.normal(size=12))))


def with_part_without_effect(game: Game, part: int) -> Game:
    """The game with one more part at this place, which does nothing."""
    masks = np.delete(all_coalitions(game.n + 1), part, axis=1)
    return Game(game.payoffs[masks @ (1 << np.arange(game.n))])
