"""One explanation, step by step, whoever makes the calls: the parts of all inputs, then other values of some."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from typing import TypeAlias

import numpy as np

from quickdemo.interpret import methods
from quickdemo.interpret.estimate import Ask, Estimate, Estimator, Values
from quickdemo.interpret.estimators.ends import ends
from quickdemo.interpret.estimators.levels import levels
from quickdemo.interpret.explanation import Explanation
from quickdemo.interpret.forest import forest, has_levels
from quickdemo.interpret.payoff import Target
from quickdemo.runtime.errors import ExplanationError
from quickdemo.runtime.game import Case, Game, Wanted, keys_of, methods_by_input
from quickdemo.runtime.interface import Interface

_MOST_FLAT = 64  #: parts that are explained all at once where they come in levels
_FEW = 32  #: calls that suffice for one level of groups only
_MEANS_ONE_OUT = "So each score says only what is lost when that part alone is missing; they do not sum to the answer."
_MEANS_BEFORE = "So the scores are those that follow from the calls before."

#: yields the calls to make, whose answers it finds kept afterwards, and explanations, the last with final=True; an
#: ExplanationError of the calls is thrown into it
Steps: TypeAlias = Generator["list[Case] | Explanation", None, None]


class Plan:
    """One explanation on its way: what it may call, what it has called, what it knows. `steps` is the way.

    watched: somebody looks at explanations on the way. Raises ExplanationError for a method that there is not.
    """

    def __init__(self, game: Game, wanted: Wanted, watched: bool = True) -> None:
        interface = game.interface
        self._game, self._wanted, self._watched = game, wanted, watched
        self.method = _method(interface, wanted)
        caps = [cap for cap in (wanted.budget, wanted.most, interface.interpretation_budget) if cap is not None]
        cap = min(caps, default=None)
        calls = methods.calls_of(self.method, max(game.n, 1), interface.num_shap)
        if wanted.budget is not None and methods.METHODS[self.method][2]:
            calls = max(wanted.budget, 2)  # as many as are asked for
        calls = calls if cap is None else min(calls, cap)
        sweeps = sum(len(game.alternatives(place)) for place in range(len(game.players)))
        self._most = calls
        self._groups = np.arange(game.n)  # of each part: those of one group come and go together
        self._to_the_end = wanted.budget is not None  # who says how many calls gets them
        self.total = calls + sweeps if cap is None else min(calls + sweeps, cap)
        self._asked: set[bytes] = set()
        self._swept: dict[int, Values] = {}
        self._began = time.monotonic()
        self._estimate: Estimate | None = None
        self._target: Target | None = None
        self._notes: list[str] = []

    @property
    def done(self) -> int:
        """Calls that were answered so far, those included whose answers had been kept before."""
        return len(self._asked & self._game.kept.keys())

    @property
    def remaining_s(self) -> float | None:
        """Seconds until the last call at the present rate, None at first."""
        if not self.done:
            return None
        return (time.monotonic() - self._began) / self.done * max(self.total - self.done, 0)

    def steps(self) -> Steps:
        """All of it.

        Whoever makes the calls throws in the ExplanationError of one that cannot be answered. It is raised again where
        nothing is known without that answer; otherwise what is known becomes the explanation, with a note.
        """
        yield from self._first()
        yield from self._parts()
        yield from self._sweeps()
        yield self.explanation(final=True)

    def _first(self) -> Steps:
        """The call of the whole input, from which follows what is explained."""
        yield from self._call([self._game.whole()])
        self._target = self._game.target(self._wanted)

    def _call(self, cases: list[Case]) -> Steps:
        self._asked |= {case.key for case in cases}
        missing = [case for case in cases if case.key not in self._game.kept]
        if missing:
            yield missing

    def _parts(self) -> Steps:
        """The scores of the parts."""
        if not self._game.n:
            return
        estimator = self._estimator()
        answer: Values | None = None
        while True:
            try:
                step = estimator.send(answer)
            except StopIteration:
                break
            except ImportError as error:
                raise ExplanationError(422, "not_installed", str(error)) from None
            answer = None
            if isinstance(step, Ask):
                if self._estimate is not None and len(self._asked.union(self._keys(step))) > self._most:
                    break  # what is known within the budget stands
                try:
                    answer = yield from self._answers(step)
                except ExplanationError as error:
                    estimator.close()
                    yield from self._without_it(error)
                    break
            else:
                self._estimate = step
                if self._watched:
                    yield self.explanation()

    def _keys(self, ask: Ask) -> list[bytes]:
        return keys_of(ask.masks[:, self._groups])

    def _answers(self, ask: Ask) -> Generator[list[Case] | Explanation, None, Values]:
        """The scores that an estimator asks for. Raises ExplanationError."""
        assert self._target is not None
        masks = ask.masks[:, self._groups]
        self._asked |= set(self._keys(ask))
        if missing := self._game.cases(masks):
            yield missing
        return self._game.payoffs(masks, self._target)

    def _without_it(self, error: ExplanationError) -> Steps:
        """What is known although some calls have no answer: the last estimate, at least what leaving one out does.

        Raises `error` where leaving out one part has no answer either.
        """
        if self._estimate is None:
            if self.method in ("default", "shap"):
                raise error  # these ask for that first
            one_out = ends(int(self._groups[-1]) + 1)
            asked = next(one_out)
            assert isinstance(asked, Ask)
            answers = yield from self._answers(asked)
            estimate = one_out.send(answers)
            assert isinstance(estimate, Estimate)
            self._estimate = estimate
        self._note(error, _MEANS_ONE_OUT if math.isnan(self._estimate.base) else _MEANS_BEFORE)

    def _note(self, error: ExplanationError, meaning: str) -> None:
        said = error.message if error.message.endswith((".", "!", "?")) else f"{error.message}."
        self._notes.append(f"{said} {meaning} {error.hint}".rstrip())

    def _estimator(self) -> Estimator:
        """Raises ExplanationError for a method that cannot be used here."""
        game, most = self._game, self._most
        few = most < 2 * game.n + 2  # fewer calls than two for each part
        divided = [player.parts for player in game.players if player.parts is not None]
        deep = game.n > _MOST_FLAT and any(map(has_levels, divided))
        if (few or deep) and self.method in ("default", "shap"):
            half = most if most < _FEW else most // 2  # the rest looks into the strongest groups
            tree = forest(divided, max(1, (half - 2) // 2))
            return levels(game.n, tree, most, game.seed, exactly=self.method == "shap")
        if self.method == "exact" and game.n <= methods.MOST_EXACT and 2**game.n > most:
            what = f"'exact' tries all {2**game.n} choices of {game.n} parts, and {most} calls may be made."
            raise ExplanationError(422, "too_many_calls", what, "Take 'shap', or allow more calls with budget=.")
        if few and self.method != "exact":
            self._groups = np.arange(game.n) * max(1, (most - 2) // 2) // game.n
        try:
            parts = int(self._groups[-1]) + 1
            return methods.estimator(self.method, parts, most, game.seed, self._to_the_end, self._watched)
        except (ValueError, ImportError) as error:
            raise ExplanationError(422, "no_estimate", str(error)) from None

    def _sweeps(self) -> Steps:
        """The scores of the other values of numbers and choices, input by input, as far as the budget goes."""
        assert self._target is not None
        for place in range(len(self._game.players)):
            cases = self._game.alternatives(place)
            if not cases or self.done + len(cases) > self.total:
                continue
            try:
                yield from self._call(cases)
                self._swept[place] = np.array([self._game.payoff(case, self._target) for case in cases])
            except ExplanationError as error:
                self._note(error, f"So the curve of {self._game.players[place].label} is left out.")

    def explanation(self, final: bool = False) -> Explanation:
        """What is known now."""
        game, known = self._game, self._estimate
        assert self._target is not None
        full = game.payoff(game.whole(), self._target)
        values, errors = np.zeros(game.n), None
        if known is not None:
            sizes = np.bincount(self._groups)
            values = (known.values / sizes)[self._groups]
            errors = None if known.errors is None else (known.errors / sizes)[self._groups]
        return Explanation.of(
            game.scored(values, errors, self._swept, full),
            base=full if known is None else None if math.isnan(known.base) else known.base,
            full=full if known is None else known.full,
            method=self.method,
            estimator="no part has an effect" if known is None else known.method,
            calls=self.done,
            budget=self.total,
            seed=game.seed,
            target=self._target,
            final=final,
            seconds=time.monotonic() - self._began,
            remaining_s=None if final else self.remaining_s,
            note=" ".join(self._notes) or None,
        )


def advance(steps: Steps, failure: ExplanationError | None) -> list[Case] | Explanation | None:
    """The next step; None after the last. failure: of the calls of the last one."""
    return next(steps, None) if failure is None else steps.throw(failure)


def _method(interface: Interface, wanted: Wanted) -> str:
    """The method of the game as a whole: "default" only where no input asks for more. Raises ExplanationError."""
    try:
        if wanted.method is not None:
            return methods.canonical(wanted.method)
        asked = [methods.canonical(m) for m in methods_by_input(interface) if m is not None]
    except ValueError as error:
        raise ExplanationError(422, "unknown_method", str(error)) from None
    return next((method for method in asked if method != "default"), "default")
