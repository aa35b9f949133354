"""The parts of all inputs of one call as one game over the values that the function gets.

A `Game` calls nothing: it says what is to be called (`Case`), and keeps what that gave.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from quickdemo.interpret.estimate import Estimate, Masks, Values
from quickdemo.interpret.explanation import InputScores
from quickdemo.interpret.forest import names, runs
from quickdemo.interpret.methods import MOST_ALTERNATIVES
from quickdemo.interpret.parts.base import can_unite
from quickdemo.interpret.payoff import LARGEST, PayoffError, Scale, Target, score
from quickdemo.runtime import batches
from quickdemo.runtime.components.base import Component, Files
from quickdemo.runtime.errors import ExplanationError, InvalidValueError, shown
from quickdemo.runtime.value_digest import seed_of

if TYPE_CHECKING:
    from quickdemo.interpret.parts.base import Parts, View
    from quickdemo.runtime.interface import Interface

logger = logging.getLogger("quickdemo.app")

_MOST_NAMED = 3  #: parts that are named in a message


@dataclass(slots=True, eq=False)
class Case:
    """One call to make.

    key: what its answer is kept under. mask: (n,) the parts that are present. other: (place of an input, the value that
    stands for it).
    """

    key: bytes
    game: Game
    mask: NDArray[np.bool_]
    other: tuple[int, Any] | None = None

    def arguments(self) -> list[Any]:
        """Of the function, of their own, because a function may change what it gets."""
        return self.game.arguments(self.mask, self.other)

    def changed(self) -> str:
        """How its inputs differ, as a person says it; "" when they are as they were."""
        if self.other is None:
            return self.game.left_out(self.mask)
        place, value = self.other
        return f"with {shown(value)} for {self.game.players[place].label}"


@dataclass(frozen=True)
class Wanted:
    """What is to be explained, and how. None leaves a choice to the Interface.

    method: "default", "shap", ... budget: calls, all of which are to be used. output: its place. name: of the class.
    inside: calls beyond these, for looking into the strongest units. most: calls that are allowed whatever the method
    would make.
    """

    method: str | None = None
    budget: int | None = None
    output: int | None = None
    name: str | None = None
    inside: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Player:
    """An input of the game: its value and, if it is divided, its parts, or why it is not."""

    index: int
    component: Component
    value: Any
    parts: Parts | None
    why: str

    @property
    def label(self) -> str:
        return self.component.label or self.component.kind


class Game:
    """The parts of the inputs of one call, and what the function gave for the choices of them that were tried.

    values: the function's arguments, as `Interface.arguments` gives them. players: these, divided already.
    Raises ExplanationError when nothing of them can be explained.
    """

    def __init__(
        self, interface: Interface, values: Sequence[Any], files: Files, players: list[Player] | None = None
    ) -> None:
        self.interface = interface
        self._files = files
        pairs = zip(interface.inputs, values, methods_by_input(interface), strict=True)
        self.players = players or [player_of(index, *pair, files) for index, pair in enumerate(pairs)]
        if all(player.parts is None for player in self.players):
            whys = " ".join(player.why for player in self.players if not player.component.stateful)
            hint = "Give it a value first." if "is empty." in whys else ""
            raise ExplanationError(422, "nothing_to_explain", f"There is nothing to explain: {whys}", hint)
        #: (place among the players, number of the part) of every part that has an effect
        self.parts = [
            (place, int(part))
            for place, player in enumerate(self.players)
            if player.parts is not None
            for part in np.flatnonzero(~player.parts.idle)
        ]
        #: of each of the players, where its parts stand among all
        self._spans = _spans([0 if p.parts is None else int((~p.parts.idle).sum()) for p in self.players])
        self.seed = seed_of(values, interface.inputs)
        self.kept: dict[bytes, Sequence[Values]] = {}  #: of each key, what `Scale.read` gave for each output
        self.texts: dict[bytes, list[str | None]] = {}
        self.answer_json: bytes | None = None  #: what a visitor sees of the answer to the whole inputs
        self.answers_bytes = 0
        self._scales: list[Scale | None] = []
        self._shown: dict[int, tuple[list[int], dict[str, Any]]] = {}

    @property
    def n(self) -> int:
        """Parts that have an effect."""
        return len(self.parts)

    @property
    def count(self) -> int:
        """All parts, those without effect included, counted over the inputs in their order."""
        return sum(len(player.parts.labels) for player in self.players if player.parts is not None)

    def mask_of(self, present: NDArray[np.intp]) -> NDArray[np.bool_]:
        """(n,): where of all parts only these are present, counted over the inputs in their order."""
        there = np.zeros(self.count, bool)
        there[present] = True
        firsts, count = {}, 0
        for place, player in enumerate(self.players):
            firsts[place] = count
            count += 0 if player.parts is None else len(player.parts.labels)
        return np.array([there[firsts[place] + part] for place, part in self.parts], bool)

    # ------------------------------------------------------------------ calls

    def cases(self, keys: Sequence[bytes], masks: Masks) -> list[Case]:
        """The calls of those coalitions (m, n) that were not tried yet, each once; keys: `keys_of` them."""
        masks_of, kept = dict(zip(keys, masks, strict=True)), self.kept
        return [Case(key, self, mask) for key, mask in masks_of.items() if key not in kept]

    def case(self, mask: NDArray[np.bool_]) -> Case:
        """The call of one coalition (n,)."""
        return Case(keys_of(mask[None])[0], self, mask)

    def whole(self) -> Case:
        """The call of the inputs as they are; the first that must be made."""
        return self.case(np.ones(self.n, bool))

    def arguments(self, mask: NDArray[np.bool_], changed: tuple[int, Any] | None = None) -> list[Any]:
        """The function's arguments with only these parts; of their own, because a function may change what it gets.

        changed: (place of an input, the value that stands for it).
        """
        values = []
        for place, player in enumerate(self.players):
            if changed is not None and place == changed[0]:
                values.append(own_copy(changed[1]))
            elif player.parts is None:
                values.append(own_copy(player.value))
            else:
                values.append(player.parts.masked(self._present(place, mask)))
        return values

    def columns(self, cases: Sequence[Case]) -> list[list[Any]]:
        """For each of the function's arguments, that of every case."""
        if any(case.other is not None for case in cases):
            return batches.lists_of([case.arguments() for case in cases])
        masks = np.array([case.mask for case in cases])
        return [self._column(place, player, masks) for place, player in enumerate(self.players)]

    def _column(self, place: int, player: Player, masks: Masks) -> list[Any]:
        if player.parts is None:
            return [own_copy(player.value) for _ in masks]
        (start, stop), masked = self._spans[place], player.parts.masked
        if stop - start == len(player.parts.idle):
            return [masked(present) for present in masks[:, start:stop]]
        return [masked(self._present(place, mask)) for mask in masks]

    def _present(self, place: int, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Of the parts of one of the players, those without effect included, which are present."""
        parts, (start, stop) = self.players[place].parts, self._spans[place]
        assert parts is not None
        if stop - start == len(parts.idle):
            return mask[start:stop]
        present = parts.idle.copy()
        present[~present] = mask[start:stop]
        return present

    def left_out(self, mask: NDArray[np.bool_]) -> str:
        """ "with 'very' and 'good' left out"; "" when nothing is."""
        if mask.all():
            return ""
        if not mask.any():
            return "with every part left out"
        absent = [name.strip() or "space" for name in self._names(mask)]
        listed = [repr(name) for name in absent[:_MOST_NAMED]]
        more = len(absent) - len(listed)
        if more:
            return f"with {', '.join(listed)} and {more} more parts left out"
        last = listed.pop()
        return f"with {', '.join(listed)} and {last} left out" if listed else f"with {last} left out"

    def _names(self, mask: NDArray[np.bool_]) -> list[str]:
        """Of what is absent."""
        found = []
        for place, player in enumerate(self.players):
            if player.parts is not None:
                start, stop = self._spans[place]
                parts = np.flatnonzero(~player.parts.idle)
                found += names(player.parts, parts[~mask[start:stop]].tolist())
        return found

    # ------------------------------------------------------------------ answers

    def keep_all(self, cases: Sequence[Case], predictions: Sequence[Any]) -> None:
        """What the function returned for some cases; quicker than one by one where that is confidences or numbers as
        they stand. Raises as `keep` does."""
        scale = self._scales[0] if len(self._scales) == 1 else None
        read = None if scale is None else scale.read_plain(predictions)
        if read is None:
            for case, prediction in zip(cases, predictions, strict=True):
                self.keep(case, prediction)
        else:
            self.kept.update(zip([case.key for case in cases], zip(read, strict=True), strict=True))
            self.answers_bytes += sum(vector.nbytes + 200 for vector in read)

    def keep(self, case: Case, prediction: Any) -> None:
        """What the function returned for a case. Raises ExplanationError when that has no score, or the wrong form."""
        values = self.interface.per_output(prediction)
        try:
            human = [self._human(component, value) for component, value in zip(self._outputs, values, strict=True)]
            if not self._scales:
                self._scales = self._scaled(human, values)
            vectors = [
                np.zeros(0) if scale is None else scale.read(self._scored(scale, value, values))
                for scale, value in zip(self._scales, human, strict=True)
            ]
        except (PayoffError, InvalidValueError, ValueError, TypeError) as error:
            raise self.refused(error, case.changed()) from error
        texts = [value if isinstance(value, str) and len(value) <= 2000 else None for value in human]
        self.texts[case.key] = texts
        self.kept[case.key] = vectors
        self.answers_bytes += sum(vector.nbytes + 200 for vector in vectors) + sum(len(text or "") for text in texts)

    @property
    def kept_bytes(self) -> int:
        """Bytes that its answers take, about."""
        return self.answers_bytes + len(self.answer_json or b"")

    @property
    def _outputs(self) -> list[Component]:
        return self.interface.outputs

    def _human(self, component: Component, value: Any) -> Any:
        """The value of an output as a person writes it; a Label with all of its classes."""
        if component.kind != "label" or _is_confidences(value):
            return value
        whole = copy.copy(component)
        whole.num_top_classes = None  # type: ignore[attr-defined]
        return whole.present(value, self._files)

    def _scaled(self, human: list[Any], values: list[Any]) -> list[Scale | None]:
        scorer, scales = self.interface.score, list[Scale | None]()
        for place, (component, value) in enumerate(zip(self._outputs, human, strict=True)):
            label = component.label or component.kind
            if component.stateful:
                scales.append(None)
            elif scorer is not None and place == self._first_output():
                whole = values[0] if len(values) == 1 else values
                scales.append(Scale(place, label, component.kind, whole, scorer))
            else:
                scales.append(Scale(place, label, component.kind, value))
        return scales

    def _scored(self, scale: Scale, value: Any, values: list[Any]) -> Any:
        if scale.kind != "score":
            return value
        return values[0] if len(values) == 1 else values

    def _first_output(self) -> int:
        """The output that is explained unless another is asked for: the first Label or number, else the first."""
        visible = [place for place, c in enumerate(self._outputs) if not c.stateful]
        if self.interface.score is None:
            numeric = [place for place in visible if self._outputs[place].kind in ("label", "number", "slider")]
            visible = numeric or visible
        return visible[0]

    def target(self, wanted: Wanted) -> Target:
        """What is explained. The call of the whole input must have been kept. Raises ExplanationError."""
        place = self._first_output() if wanted.output is None else wanted.output
        scale = self._scales[place] if 0 <= place < len(self._scales) else None
        if scale is None:
            raise ExplanationError(422, "no_such_output", f"There is no output {shown(place)} that can be explained.")
        try:
            return scale.target(wanted.name)
        except PayoffError as error:
            message = f"{self.interface.name} {error}"
            raise ExplanationError(422, "no_such_class", message, self._places()) from error

    def _places(self) -> str:
        """Which other outputs may be asked for, and how; "" where there is one."""
        places = [f"{place} ({c.label})" for place, c in enumerate(self._outputs) if not c.stateful]
        return f"Another output is asked for by its place: {', '.join(places)}." if len(places) > 1 else ""

    def payoffs(self, keys: Sequence[bytes], masks: Masks, target: Target) -> Values:
        """(m,): the kept scores of coalitions (m, n), `keys_of` which are keys. Raises ExplanationError for NaN."""
        kept, output, position = self.kept, target.output, target.place
        found = np.array([kept[key][output][position] for key in keys])
        sound = np.abs(found) <= LARGEST
        if not sound.all():
            place = int(np.flatnonzero(~sound)[0])
            self.payoff(Case(keys[place], self, masks[place]), target)  # which raises, and says of which
        return found

    def payoff(self, case: Case, target: Target) -> float:
        """The score that a case was kept with. Raises ExplanationError for NaN."""
        try:
            return score(self.kept[case.key][target.output], target)
        except PayoffError as error:
            raise self.refused(error, case.changed()) from error

    def answer(self, case: Case, target: Target) -> Any:
        """What is kept of an answer, for a person: {class: confidence}, a number, or a text of 2000 characters."""
        vector = self.kept[case.key][target.output].tolist()
        if target.classes:
            return dict(zip(target.classes, vector, strict=True))
        return vector[0] if target.kind == "number" else self.texts[case.key][target.output]

    def refused(self, error: Exception, changed: str) -> ExplanationError:
        """What is said of an answer that has no score."""
        gave = str(error) if isinstance(error, PayoffError) else f"returned what an output cannot show: {error}"
        text = f"{self.interface.name} {changed}{' ' if changed else ''}{gave}"
        if isinstance(error, PayoffError) and error.__cause__ is not None:  # a mistake in the author's score=
            logger.error("%s", text, exc_info=error.__cause__)
        hint = "An explanation compares scores, so each answer must have one. score= may give one for any answer."
        return ExplanationError(422, "no_score", text, hint)

    # ------------------------------------------------------------------ results

    def shown(self, place: int, view: View, sizes: Sequence[int]) -> dict[str, Any]:
        """How the page draws the parts of an input in these units, made once."""
        kept = self._shown.get(place)
        if kept is None or kept[0] != sizes:
            kept = self._shown[place] = (list(sizes), view.shown())
        return kept[1]

    def scored(self, known: Estimate | None, swept: dict[int, Values], full: float, *, deep: bool) -> list[InputScores]:
        """The scores of each input that is no state. swept: place of an input -> the score for each alternative.
        deep: long texts were explained in their paragraphs."""
        units = np.arange(self.n) if known is None or known.units is None else known.units.argmax(axis=0)
        found = []
        for place, player in enumerate(self.players):
            if player.component.stateful:
                continue
            if player.parts is None:
                found.append(InputScores(player.index, player.label, why=player.why))
                continue
            sizes, values, errors = self._of_input(place, player.parts, known, units, deep)
            united = max(sizes, default=1) > 1
            view = player.parts.united(sizes) if united and can_unite(player.parts) else player.parts
            found.append(
                InputScores(
                    player.index, player.label, player.parts.kind, None, view.labels, values, errors,
                    self.shown(place, view, sizes), _sweep(player.parts, swept.get(place)),
                    _form_2022(player.parts, view, values, swept.get(place), full), sizes if united else None,
                    getattr(player.parts, "picture", None),
                )
            )  # fmt: skip
        return found

    def _of_input(
        self, place: int, parts: Parts, known: Estimate | None, units: NDArray[np.intp], deep: bool
    ) -> tuple[list[int], Values, Values | None]:
        """Sizes of the units of an input, their values and their errors. Where a unit has parts of several inputs, or
        of one whose parts cannot be shown together, each has its share."""
        start, stop = self._spans[place]
        flat = known is None or known.units is None
        if flat and not parts.idle.any():  # each part is a unit, which is most often so
            values = np.zeros(stop - start) if known is None else known.values[start:stop]
            errors = None if known is None or known.errors is None else known.errors[start:stop]
            return [1] * (stop - start), values, errors
        unit_of: list[int | None] = [None] * len(parts.labels)
        for part, unit in zip(np.flatnonzero(~parts.idle).tolist(), units[start:stop].tolist(), strict=True):
            unit_of[part] = unit
        sizes = runs(parts, unit_of, deep=deep)
        if known is None:
            return sizes, np.zeros(len(sizes)), None
        counts = np.bincount(units)
        spread = np.zeros((2, len(sizes)))
        for at, (first, size) in enumerate(zip(np.cumsum([0, *sizes]).tolist(), sizes, strict=False)):
            inside = [unit for unit in unit_of[first : first + size] if unit is not None]
            if inside:
                share = len(inside) / counts[inside[0]]
                error = 0.0 if known.errors is None else known.errors[inside[0]]
                spread[:, at] = known.values[inside[0]] * share, error * share
        return sizes, spread[0], None if known.errors is None else spread[1]

    def alternatives(self, place: int) -> list[Case]:
        """The calls of the other values that an input may have, all else as it is; none where there are too many."""
        parts = self.players[place].parts
        others = [] if parts is None else list(parts.alternatives)
        if len(others) > MOST_ALTERNATIVES:
            return []
        return [self._alternative(place, number, other) for number, other in enumerate(others)]

    def _alternative(self, place: int, number: int, other: Any) -> Case:
        return Case(b"x%d,%d" % (place, number), self, np.ones(self.n, bool), (place, other))


def _is_confidences(value: Any) -> bool:
    """Whether it is {class: confidence} as it stands: the common case, which each of many calls gives."""
    return (
        type(value) is dict
        and all(type(k) is str and type(v) is float for k, v in value.items())
        and ("label" not in value)
    )


def methods_by_input(interface: Interface) -> list[str | None]:
    """The method that the author chose for each input; "default" where there was no choice."""
    given = interface.interpretation
    return list(given) if isinstance(given, list) else ["default"] * len(interface.inputs)


def player_of(index: int, component: Component, value: Any, method: str | None, files: Files) -> Player:
    """The input that a component brings into the game. method: None leaves it out."""
    name = component.label or component.kind
    if component.stateful:
        return Player(index, component, value, None, "State stays as it is.")
    if method is None:
        return Player(index, component, value, None, f"{name} is left out of the explanation by interpretation=.")
    parts = component.parts(value, files)
    if parts is not None and len(parts.labels):
        return Player(index, component, value, parts, "")
    if parts is not None and parts.kind == "choice":
        return Player(index, component, value, None, f"{name} is at its default.")
    empty = value is None or (isinstance(value, (str, list, tuple, dict)) and not value) or parts is not None
    return Player(index, component, value, None, f"{name} is empty." if empty else f"{name} has no parts.")


def _sweep(parts: Parts, scores: Values | None) -> dict[str, Any] | None:
    if scores is None:
        return None
    return {"x": [_plain(x) for x in parts.alternatives], "y": [float(f"{y:.12g}") for y in scores.tolist()]}


def _plain(value: Any) -> Any:
    """The value as JSON; as a person reads it where it is none."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (int, float, str, bool)) else shown(value)


def _form_2022(parts: Parts, view: View, scores: Values, swept: Values | None, full: float) -> Callable[[], Any] | None:
    if not len(parts.alternatives):
        return lambda: view.scores_2022(scores)
    return None if swept is None else lambda: parts.scores_2022(swept - full)


def _spans(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """(start, stop) of stretches of these lengths, one after the other."""
    stops = np.cumsum(sizes).tolist()
    return list(zip([0, *stops], stops, strict=False))


def keys_of(masks: Masks) -> list[bytes]:
    """What the answer of each coalition (m, n) is kept under."""
    packed = np.packbits(masks, axis=1)
    width, raw = packed.shape[1], packed.tobytes()
    return [b"m" + raw[row * width : (row + 1) * width] for row in range(len(masks))]


def own_copy(value: Any) -> Any:
    """The value, or a copy of one that a function may change in place."""
    if value is None or isinstance(value, (str, bytes, int, float, bool)):
        return value
    try:
        return copy.deepcopy(value)
    except Exception:  # an open file, a lock: all calls share it, as they do without explanations
        return value
