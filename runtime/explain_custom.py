"""`interpretation=f`: the author's own function explains, with the same arguments as the main one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quickdemo.interpret import custom
from quickdemo.interpret.explanation import Explanation
from quickdemo.runtime.components.base import Files
from quickdemo.runtime.errors import ExplanationError
from quickdemo.runtime.function import Function
from quickdemo.runtime.game import Game, own_copy, player_of
from quickdemo.runtime.interface import Interface


class Custom:
    """The author's function for one call. `read` checks what it gave; each value of a generator is an explanation."""

    def __init__(self, interface: Interface, values: Sequence[Any], files: Files) -> None:
        self.function = Function.of(interface.interpretation)  # type: ignore[arg-type]
        self.values = [own_copy(value) for value in values]  # it may change them
        self.interface, self._given, self._files = interface, values, files
        pairs = enumerate(zip(interface.inputs, values, strict=True))
        self._players = [player_of(index, c, value, "default", files) for index, (c, value) in pairs]
        shown = [one for one in self._players if not one.component.stateful]
        self._inputs = [custom.Input(one.index, one.label, one.parts, one.why) for one in shown]

    def read(self, returned: Any) -> Explanation:
        """Raises ExplanationError that says what is wanted, with an example."""
        try:
            return custom.read(returned, self._inputs, self.function.name)
        except custom.ShapeError as error:
            raise ExplanationError(500, "wrong_interpretation", str(error)) from None

    def game(self, made: Explanation) -> Game | None:
        """The game whose parts can be left out; None where those that the function scored are not the components'."""
        parts = [[] if one.parts is None else list(one.parts.labels) for one in self._inputs]
        if not any(parts) or parts != [list(scored.labels) for scored in made.inputs]:
            return None
        return Game(self.interface, self._given, self._files, self._players)
