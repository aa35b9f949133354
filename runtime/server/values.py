"""Values that the author's functions give: `value=` of a component, called at each page load, again with `every=`."""

from __future__ import annotations

import copy
import inspect
import logging
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.components.base import Component, Files, Wire
from quickdemo.runtime.errors import RefusedError, shown
from quickdemo.runtime.jobs.runner import Runner
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.faults import FunctionFailed, reply
from quickdemo.runtime.server.reply import JSON
from quickdemo.runtime.server.wants import wants_brief

logger = logging.getLogger("quickdemo.app")


def routes(context: Context) -> list[BaseRoute]:
    """`api/values/{endpoint}/{place}`, such as `api/values/predict/o0`: the value as it is now."""

    async def value(request: Request) -> Response:
        name, place = request.path_params["name"], request.path_params["place"]
        component = _component(context, name, place)
        files = context.files.for_visitor(request.scope["state"]["visitor"], wants_brief(request.scope))
        try:
            wire = await context.runner.loads(partial(_load, component, files, context.runner))
        except RefusedError:
            raise
        except Exception as error:
            title = f"the value of {component.label or component.kind}"
            return reply(FunctionFailed(error, title, context.options.show_error))
        return JSON({"value": wire}, headers={"cache-control": "no-store"})

    return [Route("/api/values/{name}/{place}", value, methods=["GET"])]


def loaded(component: Component, files: Files, runner: Runner) -> Component:
    """A copy with the value that its function gives now; with its empty value, and a line in the log, when that fails.

    Blocks as long as the function takes.
    """
    one = copy.copy(component)
    try:
        one.value = _called(component, runner)
        one.initial(files)
    except Exception as error:
        logger.error("the value of %s could not be loaded; it is empty", component.label, exc_info=error)
        return component
    return one


def _load(component: Component, files: Files, runner: Runner) -> Wire:
    one = copy.copy(component)
    one.value = _called(component, runner)
    return one.initial(files)


def _called(component: Component, runner: Runner) -> object:
    assert component.loader is not None
    made = component.loader()
    return runner.wait_on_user_loop(made) if inspect.iscoroutine(made) else made


def _component(context: Context, name: str, place: str) -> Component:
    interface = context.endpoints.get(name)
    sides = {"i": interface.inputs, "o": interface.outputs} if interface else {}
    number = place[1:]
    if number.isascii() and number.isdigit() and len(number) < 6:
        side = sides.get(place[0], [])
        component = side[int(number)] if int(number) < len(side) else None
        if component is not None and component.loader is not None:
            return component
    raise RefusedError(
        404, "no_such_value", f"There is no value {shown(place)} of {shown(name)} that can be asked again."
    )
