"""GET api/docs: how to call each endpoint from a shell and from Python, on one page without scripts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.components.base import Component
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.server import page
from quickdemo.runtime.server.context import Context

_SAMPLES: dict[str, Any] = {
    "string": "text",
    "number": 1,
    "integer": 1,
    "boolean": True,
    "array": [],
    "object": {},
    "null": None,
}


@dataclass(frozen=True)
class Described:
    """One endpoint as the template shows it."""

    name: str
    title: str
    inputs: list[tuple[str, str, str]]
    outputs: list[tuple[str, str, str]]
    body: str
    stateful: bool
    streams: bool


def routes(context: Context) -> list[BaseRoute]:
    """`api/docs`."""

    async def docs(request: Request) -> Response:
        text = page.render(
            "docs.html",
            title=context.demo.title or next(iter(context.endpoints.values())).name,
            endpoints=[described(name, interface) for name, interface in context.endpoints.items()],
            css_url=f"../static/{page.assets_of(context).css.name}",
            cookie=context.auth is not None,
            nonce=request.scope["state"].get("nonce", ""),
        )
        return HTMLResponse(text)

    return [Route("/api/docs", docs, methods=["GET"], name="docs")]


def described(name: str, interface: Interface) -> Described:
    """What the page tells of one endpoint."""
    example = {"data": [sample(c.schema()) for c in interface.inputs]}
    return Described(
        name,
        interface.title or interface.name,
        [_row(c, c.schema()) for c in interface.inputs],
        [_row(c, c.output_schema()) for c in interface.outputs],
        json.dumps(example, ensure_ascii=False),
        interface.stateful,
        interface.is_generator,
    )


def sample(schema: dict[str, Any]) -> Any:
    """A plausible value of a schema."""
    for key in ("default", "const"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum", "anyOf", "oneOf"):
        if schema.get(key):
            first = schema[key][0]
            return sample(first) if key in ("anyOf", "oneOf") else first
    kind = schema.get("type")
    kind = next((k for k in kind if k != "null"), "null") if isinstance(kind, list) else kind
    if kind in ("number", "integer"):
        return schema.get("minimum", 1)
    if kind == "object" and "h" in schema.get("properties", {}):
        return {"h": "the handle of an upload"}
    return _SAMPLES.get(str(kind))


def _row(component: Component, schema: dict[str, Any]) -> tuple[str, str, str]:
    return component.label or component.kind, type(component).__name__, json.dumps(schema, ensure_ascii=False)
