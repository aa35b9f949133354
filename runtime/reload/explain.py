"""What `quickdemo explain` does in the child: read the values, explain the answer, tell of it."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from typing import Any

from quickdemo.runtime.call import LocalCall
from quickdemo.runtime.errors import Error, ExplanationError, InvalidValueError, shown
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.reload.messages import Channel
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.typed_values import WrongArgumentError, typed

logger = logging.getLogger("quickdemo.app")
_TELL_S = 0.1


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
        given = typed(interface, values)
        calls = _calls(interface, given, budget)
        told = [0.0]

        def on_progress(done: int, total: int) -> None:
            if time.monotonic() - told[0] >= _TELL_S:
                told[0] = time.monotonic()
                channel.send("progress", done=done, total=total)

        wanted: Any = int(target) if target.isascii() and target.isdigit() else target or None
        made = interface.explain(*given, method=method, budget=calls, target=wanted, on_progress=on_progress)
    except (WrongArgumentError, InvalidValueError) as error:
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
        raise WrongArgumentError(f"There is no endpoint {shown(name)}.", f"There is {offered}.")
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
        raise WrongArgumentError(
            f"--budget is a number of calls; it was {shown(budget)}.", "Write 200, or 10n for 10 a part."
        )
    if not budget.endswith("n"):
        return int(calls)
    from quickdemo.runtime.game import Game  # loads numpy

    call = LocalCall()
    return max(2, round(calls * Game(interface, interface.accepted(given, call), call.files).n))


def _tabs(context: Context, endpoint: str) -> str:
    """Where no tab was chosen among several: which one was explained, and how to choose another."""
    if endpoint or len(context.endpoints) < 2:
        return ""
    first, *others = context.endpoints
    return f"This is {first}, the first tab; --endpoint takes {', '.join(others)}."
