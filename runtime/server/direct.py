"""The way of a prediction past the router, which tries the routes of all concerns before it comes to this one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send


class Direct:
    """ASGI middleware around the app: what the route `predict` would get goes there at once, a tenth faster."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute], names: Iterable[str]) -> None:
        """names: of the endpoints. A name that another route takes first stays with the router."""
        self._app = app
        self._predict: ASGIApp | None = None
        self._names: dict[str, str] = {}
        for name in names:
            path = f"/api/{name}"
            scope = {"type": "http", "method": "POST", "path": path, "root_path": "", "headers": []}
            route = next((route for route in routes if route.matches(scope)[0] is not Match.NONE), None)
            if getattr(route, "name", "") == "predict":
                self._predict = route.endpoint  # type: ignore[union-attr]
                self._names[path] = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = self._names.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if name is None or self._predict is None:
            await self._app(scope, receive, send)
            return
        scope["path_params"] = {"name": name}
        await self._predict(scope, receive, send)
