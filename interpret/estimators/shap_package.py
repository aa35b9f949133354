"""The shap package's explainers on our game: `interpretation="shap:kernel"`, `"shap:permutation"`, `"shap:partition"`.

They are here for comparison: our own estimators come nearer with as many calls. shap is imported when one of them runs.

shap's explainers call a function, and an estimator is asked (estimate.py): an explainer runs in a thread of its own,
which waits while the coalitions that it calls for are evaluated elsewhere. It draws from numpy's global randomness:
that is seeded while shap's code runs, and given back as it was whenever other code does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from importlib.util import find_spec
from queue import SimpleQueue
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.estimate import Ask, Estimate, Estimator, Masks, Payoff, Values

Rows: TypeAlias = NDArray[np.float64]  #: (m, n): shap's form of coalitions, 1.0 where a part is present
Explain: TypeAlias = Callable[[Callable[[Rows], Values]], Values]  #: what calls a function of rows, and gives (n,)

_SHAP_RUNS = threading.Lock()  # numpy has one global randomness: shap's code runs in one thread at a time


def kernel(n: int, budget: int, seed: int) -> Estimator:
    """Kernel SHAP (Lundberg and Lee 2017): weighted least squares over sampled coalitions, without regularization.

    n: parts, 1 or more. budget: calls at most, 2n or more. seed: 0 to 2**32 - 1, of the coalitions drawn.
    Raises ImportError without shap, ValueError for too small a budget.
    """

    def explain(function: Callable[[Rows], Values]) -> Values:
        import shap

        explainer = shap.KernelExplainer(function, np.zeros((1, n)))
        return np.ravel(explainer.shap_values(np.ones((1, n)), nsamples=budget - 2, l1_reg=False, silent=True))

    return _estimator("kernel", n, budget, seed, explain)


def permutation(n: int, budget: int, seed: int) -> Estimator:
    """Permutation SHAP: parts come one by one in a random order and leave in the same; as `kernel` otherwise."""
    # both ways through an order is 2n + 1 coalitions to shap, of which only 2n - 2 are new
    orders = (budget - 2) // max(2 * n - 2, 1)

    def explain(function: Callable[[Rows], Values]) -> Values:
        import shap

        explainer = shap.PermutationExplainer(function, np.zeros((1, n)), seed=seed)
        return np.ravel(explainer(np.ones((1, n)), max_evals=orders * (2 * n + 1), silent=True).values)

    return _estimator("permutation", n, budget, seed, explain)


def partition(n: int, budget: int, seed: int, tree: Rows | None = None) -> Estimator:
    """Partition SHAP: Owen values (Owen 1977) along a tree, the parts that matter first; as `kernel` otherwise.

    tree: (n - 1, 4) as scipy.cluster.hierarchy.linkage gives it; None: neighbours join, then pairs of them, and so on.
    Raises ValueError for a tree of another shape too.
    """
    joined = _balanced(n) if tree is None else tree
    if n > 1 and joined.shape != (n - 1, 4):
        raise ValueError(f"A tree over {n} parts has the shape {(n - 1, 4)}; it has {joined.shape}.")

    def explain(function: Callable[[Rows], Values]) -> Values:
        import shap

        explainer = shap.PartitionExplainer(function, shap.maskers.Partition(np.zeros((1, n)), clustering=joined))
        # it looks at its limit once a batch: batches of one step, which are two coalitions, never pass it
        limits = {"max_evals": budget - budget % 2, "batch_size": 2, "fixed_context": None}
        return np.ravel(explainer(np.ones((1, n)), silent=True, **limits).values)

    return _estimator("partition", n, budget, seed, explain)


def _balanced(n: int) -> Rows:
    """Neighbours joined to pairs, pairs to fours, and so on. Rows: left, right, height, parts below."""
    rows: list[tuple[float, ...]] = []
    level, height = [(float(part), 1.0) for part in range(n)], 1.0
    while len(level) > 1:
        above = []
        for (left, parts), (right, more) in zip(level[::2], level[1::2], strict=False):
            above.append((float(n + len(rows)), parts + more))
            rows.append((left, right, height, parts + more))
        level, height = above + level[len(above) * 2 :], height + 1
    return np.array(rows)


def _estimator(name: str, n: int, budget: int, seed: int, explain: Explain) -> Estimator:
    """Checks what can be checked before anything runs."""
    if find_spec("shap") is None:
        raise ImportError(
            f'interpretation="shap:{name}" needs the package shap, which is missing: pip install "quickdemo[shap]"'
        )
    if budget < 2 * n:
        raise ValueError(
            f"shap's {name} explainer needs at least {2 * n} calls for {n} parts; the budget is {budget}. "
            "Allow more calls, or explain fewer parts."
        )
    return _asked(name, n, seed, explain)


def _asked(name: str, n: int, seed: int, explain: Explain) -> Estimator:
    """An explainer as an estimator: what it calls for is asked for, each coalition once."""
    ends = np.array([np.zeros(n, bool), np.ones(n, bool)])
    base, full = yield from _ask(ends)
    known = {ends[0].tobytes(): base, ends[1].tobytes(): full}
    values = np.array([full - base])
    if n > 1:
        explaining = _in_a_thread(lambda payoff: explain(_remembering(known, payoff)), seed)
        values = yield from explaining
    yield Estimate(values, None, float(base), float(full), len(known), f"shap {name}", final=True)


def _ask(masks: Masks) -> Generator[Ask | Estimate, Values | None, Values]:
    values = yield Ask(masks)
    assert values is not None, "the payoffs are sent after an Ask"
    return values


def _remembering(known: dict[bytes, float], payoff: Payoff) -> Callable[[Rows], Values]:
    """A payoff for shap's rows that is not called for what is known already."""

    def function(rows: Rows) -> Values:
        masks = rows > 0.5
        keys = [mask.tobytes() for mask in masks]
        fresh = {key: mask for key, mask in zip(keys, masks, strict=True) if key not in known}
        if fresh:
            known.update(zip(fresh, payoff(np.array(list(fresh.values()))), strict=True))
        return np.array([known[key] for key in keys])

    return function


class _Abandoned(BaseException):
    """Nobody waits for the explanation any more. Not an Exception, which shap might catch."""


def _in_a_thread(explain: Callable[[Payoff], Values], seed: int) -> Generator[Ask | Estimate, Values | None, Values]:
    """What calls a payoff, as a generator that asks. Closing it ends the thread; what `explain` raises, it raises."""
    asked: SimpleQueue[Masks | None] = SimpleQueue()  # None: the explainer has ended
    answers: SimpleQueue[Values | None] = SimpleQueue()  # None: the generator is closed
    result: Future[Values] = Future()

    def hand_over(masks: Masks) -> Values:
        asked.put(masks)
        values = answers.get()
        if values is None:
            raise _Abandoned
        return values

    def run() -> None:
        try:
            result.set_result(_with_randomness(explain, hand_over, seed))
        except BaseException as error:  # it is raised where the result is wanted
            result.set_exception(error)
        finally:
            asked.put(None)

    # a daemon: a generator that is never closed must not keep the process alive
    thread = threading.Thread(target=run, name="quickdemo-shap", daemon=True)
    thread.start()
    try:
        while (masks := asked.get()) is not None:
            answers.put((yield from _ask(masks)))
    finally:
        answers.put(None)
        thread.join()
    return result.result()


def _with_randomness(explain: Callable[[Payoff], Values], payoff: Payoff, seed: int) -> Values:
    """Run explain(payoff) with numpy's global randomness seeded; the payoff, and who comes after, has its own."""
    with _SHAP_RUNS:
        others: dict[str, Any] | tuple[Any, ...] = np.random.get_state()
        np.random.seed(seed)

        def among_others(masks: Masks) -> Values:
            nonlocal others
            state = np.random.get_state()
            np.random.set_state(others)
            _SHAP_RUNS.release()
            try:
                return payoff(masks)
            finally:
                _SHAP_RUNS.acquire()
                others = np.random.get_state()
                np.random.set_state(state)

        try:
            return explain(among_others)
        finally:
            np.random.set_state(others)
