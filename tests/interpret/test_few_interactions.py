"""Games with few interactions are found exactly; others are not taken for such."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quickdemo.interpret.coalitions import all_coalitions, spread
from quickdemo.interpret.estimators.few_interactions import exact_values
from quickdemo.interpret.estimators.shapley import shapley
from quickdemo.interpret.solving import solve
from tests.interpret.games import Game, dense, smooth


def with_terms(n: int, count: int, seed: int) -> Game:
    """A game that is a sum of products of up to four parts, as trees of depth four are."""
    rng = np.random.default_rng(seed)
    masks = all_coalitions(n)
    payoffs = np.zeros(2**n)
    for _ in range(count):
        payoffs += rng.normal() * masks[:, rng.choice(n, rng.integers(1, 5), replace=False)].all(axis=1)
    return Game(payoffs)


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_a_sum_of_few_products_is_found_exactly(seed: int) -> None:
    game = with_terms(12, 4, seed)
    found = solve(shapley(12, 24 * 12, seed), game)
    if found.method in ("few interactions", "exact"):
        assert found.values == pytest.approx(game.values, abs=1e-8)
    assert game.error(found.values) < 0.05  # the worst of 1,500 is 0.02


def test_most_such_games_are_found() -> None:
    found = [solve(shapley(12, 24 * 12, seed), with_terms(12, 4, seed)).method for seed in range(20)]
    assert sum(method in ("few interactions", "exact") for method in found) >= 15


@pytest.mark.parametrize("make", [dense, smooth])
def test_another_game_is_not_taken_for_one(make: type[Game]) -> None:
    rows = spread(11, 120, np.random.default_rng(0))
    game = make(11, 1)
    odd = (game(rows) - game(~rows)) / 2
    assert exact_values(np.where(rows, 1.0, -1.0), odd) is None
    assert exact_values(np.where(rows, 1.0, -1.0)[:40], odd[:40]) is None


def test_products_that_are_alike_at_all_coalitions_are_not_told_apart() -> None:
    signs = np.where(np.random.default_rng(0).random((80, 6)) < 0.5, -1.0, 1.0)
    signs[:, 1] = signs[:, 0]
    assert exact_values(signs, signs[:, 0].copy()) is None
