"""The names of the estimators that `interpretation=` and `method=` take, and how many calls each makes."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy is loaded with the first explanation
    from quickdemo.interpret.estimate import Estimator

#: name -> (module of interpret/estimators, function, whether it takes a budget and a seed)
METHODS = {
    "default": ("ends", "ends", False),
    "shap": ("shapley", "shapley", True),
    "exact": ("exact", "exact", False),
    "shap:kernel": ("shap_package", "kernel", True),
    "shap:permutation": ("shap_package", "permutation", True),
    "shap:partition": ("shap_package", "partition", True),
}
_ALIASES = {"shapley": "shap"}
#: calls of an explanation, unless its author or its caller says otherwise: of more parts, groups are explained first
MOST_DEFAULT, MOST_SAMPLED = 256, 2048
SETTLED = 3  #: the strongest parts whose order must be beyond doubt before "shap" ends early
MOST_ALTERNATIVES = 64  #: other values of one input that are tried; where there are more, none is
MOST_EXACT = 16  #: parts of which all 2**n choices are tried


def canonical(name: str) -> str:
    """The method of a name, whose case does not matter. Raises ValueError that lists the names."""
    asked = name.strip().lower()
    asked = _ALIASES.get(asked, asked)
    if asked not in METHODS:
        raise ValueError(f"There is no interpretation {name!r:.60}; there is {', '.join(map(repr, METHODS))}.")
    return asked


def calls_of(method: str, parts: int, num_shap: float) -> int:
    """The calls that a method makes at most for so many parts."""
    if method == "exact":
        return int(2 ** min(parts, 64))
    wanted = 2 * parts + 2 if method == "default" else max(math.ceil(num_shap * parts), 2 * parts + 2)
    return min(wanted, MOST_DEFAULT if method == "default" else MOST_SAMPLED)


def estimator(
    method: str,
    parts: int,
    budget: int,
    seed: int,
    to_the_end: bool = False,
    watched: bool | Callable[[], bool] = True,
) -> Estimator:
    """The estimator of a method for a game of `parts` players.

    to_the_end: "shap" uses the whole budget; else it ends when the order of the strongest parts is beyond doubt.
    watched: somebody looks at estimates on the way; a function is asked each time whether one is wanted.
    Raises ValueError (exact, with too many parts; a budget that is too small), ImportError that says what to install.
    """
    module, function, sampled = METHODS[method]
    make = getattr(import_module(f"quickdemo.interpret.estimators.{module}"), function)
    if method == "shap":
        found: Estimator = make(parts, budget, seed, progressive=watched, settle=0 if to_the_end else SETTLED)
        return found
    found = make(parts, budget, seed) if sampled else make(parts)
    return found
