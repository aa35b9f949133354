"""The Starlette app of one generation: the routes of every concern, behind one gate."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from quickdemo.runtime.errors import QuickdemoError
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.embedded import Embedded
from quickdemo.runtime.jobs.engine import Slots
from quickdemo.runtime.jobs.keeper import Keeper
from quickdemo.runtime.jobs.limits import Launched, group_limits
from quickdemo.runtime.jobs.queue import Queue
from quickdemo.runtime.jobs.runner import Runner
from quickdemo.runtime.jobs.worker import Worker
from quickdemo.runtime.launch import LaunchOptions
from quickdemo.runtime.logs import mark_records
from quickdemo.runtime.server import (
    auth,
    dev,
    docs,
    explain,
    faults,
    files,
    flags,
    health,
    job_routes,
    metrics,
    openapi,
    page,
    plots,
    predict,
    static,
    values,
)
from quickdemo.runtime.server.calls import reopened
from quickdemo.runtime.server.context import Context, ServerSettings
from quickdemo.runtime.server.direct import Direct
from quickdemo.runtime.server.gate import Gate
from quickdemo.runtime.server.logins import StoredLogins
from quickdemo.runtime.server.long_texts import LongTexts
from quickdemo.runtime.server.sessions import Sessions
from quickdemo.runtime.server.shared import Bridge, SharedFiles, SharedSessions, shared_queue, workable
from quickdemo.runtime.server.shared_logins import SharedLogins
from quickdemo.runtime.server.store import Store
from quickdemo.runtime.server.visitors import Visitors
from quickdemo.runtime.tabs import Demo, endpoints_of


def build(demo: Demo, options: LaunchOptions, settings: ServerSettings) -> tuple[ASGIApp, Context]:
    """The ASGI app that serves `demo`, and what its routes share."""
    mark_records()
    context = make_context(demo, options, settings)
    all_routes = routes(context)
    if settings.shared and not settings.shared.front:  # whoever reads a worker's counts can do nothing else there
        all_routes = [*health.routes(context), *metrics.routes(context)]
    inner = Starlette(routes=all_routes, exception_handlers=_HANDLERS)
    inner.state.context = context
    return Gate(Direct(inner, all_routes, (*context.endpoints, "predict")), context), context


def routes(context: Context) -> list[BaseRoute]:
    """All routes; `api/{name}` comes last, because it takes any name."""
    concerns = (
        page,
        static,
        plots,
        auth,
        files,
        flags,
        dev,
        health,
        metrics,
        openapi,
        docs,
        values,
        explain,
        job_routes,
        predict,
    )
    return [route for concern in concerns for route in concern.routes(context)]


def make_context(demo: Demo, options: LaunchOptions, settings: ServerSettings) -> Context:
    store = Store(os.path.join(settings.store_dir, "state.db"))
    place = settings.shared.name if settings.shared else settings.port  # fronts of one demo share cookies
    endpoints = endpoints_of(demo)
    names: dict[int, str] = {}
    for name, interface in endpoints.items():
        names.setdefault(id(interface), name)
    functions = {name: endpoints[name] for name in names.values()}
    groups = group_limits(functions.values())
    launched = Launched(options.max_threads, bool(options.enable_queue), demo.queue_limits, groups)
    store_of_files = files.FileStore(store, settings.files_dir, max_file_bytes=options.max_file_bytes)
    sessions, bridge, engine = Sessions(store, settings.secret), None, _embedded(functions, launched, settings)
    logins: StoredLogins | SharedLogins = StoredLogins(store)
    if settings.shared:
        bridge, engine = Bridge(), shared_queue(settings.shared, functions, launched)
        store_of_files.shared = SharedFiles(engine, bridge)
        sessions, logins = SharedSessions(store, settings.secret, engine, bridge), SharedLogins(engine.engine.logins)
    visitors = Visitors(logins, settings.secret, place, secure=options.ssl_certfile is not None)
    engine.places.names = names
    runner = Runner(engine.places)
    engine.freed = runner.freed
    context = Context(
        demo=demo,
        endpoints=endpoints,
        options=options,
        settings=settings,
        store=store,
        files=store_of_files,
        texts=LongTexts(store_of_files, runner),
        visitors=visitors,
        sessions=sessions,
        auth=auth.Auth.of(options, visitors, settings, runner),
        runner=runner,
        engine=engine,
        events=dev.Events(settings.generation),
        bridge=bridge,
    )
    taken = workable(settings.shared, functions) if settings.shared else functions
    slots = {name: Slots(engine.limits[name].at_once, engine.limits[name].batch) for name in taken}
    batched = {name for name, interface in endpoints.items() if interface.batch}
    context.worker = Worker(engine, runner, partial(reopened, context), slots, batched)
    return context


def _embedded(functions: Mapping[str, Interface], launched: Launched, settings: ServerSettings) -> Queue:
    """The queue of one process, with the journal that outlives it."""
    limits = {name: launched.of(one) for name, one in functions.items()}
    return Embedded(limits, Keeper(settings.store_dir, settings.script), launched.groups)


_HANDLERS: Any = {kind: faults.handler for kind in (HTTPException, QuickdemoError, Exception)}
