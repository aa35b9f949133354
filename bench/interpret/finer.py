"""What a look into the strongest regions of a picture is worth: the error of the finer map, and of the coarse one.

`python -m bench.interpret.finer`: a network that reads digits of 64 x 64 pixels in 16 cells of 4 quarters each; medians
over six digits. Errors are squared and relative to the exact scores; those of quarters are from 2,000 permutations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from bench.interpret.demos import features, pictures, reader
from bench.interpret.games import Values
from quickdemo.interpret.coalitions import all_coalitions
from quickdemo.interpret.division import Division, divided
from quickdemo.interpret.estimate import Masks, Payoff
from quickdemo.interpret.estimators.exact import shapley_values
from quickdemo.interpret.estimators.levels import levels, parts_below
from quickdemo.interpret.estimators.shapley import shapley
from quickdemo.interpret.methods import SETTLED
from quickdemo.interpret.parts.picture import PictureParts
from quickdemo.interpret.solving import solve

PERMUTATIONS = 2000


class Row(NamedTuple):
    """calls: for each coarse region. inside: whether some of them look inside."""

    calls: int
    inside: bool
    coarse: float
    fine: float
    share_of_top_3: float


class Sample:
    """A digit as a game of n parts that do something; the features that the network sees are linear in them."""

    def __init__(self, picture: np.ndarray) -> None:
        self.parts = PictureParts(picture, regions="grid")
        there = np.flatnonzero(~self.parts.idle)
        self.n = len(there)
        whole = features(picture)
        steps = np.stack([whole - features(self.parts.masked(np.arange(len(self.parts.idle)) != one)) for one in there])
        leading = int(reader()[0].predict_proba(whole[None])[0].argmax())
        empty = whole - steps.sum(axis=0)
        self.payoff: Payoff = lambda masks: reader()[0].predict_proba(empty + masks @ steps)[:, leading]
        tree = divided([self.parts], "default", 1000).tree
        self.groups = np.zeros((len(tree), self.n), bool)
        for row, member in zip(self.groups, tree, strict=True):
            row[parts_below(member)] = True
        self.coarse = shapley_values(self.payoff((all_coalitions(len(tree)) @ self.groups).astype(bool)))
        self.fine = self._permuted()

    def _permuted(self) -> Values:
        """Mean of what each part adds, in orders and their reverse."""
        rng, added = np.random.default_rng(0), np.zeros(self.n)
        for _ in range(PERMUTATIONS // 2):
            order = rng.permutation(self.n)
            for one in (order, order[::-1]):
                added[one] += np.diff(self.payoff(_growing(one)))
        return added / PERMUTATIONS

    def row(self, calls: int, inside: bool) -> Row:
        """The errors of one explanation."""
        regions = len(self.groups)
        budget = max(calls * regions, 2 * regions + 2)
        plan = divided([self.parts], "shap", budget)
        if not inside:
            plan = Division(plan.tree, plan.deep, budget)
        upper = shapley(regions, plan.upper, 7, progressive=True, settle=SETTLED)
        found = solve(levels(self.n, plan.tree, upper, budget if inside else 0), self.payoff)
        assert found.units is not None
        fine = (found.values / found.units.sum(axis=1)) @ found.units
        top = set(np.argsort(-self.fine)[:3]) & set(np.argsort(-fine)[:3])
        return Row(calls, inside, error(self.groups @ fine, self.coarse), error(fine, self.fine), len(top) / 3)


def _growing(order: np.ndarray) -> Masks:
    """(n + 1, n): one part more in each row."""
    places = np.argsort(order)
    return np.asarray(np.arange(len(order) + 1)[:, None] > places)


def error(found: Values, exact: Values) -> float:
    """Squared, relative to the exact values."""
    return float(((found - exact) ** 2).sum() / (exact**2).sum())


def measured() -> Iterator[Row]:
    """Medians; of the strongest three the mean share that was found."""
    samples = [Sample(picture) for picture in pictures()]
    for calls in (2, 3, 4, 5, 8, 16):
        for inside in (False, True):
            rows = np.array([sample.row(calls, inside)[2:] for sample in samples])
            yield Row(calls, inside, *np.median(rows[:, :2], axis=0).tolist(), float(rows[:, 2].mean()))


if __name__ == "__main__":
    print("calls a region | looks inside | coarse error | fine error | top 3")
    for row in measured():
        looks = "yes" if row.inside else "no"
        print(f"{row.calls} | {looks} | {row.coarse:.4f} | {row.fine:.3f} | {row.share_of_top_3:.2f}")
