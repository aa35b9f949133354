"""The frames in which figures of Plotly, Bokeh and Altair are drawn, and the scripts of those libraries.

GET plots/{library} is an empty page, sandboxed into an origin of its own; the demo's page sends it the figure.
GET static/plots/{name} is a script out of the author's own package, under the hash of its content. Both are there
only when the demo has a component that draws so; a package is read when the first such figure is shown.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime import figures
from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.server import assets, headers
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.page import render

log = logging.getLogger("quickdemo.plots")

#: (library, part) -> where its script lies in the author's package; Altair's is made by vl-convert
SCRIPTS: dict[tuple[str, str], str] = {
    ("plotly", ""): "package_data/plotly.min.js",
    ("bokeh", ""): "server/static/js/bokeh.min.js",
    **{("bokeh", part): f"server/static/js/bokeh-{part}.min.js" for part in figures.BOKEH_PARTS},
    ("altair", ""): "",
}
_OURS = "frames/plot.js"
_HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "vary": "accept-encoding",
    headers.ANY_ORIGIN[0].decode(): headers.ANY_ORIGIN[1].decode(),
}


def routes(context: Context) -> list[BaseRoute]:
    """None for a demo without such figures."""
    if not context.has_frames:
        return []

    async def frame(request: Request) -> Response:
        return await asyncio.to_thread(_frame, request)

    async def script(request: Request) -> Response:
        return await asyncio.to_thread(_script, request)

    return [
        Route("/plots/{library}", frame, methods=["GET"], name="plot_frame"),
        Route("/static/plots/{name}", script, methods=["GET"], name="plot_script"),
    ]


def _frame(request: Request) -> Response:
    """The page that draws figures of one library; with `parts=widgets,tables` Bokeh's other scripts too."""
    library = request.path_params["library"]
    if library not in figures.PACKAGES:
        raise RefusedError(
            404, "unknown_library", "There are no such figures.", f"There are {', '.join(figures.PACKAGES)}."
        )
    asked = request.query_params.get("parts", "").split(",")
    parts = ["", *(part for part in figures.BOKEH_PARTS if part in asked and (library, part) in SCRIPTS)]
    names, problem = [], ""
    try:
        names = [asset_of(library, part).name for part in parts]
    except (figures.FigureError, OSError) as error:
        log.warning("The script of %s cannot be sent: %s", library, error)
        problem = f"The figure {error}." if isinstance(error, figures.FigureError) else f"{library} is incomplete."
    nonce = request.scope["state"]["nonce"]
    text = render("plot.html", library=library, scripts=[*names, own_asset().name], nonce=nonce, problem=problem)
    policy = headers.frame_policy(nonce)
    return Response(text, 200, {policy[0].decode(): policy[1].decode(), "cache-control": "no-store"}, "text/html")


def _script(request: Request) -> Response:
    name = request.path_params["name"]
    asset = own_asset()
    for library, part in SCRIPTS:
        if name.startswith(f"{_stem(library, part)}-"):
            asset = _asset_or_none(library, part) or asset
            if asset.name == name:
                break
    if asset.name != name:
        raise RefusedError(404, "not_found", "There is no such script.", "Reload the page.")
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, headers={**_HEADERS, "content-encoding": "gzip"}, media_type=asset.type)
    return Response(asset.body, headers=_HEADERS, media_type=asset.type)


def _asset_or_none(library: str, part: str) -> assets.Asset | None:
    try:
        return asset_of(library, part)
    except (figures.FigureError, OSError):
        return None


@lru_cache(maxsize=1)
def own_asset() -> assets.Asset:
    """What runs in every frame beside the library."""
    return assets.make_asset("frame", ".js", assets.join([_OURS]))


@lru_cache(maxsize=len(SCRIPTS))
def asset_of(library: str, part: str) -> assets.Asset:
    """The script of an installed library. Raises FigureError when it is not installed, OSError when it has no such."""
    figures.require(library)
    text = _vega() if library == "altair" else _read(figures.PACKAGES[library], SCRIPTS[library, part])
    return assets.make_asset(_stem(library, part), ".js", text)


def _stem(library: str, part: str) -> str:
    return f"{library}-{part}" if part else library


def _read(package: str, path: str) -> str:
    spec = importlib.util.find_spec(package)
    folder = os.path.dirname(spec.origin) if spec and spec.origin else ""
    return Path(folder, *path.split("/")).read_text(encoding="utf-8")


def _vega() -> str:
    """Vega, Vega-Lite and vega-embed in the version that the installed Altair writes for."""
    vl_convert = import_module("vl_convert")
    version = _vega_lite_version()
    known = version in vl_convert.get_vegalite_versions()
    text: str = vl_convert.javascript_bundle(vl_version=version if known else None)
    return "{" + text + "\n}"  # its names are not to be those of the frame


def _vega_lite_version() -> str:
    """ "6.4" of "v6.4.1"; "" without Altair, as when the chart came as a dict."""
    try:
        schema: str = import_module("altair.vegalite").SCHEMA_VERSION
    except ImportError:
        return ""
    return ".".join(schema.lstrip("v").split(".")[:2])
