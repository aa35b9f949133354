"""One explanation, step by step, whoever makes the calls: the parts of all inputs, then other values of some."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np

from quickdemo.interpret import division, methods
from quickdemo.interpret.division import LOOKS_INSIDE
from quickdemo.interpret.estimate import Ask, Estimate, Estimator, Values
from quickdemo.interpret.estimators.ends import calls_of_ends, ends
from quickdemo.interpret.estimators.levels import NO_EFFECT, WORTH_A_LOOK, Tree, calls_inside, levels
from quickdemo.interpret.explanation import Explanation
from quickdemo.interpret.forest import forest
from quickdemo.interpret.payoff import Target
from quickdemo.runtime.errors import ExplanationError
from quickdemo.runtime.game import Case, Game, Wanted, keys_of, methods_by_input
from quickdemo.runtime.interface import Interface

_MOMENT_S = 0.05  #: between two explanations on the way, of a function that is called quickly
_MOST_MORE = 10_000  #: calls that are offered beyond those that were made
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
        divided = [player.parts for player in game.players if player.parts is not None]
        caps = [cap for cap in (wanted.most, interface.interpretation_budget) if cap is not None]
        self._cap = min(caps, default=None)
        self._own = self._calls(forest(divided))
        self._most = self._own + (wanted.inside or 0)
        if self._cap is not None:
            self._own, self._most = min(self._own, self._cap), min(self._most, self._cap)
        self._division = division.divided(divided, self.method, self._own)
        self._to_the_end = wanted.budget is not None  # who says how many calls gets them
        possible = self._most
        if self.method == "default":  # it knows no use for more
            possible = min(possible, calls_of_ends(len(self._division.tree)) + calls_inside(self._division.tree))
        sweeps = sum(len(game.alternatives(place)) for place in range(len(game.players)))
        if wanted.budget is not None:
            caps.append(wanted.budget + (wanted.inside or 0))
        self.total = min([possible + sweeps, *caps])
        self._asked: set[bytes] = set()
        self._swept: dict[int, Values] = {}
        self._began = self._told = time.monotonic()
        self._estimate: Estimate | None = None
        self._target: Target | None = None
        self._notes: list[str] = []
        self._called = False  # since the last explanation

    def _calls(self, players: list[Tree]) -> int:
        """As many as the method makes, or as are asked for where it can use them."""
        calls = methods.calls_of(self.method, max(len(players), 1), self._game.interface.num_shap)
        budget = self._wanted.budget
        if budget is None:
            return calls
        usable = methods.METHODS[self.method][2] or calls_inside(players)
        return max(budget, 2) if usable else min(calls, budget)

    @property
    def done(self) -> int:
        """Calls that were answered so far, those included whose answers had been kept before."""
        return len(self._asked.intersection(self._game.kept))

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
                if self._estimate is not None and len(self._asked.union(keys_of(step.masks))) > self._most:
                    break  # what is known within the budget stands
                try:
                    answer = yield from self._answers(step)
                except ExplanationError as error:
                    estimator.close()
                    yield from self._without_it(error)
                    break
            else:
                self._estimate = step
                if self._watched and self._called:  # what was kept leads straight to what is new
                    self._called = False
                    yield self.explanation()
                    self._told = time.monotonic()

    def _wants_more(self) -> bool:
        """Whether an estimate on the way is worth its time: whoever looks has seen nothing new for a moment."""
        return time.monotonic() - self._told >= _MOMENT_S

    def _answers(self, ask: Ask) -> Generator[list[Case] | Explanation, None, Values]:
        """The scores that an estimator asks for. Raises ExplanationError."""
        assert self._target is not None
        keys = keys_of(ask.masks)
        self._asked.update(keys)
        if missing := self._game.cases(keys, ask.masks):
            self._called = True
            yield missing
        return self._game.payoffs(keys, ask.masks, self._target)

    def _without_it(self, error: ExplanationError) -> Steps:
        """What is known although some calls have no answer: the last estimate, at least what leaving one out does.

        Raises `error` where leaving out one part has no answer either.
        """
        if self._estimate is None:
            if self.method in ("default", "shap"):
                raise error  # these ask for that first
            one_out = self._in_groups(ends(len(self._division.tree)), 0)
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
        division, players = self._division, len(self._division.tree)
        if self.method == "exact" and players <= methods.MOST_EXACT and 2**players > self._own:
            what = f"'exact' tries all {2**players} choices of {players} parts, and {self._own} calls may be made."
            raise ExplanationError(422, "too_many_calls", what, "Take 'shap', or allow more calls with budget=.")
        try:
            watched = self._wants_more if self._watched else False
            upper = methods.estimator(self.method, players, division.upper, self._game.seed, self._to_the_end, watched)
        except (ValueError, ImportError) as error:
            raise ExplanationError(422, "no_estimate", str(error)) from None
        return self._in_groups(upper, self._most if self.method in LOOKS_INSIDE else 0)

    def _in_groups(self, upper: Estimator, most: int) -> Estimator:
        """The estimator of the uppermost groups, and then of what is in them, with at most so many calls in all."""
        if not self._division.nested:
            return upper
        asked_for = self._to_the_end or self._wanted.inside is not None
        least = NO_EFFECT if asked_for else WORTH_A_LOOK
        return levels(self._game.n, self._division.tree, upper, most, worth_a_look=least)

    def _sweeps(self) -> Steps:
        """The scores of the other values of numbers and choices, input by input, as far as the budget goes; those that
        are known already cost nothing."""
        assert self._target is not None
        for place in range(len(self._game.players)):
            cases = self._game.alternatives(place)
            affordable = self.done + len(cases) <= self.total
            if not cases or not (affordable or all(case.key in self._game.kept for case in cases)):
                continue
            try:
                if affordable:
                    yield from self._call(cases)
                self._swept[place] = np.array([self._game.payoff(case, self._target) for case in cases])
            except ExplanationError as error:
                self._note(error, f"So the curve of {self._game.players[place].label} is left out.")

    def explanation(self, final: bool = False) -> Explanation:
        """What is known now."""
        game, known = self._game, self._estimate
        assert self._target is not None
        full = game.payoff(game.whole(), self._target)
        return Explanation.of(
            game.scored(known, self._swept, full, deep=self._division.deep),
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
            closer=self._closer() if final else None,
        )

    def _closer(self) -> dict[str, Any] | None:
        """See `Explanation`."""
        known = self._estimate
        if known is None or self._notes or self.method not in LOOKS_INSIDE:
            return None
        room = _MOST_MORE if self._cap is None else self._cap - self.done  # curves were paid for, too
        calls = sum(one for one, so_far in zip(known.looks, accumulate(known.looks), strict=True) if so_far <= room)
        if calls:
            inside = known.calls + calls - self._own
            return {"calls": calls, "inside": inside, "budget": self._wanted.budget, "method": self.method}
        exact = known.errors is not None and not known.errors.any()
        more = min(known.calls, room, 2**self._game.n - known.calls)
        if known.units is not None or exact or more < 2:
            return None
        return {"calls": more, "inside": None, "budget": known.calls + more, "method": "shap"}


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
