"""The measured, as Markdown: a table of each suite, then the verdicts."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np

from bench.interpret import verdicts
from bench.interpret.measures import BUDGETS, Measured
from bench.interpret.suites import SUITES

EXACT = 1e-20  # what is left is rounding
HEAD = """# How near each method comes

Written by `make bench-interpret`. Six suites of real models, twelve inputs each, whose exact Shapley values are known:
every one of the 2^n coalitions was evaluated. A budget is the number of model calls for n parts. Methods with chance
are asked three times for each input. ProxySPEX goes without its search of a grid, which takes half a minute an answer.

- Error: squared, relative to the exact values: sum of (estimate - exact)^2 / sum of exact^2; the median.
- Top 3: how many of the three strongest parts are found.
- Deletion: the mean score while parts are taken away, those first that raise it most (lower is better).
- Insertion: the mean score while they are put in (higher is better).
- SRG, the symmetric relevance gain: insertion - deletion.
- Own time: CPU time of an answer without the model.
"""


def page(results: list[Measured]) -> str:
    """The whole page."""
    parts = [HEAD, f"{machine()}\n", "## Verdicts\n", "\n".join(verdicts.lines(results)), ""]
    for suite in dict.fromkeys(r.suite for r in results):
        parts += [f"## {suite}\n", "\n".join(suite_lines([r for r in results if r.suite == suite])), ""]
    return "\n".join(parts)


def machine() -> str:
    """With what it was measured."""
    names = ("shap", "shapiq", "scikit-learn", "lightgbm", "vaderSentiment", "numpy")
    return f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in names) + "."


def suite_lines(results: list[Measured]) -> Iterator[str]:
    """What it is, a table of errors, a table of the rest at 8n."""
    yield SUITES[results[0].suite].__doc__ or ""
    yield ""
    yield f"| median error, top 3 found | {' | '.join(BUDGETS)} |"
    yield "|---" * (len(BUDGETS) + 1) + "|"
    methods = list(dict.fromkeys(r.method for r in results if r.method != "exact values"))
    at = {(r.method, r.budget): r for r in results}
    for method in methods:
        yield f"| {method} | " + " | ".join(cell(at.get((method, budget))) for budget in BUDGETS) + " |"
    yield ""
    yield "| at 8n | calls | deletion | insertion | SRG | own time |"
    yield "|---|---|---|---|---|---|"
    for method in ["exact values", *methods]:
        found = at.get((method, "8n")) or at.get((method, "2n+2")) or at[method, "2^n"]
        yield f"| {method} | {rest(found)} |"


def cell(found: Measured | None) -> str:
    """Error and top 3."""
    if found is None:
        return ""
    if not found.error:
        return "fails"
    failed = f", fails {found.failed} of {found.failed + len(found.error)}" if found.failed else ""
    error = verdicts.median(found)
    told = "exact" if error < EXACT else f"{error:.2g}" if error < 0.001 else f"{error:.4f}"
    return f"{told}, {np.mean(found.top):.0%}{failed}"


def rest(found: Measured) -> str:
    """The other measures."""
    if not found.error:
        return f"fails: {found.why[:60]} | | | |"
    calls = f"{np.mean(found.calls):.1f}n" if found.calls else "2^n"
    own = f"{np.median(found.ms):.2g} ms" if found.ms else ""
    return f"{calls} | {np.mean(found.deletion):.3f} | {np.mean(found.insertion):.3f} | {found.srg:.4f} | {own}"
