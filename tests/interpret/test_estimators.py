"""Laws of the estimators of Shapley values, on games whose values are known."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.interpret.coalitions import all_coalitions, pairs_between, spread
from quickdemo.interpret.estimate import Estimate, Values
from quickdemo.interpret.estimators.ends import calls_of_ends, ends
from quickdemo.interpret.estimators.exact import exact, shapley_values
from quickdemo.interpret.estimators.levels import levels
from quickdemo.interpret.estimators.shapley import shapley
from quickdemo.interpret.solving import solve
from tests.interpret.games import Game, dense, pairwise, smooth, with_part_without_effect

sizes = st.integers(1, 9)
seeds = st.integers(0, 10**6)
budgets = st.integers(0, 300)


def test_values_of_a_game_worked_out_by_hand() -> None:
    gloves = Game(np.array([0.0, 0, 0, 0, 0, 1, 1, 1]))  # one has a right glove, two have a left one: a pair is worth 1
    assert shapley_values(gloves.payoffs) == pytest.approx([1 / 6, 1 / 6, 4 / 6])


@given(sizes, seeds)
def test_the_ends_are_exact_for_interactions_of_two_parts(n: int, seed: int) -> None:
    game = pairwise(n, seed)
    found = solve(ends(n), game)
    assert found.values == pytest.approx(game.values, abs=1e-9)
    assert found.calls == len(set(game.asked)) == calls_of_ends(n) <= 2 * n + 2
    assert found.final


@given(sizes, seeds, budgets)
def test_more_calls_stay_exact_for_interactions_of_two_parts(n: int, seed: int, budget: int) -> None:
    game = pairwise(n, seed)
    assert solve(shapley(n, budget, seed), game).values == pytest.approx(game.values, abs=1e-9)


@given(sizes, seeds, budgets, st.booleans(), st.integers(0, 3))
def test_never_more_calls_than_the_budget_and_all_of_the_difference_shared_out(
    n: int, seed: int, budget: int, progressive: bool, settle: int
) -> None:
    game = dense(n, seed)
    shown: list[Estimate] = []
    found = solve(shapley(n, budget, seed, progressive=progressive, settle=settle), game, shown.append)
    assert len(set(game.asked)) <= found.calls <= max(budget, calls_of_ends(n))
    assert [one.final for one in shown] == [False] * (len(shown) - 1) + [True]
    assert [one.calls for one in shown] == sorted(one.calls for one in shown)
    assert shown[0].calls == n + 1
    for one in shown[1:]:
        assert one.values.sum() == pytest.approx(game.total, abs=1e-9)
        assert (one.base, one.full) == (game.payoffs[0], game.payoffs[-1])


@given(sizes, seeds)
def test_all_calls_give_the_exact_values(n: int, seed: int) -> None:
    game = dense(n, seed)
    for estimator in (exact(n), shapley(n, 2**n, seed)):
        found = solve(estimator, game)
        assert found.values == pytest.approx(game.values, abs=1e-9)
        assert found.calls <= 2**n or n <= 3


@given(st.integers(1, 8), seeds, budgets, st.data())
def test_a_part_without_effect_has_exactly_none(n: int, seed: int, budget: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, n))
    for game in (with_part_without_effect(dense(n, seed), part), with_part_without_effect(smooth(n, seed), part)):
        for estimator in (ends(n + 1), shapley(n + 1, budget, seed)):
            assert solve(estimator, game).values[part] == pytest.approx(0, abs=1e-12)


@given(st.integers(2, 8), seeds, st.data())
def test_parts_that_can_be_exchanged_have_the_same_value(n: int, seed: int, data: st.DataObject) -> None:
    one, other = data.draw(st.permutations(range(n)))[:2]
    exchanged = all_coalitions(n)
    exchanged[:, [one, other]] = exchanged[:, [other, one]]
    payoffs = dense(n, seed).payoffs
    game = Game(payoffs + payoffs[exchanged @ (1 << np.arange(n))])
    for estimator in (exact(n), ends(n), shapley(n, 2**n, seed)):
        values = solve(estimator, game).values
        assert values[one] == pytest.approx(values[other], abs=1e-9)


@given(sizes, seeds, st.floats(-3, 3))
def test_values_of_a_sum_of_games_are_the_sum_of_values(n: int, seed: int, factor: float) -> None:
    for make, estimators in ((dense, (exact, partial(shapley, budget=2**n, seed=0))), (pairwise, (ends,))):
        one, other = make(n, seed), make(n, seed + 1)
        both = Game(one.payoffs + factor * other.payoffs)
        for estimator in estimators:
            sum_of_values = solve(estimator(n), one).values + factor * solve(estimator(n), other).values
            assert solve(estimator(n), both).values == pytest.approx(sum_of_values, abs=1e-8)


@given(st.integers(4, 9), seeds, budgets, st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_the_unit_of_the_score_does_not_matter(n: int, seed: int, budget: int, unit: float, offset: float) -> None:
    game = smooth(n, seed)
    plain = solve(shapley(n, budget, seed), game).values
    other = solve(shapley(n, budget, seed), Game(offset + unit * game.payoffs)).values
    assert other / unit == pytest.approx(plain, rel=1e-3, abs=1e-3 * np.abs(plain).max() + 1e-9 * abs(offset) / unit)


def test_the_same_seed_gives_the_same_bytes_and_others_nearly_the_same_values() -> None:
    n, overlaps = 12, []
    for game in (smooth(n, number) for number in range(12)):
        found = [solve(shapley(n, 8 * n, seed), game).values for seed in (5, 5, 6)]
        assert found[0].tobytes() == found[1].tobytes() != found[2].tobytes()
        overlaps.append(len(strongest(found[0]) & strongest(found[2])) / 3)
    assert np.mean(overlaps) >= 0.9


def strongest(values: Values) -> set[int]:
    return set(np.argsort(-np.abs(values))[:3].tolist())


def test_more_calls_do_not_make_it_worse() -> None:
    n = 13
    games = [smooth(n, seed) for seed in range(12)]
    errors = [
        np.median([game.error(solve(shapley(n, budget, 0), game).values) for game in games])
        for budget in (2 * n + 2, 3 * n, 4 * n, 8 * n, 16 * n, 32 * n, 64 * n)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 20 * errors[4]


def test_two_standard_errors_hold_most_true_values() -> None:
    n = 12
    held = []
    for seed in range(12):
        game = smooth(n, seed)
        found = solve(shapley(n, 6 * n, seed), game)
        assert found.errors is not None
        held.append(np.abs(found.values - game.values) <= 2 * found.errors)
    assert 0.8 <= np.mean(held)


def test_it_stops_when_the_order_is_settled() -> None:
    n = 12
    game = smooth(n, 2)
    found = solve(shapley(n, 100 * n, 0, settle=3), game)
    assert found.calls < 40 * n
    assert list(np.argsort(-np.abs(found.values))[:3]) == list(np.argsort(-np.abs(game.values))[:3])


def test_a_part_that_does_something_only_in_between_is_found() -> None:
    masks, silent = all_coalitions(10), with_part_without_effect(smooth(9, 0), 4)
    in_between = (masks.sum(axis=1) > 1) & (masks.sum(axis=1) < 9)
    game = Game(silent.payoffs * np.where(masks[:, 4] & in_between, 1.5, 1.0))
    assert abs(solve(ends(10), game).values[4]) < 0.01 < abs(game.values[4])
    assert solve(shapley(10, 200, 0), game).values[4] == pytest.approx(game.values[4], rel=0.2)


@given(st.integers(1, 12), budgets, st.floats(-1e3, 1e3))
def test_where_no_part_has_an_effect_all_values_are_zero(n: int, budget: int, payoff: float) -> None:
    for estimator in (ends(n), shapley(n, budget, 0), levels(n, [[*range(n)]], ends(1), budget)):
        found = solve(estimator, lambda masks: np.full(len(masks), payoff))
        assert (found.values == 0).all()
        assert found.base == found.full == payoff


def test_an_exact_answer_for_too_many_parts_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="17 parts take .* 16 parts are the most. Use method='shap'"):
        next(exact(17))


@given(st.integers(3, 12), st.integers(0, 400), seeds)
def test_coalitions_of_a_plan_are_distinct_pairs(n: int, pairs: int, seed: int) -> None:
    rows = spread(n, pairs, np.random.default_rng(seed))
    assert len(rows) == min(pairs, pairs_between(n))
    both = np.vstack([rows, ~rows])
    assert len(np.unique(both, axis=0)) == len(both)
    assert ((both.sum(axis=1) > 1) & (both.sum(axis=1) < n - 1)).all()


def test_estimates_on_the_way_are_made_only_when_somebody_wants_one() -> None:
    n, game, asked = 10, smooth(10, 3), []

    def wanted() -> bool:
        asked.append(len(game.asked))
        return len(asked) == 2

    shown: list[Estimate] = []
    found = solve(shapley(n, 32 * n, 0, progressive=wanted), game, shown.append)
    assert len(asked) >= 2
    assert [one.calls for one in shown[2:]] == [asked[1], found.calls]
    assert found.values.tobytes() == solve(shapley(n, 32 * n, 0), game).values.tobytes()
