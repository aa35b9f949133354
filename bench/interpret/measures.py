"""Measures of one suite: error beside the exact values, and what happens when parts are taken away in an order."""

from __future__ import annotations

import sys
import time
import warnings
from dataclasses import dataclass, field

import numpy as np

from bench.interpret.games import Game, Masks, Values
from bench.interpret.methods import Method, methods
from bench.interpret.suites import games

BUDGETS = {"2n+2": (2, 2), "4n": (4, 0), "8n": (8, 0), "16n": (16, 0), "32n": (32, 0)}


@dataclass
class Measured:
    """One method with one budget over a suite; a number for each game and seed. failed: how many gave no values."""

    suite: str
    method: str
    budget: str
    error: list[float] = field(default_factory=list)  # |estimate - exact|^2 / |exact|^2
    top: list[float] = field(default_factory=list)  # share of the three strongest parts that are found
    deletion: list[float] = field(default_factory=list)  # mean score while the strongest are taken away first: low
    insertion: list[float] = field(default_factory=list)  # mean score while the strongest are put in first: high
    calls: list[float] = field(default_factory=list)  # for each part
    ms: list[float] = field(default_factory=list)  # own CPU time, without the model
    failed: int = 0
    why: str = ""

    @property
    def srg(self) -> float:
        """Symmetric relevance gain (Bluecher et al. 2024): least influential first, less most influential first.

        To take away the least influential first passes through the same coalitions as to put in the most influential
        first: it is insertion - deletion.
        """
        return float(np.mean(self.insertion) - np.mean(self.deletion))


class Counting:
    """A game that counts its calls."""

    def __init__(self, game: Game) -> None:
        self.game, self.calls = game, 0

    def __call__(self, masks: Masks) -> Values:
        self.calls += len(masks)
        return self.game(masks)


def measured(suite: str) -> list[Measured]:
    """Every method with every budget over the suite's games. Says on stderr when it has ended."""
    warnings.simplefilter("ignore")  # libraries tell what they will change
    start, known = time.monotonic(), games(suite)
    exact = Measured(suite, "exact values", "2^n")
    for game in known:
        _note(exact, game, game.shapley)
    found = [exact]
    for method in methods():
        _warm_up(method)
        found += [one(suite, known, method, budget) for budget in list(BUDGETS)[: 1 if method.once else None]]
    print(f"{suite}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return found


def one(suite: str, known: list[Game], method: Method, budget: str) -> Measured:
    """One method with one budget."""
    result = Measured(suite, method.name, budget)
    times, more = BUDGETS[budget]
    for game in known:
        for seed in range(method.seeds):
            counting = Counting(game)
            start = time.process_time()
            try:
                values = method.run(game.n, times * game.n + more, seed, counting)
            except Exception as error:  # what a peer cannot do is part of the result
                result.failed += 1
                result.why = f"{type(error).__name__}: {error}"
                continue
            result.ms.append(1000 * (time.process_time() - start))
            result.calls.append(counting.calls / game.n)
            _note(result, game, values)
    return result


def _warm_up(method: Method) -> None:
    """Imports and compilations are not the time of an answer. What fails here fails where it is counted."""
    try:
        method.run(6, 48, 0, lambda masks: masks @ np.arange(6.0))
    except Exception:
        return


def _note(result: Measured, game: Game, values: Values) -> None:
    """Add what one estimate is worth."""
    result.error.append(float(((values - game.shapley) ** 2).sum() / (game.shapley**2).sum()))
    strongest = [set(np.argsort(-np.abs(of), kind="stable")[:3]) for of in (values, game.shapley)]
    result.top.append(len(strongest[0] & strongest[1]) / 3)
    order = np.argsort(-values, kind="stable")
    place = np.argsort(order)
    steps = np.arange(game.n + 1)[:, None]
    result.deletion.append(float(game(place >= steps).mean()))
    result.insertion.append(float(game(place < steps).mean()))
