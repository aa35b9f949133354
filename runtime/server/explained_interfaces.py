"""Which Interfaces a visitor may have explained, and what the page says of it before an explanation begins."""

from __future__ import annotations

from typing import Any

from quickdemo.runtime.errors import RefusedError, shown
from quickdemo.runtime.explained_calls import calls_before, method_of
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.server.context import Context


def explains(interface: Interface) -> bool:
    """Whether a visitor may ask for explanations of its answers."""
    return interface.interpretation is not None and bool(interface.inputs) and not interface.chat


def page_config(interface: Interface) -> dict[str, Any] | None:
    """What the page says of explanations before one begins: {"method", "calls", "budget"}; None where there are none.

    calls: those of one explanation as far as they follow from the Interface alone, else None: they grow with the parts.
    """
    if not explains(interface):
        return None
    calls, budget = calls_before(interface), interface.interpretation_budget
    return {"method": method_of(interface), "calls": calls, "budget": budget}


def said_before(interface: Interface) -> str:
    """The sentence for a visitor about the calls that a press of Interpret makes; "" where there is nothing to say."""
    if not explains(interface) or callable(interface.interpretation):
        return ""
    calls, budget = calls_before(interface), interface.interpretation_budget
    if calls is not None and calls != budget:
        return f"Interpret makes about {calls} calls of the model."
    return "" if budget is None else f"Interpret makes at most {budget} calls of the model."


def explained_endpoint(context: Context, name: Any) -> tuple[str, Interface]:
    """The endpoint of that name, None for the first with explanations. Raises RefusedError (404)."""
    known = context.endpoints
    name = next((n for n, i in known.items() if explains(i)), next(iter(known))) if name is None else name
    interface = known.get(name) if isinstance(name, str) else None
    if interface is None:
        offered = ", ".join(map(repr, known))
        raise RefusedError(404, "unknown_endpoint", f"There is no endpoint {shown(name)}.", f"There is {offered}.")
    if not explains(interface):
        why = "This demo does not explain its answers."
        raise RefusedError(404, "no_interpretation", why, "Its author can set interpretation='default'.")
    return name, interface
