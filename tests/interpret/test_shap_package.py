"""The shap package's explainers on our game: as they are at shap, within the budget, and alike for a seed."""

from __future__ import annotations

import importlib.util
import platform
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from quickdemo.interpret.estimate import Ask, Estimate, Estimator, Masks, Values
from quickdemo.interpret.estimators import shap_package
from quickdemo.interpret.estimators.shap_package import kernel, partition, permutation
from quickdemo.interpret.solving import solve

NO_NUMBA = sys.platform == "darwin" and platform.machine() == "x86_64"
pytestmark = [
    pytest.mark.skipif(NO_NUMBA, reason="shap's numba has no build for this system (pyproject.toml, dev)"),
    # of shap's own code and import
    pytest.mark.filterwarnings(
        "ignore:::shap", "ignore:The set_:PendingDeprecationWarning", "ignore:Linear regression"
    ),
]
EXPLAINERS: list[Callable[..., Estimator]] = [kernel, permutation, partition]
uses_shap = pytest.mark.slow  # its import and numba's compilation take seconds


class Game:
    """A random game with interactions of two parts, whose Shapley values are known; counts what it is asked for."""

    def __init__(self, n: int, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        self.alone, self.both = random.normal(size=n), np.triu(random.normal(size=(n, n)), 1)
        self.shapley = self.alone + (self.both.sum(0) + self.both.sum(1)) / 2
        self.seen: list[bytes] = []

    def __call__(self, masks: Masks) -> Values:
        assert masks.dtype == np.bool_
        self.seen += [mask.tobytes() for mask in masks]
        rows = masks.astype(float)
        return 0.5 + rows @ self.alone + np.einsum("mi,ij,mj->m", rows, self.both, rows)


@uses_shap
@pytest.mark.parametrize("n", [1, 2, 3, 5, 12, 33])
@pytest.mark.parametrize("explainer", EXPLAINERS)
def test_each_coalition_is_asked_for_once_within_the_budget_and_the_values_sum_up(
    explainer: Callable[..., Estimator], n: int
) -> None:
    for budget in [2 * n, 2 * n + 1, 2 * n + 2, 4 * n, 8 * n + 3, 32 * n]:
        game = Game(n)

        found = solve(explainer(n, budget, 7), game)

        assert found.final and found.method == f"shap {explainer.__name__}" and found.errors is None
        assert found.calls == len(game.seen) == len(set(game.seen)) <= budget
        assert found.values.shape == (n,)
        assert found.values.sum() == pytest.approx(found.full - found.base, abs=1e-9)
        assert (found.base, found.full) == tuple(game(np.array([[False] * n, [True] * n])))


@uses_shap
@pytest.mark.parametrize("explainer", EXPLAINERS)
def test_where_all_coalitions_fit_the_values_are_exact(explainer: Callable[..., Estimator]) -> None:
    game = Game(6)

    assert solve(explainer(6, 2000, 1), game).values == pytest.approx(game.shapley, abs=1e-9)


@uses_shap
def test_kernel_and_partition_are_what_shap_gives() -> None:
    import shap

    n, budget = 9, 60

    def function(rows: NDArray[np.float64]) -> Values:
        return Game(n)(rows > 0.5)

    state: Any = np.random.get_state()
    np.random.seed(3)
    theirs = shap.KernelExplainer(function, np.zeros((1, n))).shap_values(
        np.ones((1, n)), nsamples=budget - 2, l1_reg=False, silent=True
    )
    np.random.set_state(state)
    assert solve(kernel(n, budget, 3), Game(n)).values == pytest.approx(theirs[0], abs=1e-9)

    tree = np.array([[0, 8, 1, 2], *([n + i, i + 1, i + 2, i + 3] for i in range(7))], float)
    masker = shap.maskers.Partition(np.zeros((1, n)), clustering=tree)
    theirs = shap.PartitionExplainer(function, masker)(np.ones((1, n)), max_evals=budget, batch_size=2, silent=True)
    assert solve(partition(n, budget, 3, tree), Game(n)).values == pytest.approx(theirs.values[0], abs=1e-9)


@uses_shap
@pytest.mark.parametrize("explainer", [kernel, permutation])
def test_a_seed_gives_the_same_bytes_and_another_seed_others(explainer: Callable[..., Estimator]) -> None:
    def triple(masks: Masks) -> Values:  # with interactions of three, orders and samples matter
        return masks[:, 0] * masks[:, 1] * masks[:, 2] + masks[:, 3:].sum(1) * 1.0

    first, again, other = (solve(explainer(9, 30, seed), triple).values for seed in (1, 1, 2))

    assert first.tobytes() == again.tobytes() != other.tobytes()


@uses_shap
def test_the_function_keeps_its_own_randomness() -> None:
    drawn: list[float] = []

    def random(masks: Masks) -> Values:
        drawn.append(np.random.random())
        return masks.sum(1) * 1.0

    np.random.seed(5)
    solve(kernel(4, 12, 1), random)

    assert [*drawn, np.random.random()] == list(np.random.RandomState(5).random(len(drawn) + 1))


@uses_shap
def test_an_error_of_the_function_comes_out_and_a_closed_explainer_ends_its_thread() -> None:
    def fails(masks: Masks) -> Values:
        if len(masks) > 2:
            raise RuntimeError("no such word")
        return masks.sum(1) * 1.0

    with pytest.raises(RuntimeError, match="no such word"):
        solve(kernel(4, 12, 1), fails)

    asking = permutation(5, 20, 1)
    step: Ask | Estimate = next(asking)
    assert isinstance(step, Ask)
    asking.send(np.array([0.0, 1.0]))
    asking.close()
    assert [thread for thread in threading.enumerate() if thread.name == "quickdemo-shap"] == []


def test_an_error_inside_shap_comes_out() -> None:
    def explain(function: Any) -> Any:
        function(np.ones((1, 3)))
        raise IndexError("99")

    with pytest.raises(IndexError, match="99"):
        solve(shap_package._asked("partition", 3, 1, explain), Game(3))


def test_a_tree_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"A tree over 5 parts has the shape \(4, 4\); it has \(2, 4\)\."):
        partition(5, 20, 1, np.zeros((2, 4)))


@pytest.mark.parametrize("explainer", EXPLAINERS)
def test_too_small_a_budget_is_refused_before_anything_runs(explainer: Callable[..., Estimator]) -> None:
    with pytest.raises(ValueError, match=r"needs at least 10 calls for 5 parts; the budget is 9\. Allow more calls"):
        explainer(5, 9, 1)


@pytest.mark.parametrize("explainer", EXPLAINERS)
def test_without_shap_the_message_says_what_to_install(
    explainer: Callable[..., Estimator], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "shap", None)
    assert importlib.util.find_spec("shap") is None

    expected = rf'interpretation="shap:{explainer.__name__}" needs .*: pip install "quickdemo\[shap\]"'
    with pytest.raises(ImportError, match=expected):
        explainer(5, 12, 1)
