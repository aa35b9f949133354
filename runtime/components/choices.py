"""What Radio, Dropdown and CheckboxGroup share: the offered choices, their check, their indices."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from typing import Any

from quickdemo.runtime.components.base import Component, Files, Wire
from quickdemo.runtime.components.plain import plain
from quickdemo.runtime.errors import InvalidValueError, shown

_MOST_LISTED = 12


def same(left: Any, right: Any) -> bool:
    """Equality as JSON sees it: true is not 1."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


class Choices(Component):
    """Base of the components that offer `choices`: values, or `(name, value)` pairs whose name is shown.

    On the wire travels the value (as JSON), never the name and never the index.
    """

    def __init__(
        self, choices: Iterable[Any] | None = None, *, value: Any = None, type: str = "value", **common: Any
    ) -> None:
        if type not in ("value", "index"):
            raise ValueError(f'{self.__class__.__name__}: type is "value" or "index", not {type!r}.')
        pairs = [_pair(choice) for choice in ([] if choices is None else choices)]
        super().__init__(value, **common)
        self.names = [name for name, _ in pairs]
        self.values = [value for _, value in pairs]
        self.wires = [_wire_of(value) for _, value in pairs]
        self.type = type
        self.choices = pairs
        simple = ((index, wire) for index, wire in enumerate(self.wires) if not isinstance(wire, (list, dict)))
        self._places: dict[tuple[bool, Wire], int] = {}
        for index, wire in simple:
            self._places.setdefault((isinstance(wire, bool), wire), index)

    def place(self, wire: Wire) -> int | None:
        """The index of the choice with that wire value, or None when it is not offered."""
        wire = _readable(wire) if isinstance(wire, str) else wire
        if isinstance(wire, (list, dict)):
            return next((index for index, offered in enumerate(self.wires) if same(offered, wire)), None)
        return self._places.get((isinstance(wire, bool), wire))

    def chosen(self, wire: Wire) -> Any:
        """The choice's own value, or its index. Raises InvalidValueError naming what is offered."""
        index = self.place(wire)
        if index is None:
            raise self.not_offered(wire)
        return index if self.type == "index" else self.values[index]

    def not_offered(self, wire: Wire) -> InvalidValueError:
        """The error for a value that is no choice, with the one that was probably meant."""
        if not self.wires:
            return self.refuse("has no choices", wire, "Leave it empty (null).")
        more = len(self.wires) - _MOST_LISTED
        listed = ", ".join(shown(wire) for wire in self.wires[:_MOST_LISTED]) + (
            f" and {more} more" if more > 0 else ""
        )
        near = self._meant(wire)
        hint = f"Did you mean {near!r}?" if near is not None else "Send one of the offered values as it is written."
        return self.refuse(f"must be one of {listed}", wire, hint)

    def _meant(self, wire: Wire) -> Any:
        """The offered wire value whose spelling, or whose shown name, is closest."""
        spelled: dict[str, Any] = {}
        for name, offered in zip(self.names, self.wires, strict=True):
            spelled.setdefault(name.casefold(), offered)
            spelled.setdefault(str(offered).casefold(), offered)
        near = difflib.get_close_matches(str(wire)[:200].casefold(), spelled, n=1)
        return spelled[near[0]] if near else None

    def shown_wire(self, value: Any) -> Wire:
        """The wire value of a returned choice. Raises ValueError when choices exist and it is none of them."""
        wire = _wire_of(value)
        if self.wires and self.place(wire) is None:
            raise ValueError(self.not_offered(wire).message)
        return wire

    def name_of(self, wire: Wire) -> str:
        """What the page shows for a wire value."""
        index = self.place(wire)
        return _text(wire) if index is None else self.names[index]

    def place_given(self, value: Any) -> int | None:
        """The index of the choice of which the function gets that; None when it is none."""
        if self.type == "index" or value is None:
            return None if value is None or isinstance(value, str) else int(value)
        same = (index for index, own in enumerate(self.values) if own is value)
        return next(same, self.place(_wire_of(value)))

    def places_given(self, values: Iterable[Any]) -> list[int]:
        return [place for place in map(self.place_given, values) if place is not None]

    def all_given(self) -> list[Any]:
        """What the function may get, in the order of the choices."""
        return list(range(len(self.values))) if self.type == "index" else self.values

    def options(self) -> dict[str, Any]:
        return {"values": self.wires, "names": self.names}

    def accept(self, value: Any, files: Files) -> Any:
        return self.preprocess(plain(value), files)

    def cell_choice(self, cell: str) -> Any:
        """The choice whose wire value was written into a CSV as `cell`; unknown text comes back as it is."""
        return next((own for own, wire in zip(self.values, self.wires, strict=True) if _text(wire) == cell), cell)


def _text(wire: Wire) -> str:
    """A wire value as a cell or a name: text as it is, anything else as Python writes it."""
    return wire if isinstance(wire, str) else str(wire) if not isinstance(wire, (list, dict)) else json.dumps(wire)


def _wire_of(value: Any) -> Wire:
    wire = plain(value)
    return _readable(wire) if isinstance(wire, str) else wire


def _readable(text: str) -> str:
    """The text without lone surrogates, which neither a page nor a request can hold."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _pair(choice: Any) -> tuple[str, Any]:
    """(name, value) of one entry of `choices=`."""
    if isinstance(choice, (tuple, list)) and len(choice) == 2 and isinstance(choice[0], str):
        return _readable(choice[0]), choice[1]
    return _readable(_text(plain(choice))), choice
