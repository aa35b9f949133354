"""The estimators that are measured: ours, shap's, shapiq's, and leave-one-out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.interpret.games import Payoff, Values
from quickdemo.interpret.estimators import shap_package
from quickdemo.interpret.estimators.ends import ends
from quickdemo.interpret.estimators.shapley import shapley
from quickdemo.interpret.solving import solve

OURS = "quickdemo shap"
DEFAULT = "quickdemo default"


@dataclass(frozen=True)
class Method:
    """run: (n, budget, seed, payoff) -> (n,) values. seeds: how often each game is asked. once: at 2n + 2 only."""

    name: str
    run: Callable[[int, int, int, Payoff], Values]
    seeds: int = 3
    once: bool = False


def leave_one_out(n: int, budget: int, seed: int, payoff: Payoff) -> Values:
    """What Gradio's "default" did: how much the score falls without each part."""
    values = payoff(np.vstack([np.ones((1, n), bool), ~np.eye(n, dtype=bool)]))
    return values[0] - values[1:]


def kernel_of_2022(n: int, budget: int, seed: int, payoff: Payoff) -> Values:
    """What Gradio's "shap" did: Kernel SHAP, regularized (AIC) where less than a fifth of all coalitions is seen."""
    import shap

    np.random.seed(seed)
    explainer = shap.KernelExplainer(lambda rows: payoff(rows > 0.5), np.zeros((1, n)))
    few = "aic" if budget - 2 < 0.2 * 2**n else False
    return np.ravel(explainer.shap_values(np.ones((1, n)), nsamples=budget - 2, l1_reg=few, silent=True))


def of_shap(estimator: Callable[[int, int, int], Any]) -> Callable[[int, int, int, Payoff], Values]:
    """One of our doors to shap's explainers: within the budget, each coalition once."""
    return lambda n, budget, seed, payoff: solve(estimator(n, budget, seed), payoff).values


def of_shapiq(name: str, trees: bool = False, **options: Any) -> Callable[[int, int, int, Payoff], Values]:
    """An approximator of shapiq. trees: it fits a model to the game, of boosted trees."""

    def run(n: int, budget: int, seed: int, payoff: Payoff) -> Values:
        import shapiq
        from lightgbm import LGBMRegressor

        # shapiq's own default but for threads, which wait for each other longer than they work
        model = {"proxy_model": LGBMRegressor(random_state=seed, n_jobs=1, verbose=-1)} if trees else {}
        approximator = getattr(shapiq.approximator, name)(n=n, random_state=seed, **model, **options)
        found = approximator.approximate(budget, lambda masks: payoff(np.asarray(masks, bool)))
        values = np.zeros(n)
        for parts, place in found.interaction_lookup.items():
            if len(parts) == 1:
                values[parts[0]] = found.values[place]
        return values

    return run


def methods() -> Iterator[Method]:
    """Ours first. What an older shapiq does not have is left out: 1.8 and its Python 3.12 are wanted."""
    import shapiq

    yield Method(DEFAULT, lambda n, budget, seed, payoff: solve(ends(n), payoff).values, seeds=1, once=True)
    yield Method(OURS, of_shap(shapley))
    yield Method("leave one out (Gradio's default)", leave_one_out, seeds=1, once=True)
    yield Method("Kernel of 2022 (Gradio's shap)", kernel_of_2022)
    yield Method("shap Kernel", of_shap(shap_package.kernel))
    yield Method("shap Permutation", of_shap(shap_package.permutation))
    yield Method("shap Partition", of_shap(shap_package.partition))
    yield Method("shapiq KernelSHAP", of_shapiq("KernelSHAP"))
    yield Method("shapiq KernelSHAP, paired", of_shapiq("KernelSHAP", pairing_trick=True))
    newest: dict[str, dict[str, Any]] = {
        "LeverageSHAP": {},
        "PolySHAP": {"pairing_trick": True},
        "OddSHAP": {},
        "RegressionMSR": {"index": "SV", "trees": True},
        "ProxySHAP": {"index": "SV", "max_order": 1, "trees": True},
        # its own search of a grid of boosted trees takes half a minute for each answer: left out
        "ProxySPEX": {"index": "SV", "max_order": 1, "trees": True},
    }
    for name, options in newest.items():
        if hasattr(shapiq.approximator, name):
            yield Method(f"shapiq {name}", of_shapiq(name, **options))
