"""What an estimator asks for and what it tells."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Masks: TypeAlias = NDArray[np.bool_]  #: (m, n): each row is a coalition, True where a part is present
Values: TypeAlias = NDArray[np.float64]
Payoff: TypeAlias = Callable[[Masks], Values]  #: (m, n) -> (m,): the score of each coalition


@dataclass(frozen=True)
class Ask:
    """A request of an estimator: the payoffs of these coalitions, in this order."""

    masks: Masks


@dataclass(frozen=True)
class Estimate:
    """Shapley values as far as they are known.

    values: (n,) in the unit of the payoff; they sum to `full - base` once the base is known.
    errors: (n,) standard errors in the same unit, nan where one is not known; None where the estimator knows none.
    base, full: payoff with no part (nan before it was asked for), and with every part.
    calls: coalitions whose payoff was asked for so far.
    method: what made them: "leave one out", "averaged ends", "exact", "odd process", "shap kernel", ...
    final: whether the estimator has ended with these.
    units: (u, n) the parts of each unit, which values and errors, (u,), are then of; None where each part is one.
    looks: calls of a look into each of the strongest units that have something inside, the strongest first.
    """

    values: Values
    errors: Values | None
    base: float
    full: float
    calls: int
    method: str
    final: bool = False
    units: Masks | None = None
    looks: tuple[int, ...] = ()


#: yields what it asks for and what it has to show; is sent the payoffs, and None after an estimate
Estimator: TypeAlias = Generator[Ask | Estimate, "Values | None", None]
