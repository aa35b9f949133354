"""Explanations for a caller in Python who waits: no server, no other threads, one call after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from quickdemo.interpret.explanation import Explanation
from quickdemo.runtime import direct, scratch
from quickdemo.runtime.call import LocalCall
from quickdemo.runtime.components.base import Files, Wire
from quickdemo.runtime.errors import Error, ExplanationError, shown
from quickdemo.runtime.explain_custom import Custom
from quickdemo.runtime.explaining import Plan, advance
from quickdemo.runtime.game import Case, Game, Wanted
from quickdemo.runtime.heard import Heard, log
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.reports import current

_LONGEST = 500  # characters of a message

OnProgress = Callable[[int, int], None]


def explain(
    interface: Interface,
    given: Sequence[Any],
    method: str | None,
    budget: int | None,
    target: Any,
    on_progress: OnProgress | None,
) -> Explanation:
    """See `Explained.explain`."""
    check_explainable(interface)
    call = LocalCall()
    values = interface.accepted(given, call)
    wanted = wanted_of(interface, method, budget, target)
    return _explain(interface, values, call.files, wanted, on_progress)


def interpret(interface: Interface, raw: Sequence[Wire]) -> list[dict[str, Any]]:
    """See `Explained.interpret`."""
    check_explainable(interface)
    if isinstance(raw, (str, bytes)) or not isinstance(raw, Sequence):
        raise TypeError(f"interpret takes a list with a value for each input, such as [{shown(raw)}]; it was no list.")
    call = LocalCall()
    values = interface.checked_arguments(raw, call)
    forms = _explain(interface, values, call.files, Wanted(), None).to_2022()
    visible = [place for place, c in enumerate(interface.inputs) if not c.stateful]
    originals = [raw[place] for place in visible] if len(raw) == len(interface.inputs) else list(raw)
    return [{"original": wire, "interpretation": form} for wire, form in zip(originals, forms, strict=True)]


def check_explainable(interface: Interface) -> None:
    """Raises ExplanationError that says why there is nothing to explain."""
    why = ""
    if interface.chat:
        why = "is a conversation: its answers follow from all that was said before, which has no parts to leave out"
    elif not [c for c in interface.inputs if not c.stateful]:
        why = "has no inputs, so there is nothing to explain"
    elif not callable(interface.interpretation) and not [c for c in interface.outputs if not c.stateful]:
        why = "has no outputs, so there is nothing to explain"
    if why:
        raise ExplanationError(422, "nothing_to_explain", f"{interface.name} {why}.")


def wanted_of(interface: Interface, method: Any, budget: Any, target: Any, inside: Any = None) -> Wanted:
    """What a caller asks for, checked. Raises ExplanationError."""
    if inside is not None and (isinstance(inside, bool) or not isinstance(inside, int) or inside < 1):
        raise _unusable("inside", "a whole number of calls, from 1", inside)
    if method is not None and not isinstance(method, str):
        raise _unusable("method", "a text such as 'shap'", method)
    if budget is not None and (isinstance(budget, bool) or not isinstance(budget, int) or budget < 2):
        raise _unusable("budget", "a whole number of calls, from 2", budget)
    place, name = _output_and_class(target)
    if place is not None and not (0 <= place < len(interface.outputs) and not interface.outputs[place].stateful):
        places = [f"{n} ({c.label})" for n, c in enumerate(interface.outputs) if not c.stateful]
        raise ExplanationError(
            422, "no_such_output", f"There is no output {place} to explain.", f"There is {', '.join(places)}."
        )
    return Wanted(method, budget, place, name, inside)


def _output_and_class(target: Any) -> tuple[int | None, str | None]:
    form = 'the name of a class, the place of an output, or {"output": 0, "class": "cat"}'
    if target is None:
        return None, None
    if isinstance(target, str):
        return None, target
    if isinstance(target, int) and not isinstance(target, bool):
        return target, None
    if not isinstance(target, dict):
        raise _unusable("target", form, target)
    place, name = target.get("output"), target.get("class")
    if isinstance(place, bool) or not isinstance(place, (int, type(None))) or not isinstance(name, (str, type(None))):
        raise _unusable("target", form, target)
    return place, name


def _unusable(what: str, wanted: str, value: Any) -> ExplanationError:
    return ExplanationError(422, "invalid_value", f"{what} must be {wanted}, or None; it was {shown(value)}.")


def failed(
    name: str, cases: Sequence[Case], error: BaseException, mark: str = "", shown: bool = True
) -> ExplanationError:
    """What is said when calls with parts left out raised `error`.

    mark: what the log calls it. shown: whether its text may be read; that of a gr.Error may always.
    """
    own = " ".join(str(error).split())
    kind = type(error).__name__
    text = own if isinstance(error, Error) else f"{kind}: {own}" if shown and own else kind if shown else ""
    batch = f"for a batch of {len(cases)} calls, the first " if len(cases) > 1 else ""
    log = f" The log calls it error {mark}." if mark else ""
    return ExplanationError(
        500,
        "function_failed",
        f"{name} failed {batch}{cases[0].changed()}{': ' if text else '.'}{text}"[:_LONGEST],
        "Let the function answer for such inputs too, or choose what stands for a part that is left out with "
        f"set_interpret_parameters(replacement=... or baseline=...).{log}",
    )


def _explain(
    interface: Interface, values: list[Any], files: Files, wanted: Wanted, on_progress: OnProgress | None
) -> Explanation:
    if callable(interface.interpretation) and wanted.method is None:
        own = Custom(interface, values, files)
        return own.read(direct.run(own.function, own.values))
    game = Game(interface, values, files)
    plan = Plan(game, wanted, watched=False)
    steps, last, failure = plan.steps(), None, None
    calls = _Calls(game, lambda: on_progress and on_progress(plan.done, plan.total))
    while (step := advance(steps, failure)) is not None:
        failure = None
        if isinstance(step, Explanation):
            last = step
            continue
        try:
            calls.make(step)
        except ExplanationError as error:
            failure = error
    assert last is not None, "a plan ends with an explanation"
    return last


class _Calls:
    """Makes calls of an explanation, one by one. told: called after each. Messages go to the log, once each."""

    def __init__(self, game: Game, told: Callable[[], object]) -> None:
        self._game, self._told = game, told
        self._size = game.interface.max_batch_size if game.interface.batch else 1
        self._now: Case | None = None
        self._reports = Heard(log).reports(lambda: "" if self._now is None else self._now.changed())

    def make(self, cases: list[Case]) -> None:
        """Raises what the function raises for the inputs as they are, else ExplanationError."""
        token = current.set(self._reports)
        try:
            for first in range(0, len(cases), self._size):
                self._now = cases[first]
                _answer(self._game, cases[first : first + self._size])
                self._told()
        finally:
            current.reset(token)


def _answer(game: Game, cases: list[Case]) -> None:
    """Call the function for some cases, all at once where it takes batches, and keep what it gave."""
    interface, written = game.interface, list[str]()
    with scratch.noted(written):
        arguments = game.columns(cases) if interface.batch else cases[0].arguments()
    try:
        made = direct.run(interface.function, arguments)
        answers = interface.apart(made, len(cases)) if interface.batch else [made]
    except Exception as error:
        if not cases[0].changed():
            raise  # the inputs as they are: the same error as of a prediction
        raise failed(interface.name, cases, error) from error
    else:
        game.keep_all(cases, answers)
    finally:
        scratch.remove(written)
