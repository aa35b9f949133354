"""What the contract asks of a component: wire values that come in, Python values that go out, and a law."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy

from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.registry import component_class
from quickdemo.runtime.local_files import LocalFiles


def alike(one: Any, other: Any) -> bool:
    """Equal, of the same type, arrays element by element."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)


Made = Callable[[LocalFiles], Any]


@dataclass
class Case:
    """One component with some arguments.

    good: (wire, what the function gets). bad: wires that are refused. shown: (returned value, wire, flag cell).
    back: (cell, Python value as in `examples=`). For media all four may be functions of the folder of files.
    values: Python values that the function may return and gets back as they were, over the wire and the flag log;
        `same` compares them.
    """

    name: str
    args: dict[str, Any]
    good: list[tuple[Any, Any]] | Made = field(default_factory=list)
    bad: list[Any] | Made = field(default_factory=list)
    shown: list[tuple[Any, Any, Any]] | Made = field(default_factory=list)
    back: list[tuple[str, Any]] | Made = field(default_factory=list)
    values: SearchStrategy[Any] | None = None
    same: Callable[[Any, Any], bool] = alike

    def make(self) -> Component:
        component = component_class(self.name)(**self.args)
        component.label = "Thing"
        return component


def of(part: Any, files: LocalFiles) -> list[Any]:
    """A part of a case, made with the folder of files when it needs one."""
    return list(part(files) if callable(part) else part)


def through_a_page(value: Any) -> Any:
    """The value as a page can hold it: numbers are of one kind, every end of line in a text field is a line feed
    (HTML, "API value" of textarea), and keys that are indices come first (ECMAScript, OrdinaryOwnPropertyKeys)."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, (list, tuple)):
        return type(value)(through_a_page(item) for item in value)
    if isinstance(value, dict):
        keys = sorted(filter(_is_index, value), key=int)
        return {through_a_page(key): through_a_page(value[key]) for key in dict.fromkeys([*keys, *value])}
    return value


def _is_index(key: Any) -> bool:
    return isinstance(key, str) and re.fullmatch("0|[1-9][0-9]{0,9}", key) is not None and int(key) < 2**32 - 1
