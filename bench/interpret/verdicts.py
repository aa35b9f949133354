"""What the tables say: is ours behind at any budget, how far ahead, does its error ever grow."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.interpret.measures import BUDGETS, Measured
from bench.interpret.methods import DEFAULT, OURS

EQUAL = 1e-12  # relative squared errors below, a millionth of the length of the values, count as equal


def median(result: Measured) -> float:
    """The median error. Infinite where a method failed more than half of the time."""
    errors = [*result.error, *[np.inf] * result.failed]
    return float(np.median(errors)) if errors else np.inf


def best(results: list[Measured], suite: str, budget: str) -> tuple[Measured, Measured]:
    """The best of ours, and the best of the others, at a budget; who stays at 2n + 2 calls takes part in all."""
    at = [r for r in results if r.suite == suite and r.budget in (budget, "2n+2") and r.method != "exact values"]
    at = [r for r in at if r.budget == budget or r.method == DEFAULT or "leave one out" in r.method]
    ours = [r for r in at if r.method in ((DEFAULT, OURS) if budget == "2n+2" else (OURS,))]
    others = [r for r in at if r.method not in (DEFAULT, OURS)]
    return min(ours, key=median), min(others, key=median)


def lines(results: list[Measured]) -> Iterator[str]:
    """As Markdown: a table of ratios, then the bounds, each met or missed."""
    suites = list(dict.fromkeys(r.suite for r in results))
    yield (
        "How many times larger the median error of the best other method is than ours; below 1, ours is behind. "
        f"Errors below {EQUAL:g}, a millionth of the length of the values, count as {EQUAL:g}."
    )
    yield ""
    yield f"| suite | {' | '.join(BUDGETS)} |"
    yield "|---" * (len(BUDGETS) + 1) + "|"
    ratios = {(suite, budget): ratio(*best(results, suite, budget)) for suite in suites for budget in BUDGETS}
    for suite in suites:
        cells = []
        for budget in BUDGETS:
            other = best(results, suite, budget)[1]
            cells.append(f"{times(ratios[suite, budget])} ({other.method})")
        yield f"| {suite} | {' | '.join(cells)} |"
    yield ""
    behind = [f"{suite} at {budget} ({times(found)})" for (suite, budget), found in ratios.items() if found < 1]
    yield bound("No suite and budget where any method has a lower median error", not behind, ", ".join(behind))
    far = [suite for suite in suites if ratios[suite, "8n"] >= 3]
    yield bound("At least 3 times lower at 8n on two suites or more", len(far) >= 2, ", ".join(far) or "none")
    growing = list(growths(results, suites))
    yield bound("The median error never grows with the budget", not growing, ", ".join(growing))


def ratio(ours: Measured, other: Measured) -> float:
    """Of the medians."""
    return max(median(other), EQUAL) / max(median(ours), EQUAL)


def times(found: float) -> str:
    """For a reader."""
    return f"{found:.2g}" if found < 10 else f"{found:.0f}"


def growths(results: list[Measured], suites: list[str]) -> Iterator[str]:
    """Where a larger budget has a larger median error."""
    for suite in suites:
        ours = {r.budget: median(r) for r in results if r.suite == suite and r.method == OURS}
        for less, more in zip(list(BUDGETS), list(BUDGETS)[1:], strict=False):
            if ours[more] > max(ours[less], EQUAL):
                yield f"{suite} from {less} to {more}: {ours[less]:.2g} to {ours[more]:.2g}"


def bound(what: str, met: bool, where: str) -> str:
    """One line."""
    return f"- {'met' if met else '**missed**'}: {what}{f': {where}' if where else ''}."
