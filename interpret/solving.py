"""Drives an estimator: with a payoff, or as a part of another estimator."""

from __future__ import annotations

from collections.abc import Callable, Generator

from quickdemo.interpret.estimate import Ask, Estimate, Estimator, Masks, Payoff, Values


def solve(estimator: Estimator, payoff: Payoff, on_estimate: Callable[[Estimate], None] | None = None) -> Estimate:
    """Run an estimator to its end; returns its last estimate. on_estimate: told of each, the last included."""
    steps = relayed(estimator, lambda masks: masks, lambda estimate: estimate)
    answer: Values | None = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            last: Estimate = end.value
            return last
        answer = payoff(step.masks) if isinstance(step, Ask) else None
        if on_estimate is not None and not isinstance(step, Ask):
            on_estimate(step)


def relayed(
    estimator: Estimator, ask: Callable[[Masks], Masks], show: Callable[[Estimate], Estimate]
) -> Generator[Ask | Estimate, Values | None, Estimate]:
    """An estimator of one game inside another: `ask` translates what it asks for, `show` what it tells.

    Returns its last estimate, as it told it.
    """
    last: Estimate | None = None
    answer: Values | None = None
    while True:
        try:
            step = estimator.send(answer)
        except StopIteration:
            assert last is not None, "an estimator ends with an estimate"
            return last
        if isinstance(step, Ask):
            answer = yield Ask(ask(step.masks))
        else:
            last, answer = step, None
            yield show(step)
