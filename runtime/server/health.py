"""GET livez and readyz, for those who operate the server."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.server.context import Context


def routes(context: Context) -> list[BaseRoute]:
    """livez: the event loop answers. readyz: the script has run and its state file can be read."""

    async def livez(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        await asyncio.to_thread(context.store.execute, "SELECT 1")
        return PlainTextResponse("ok\n")

    return [Route("/livez", livez, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]
