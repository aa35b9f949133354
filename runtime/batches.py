"""batch=True: arguments of several calls as one list per input, and what comes back apart again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quickdemo.runtime.components.base import Component
from quickdemo.runtime.function import Function


def check_batch(function: Function, inputs: Sequence[Component], size: Any) -> None:
    """Raises ValueError when a function, its inputs or the size of its batches cannot be batched."""
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ValueError(f"max_batch_size must be a whole number from 1; it was {size!r}.")
    if function.streams:
        raise ValueError(
            f"{function.name} is a generator, which cannot work on batches. Remove batch=True, or return all at once."
        )
    if any(component.stateful for component in inputs):
        raise ValueError(
            "A batch joins calls of different visitors, so it has no state. Remove batch=True or the state."
        )
    if any(parameter.gives for parameter in function.all_parameters):
        raise ValueError(f"A batch has many callers, so {function.name} can ask for no Request and no Progress.")
    if not inputs:
        raise ValueError("batch=True needs at least one input: its values are what is joined.")


def lists_of(calls: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """One list per input, with one value for each call."""
    return [list(values) for values in zip(*calls, strict=True)]


def apart(returned: Any, calls: int, outputs: Sequence[Component], name: str) -> list[Any]:
    """What each of the calls returned, as a function without batches would.

    returned: one list per output, each with one value for each call. With one output the list alone will do; a single
    list in a list (or tuple) is taken as that of the output. Raises ValueError that names the counts.
    """
    if not outputs:
        return [None] * calls
    if not _is_row(returned):
        raise ValueError(
            f"{name} works on batches: it must return {_wanted(outputs)}; it returned {type(returned).__name__}."
        )
    if len(outputs) == 1:
        one = len(returned) == 1 and _is_row(returned[0]) and (calls == 1 or len(returned[0]) == calls)
        return _checked(returned[0] if one else returned, calls, outputs[0], name)
    if len(returned) != len(outputs):
        raise ValueError(
            f"{name} works on batches: it must return {_wanted(outputs)}; it returned {_counted(returned)}."
        )
    columns = [_checked(column, calls, c, name) for column, c in zip(returned, outputs, strict=True)]
    return list(zip(*columns, strict=True))


def _checked(column: Any, calls: int, output: Component, name: str) -> list[Any]:
    label = output.label or output.kind
    if not _is_row(column):
        raise ValueError(f"{name} must return a list of {calls} values for {label}; it was {type(column).__name__}.")
    if len(column) != calls:
        raise ValueError(
            f"{name} got {calls} {'call' if calls == 1 else 'calls'} and must return as many values for {label}; "
            f"it returned {_counted(column)}."
        )
    return list(column)


def _is_row(value: Any) -> bool:
    """Whether it is a list, or an array or Series, whose rows are one value each."""
    if isinstance(value, (str, bytes, dict)):
        return False
    return isinstance(value, (list, tuple)) or (hasattr(value, "__len__") and hasattr(value, "tolist"))


def _wanted(outputs: Sequence[Component]) -> str:
    labels = ", ".join(c.label or c.kind for c in outputs)
    return f"{len(outputs)} {'list' if len(outputs) == 1 else 'lists'} ({labels})"


def _counted(values: Any) -> str:
    return f"{len(values)} {'value' if len(values) == 1 else 'values'}"
