"""What is checked of the inputs of a call: by their components, and by the author's own validator for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from quickdemo.runtime.components.base import Component, Wire
from quickdemo.runtime.errors import InvalidInputsError, InvalidValueError

if TYPE_CHECKING:
    from quickdemo.runtime.call import Call
    from quickdemo.runtime.interface import Interface

_FORMS = "None or True (all is well), False, gr.validate(ok, message), or a list with one of these for each input"


def validate(is_valid: bool, message: str = "") -> dict[str, Any]:
    """What a `validator` returns for one input: whether it may be used and, if not, the sentence that says why."""
    return {"__type__": "validate", "is_valid": bool(is_valid), "message": str(message)}


def refuse_invalid(verdict: Any, inputs: Sequence[Component], name: str) -> None:
    """Do nothing when the verdict of the validator `name` is good.

    A list has one verdict for each visible input; a single verdict concerns the only input, or all of them together.
    Raises InvalidValueError that names the input (InvalidInputsError for several), ValueError when the validator
    returned something else.
    """
    visible = [(index, c) for index, c in enumerate(inputs) if not c.stateful]
    verdicts = list(verdict) if isinstance(verdict, (list, tuple)) else [verdict]
    if len(verdicts) == len(inputs) > len(visible):
        verdicts = [verdicts[index] for index, _ in visible]
    if isinstance(verdict, (list, tuple)) and len(verdicts) != len(visible):
        labels = ", ".join(c.label or c.kind for _, c in visible)
        raise ValueError(
            f"The validator {name} must return one verdict for each of the {len(visible)} inputs ({labels}); "
            f"it returned {len(verdicts)}."
        )
    if len(verdicts) != len(visible):
        good, message = _read(verdict, name)
        if not good:
            raise InvalidValueError(message or "These inputs cannot be used together.")
        return
    faults = []
    for (index, component), one in zip(visible, verdicts, strict=True):
        good, message = _read(one, name)
        if not good:
            label = component.label or component.kind
            faults.append(InvalidValueError(message or f"{label} cannot be used.", field=label, index=index))
    raise_all(faults)


def raise_all(faults: list[InvalidValueError]) -> None:
    """Raise the one fault there is, or all of them together; nothing when there is none."""
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise InvalidInputsError(faults)


def _read(verdict: Any, name: str) -> tuple[bool, str]:
    if verdict is None or isinstance(verdict, bool):
        return verdict is not False, ""
    if isinstance(verdict, dict) and verdict.get("__type__") == "validate" and "is_valid" in verdict:
        return bool(verdict["is_valid"]), str(verdict.get("message") or "")
    raise ValueError(f"The validator {name} must return {_FORMS}; it returned {verdict!r:.80}.")


def preprocessed(component: Component, wire: Wire, index: int, call: Call) -> Any:
    """What the function gets of a wire value. Raises InvalidValueError that names the input."""
    try:
        return component.preprocess(wire, call.files)
    except InvalidValueError as error:
        error.index = index
        error.field = error.field or component.label or component.kind
        raise


def refuse_wrong(interface: Interface, wires: Sequence[Wire], call: Call) -> None:
    """Refuse a wrong number of values, and plain ones that are wrong, before they wait. The others take their time.

    Raises InvalidValueError (InvalidInputsError: several).
    """
    visible = [(index, component) for index, component in enumerate(interface.inputs) if not component.stateful]
    if len(wires) != len(visible):
        if len(wires) != len(interface.inputs):
            interface.arguments(wires, call)
        return
    faults: list[InvalidValueError] = []
    for wire, (index, component) in zip(wires, visible, strict=True):
        try:
            if component.is_plain:
                preprocessed(component, wire, index, call)
        except InvalidValueError as error:
            faults.append(error)
    raise_all(faults)
