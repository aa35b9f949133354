"""Accordion: what the additional inputs of an Interface stand under, closed until a visitor opens it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Accordion:
    """label: the line that opens it. open: whether it is open when the page comes."""

    label: str = "Additional inputs"
    open: bool = True

    @classmethod
    def of(cls, given: Any) -> Accordion:
        """From None (closed), a label (closed), True or False (open or not), a dict {"label", "open"}, or an Accordion.

        Raises ValueError for anything else.
        """
        if isinstance(given, Accordion):
            return given
        if given is None or isinstance(given, bool):
            return cls(open=bool(given))
        if isinstance(given, str) and given.strip():
            return cls(given, open=False)
        if isinstance(given, dict) and set(given) <= {"label", "open"}:
            return cls(str(given.get("label", cls.label)), bool(given.get("open", False)))
        raise ValueError(
            "additional_inputs_accordion takes a label, True or False for open, a dict {'label', 'open'}, or "
            f"gr.Accordion(label, open); it was {given!r}."
        )
