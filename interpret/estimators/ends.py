"""Averaged ends: what each part adds when it comes first, and when it comes last."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from quickdemo.interpret.coalitions import singles
from quickdemo.interpret.estimate import Ask, Estimate, Estimator, Values
from quickdemo.interpret.estimators.exact import shapley_values


@dataclass(frozen=True)
class Ends:
    """base, full: payoff of no part and of all. first, last: (n,) what each part adds to none, and to all others."""

    base: float
    full: float
    first: Values
    last: Values

    @property
    def scale(self) -> float:
        """The largest difference seen; 0 when no part has any effect."""
        return float(max(abs(self.full - self.base), *np.abs(self.first), *np.abs(self.last), 0.0))

    def values(self) -> Values:
        """(n,) the mean of both ends, which is exact for games whose interactions are of at most two parts: their
        Shapley value is what a part adds halfway, and that lies in the middle. What interactions of more parts leave
        between the sum and `full - base` is shared out in proportion, so that parts without effect stay at 0.
        """
        return summing_to((self.first + self.last) / 2, self.full - self.base)


def summing_to(values: Values, total: float) -> Values:
    """The values with what is missing from the total shared out in proportion to their sizes, equally among zeros."""
    sizes = np.abs(values)
    if not len(values):
        return values
    shares = sizes / sizes.sum() if sizes.sum() > 0 else np.full(len(values), 1 / len(values))
    shared: Values = values + (total - values.sum()) * shares
    return shared


def ends(n: int) -> Estimator:
    """At most 2n + 2 calls: a first look after n + 1, then the mean of both ends; exact for up to three parts."""
    found = yield from asked_ends(n)
    values = found.values() if n > 3 else shapley_values(_all_of_three(found, n))
    yield Estimate(values, None, found.base, found.full, calls_of_ends(n), "averaged ends", final=True)


def calls_of_ends(n: int) -> int:
    """Distinct coalitions of no part, all parts, each part alone, and all parts but each."""
    return 2 * n + 2 if n > 2 else 2**n


def asked_ends(n: int) -> Generator[Ask | Estimate, Values | None, Ends]:
    """Ask for both ends; shows what leaving each part out does as soon as that is known."""
    everything = np.ones((1, n), dtype=np.bool_)
    lacking = yield Ask(np.vstack([everything, ~singles(n)]))
    assert lacking is not None
    full, last = float(lacking[0]), lacking[0] - lacking[1:]
    yield Estimate(last, None, math.nan, full, n + 1, "leave one out")
    alone = yield Ask(np.vstack([~everything, singles(n)]))
    assert alone is not None
    return Ends(float(alone[0]), full, alone[1:] - alone[0], last)


def _all_of_three(found: Ends, n: int) -> Values:
    """The payoffs of all coalitions of up to three parts: the ends are all there are."""
    payoffs = np.full(2**n, found.base)
    for part in range(n):
        payoffs[1 << part] = found.base + found.first[part]
        payoffs[(2**n - 1) ^ (1 << part)] = found.full - found.last[part]
    payoffs[-1] = found.full
    payoffs[0] = found.base
    return payoffs
