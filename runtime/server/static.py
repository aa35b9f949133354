"""GET static/{name}: the page's script and style sheet, from memory. No route takes a path."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.page import assets_of

#: the name holds the content's hash, so what a browser has under it never changes
_IMMUTABLE = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}


def routes(context: Context) -> list[BaseRoute]:
    """One route for the assets of this demo's pages."""
    assets = assets_of(context).files

    async def static(request: Request) -> Response:
        asset = assets.get(request.path_params["name"])
        if asset is None:
            raise RefusedError(404, "not_found", "There is no such asset.", "Reload the page.")
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers = {**_IMMUTABLE, "content-encoding": "gzip"}
            return Response(asset.packed, headers=headers, media_type=asset.type)
        return Response(asset.body, headers=_IMMUTABLE, media_type=asset.type)

    return [Route("/static/{name}", static, methods=["GET"])]
