"""POST api/flag/{name}: a visitor's verdict on a sample; and the automatic flag after a prediction."""

from __future__ import annotations

import errno
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.components.base import Component, Files, Wire
from quickdemo.runtime.errors import Error, FlagError, InvalidValueError, RefusedError, shown
from quickdemo.runtime.flagging.callbacks import call_flag
from quickdemo.runtime.flagging.media import current_explanation, current_files
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.server.body import read_json
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.reply import JSON
from quickdemo.runtime.server.visitors import Visitor

logger = logging.getLogger("quickdemo.flagging")

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORM = 'Send {"inputs": [...], "outputs": [...], "option": "..."} as JSON.'
_NOT_KEPT = {
    "level": "warning",
    "title": "Flagged without its explanation",
    "log": "It was not kept any more. Press Interpret and flag once more to store both.",
    "duration": None,
    "visible": True,
}


def routes(context: Context) -> list[BaseRoute]:
    """`api/flag/{name}` for each endpoint, `api/flag` for the first."""

    async def flag(request: Request) -> Response:
        interface = _endpoint(context, request.path_params.get("name"))
        body = await read_json(request)
        visitor: Visitor = request.scope["state"]["visitor"]
        held = await context.texts.put_back(body, visitor, "inputs", "outputs")
        try:
            answer = await context.runner.background(partial(_flag, context, interface, body, visitor))
        finally:
            context.texts.release(held)
        return JSON(answer)

    return [
        Route("/api/flag", flag, methods=["POST"], name="flag_first"),
        Route("/api/flag/{name}", flag, methods=["POST"], name="flag"),
    ]


def flag_after(
    context: Context, interface: Interface, inputs: Sequence[Wire], outputs: Sequence[Wire], visitor: Visitor
) -> None:
    """Flag a prediction that succeeded (`allow_flagging="auto"`). Blocking; call it in a thread.

    A sample that cannot be stored does not cost the visitor the answer: the log says what was lost.
    """
    try:
        files = context.files.for_visitor(visitor)
        _store(interface, _sample(interface, _filled(interface.inputs, inputs, "inputs"), outputs), "", visitor, files)
    except (RefusedError, InvalidValueError) as error:
        logger.error("a prediction of %s could not be flagged: %s", interface.name, error)


def _endpoint(context: Context, name: str | None) -> Interface:
    interface = next(iter(context.endpoints.values())) if name is None else context.endpoints.get(name)
    if interface is None:
        offered = ", ".join(f"api/flag/{known}" for known in context.endpoints)
        raise RefusedError(404, "unknown_endpoint", f"There is no endpoint {shown(name)}.", f"There is {offered}.")
    if interface.allow_flagging != "manual":
        why = "flags every answer by itself" if interface.allow_flagging == "auto" else "takes no flags"
        raise RefusedError(404, "no_flagging", f"This demo {why}.", "Its author can set allow_flagging='manual'.")
    return interface


def _flag(context: Context, interface: Interface, body: Any, visitor: Visitor) -> dict[str, Any]:
    """{"count"}, and "messages" where the visitor must know more."""
    if not isinstance(body, dict):
        raise InvalidValueError(f"The body must be a JSON object; it was {shown(body)}.", _FORM)
    inputs, outputs = body.get("inputs", []), body.get("outputs", [])
    for name, values in (("inputs", inputs), ("outputs", outputs)):
        if not isinstance(values, list):
            raise InvalidValueError(f"{name} must be a list of values; it was {shown(values)}.", _FORM)
    option = _option(interface, body.get("option", ""))
    given = _filled(interface.inputs, inputs, "inputs")
    sample = _sample(interface, given, outputs)
    files = context.files.for_visitor(visitor)
    _check_inputs(interface.inputs, given, files)
    key = body.get("explanation")
    explanation = _explanation(context, key, visitor)
    token = current_explanation.set(explanation)
    try:
        count = _store(interface, sample, option, visitor, files)
    finally:
        current_explanation.reset(token)
    return {"count": count, "messages": [_NOT_KEPT]} if key is not None and explanation is None else {"count": count}


def _explanation(context: Context, key: Any, visitor: Visitor) -> bytes | None:
    """JSON of the explanation that the page shows; None where there is none, or it is not kept any more."""
    if key is None:
        return None
    if not isinstance(key, str):
        raise InvalidValueError(f"explanation must be the key of one; it was {shown(key)}.", _FORM)
    return context.explanations.kept.explanation(visitor.key, key)


def _option(interface: Interface, option: Any) -> str:
    offered = [value for _, value in interface.flagging_options or []] or [""]
    if not isinstance(option, str) or option not in offered:
        raise InvalidValueError(f"There is no option {shown(option)}.", f"There is {', '.join(map(repr, offered))}.")
    return option


def _sample(interface: Interface, given: list[Wire], outputs: Sequence[Wire]) -> list[Wire]:
    """The values of `flagged_components`; `given` are those of all inputs."""
    components, sample = [*interface.inputs], given
    if interface.kind != "unified":  # where the outputs are the inputs, they stand once
        components += interface.outputs
        sample = given + _filled(interface.outputs, outputs, "outputs")
    return [wire for component, wire in zip(components, sample, strict=True) if component.logged]


def _filled(components: Sequence[Component], wires: Sequence[Wire], what: str) -> list[Wire]:
    """A value for each component; state may be sent as null or left out."""
    visible = sum(not component.stateful for component in components)
    if len(wires) == len(components):
        return [None if c.stateful else wire for c, wire in zip(components, wires, strict=True)]
    if len(wires) != visible:
        raise InvalidValueError(f"There are {visible} {what} here; {len(wires)} values were given.", _FORM)
    values = iter(wires)
    return [None if component.stateful else next(values) for component in components]


def _check_inputs(components: Sequence[Component], sample: list[Wire], files: Files) -> None:
    """Choices, ranges and types, as for a prediction. Media are checked where they are copied, not decoded here."""
    for index, (component, wire) in enumerate(zip(components, sample, strict=False)):
        if component.stateful or component.kind in ("image", "file"):
            continue
        try:
            component.preprocess(wire, files)
        except InvalidValueError as error:
            error.index = index
            raise


def _store(interface: Interface, sample: list[Wire], option: str, visitor: Visitor, files: Files) -> int:
    """Call the callback; what goes wrong there is a RefusedError for the visitor and a line in the log."""
    token = current_files.set(files)
    try:
        return call_flag(interface.flagging_callback, sample, option, visitor.username)
    except (InvalidValueError, RefusedError):
        raise
    except Error as error:  # the author's own words for the visitor
        raise RefusedError(500, "flag_failed", error.message, error.hint) from error
    except OSError as error:
        logger.error("a sample of %s could not be stored: %s", interface.name, error)
        raise _refused(error) from error
    except FlagError as error:
        logger.error("a sample of %s could not be stored: %s %s", interface.name, error.message, error.hint)
        raise _refused(error) from error
    except BaseException as error:  # an author's callback may even call sys.exit()
        logger.exception("the flagging callback of %s failed", interface.name)
        raise _refused(error) from error
    finally:
        current_files.reset(token)


def _refused(error: BaseException) -> RefusedError:
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        message = "The sample was not stored: the disk of this demo is full."
        return RefusedError(507, "disk_full", message, "Nothing was half-written. Flag again once there is room.")
    reason = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    message = f"The sample was not stored{reason}."
    return RefusedError(500, "flag_failed", message, "The log of the demo has the details.")
