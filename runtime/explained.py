"""What an Interface knows of explanations: its parameters, `explain` and `interpret`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from quickdemo.runtime import declaration
from quickdemo.runtime.components.base import Component, Wire

if TYPE_CHECKING:
    from quickdemo.interpret.explanation import Explanation


class Explained:
    """Base of Interface."""

    inputs: list[Component]
    outputs: list[Component]
    interpretation: list[str | None] | Callable[..., Any] | None
    num_shap: float
    score: Callable[..., Any] | None
    interpretation_budget: int | None

    def _set_interpretation(self, interpretation: Any, num_shap: Any, score: Any, budget: Any) -> None:
        """Raises ValueError for what is no method, no number of calls, or cannot be called."""
        self.interpretation = declaration.interpretation_of(interpretation, self.inputs)
        if isinstance(num_shap, bool) or not isinstance(num_shap, (int, float)) or not 0 < num_shap < float("inf"):
            raise ValueError(f"num_shap is a number of calls for each part, above 0; it was {num_shap!r}.")
        if score is not None and not callable(score):
            raise ValueError(f"score must be a function of what fn returns, or None; it was {score!r}.")
        if budget is not None and (isinstance(budget, bool) or not isinstance(budget, int) or budget < 2):
            raise ValueError(f"interpretation_budget is a whole number of calls from 2, or None; it was {budget!r}.")
        self.num_shap, self.score, self.interpretation_budget = num_shap, score, budget

    def explain(
        self,
        *values: Any,
        method: str | None = None,
        budget: int | None = None,
        target: str | int | dict[str, Any] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Explanation:
        """What each part of these inputs adds to the score: `demo.explain("a very good film").values[0]`.

        values: one for each input, as for `demo(...)`; state starts anew and is left out.
        method: "default" (2 calls a part and 2), "shap", "exact", "shap:kernel", "shap:permutation" or
            "shap:partition"; None takes what `interpretation=` says, else "default".
        budget: calls that may be made, from 2; None leaves that to the method. Never more than
            `interpretation_budget`. Where it is too small for all parts, neighbours are explained together.
        target: the class of a Label, the place of an output, or {"output": place, "class": name}; None takes the
            surest class of the first Label, or the first number.
        on_progress: called with (calls so far, calls in all).

        Raises TypeError (count), InvalidValueError (a value), ExplanationError (there is nothing to explain, a call
        with parts left out failed or had no score, an interpretation of one's own has not the right form).
        """
        from quickdemo.runtime import explain_direct  # loads numpy

        return explain_direct.explain(self, values, method, budget, target, on_progress)  # type: ignore[arg-type]

    def interpret(self, raw: Sequence[Wire]) -> list[dict[str, Any]]:
        """The explanation of wire values in the form of 2022: for each input {"original": its wire value,
        "interpretation": scores}, with None for an input that has no parts.

        Raises InvalidValueError (a value), ExplanationError as `explain`.
        """
        from quickdemo.runtime import explain_direct  # loads numpy

        return explain_direct.interpret(self, raw)  # type: ignore[arg-type]
