"""The user's function: its name, its parameters, and how it is run (plain, async, generator, async generator)."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from quickdemo.runtime.progress import Progress, follow_tqdm
from quickdemo.runtime.reports import Reports, current
from quickdemo.runtime.request import Request

if TYPE_CHECKING:
    from quickdemo.runtime.call import Call

Flavour = Literal["plain", "async", "generator", "async_generator"]


class Caller(Protocol):
    """What a function may ask for besides its inputs: a Call has it."""

    @property
    def request(self) -> Request: ...
    @property
    def reports(self) -> Reports: ...


class Elsewhere(Protocol):
    """Where calls of a function run that do not run in threads here."""

    @property
    def count(self) -> int:
        """Calls at a time."""
        ...

    def invoke(self, values: Sequence[Any], call: Call) -> Any:
        """As `Function.invoke`; coroutines and asynchronous generators are plain functions and generators here."""
        ...

    def cancel(self, call: Call) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Parameter:
    """A parameter: its name, and its default (`inspect.Parameter.empty` when it has none).

    gives: "request" or "progress" for one that quickdemo fills; "" for one that an input fills.
    by_name: it cannot be given by its position.
    """

    name: str
    default: Any
    gives: str = ""
    by_name: bool = False


@dataclass(frozen=True)
class Function:
    """What the Interface knows about the callable it was given. `parameters` are those that inputs fill."""

    call: Callable[..., Any]
    name: str
    parameters: tuple[Parameter, ...]
    flavour: Flavour
    all_parameters: tuple[Parameter, ...] = ()

    @property
    def streams(self) -> bool:
        return self.flavour in ("generator", "async_generator")

    @classmethod
    def of(cls, fn: Callable[..., Any]) -> Function:
        """Describe a function, method, partial or callable object. Raises TypeError when it cannot be called."""
        if not callable(fn):
            raise TypeError(f"fn must be a function or another callable; it was {fn!r}.")
        every = _parameters(fn)
        visible = tuple(parameter for parameter in every if not parameter.gives and not parameter.by_name)
        return cls(fn, _name(fn), visible, _flavour(fn), every)

    def invoke(self, values: Sequence[Any], call: Caller) -> Any:
        """Call it with the inputs' values in their order, and with the request and the progress that it asks for."""
        if not any(parameter.gives for parameter in self.all_parameters):
            return self.call(*values)
        left = list(values)
        args: list[Any] = []
        named: dict[str, Any] = {}
        for parameter in self.all_parameters:
            if parameter.gives:
                value = self._given(parameter, call)
                if left and not parameter.by_name:
                    args.append(value)
                else:
                    named[parameter.name] = value
            elif left and not parameter.by_name:
                args.append(left.pop(0))
        return self.call(*args, *left, **named)

    def _given(self, parameter: Parameter, call: Caller) -> Any:
        if parameter.gives == "request":
            return call.request
        if parameter.default.track_tqdm and current.get() is call.reports:
            follow_tqdm(call.reports)
        return parameter.default


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
    asks = {name for name, hint in _hints(fn, signature).items() if _is_request(hint)}
    found = []
    for parameter in signature.parameters.values():
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            continue
        gives = "request" if parameter.name in asks else ""
        gives = "progress" if isinstance(parameter.default, Progress) else gives
        by_name = parameter.kind is inspect.Parameter.KEYWORD_ONLY
        found.append(Parameter(parameter.name, parameter.default, gives, by_name))
    return tuple(found)


def _hints(fn: Any, signature: inspect.Signature) -> dict[str, Any]:
    """The annotations, those that are texts evaluated where that is possible."""
    written = {name: p.annotation for name, p in signature.parameters.items() if p.annotation is not p.empty}
    if not any("Request" in str(hint) for hint in written.values()):
        return {}
    while isinstance(fn, functools.partial):
        fn = fn.func
    try:
        return {**written, **typing.get_type_hints(fn if inspect.isroutine(fn) else type(fn).__call__)}
    except Exception:  # a name that is known to type checkers only
        return written


def _is_request(hint: Any) -> bool:
    if isinstance(hint, str):
        return hint.replace("Optional[", "").partition("|")[0].strip(" ]").rpartition(".")[2] == "Request"
    return hint is Request or Request in typing.get_args(hint)


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
