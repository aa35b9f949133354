"""`interpretation=f`: the author's own function explains, with the same arguments as the main one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quickdemo.interpret import custom
from quickdemo.interpret.explanation import Explanation
from quickdemo.runtime.components.base import Files
from quickdemo.runtime.errors import ExplanationError
from quickdemo.runtime.function import Function
from quickdemo.runtime.game import player_of
from quickdemo.runtime.interface import Interface


class Custom:
    """The author's function for one call. `read` checks what it gave; each value of a generator is an explanation."""

    def __init__(self, interface: Interface, values: Sequence[Any], files: Files) -> None:
        self.function = Function.of(interface.interpretation)  # type: ignore[arg-type]
        self.values = list(values)
        pairs = enumerate(zip(interface.inputs, values, strict=True))
        players = [player_of(index, c, value, "default", files) for index, (c, value) in pairs if not c.stateful]
        self._inputs = [custom.Input(one.index, one.label, one.parts, one.why) for one in players]

    def read(self, returned: Any) -> Explanation:
        """Raises ExplanationError that says what is wanted, with an example."""
        try:
            return custom.read(returned, self._inputs, self.function.name)
        except custom.ShapeError as error:
            raise ExplanationError(500, "wrong_interpretation", str(error)) from None
