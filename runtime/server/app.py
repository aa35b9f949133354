"""The Starlette app of one generation: the routes of every concern, behind one gate."""

from __future__ import annotations

import os
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from quickdemo.runtime.errors import QuickdemoError
from quickdemo.runtime.jobs.runner import Runner
from quickdemo.runtime.launch import LaunchOptions
from quickdemo.runtime.server import (
    auth,
    dev,
    docs,
    explain,
    faults,
    files,
    flags,
    health,
    openapi,
    page,
    plots,
    predict,
    static,
    values,
)
from quickdemo.runtime.server.context import Context, ServerSettings
from quickdemo.runtime.server.gate import Gate
from quickdemo.runtime.server.long_texts import LongTexts
from quickdemo.runtime.server.sessions import Sessions
from quickdemo.runtime.server.store import Store
from quickdemo.runtime.server.visitors import Visitors
from quickdemo.runtime.tabs import Demo, endpoints_of


def build(demo: Demo, options: LaunchOptions, settings: ServerSettings) -> tuple[ASGIApp, Context]:
    """The ASGI app that serves `demo`, and what its routes share."""
    context = make_context(demo, options, settings)
    inner = Starlette(routes=routes(context), exception_handlers=_HANDLERS)
    inner.state.context = context
    return Gate(inner, context), context


def routes(context: Context) -> list[BaseRoute]:
    """All routes; `api/{name}` comes last, because it takes any name."""
    concerns = (page, static, plots, auth, files, flags, dev, health, openapi, docs, values, explain, predict)
    return [route for concern in concerns for route in concern.routes(context)]


def make_context(demo: Demo, options: LaunchOptions, settings: ServerSettings) -> Context:
    store = Store(os.path.join(settings.store_dir, "state.db"))
    visitors = Visitors(store, settings.secret, settings.port, secure=options.ssl_certfile is not None)
    runner = Runner(options.max_threads, one_at_a_time=bool(options.enable_queue), limits=demo.queue_limits)
    store_of_files = files.FileStore(store, settings.files_dir, max_file_bytes=options.max_file_bytes)
    return Context(
        demo=demo,
        endpoints=endpoints_of(demo),
        options=options,
        settings=settings,
        store=store,
        files=store_of_files,
        texts=LongTexts(store_of_files, runner),
        visitors=visitors,
        sessions=Sessions(store, settings.secret),
        auth=auth.Auth.of(options, visitors, settings, runner),
        runner=runner,
        events=dev.Events(settings.generation),
    )


_HANDLERS: Any = {kind: faults.handler for kind in (HTTPException, QuickdemoError, Exception)}
