"""The page's script and style sheet, from memory: a name that is not in the table does not exist."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.server import page
from quickdemo.runtime.server.context import Context

_FOR_EVER = "public, max-age=31536000, immutable"


def routes(context: Context) -> list[BaseRoute]:
    """`static/{name}`; each name holds the hash of its content."""
    files = page.assets_of(context).files

    async def asset(request: Request) -> Response:
        found = files.get(request.path_params["name"])
        if found is None:
            raise RefusedError(404, "not_found", "There is no such asset.", "Reload the page.")
        headers = {"cache-control": _FOR_EVER, "vary": "accept-encoding"}
        packed = "gzip" in request.headers.get("accept-encoding", "")
        if packed:
            headers["content-encoding"] = "gzip"
        return Response(found.packed if packed else found.body, 200, headers, found.type)

    return [Route("/static/{name}", asset, methods=["GET"], name="static")]
