"""What `quickdemo explain` does in the child: read the values, explain the answer, tell of it."""

from __future__ import annotations

import json
import logging
import math
import os
import time
from collections.abc import Sequence
from typing import Any

from quickdemo.runtime.call import LocalCall
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.errors import Error, ExplanationError, InvalidValueError, QuickdemoError, shown
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.local_files import LocalFiles
from quickdemo.runtime.reload.messages import Channel
from quickdemo.runtime.server.context import Context

logger = logging.getLogger("quickdemo.app")
_TELL_S = 0.1
_LISTS = frozenset({"checkboxgroup", "gallery", "file"})


class _WrongArgument(QuickdemoError):
    """What was typed names no input, or is no value of it."""


def explain(
    context: Context,
    channel: Channel,
    *,
    values: list[str],
    endpoint: str,
    method: str | None,
    budget: str,
    target: str,
) -> None:
    """Tell "progress" now and then, and at last "explained" or "refused" with a code: "usage", "nothing" or "failed".

    values: "name=value" each. budget: "", "200" or "10n", which is ten calls for each part. target: "", the name of a
    class, or the place of an output.
    """
    try:
        interface = _interface(context, endpoint)
        given = _given(interface, values)
        calls = _calls(interface, given, budget)
        told = [0.0]

        def on_progress(done: int, total: int) -> None:
            if time.monotonic() - told[0] >= _TELL_S:
                told[0] = time.monotonic()
                channel.send("progress", done=done, total=total)

        wanted: Any = int(target) if target.isascii() and target.isdigit() else target or None
        made = interface.explain(*given, method=method, budget=calls, target=wanted, on_progress=on_progress)
    except (_WrongArgument, InvalidValueError) as error:
        channel.send(
            "refused", code="usage", message=error.message, hint=f"{error.hint} {_tabs(context, endpoint)}".strip()
        )
    except ExplanationError as error:
        code = "nothing" if error.code == "nothing_to_explain" else "failed" if error.status >= 500 else "usage"
        channel.send(
            "refused", code=code, message=error.message, hint=f"{error.hint} {_tabs(context, endpoint)}".strip()
        )
    except Error as error:
        channel.send("refused", code="failed", message=error.message, hint=error.hint)
    except Exception as error:
        logger.error("%s failed", interface.name, exc_info=error)
        text = f"{interface.name} failed: {type(error).__name__}: {error}"
        channel.send("refused", code="failed", message=" ".join(text.split())[:500], hint="")
    else:
        # NaN and infinities cannot be in it: a score that is none is refused
        channel.send("explained", explanation=made.to_json(), endpoint=interface.api_name)


def _interface(context: Context, name: str) -> Interface:
    if not name:
        return next(iter(context.endpoints.values()))
    if name not in context.endpoints:
        offered = ", ".join(context.endpoints)
        raise _WrongArgument(f"There is no endpoint {shown(name)}.", f"There is {offered}.")
    return context.endpoints[name]


def _calls(interface: Interface, given: Sequence[Any], budget: str) -> int | None:
    """The number of calls of "200" or "10n"."""
    if not budget:
        return None
    number = budget[:-1] if budget.endswith("n") else budget
    try:
        calls = float(number) if budget.endswith("n") else int(number)
    except ValueError:
        calls = math.nan
    if not 0 < calls < 1e9:
        raise _WrongArgument(
            f"--budget is a number of calls; it was {shown(budget)}.", "Write 200, or 10n for 10 a part."
        )
    if not budget.endswith("n"):
        return int(calls)
    from quickdemo.runtime.game import Game  # loads numpy

    call = LocalCall()
    return max(2, round(calls * Game(interface, interface.accepted(given, call), call.files).n))


def _given(interface: Interface, values: list[str]) -> list[Any]:
    """The value of each input that is no state: what was typed, else the component's own."""
    visible = [(index, component) for index, component in enumerate(interface.inputs) if not component.stateful]
    found = {index: component.value for index, component in visible}
    names: dict[str, tuple[int, Component]] = {}
    for index, component in visible:
        parameters = interface.function.parameters
        own = [component.label, parameters[index].name if index < len(parameters) else None, str(index)]
        for name in filter(None, own):
            names.setdefault(name.casefold(), (index, component))
    for one in values:
        name, equals, text = one.partition("=")
        if not equals and len(visible) == 1:
            name, text = next(iter(names)), one
        elif not equals or name.casefold() not in names:
            labels = ", ".join(c.label or c.kind for _, c in visible) or "none"
            what = f"There is no input {shown(name)}" if equals else f"{shown(one)} is no name=value"
            raise _WrongArgument(f"{what}; the inputs are {labels}.", _example(names))
        index, component = names[name.casefold()]
        found[index] = _value(component, text)
    return [found[index] for index, _ in visible]


def _example(names: dict[str, tuple[int, Component]]) -> str:
    """How the first input is given a value. names: in the order of the inputs, several may be of one."""
    plain = next((name for name in names if name.isidentifier()), None)
    if not names:
        return "It takes no values."
    return f'Write for example {plain}="..."' if plain else f'Write for example "{next(iter(names))}=..."'


def _tabs(context: Context, endpoint: str) -> str:
    """Where no tab was chosen among several: which one was explained, and how to choose another."""
    if endpoint or len(context.endpoints) < 2:
        return ""
    first, *others = context.endpoints
    return f"This is {first}, the first tab; --endpoint takes {', '.join(others)}."


def _value(component: Component, text: str) -> Any:
    """What was typed for a component as one would write it in Python; @FILE is the text of a file, media are paths."""
    try:
        if component.kind in _LISTS and not text.startswith("["):
            return text.split(",") if component.kind == "checkboxgroup" else text
        if component.kind == "checkbox":
            return component.postprocess(text, LocalFiles())
        if os.path.exists(text) and component.kind not in ("textbox", "code"):
            return os.path.abspath(text)
        if text.startswith("@") and os.path.isfile(text[1:]):
            with open(text[1:], encoding="utf-8") as file:
                return file.read()
        if component.kind in _LISTS or text.startswith(("{", "[")) and component.kind not in ("textbox", "code"):
            return json.loads(text)
        return component.from_flag_cell(text, os.getcwd())
    except (ValueError, OSError) as error:
        label = component.label or component.kind
        raise _WrongArgument(
            f"{shown(text)} is no value for {label}: {error}", f"{label} is a {component.kind}."
        ) from None
