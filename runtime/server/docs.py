"""GET api/docs: how to use this demo from code, with examples that run as they stand."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.components.base import Component
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.launch import local_url
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.explained_interfaces import explains
from quickdemo.runtime.server.page import assets_of, compressed, render


def routes(context: Context) -> list[BaseRoute]:
    """One page for all endpoints."""
    css_url = f"../static/{assets_of(context).css.name}"
    base = local_url(context.options, context.settings.port).rstrip("/")  # never from the request's Host
    title = context.demo.title or next(iter(context.endpoints.values())).name
    endpoints = [_endpoint(name, interface) for name, interface in context.endpoints.items()]

    async def docs(request: Request) -> Response:
        text = await asyncio.to_thread(
            render, "docs.html", title=title, css_url=css_url, endpoints=endpoints, base=base
        )
        headers = {"cache-control": "no-store", "vary": "accept-encoding, cookie"}
        return compressed(request, text.encode(), "text/html; charset=utf-8", headers)

    return [Route("/api/docs", docs, methods=["GET"])]


def _endpoint(name: str, interface: Interface) -> dict[str, Any]:
    visible = [c for c in interface.inputs if not c.stateful]
    example = {"data": [_example(c) for c in visible]}
    return {
        "name": name,
        "title": interface.title or interface.name,
        "description": interface.api_description,
        "inputs": [_row(c, c.schema()) for c in visible],
        "outputs": [_row(c, c.output_schema()) for c in interface.outputs if not c.stateful],
        "body": json.dumps(example, ensure_ascii=False),
        "python": repr(example),
        "stateful": interface.stateful,
        "streams": interface.is_generator,
        "explains": explains(interface),
    }


def _row(component: Component, schema: dict[str, Any]) -> dict[str, Any]:
    return {"label": component.label, "kind": component.kind, "schema": json.dumps(schema)}


def _example(component: Component) -> Any:
    """A value that the component accepts, as far as its schema tells."""
    schema = component.schema()
    if isinstance(component.value, (str, int, float, bool)):
        return component.value
    if schema.get("enum"):
        return schema["enum"][0]
    if "minimum" in schema:
        return schema["minimum"]
    types = schema.get("type", "null")
    first = types if isinstance(types, str) else types[0]
    return {"string": "text", "number": 1, "integer": 1, "boolean": True, "array": []}.get(first)
