"""What a function returned: one value for each output."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from quickdemo.runtime.components.base import Component

logger = logging.getLogger("quickdemo")


class _Unchanged:
    """What a function of ours yields for state that is to stay as it is. It is the same one in every process."""

    def __reduce__(self) -> str:
        return "UNCHANGED"


UNCHANGED = _Unchanged()


def per_output(name: str, outputs: Sequence[Component], returned: Any) -> list[Any]:
    """As many values as there are outputs. Raises ValueError for another number of them."""
    if not outputs:
        return []
    if returned is None:
        return [None] * len(outputs)
    if len(outputs) == 1:
        return [_plain(name, outputs[0], returned)]
    if not isinstance(returned, (tuple, list)) or len(returned) != len(outputs):
        got = f"{len(returned)} values" if isinstance(returned, (tuple, list)) else type(returned).__name__
        names = ", ".join(c.label or c.kind for c in outputs)
        raise ValueError(f"{name} must return {len(outputs)} values ({names}); it returned {got}.")
    return [_plain(name, output, value) for output, value in zip(outputs, returned, strict=True)]


def _plain(name: str, output: Component, value: Any) -> Any:
    """The value of a component that was returned in its place, as scripts of other versions do to change an output."""
    if not isinstance(value, Component) or output.holds_components or output.stateful:
        return value
    logger.warning(
        f"{name} returned {value!r} for the output {output.label or output.kind}: its value is shown, and nothing else "
        "of the output changes. Return the value itself."
    )
    return value.value
