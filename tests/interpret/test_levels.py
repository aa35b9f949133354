"""Values in levels: groups first, then what is in the strongest of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.interpret.estimate import Estimate, Masks, Values
from quickdemo.interpret.estimators.levels import levels
from quickdemo.interpret.solving import solve
from tests.interpret.games import dense, pairwise

TREE = [[0, 1, 2], [[3, 4], [5, [6, 7]]], [8]]


@given(st.integers(0, 10**6), st.integers(0, 200), st.booleans())
def test_within_the_budget_and_all_of_the_difference_shared_out(seed: int, budget: int, exactly: bool) -> None:
    game = dense(9, seed)
    shown: list[Estimate] = []
    found = solve(levels(9, TREE, budget, seed, exactly=exactly), game, shown.append)
    assert len(set(game.asked)) <= found.calls <= max(budget, 8)
    for one in shown[1:]:
        assert one.values.sum() == pytest.approx(game.total, abs=1e-9)
    assert [one.final for one in shown] == [False] * (len(shown) - 1) + [True]


@given(st.integers(0, 10**6))
def test_calls_enough_give_the_exact_values_where_groups_do_not_interact(seed: int) -> None:
    weights = np.random.default_rng(seed).normal(size=9)

    def payoff(masks: Masks) -> Values:
        return masks @ weights

    found = solve(levels(9, TREE, 1000, seed), payoff)
    assert found.values == pytest.approx(weights, abs=1e-9)


def test_the_strongest_group_is_looked_into_first_and_the_rest_shares_equally() -> None:
    weights = np.array([0.0, 0, 9, 1, 1, 1, 1, 1, 0])
    shown: list[Estimate] = []
    found = solve(levels(9, TREE, 8 + 6, 0), lambda masks: masks @ weights, shown.append)
    assert shown[0].calls == 4  # n + 1 of the groups
    assert shown[0].values == pytest.approx([3, 3, 3, 1, 1, 1, 1, 1, 0])
    assert found.values == pytest.approx(weights)
    assert found.calls == 14


def test_two_thousand_words_within_a_few_hundred_calls() -> None:
    words, rng = 2000, np.random.default_rng(0)
    tree = [[[s + w for w in range(20)] for s in range(p, p + 100, 20)] for p in range(0, words, 100)]
    weights = np.where(rng.random(words) < 0.005, 1.0, 0.0)
    found = solve(levels(words, tree, 700, 0), lambda masks: masks @ weights)
    assert found.calls <= 700
    assert set(np.argsort(-found.values)[: int(weights.sum())]) == set(np.flatnonzero(weights))


def test_interactions_of_two_parts_across_groups_stay_exact_for_groups() -> None:
    game = pairwise(9, 3)
    found = solve(levels(9, TREE, 1000, 0), game)
    assert found.values[8] == pytest.approx(game.values[8])
    assert found.values[:3].sum() == pytest.approx(game.values[:3].sum())
