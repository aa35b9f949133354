"""How many calls an explanation makes, as far as it follows from an Interface alone, before there are any inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quickdemo.interpret import methods
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.interface import Interface

#: kind -> (parts, other values that are tried) of a component whose value is not its baseline
_COUNTS: dict[str, Callable[[Any], tuple[int, int]]] = {
    "number": lambda c: (1, 2 * c.interpreted.get("steps", 3)),
    "slider": lambda c: (1, c.interpreted.get("steps", 8)),
    "checkbox": lambda _: (1, 1),
    "radio": lambda c: (1, max(len(c.names) - 1, 0)),
    "dropdown": lambda c: (len(c.names), len(c.names)) if c.multiselect else (1, max(len(c.names) - 1, 0)),
    "checkboxgroup": lambda c: (len(c.names), len(c.names)),
    "datetime": lambda _: (1, 0),
    "colorpicker": lambda _: (1, 0),
    "image": lambda c: (c.interpreted.get("segments", 16), 0),
    "imageeditor": lambda c: (c.interpreted.get("segments", 16), 0),
    "audio": lambda c: (c.interpreted.get("segments", 8), 0),
}


def calls_before(interface: Interface) -> int | None:
    """About how many calls one explanation makes, no input being empty or at its baseline.

    None where that depends on the inputs: on the words of a text, the cells of a table. Of a function of the author's
    own 1, its own call.
    """
    if callable(interface.interpretation):
        return 1
    given = interface.interpretation or ["default"] * len(interface.inputs)
    parts = others = 0
    for component, method in zip(interface.inputs, given, strict=True):
        if method is None or not _has_parts(component):
            continue
        if component.kind not in _COUNTS:
            return None
        count, alternatives = _COUNTS[component.kind](component)
        parts += count
        others += alternatives if alternatives <= methods.MOST_ALTERNATIVES else 0
    if not parts:
        return None  # nothing can be explained
    calls = min(methods.calls_of(method_of(interface), parts, interface.num_shap), 1 << min(parts, 64)) + others
    budget = interface.interpretation_budget
    return calls if budget is None else min(calls, budget)


def method_of(interface: Interface) -> str:
    """The method of the whole: "default" only where no input asks for more; "custom" of the author's own function."""
    given = interface.interpretation
    if callable(given):
        return "custom"
    return next((one for one in given or [] if one is not None and one != "default"), "default")


def _has_parts(component: Component) -> bool:
    return not component.stateful and type(component).parts is not Component.parts
