"""Values in levels: groups first, then what is in the strongest of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.interpret.estimate import Estimate, Estimator, Masks, Values
from quickdemo.interpret.estimators.ends import ends
from quickdemo.interpret.estimators.levels import NO_EFFECT, calls_inside, levels
from quickdemo.interpret.estimators.shapley import shapley
from quickdemo.interpret.solving import solve
from tests.interpret.games import dense, pairwise

TREE = [[0, 1, 2], [[3, 4], [5, [6, 7]]], [8]]


def nested(budget: int, upper: Estimator | None = None) -> Estimator:
    return levels(9, TREE, ends(3) if upper is None else upper, budget, worth_a_look=NO_EFFECT)


@given(st.integers(0, 10**6), st.integers(0, 200), st.booleans())
def test_units_are_all_parts_once_within_the_budget_and_share_out_all_of_the_difference(
    seed: int, budget: int, exactly: bool
) -> None:
    game = dense(9, seed)
    shown: list[Estimate] = []
    found = solve(nested(budget, shapley(3, budget, seed) if exactly else None), game, shown.append)
    assert len(set(game.asked)) <= found.calls <= max(budget, 8)
    for one in shown:
        assert one.units is not None and (one.units.sum(axis=0) == 1).all() and len(one.values) == len(one.units)
    for one in shown[1:]:
        assert one.values.sum() == pytest.approx(game.total, abs=1e-9)
    assert [one.final for one in shown] == [False] * (len(shown) - 1) + [True]


@given(st.integers(0, 10**6))
def test_calls_enough_give_the_exact_values_where_groups_do_not_interact(seed: int) -> None:
    weights = np.random.default_rng(seed).normal(size=9)

    def payoff(masks: Masks) -> Values:
        return masks @ weights

    found = solve(nested(8 + calls_inside(TREE)), payoff)
    assert found.units is not None and found.units.argmax(axis=1).tolist() == list(range(9))
    assert found.values == pytest.approx(weights, abs=1e-9) and found.looks == ()


def test_the_strongest_unit_is_looked_into_first_and_what_was_not_looked_into_is_one() -> None:
    weights = np.array([0.0, 0, 9, 1, 1, 1, 1, 1, 0])
    shown: list[Estimate] = []
    found = solve(nested(8 + 6), lambda masks: masks @ weights, shown.append)
    assert shown[0].calls == 4  # n + 1 of the groups
    assert shown[0].values == pytest.approx([9, 5, 0])
    assert found.values == pytest.approx([0, 0, 9, 5, 0]) and found.calls == 14
    assert found.looks == (4,), "calls of the look that comes next"
    more = solve(nested(8 + 6 + 4), lambda masks: masks @ weights)
    assert more.values == pytest.approx([0, 0, 9, 2, 3, 0])


def test_errors_stay_known_where_nothing_was_looked_into() -> None:
    tree, game = [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], 10, 11, 12, 13, 14], dense(15, 1)
    found = solve(levels(15, tree, shapley(10, 60, 0), 64, worth_a_look=NO_EFFECT), game)
    assert found.errors is not None and len(found.errors) == len(found.values) == 11
    assert np.isnan(found.errors).sum() == 2 and (found.errors[~np.isnan(found.errors)] > 0).all()


def test_two_thousand_words_within_a_few_hundred_calls() -> None:
    words, rng = 2000, np.random.default_rng(0)
    tree = [[[s + w for w in range(20)] for s in range(p, p + 100, 20)] for p in range(0, words, 100)]
    weights = np.where(rng.random(words) < 0.005, 1.0, 0.0)
    found = solve(levels(words, tree, ends(len(tree)), 700), lambda masks: masks @ weights)
    assert found.calls <= 700 and found.units is not None
    strongest = found.units[np.argsort(-found.values)[: int(weights.sum())]]
    assert (strongest.sum(axis=1) == 1).all() and set(strongest.argmax(axis=1)) == set(np.flatnonzero(weights))


def test_interactions_of_two_parts_across_groups_stay_exact_for_groups() -> None:
    game = pairwise(9, 3)
    found = solve(nested(1000), game)
    assert found.values[8] == pytest.approx(game.values[8])
    assert found.values[:3].sum() == pytest.approx(game.values[:3].sum())
