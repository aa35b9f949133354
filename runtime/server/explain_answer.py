"""The answer that comes with an explanation: its first call, that of the inputs as they are, is the very prediction."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.json_text import strict_json
from quickdemo.runtime.server import flags
from quickdemo.runtime.server.calls import ServedCall
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.visitors import Visitor

if TYPE_CHECKING:
    from quickdemo.runtime.game import Game

_HANDLES = re.compile(rb"files/([\w-]{22})")  # in wire values, and in the HTML of some


def gives_answer(interface: Interface) -> bool:
    """Whether its explanations give the answer as well.

    Not with state: an explanation leaves it as it is, and what is shown must be the answer that led to it. Not where
    the answer takes the place of the inputs, which are explained; nor where it is no value, but all of a stream.
    """
    shown = any(not component.stateful for component in interface.outputs)
    whole = not (interface.is_generator and any(component.cumulative for component in interface.outputs))
    return shown and whole and not interface.stateful and interface.kind != "unified"


class FirstAnswer:
    """What a prediction would have given for the inputs of one explanation."""

    def __init__(
        self, context: Context, interface: Interface, wires: Sequence[Wire], call: ServedCall, visitor: Visitor
    ) -> None:
        self._context, self._interface, self._wires, self._call = context, interface, wires, call
        self._visitor = visitor
        self._began = time.perf_counter()

    def of(self, game: Game, returned: Any) -> bytes:
        """In the function's thread: JSON of {"data", "duration"}, kept with the game; it is flagged where all are.

        Raises ValueError as a prediction does, when what the function returned does not fit the outputs.
        """
        outputs = self._interface.results(returned, self._call)
        answer = {"data": outputs, "duration": round(time.perf_counter() - self._began, 6)}
        game.answer_json = strict_json(answer)
        if self._interface.allow_flagging == "auto":
            flags.flag_after(self._context, self._interface, self._wires, outputs, self._visitor)
        return game.answer_json

    def kept(self, game: Game) -> bytes | None:
        """That of an earlier explanation of the same game; None when there was none, or its files are gone. Blocks."""
        if game.answer_json is None:
            return None
        try:
            for handle in set(_HANDLES.findall(game.answer_json)):
                self._context.files.find(handle.decode(), self._visitor)
        except RefusedError:
            return None
        return game.answer_json
