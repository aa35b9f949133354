"""POST api/interpret/part: what the answer is without some parts of the inputs of an explanation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.types import Scope

from quickdemo.runtime.errors import InvalidValueError, RefusedError, shown
from quickdemo.runtime.jobs.threads import CallEnded
from quickdemo.runtime.server.calls import ServedCall, owner_of
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.faults import FunctionFailed
from quickdemo.runtime.server.visitors import Visitor

if TYPE_CHECKING:
    from quickdemo.runtime.game import Game

_FORM = 'Send {"key": "...", "present": [0, 2, 3]} as JSON.'


async def without_parts(context: Context, scope: Scope, body: Any) -> dict[str, Any]:
    """{"value", "full", "output", "known"}, and "messages" where the call told any.

    Raises InvalidValueError, RefusedError (404: an explanation that is not kept, or another visitor's), FunctionFailed.
    """
    import numpy as np

    from quickdemo.runtime.explain_direct import wanted_of

    if not isinstance(body, dict) or not isinstance(body.get("present"), list):
        raise InvalidValueError(f"The body must have the parts that are present; it was {shown(body)}.", _FORM)
    visitor: Visitor = scope["state"]["visitor"]
    game = context.explanations.kept.get(visitor.key, body.get("key"))
    present = _checked(body["present"], game)
    wanted = wanted_of(game.interface, None, None, body.get("target"))
    whole, case = game.whole(), game.case(game.mask_of(np.asarray(present, int)))
    known = case.key in game.kept
    call = _call(context, scope, game, body.get("session"))
    try:
        for one in (whole, case):
            await context.explanations.answer(game, one, call, owner_of(scope))
        target = game.target(wanted)
        value, full = game.payoff(case, target), game.payoff(whole, target)
    except (InvalidValueError, RefusedError, asyncio.CancelledError):
        raise
    except (Exception, CallEnded) as error:
        raise FunctionFailed(error, game.interface.name, context.options.show_error) from error
    answer = {"value": value, "full": full, "output": game.answer(case, target), "known": known}
    return {**answer, "messages": call.reports.messages} if call.reports.messages else answer


def _checked(present: list[Any], game: Game) -> list[int]:
    for part in present:
        if isinstance(part, bool) or not isinstance(part, int) or not 0 <= part < game.count:
            raise InvalidValueError(f"There is no part {shown(part)}; there are {game.count}, from 0 on.", _FORM)
    return present


def _call(context: Context, scope: Scope, game: Game, session: Any) -> ServedCall:
    """Raises InvalidValueError and RefusedError for a session that is none, or another visitor's."""
    interface = game.interface
    if session is not None and not isinstance(session, str):
        raise InvalidValueError(f"session must be text; it was {shown(session)}.", _FORM)
    if session is None or not interface.has_session:
        return ServedCall(context, scope, None, interface.api_name)
    return ServedCall(context, scope, context.sessions.check(session, scope["state"]["visitor"]), interface.api_name)
