"""The user's function: its name, its parameters, and how it is run (plain, async, generator, async generator)."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Flavour = Literal["plain", "async", "generator", "async_generator"]


@dataclass(frozen=True)
class Parameter:
    """A positional parameter: its name, and its default (`inspect.Parameter.empty` when it has none)."""

    name: str
    default: Any


@dataclass(frozen=True)
class Function:
    """What the Interface knows about the callable it was given."""

    call: Callable[..., Any]
    name: str
    parameters: tuple[Parameter, ...]
    flavour: Flavour

    @property
    def streams(self) -> bool:
        return self.flavour in ("generator", "async_generator")

    @classmethod
    def of(cls, fn: Callable[..., Any]) -> Function:
        """Describe a function, method, partial or callable object. Raises TypeError when it cannot be called."""
        if not callable(fn):
            raise TypeError(f"fn must be a function or another callable; it was {fn!r}.")
        return cls(fn, _name(fn), _parameters(fn), _flavour(fn))


def _name(fn: Any) -> str:
    while isinstance(fn, functools.partial):
        fn = fn.func
    name = getattr(fn, "__name__", None)
    return name if isinstance(name, str) else type(fn).__name__


def _parameters(fn: Callable[..., Any]) -> tuple[Parameter, ...]:
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):  # some built-ins do not tell
        return ()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(Parameter(p.name, p.default) for p in signature.parameters.values() if p.kind in positional)


def _flavour(fn: Any) -> Flavour:
    while isinstance(fn, functools.partial):
        fn = fn.func
    candidates = [fn] if inspect.isroutine(fn) or inspect.isclass(fn) else [fn, type(fn).__call__]
    for candidate in candidates:
        if inspect.isasyncgenfunction(candidate):
            return "async_generator"
        if inspect.iscoroutinefunction(candidate):
            return "async"
        if inspect.isgeneratorfunction(candidate):
            return "generator"
    return "plain"
