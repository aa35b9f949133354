"""The process on the odd half of a game: its arithmetic beside what it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from quickdemo.interpret.coalitions import singles, spread
from quickdemo.interpret.estimate import Values
from quickdemo.interpret.estimators import odd_process
from quickdemo.interpret.estimators.odd_process import likeliest, posterior


def known(n: int, m: int) -> tuple[Values, Values, Values]:
    """Coalitions (m, n) of -1 and 1, the odd half of a network's answer there, and what each part does about."""
    rng = np.random.default_rng(n)
    rows = np.vstack([np.ones((1, n), bool), singles(n), spread(n, m - n - 1, rng)])
    x = np.where(rows, 1.0, -1.0)
    weights, last = rng.normal(size=(n, 12)) / np.sqrt(n), rng.normal(size=12)
    odd = (np.tanh(1.5 * x @ weights + 0.3) - np.tanh(-1.5 * x @ weights + 0.3)) @ last / 2
    return x, odd, np.abs(weights @ last)


@pytest.mark.parametrize(("n", "m"), [(8, 20), (9, 100), (16, 120)])
def test_values_and_errors_are_those_of_kriging_written_out(n: int, m: int) -> None:
    x, odd, strengths = known(n, m)
    reach = likeliest(x, odd, strengths)
    factors = 1 + reach * x[:, None, :] * x[None, :, :]
    turned = 1 - reach * x[:, None, :] * x[None, :, :]
    plain = (factors.prod(axis=2) - turned.prod(axis=2)) / 2 - (x * reach) @ x.T
    kernel = plain / plain[0, 0] + 1e-8 * np.eye(m)
    inverse = np.linalg.inv(kernel)
    trend = np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ odd)
    of_kernel = odd_process._shapley_of_kernel(x, reach) / plain[0, 0]
    values = 2 * trend + of_kernel.T @ inverse @ (odd - x @ trend)
    found = posterior(x, odd, reach)
    assert found.values == pytest.approx(values, rel=1e-6, abs=1e-8)
    assert (found.errors > 0).all()


def test_shapley_values_of_a_kernel_sum_to_the_difference_of_its_ends() -> None:
    x, _, strengths = known(12, 40)
    reach = odd_process._reaches(strengths, 3.0)
    whole = ((1 + reach * x).prod(axis=1) - (1 - reach * x).prod(axis=1)) / 2 - x @ reach
    assert odd_process._shapley_of_kernel(x, reach).sum(axis=1) == pytest.approx(2 * whole, rel=1e-9)


@pytest.mark.parametrize(("n", "m"), [(16, 256), (40, 400)])
def test_single_precision_changes_nothing_that_counts(n: int, m: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, odd, strengths = known(n, m)
    reach = likeliest(x, odd, strengths)
    single = posterior(x, odd, reach)
    monkeypatch.setattr(odd_process, "_MANY", m)
    double = posterior(x, odd, reach)
    assert (single.values != double.values).any()
    assert np.abs(single.values - double.values).max() < 0.001 * double.errors.min()
    assert single.errors == pytest.approx(double.errors, rel=1e-3)


def test_the_unit_of_the_score_may_be_of_any_size() -> None:
    x, odd, strengths = known(20, 200)
    reach = likeliest(x, odd, strengths)
    plain = posterior(x, odd, reach)
    for unit in (1e-60, 1e60):
        found = posterior(x, unit * odd, reach)
        assert found.values / unit == pytest.approx(plain.values)
        assert found.errors / unit == pytest.approx(plain.errors)
