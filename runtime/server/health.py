"""For operators: does it live, may it be sent requests. Public, so it says nothing else."""

from __future__ import annotations

import sqlite3

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.server.context import Context


def routes(context: Context) -> list[BaseRoute]:
    """`livez`: the loop turns. `readyz`: the store answers, and this generation is not on its way out."""

    async def livez(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        if context.events.closed:
            return PlainTextResponse("stopping\n", 503)
        try:
            context.store.execute("SELECT 1")
        except sqlite3.Error:
            return PlainTextResponse("the store does not answer\n", 503)
        return PlainTextResponse("ok\n")

    return [
        Route("/livez", livez, methods=["GET"], name="livez"),
        Route("/readyz", readyz, methods=["GET"], name="readyz"),
    ]
