"""Find the Interface that a script which did not call launch() wants to have served."""

from __future__ import annotations

import difflib
import inspect
from typing import Any

from quickdemo.runtime.errors import AppError
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.tabs import Demo, TabbedInterface

FACTORY = "create"
_VERBS = {"run": "serve", "explain": "explain", "examples": "look at"}


def discover(namespace: dict[str, Any], app: str, name: str = "", command: str = "run") -> Demo:
    """The Interface called `name`, else the only one, else what the function `create()` returns.

    namespace: the script's globals. app: how the command names the script. command: what errors offer to type instead.
    Raises AppError.
    """
    if name:
        return _named(namespace, app, name, command)
    found = candidates(namespace)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise two(app, tuple(found), command)
    if _is_factory(namespace.get(FACTORY)):
        return _made_by(namespace[FACTORY], app, FACTORY)
    raise AppError(
        f"{app} defines no Interface.", "Add for example: demo = gr.Interface(fn, 'text', 'text'); demo.launch()"
    )


def candidates(namespace: dict[str, Any]) -> dict[str, Demo]:
    """Name -> Interface or TabbedInterface among the globals; those shown in a tab of another one are left out."""
    demos = {n: v for n, v in list(namespace.items()) if isinstance(v, (Interface, TabbedInterface))}
    in_tabs = {id(i) for v in demos.values() if isinstance(v, TabbedInterface) for i in v.interface_list}
    found: dict[str, Demo] = {}
    seen: set[int] = set()
    for name, demo in demos.items():
        if id(demo) not in in_tabs and id(demo) not in seen:
            seen.add(id(demo))
            found[name] = demo
    return found


def two(app: str, names: tuple[str, ...], command: str = "run") -> AppError:
    """The error for a script with more than one Interface."""
    commands = "   ".join(f"quickdemo {command} {app}:{name}" for name in names)
    count = {2: "two", 3: "three"}.get(len(names), str(len(names)))
    return AppError(
        f"{app} defines {count} Interfaces: {', '.join(names)}.",
        f"Say which one to {_VERBS[command]}: {commands}",
        candidates=names,
    )


def _named(namespace: dict[str, Any], app: str, name: str, command: str) -> Demo:
    value: Any = namespace
    try:
        first, *rest = name.split(".")
        value = namespace[first]
        for part in rest:
            value = getattr(value, part)
    except (KeyError, AttributeError):
        names = tuple(candidates(namespace))
        close = difflib.get_close_matches(name, names, 1) or list(names)
        hint = f"Did you mean: quickdemo {command} {app}:{close[0]}" if close else f"{app} defines no Interface at all."
        raise AppError(f"{app} has no {name!r}.", hint, candidates=names) from None
    if isinstance(value, (Interface, TabbedInterface)):
        return value
    if _is_factory(value):
        return _made_by(value, app, name)
    raise AppError(
        f"{name!r} in {app} is a {type(value).__name__}, not an Interface.",
        "Name an Interface, a TabbedInterface, or a function without arguments that returns one.",
    )


def _is_factory(value: Any) -> bool:
    if not callable(value):
        return False
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return False
    return all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)


def _made_by(factory: Any, app: str, name: str) -> Demo:
    demo = factory()
    if not isinstance(demo, (Interface, TabbedInterface)):
        raise AppError(
            f"{name}() in {app} returned a {type(demo).__name__}, not an Interface.", "Return the Interface from it."
        )
    return demo
