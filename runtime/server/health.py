"""GET livez and readyz, for those who operate the server."""

from __future__ import annotations

import asyncio
import logging
import sqlite3

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.server.context import Context

logger = logging.getLogger("quickdemo.server")

#: seconds for which an answer holds: it writes to the disk, and anybody may ask
_HOLDS_S = 1.0


def routes(context: Context) -> list[BaseRoute]:
    """livez: the event loop answers. readyz: what is accepted now is kept and will run; else 503 and why not."""
    readiness = Readiness(context)

    async def livez(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        why = await readiness.why_not()
        return PlainTextResponse(f"{why or 'ok'}\n", 503 if why else 200, {"retry-after": "1"} if why else None)

    return [Route("/livez", livez, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]


class Readiness:
    """Whether a call should be sent here."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._disk: asyncio.Future[str] | None = None
        self._asked = 0.0

    async def why_not(self) -> str:
        """What is wrong, in a line that tells no paths; "" where nothing is."""
        engine, worker = self._context.engine, self._context.worker
        if engine.retired:
            return "draining: it ends what runs, and takes nothing new"
        if not engine.opened:
            return "starting: the queue is not open yet"
        if not worker.works:
            return "the queue starts no jobs any more: the log says why"
        loop = asyncio.get_running_loop()
        if self._disk is None or (self._disk.done() and loop.time() - self._asked >= _HOLDS_S):
            self._disk, self._asked = asyncio.ensure_future(self._disk_fault()), loop.time()
        return await asyncio.shield(self._disk)

    async def _disk_fault(self) -> str:
        try:
            await asyncio.to_thread(self._context.store.check)
        except (OSError, sqlite3.Error) as error:
            logger.warning("the state file cannot be written: %s", error)
            return "the state file cannot be written"
        try:
            await self._context.engine.check()
        except OSError:  # the journal's own log has said it
            return "the journal of jobs cannot be written"
        return ""
