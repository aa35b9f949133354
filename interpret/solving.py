"""Drives an estimator with a payoff."""

from __future__ import annotations

from collections.abc import Callable

from quickdemo.interpret.estimate import Ask, Estimate, Estimator, Payoff, Values


def solve(estimator: Estimator, payoff: Payoff, on_estimate: Callable[[Estimate], None] | None = None) -> Estimate:
    """Run an estimator to its end; returns its last estimate. on_estimate: told of each, the last included."""
    last: Estimate | None = None
    answer: Values | None = None
    while True:
        try:
            step = estimator.send(answer)
        except StopIteration:
            break
        answer = None
        if isinstance(step, Ask):
            answer = payoff(step.masks)
        else:
            last = step
            if on_estimate is not None:
                on_estimate(step)
    assert last is not None, "an estimator ends with an estimate"
    return last
