"""Shapley values within a budget of calls: both ends first, then pairs of coalitions as long as there are calls."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.coalitions import all_coalitions, pairs_between, singles, spread
from quickdemo.interpret.estimate import Ask, Estimate, Estimator, Masks, Values
from quickdemo.interpret.estimators.ends import Ends, asked_ends, calls_of_ends, ends, summing_to
from quickdemo.interpret.estimators.exact import shapley_values
from quickdemo.interpret.estimators.few_interactions import exact_values
from quickdemo.interpret.estimators.odd_process import likeliest, posterior, rows_for_reach
from quickdemo.interpret.methods import MOST_EXACT

T = TypeVar("T")

MOST_PAIRS = 1024  # of the process; with more the arithmetic takes longer than many a model
_SILENT = 1e-9  # of the scale: what a part may do and still be without effect
_MOST_TESTS = 32  # pairs that look whether parts without effect at both ends have some in between
_SETTLED_ERROR = 0.03  # of the length of the vector of values: with larger errors nothing counts as settled

_NEARLY_EXACT = 0.02  # of the length likewise: with smaller errors the game may be a simple one

#: what is asked for on the way to something else
Asking: TypeAlias = Generator["Ask | Estimate", "Values | None", T]


def shapley(
    n: int, budget: int, seed: int, *, progressive: bool | Callable[[], bool] = False, settle: int = 0
) -> Estimator:
    """At most max(budget, calls_of_ends(n)) calls.

    1. Both ends: 2n + 2 calls, and what `ends` makes of them.
    2. Parts that do nothing at either end are left out of the game, after a few pairs have looked whether they do
       something in between.
    3. Of the others all coalitions, where there are calls enough: then the values are exact. Otherwise pairs of a
       coalition and its complement, as unlike each other as can be, and a Gaussian process on the odd half.

    progressive: show estimates on the way, each time that the pairs have trebled; a function is asked each time whether
    one is wanted. settle: stop early when the order of this many of the strongest parts is beyond doubt (two standard
    errors) and the errors are small, which is looked at each time that the pairs have doubled; 0 for never.
    """
    pairs = min((budget - calls_of_ends(n)) // 2, pairs_between(n))
    if pairs < 1:
        yield from ends(n)
        return
    found = yield from asked_ends(n)
    yield Estimate(found.values(), None, found.base, found.full, calls_of_ends(n), "averaged ends")
    game = _Game(found, np.arange(n), np.zeros((0, n), dtype=np.bool_), np.zeros(0))
    rng = np.random.default_rng(seed)
    silent = (np.abs(found.first) <= _SILENT * found.scale) & (np.abs(found.last) <= _SILENT * found.scale)
    if silent.any():
        tests = min(_MOST_TESTS, max(pairs // 8, 1), pairs // 2)
        game = yield from _tested(game, silent, tests, rng)
    plan = _plan(game, pairs - len(game.rows), rng)
    while len(plan):
        more = len(game.rows) if settle else 2 * len(game.rows)
        now, plan = np.split(plan, [max(n, more) if progressive or settle else len(plan)])
        game = yield from _with_rows(game, now)
        if len(plan) and (settle or progressive is True or (progressive and progressive())):
            estimate = game.estimate()
            if settle and _settled(estimate, settle):
                break
            yield estimate
    yield replace(game.estimate(), final=True)


@dataclass(frozen=True)
class _Game:
    """What is known of a game of n parts.

    parts: (k,) those that play; the others do nothing. rows: (m, n) one coalition of each pair that was asked for.
    odd: (m,) half the difference between its payoff and its complement's. reaches: of the process, by the number of
    parts that play, as soon as more coalitions would not change them.
    """

    ends: Ends
    parts: NDArray[np.intp]
    rows: Masks
    odd: Values
    reaches: dict[int, Values] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return len(self.ends.first)

    @property
    def calls(self) -> int:
        return calls_of_ends(self.n) + 2 * len(self.rows)

    def estimate(self) -> Estimate:
        """Values of all parts, from everything that is known."""
        values, errors, method = np.zeros(self.n), np.zeros(self.n), "exact"
        if len(self.parts):
            values[self.parts], errors[self.parts], method = self._solved()
        values = summing_to(values, self.ends.full - self.ends.base)
        return Estimate(values, errors, self.ends.base, self.ends.full, self.calls, method)

    def _solved(self) -> tuple[Values, Values, str]:
        """Values (k,) and standard errors of the parts that play, and what gave them."""
        k, (rows, odd) = len(self.parts), self._known()
        if len(rows) == 2 ** (k - 1):
            return shapley_values(_payoffs(rows, odd)), np.zeros(k), "exact"
        x = np.where(rows, 1.0, -1.0)
        strengths = np.abs(self.ends.first) + np.abs(self.ends.last)
        at_ends = (self.ends.first + self.ends.last)[self.parts] / 2
        left = odd - x @ at_ends / 2  # what the ends tell is exact for most of it
        found = posterior(x, left, self._reach(x, left, strengths[self.parts]))
        values = at_ends + found.values
        few = exact_values(x, odd) if k <= MOST_EXACT and _relative(values, found.errors) < _NEARLY_EXACT else None
        return (values, found.errors, "odd process") if few is None else (few, np.zeros(k), "few interactions")

    def _reach(self, x: Values, odd: Values, strengths: Values) -> Values:
        k = len(self.parts)
        reach = self.reaches[k] if k in self.reaches else likeliest(x, odd, strengths)
        if len(x) >= rows_for_reach(k):
            self.reaches[k] = reach
        return reach

    def _known(self) -> tuple[Masks, Values]:
        """Distinct coalitions (m, k) of the parts that play, one of each pair, and the odd half there."""
        k, both = len(self.parts), (self.ends.first + self.ends.last - (self.ends.full - self.ends.base)) / 2
        x = np.vstack([np.ones((1, k), dtype=np.bool_), singles(k), self.rows[:, self.parts]])
        odd = np.concatenate([[(self.ends.full - self.ends.base) / 2], both[self.parts], self.odd])
        turned = ~x[:, 0]
        x[turned], odd[turned] = ~x[turned], -odd[turned]
        first = {row.tobytes(): place for place, row in zip(range(len(x) - 1, -1, -1), x[::-1], strict=True)}
        if len(first) == len(x):
            return x, odd
        kept = np.sort(list(first.values()))  # in the order of asking
        return x[kept], odd[kept]


def _payoffs(x: Masks, odd: Values) -> Values:
    """The odd half at all coalitions, in the order of `all_coalitions`, of x (2**(k-1), k): one of each pair."""
    k = x.shape[1]
    places = x @ (1 << np.arange(k))
    payoffs = np.empty(2**k)
    payoffs[places] = odd
    payoffs[2**k - 1 - places] = -odd
    return payoffs


def _with_rows(game: _Game, rows: Masks) -> Asking[_Game]:
    """The game with these coalitions and their complements asked for."""
    payoffs = yield Ask(np.vstack([rows, ~rows]))
    assert payoffs is not None
    odd = (payoffs[: len(rows)] - payoffs[len(rows) :]) / 2
    return replace(game, rows=np.vstack([game.rows, rows]), odd=np.concatenate([game.odd, odd]))


def _tested(game: _Game, silent: NDArray[np.bool_], tests: int, rng: np.random.Generator) -> Asking[_Game]:
    """The game without the silent parts, unless a coalition is found in which they do something.

    Each test asks for a pair, and for the same pair with all silent parts exchanged: those absent for those present.
    """
    rows = rng.random((tests, game.n)) < 0.5
    asked = np.vstack([rows, ~rows, rows ^ silent, ~rows ^ silent])
    payoffs = yield Ask(asked)
    assert payoffs is not None
    quiet = bool(np.all(np.abs(payoffs[: 2 * tests] - payoffs[2 * tests :]) <= _SILENT * game.ends.scale))
    odd = (payoffs[:tests] - payoffs[tests : 2 * tests]) / 2
    again = (payoffs[2 * tests : 3 * tests] - payoffs[3 * tests :]) / 2
    parts = np.flatnonzero(~silent) if quiet else game.parts
    return replace(game, parts=parts, rows=np.vstack([rows, rows ^ silent]), odd=np.concatenate([odd, again]))


def _plan(game: _Game, pairs: int, rng: np.random.Generator) -> Masks:
    """(m, n): what to ask for with this many pairs; parts that do not play are present or absent at random."""
    k = len(game.parts)
    possible = pairs_between(k)
    if possible <= pairs and k <= MOST_EXACT:
        chosen = all_coalitions(k)[1::2]
        size = chosen.sum(axis=1)
        chosen = chosen[(size > 1) & (size < k - 1)]
    else:
        chosen = spread(k, min(pairs, MOST_PAIRS, possible), rng)
    rows = rng.random((len(chosen), game.n)) < 0.5
    rows[:, game.parts] = chosen
    return rows


def _settled(estimate: Estimate, top: int) -> bool:
    """Whether the order of the strongest parts, by size, is beyond doubt, and the errors are small."""
    assert estimate.errors is not None
    if _relative(estimate.values, estimate.errors) > _SETTLED_ERROR:
        return False
    order = np.argsort(-np.abs(estimate.values), kind="stable")[: top + 1]
    sizes, errors = np.abs(estimate.values[order]), estimate.errors[order]
    return bool(np.all(sizes[:-1] - sizes[1:] > 2 * np.hypot(errors[:-1], errors[1:])))


def _relative(values: Values, errors: Values) -> float:
    return float(np.linalg.norm(errors) / max(float(np.linalg.norm(values)), 1e-300))
