"""The API's description, OpenAPI 3.1, made from the same components that check the values."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.components.base import Component
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.reply import JSON, strict_json

Schema = dict[str, Any]

_PROBLEMS = {
    "400": "The body is no JSON.",
    "401": "Not logged in.",
    "403": "The request came from another site.",
    "404": "No such session or file.",
    "413": "The body is too large or too deep.",
    "415": "The Content-Type is not application/json.",
    "422": "A value is refused; `field` and `index` say which one.",
    "500": "The function failed.",
    "503": "Too many calls are waiting.",
}
_HANDLE = {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"}


def routes(context: Context) -> list[BaseRoute]:
    """`api/openapi.json`."""

    @lru_cache(maxsize=1)
    def text() -> bytes:
        return strict_json(describe(context))

    async def openapi(request: Request) -> Response:
        return JSON(text())

    return [Route("/api/openapi.json", openapi, methods=["GET"], name="openapi")]


def describe(context: Context) -> Schema:
    """The whole document."""
    paths: Schema = {}
    for name, interface in context.endpoints.items():
        paths[f"/api/{name}"] = {"post": _call(name, interface)}
        if interface.allow_flagging != "never":
            paths[f"/api/flag/{name}"] = {"post": _flag(name, interface)}
    paths["/api/files"] = {"post": _upload()}
    paths["/files/{handle}"] = {"get": _download()}
    if context.auth is not None:
        paths["/login"] = {"post": _login()}
        paths["/logout"] = {
            "post": {"operationId": "logout", "responses": _responses({"200": {"description": "Out."}})}
        }
    demo = context.demo
    title = demo.title or next(iter(context.endpoints.values())).name
    document: Schema = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": str(context.settings.generation)},
        "servers": [{"url": ".."}],
        "paths": paths,
        "components": {"schemas": {"Error": _error()}},
    }
    if context.auth is not None:
        cookie = {"type": "apiKey", "in": "cookie", "name": context.visitors.cookie_name}
        document["components"]["securitySchemes"] = {"login": cookie}
        document["security"] = [{"login": []}]
    return document


def values(components: list[Component], schemas: list[Schema]) -> Schema:
    """An array with exactly one value for each component."""
    titled = [{"title": c.label or c.kind, **schema} for c, schema in zip(components, schemas, strict=True)]
    array: Schema = {"type": "array", "minItems": len(titled), "maxItems": len(titled)}
    return {**array, "prefixItems": titled} if titled else array


def _call(name: str, interface: Interface) -> Schema:
    inputs = values(interface.inputs, [c.schema() for c in interface.inputs])
    outputs = values(interface.outputs, [c.output_schema() for c in interface.outputs])
    properties: Schema = {"data": inputs}
    answer: Schema = {"data": outputs, "duration": {"type": "number", "description": "Seconds."}}
    if interface.stateful:
        properties["session"] = {"type": ["string", "null"], "description": "Of an earlier answer; none starts anew."}
        answer["session"] = {"type": "string"}
    return {
        "operationId": name,
        "summary": interface.title or interface.name,
        "requestBody": _json_body({"type": "object", "required": ["data"], "properties": properties}),
        "responses": _responses(
            {"200": _json_answer("What the function returned.", {"type": "object", "properties": answer})}
        ),
    }


def _flag(name: str, interface: Interface) -> Schema:
    options = [stored for _, stored in interface.flagging_options or [("Flag", "")]]
    properties = {
        "inputs": values(interface.inputs, [c.schema() for c in interface.inputs]),
        "outputs": values(interface.outputs, [c.output_schema() for c in interface.outputs]),
        "option": {"type": "string", "enum": options},
    }
    count = {"type": "object", "properties": {"count": {"type": "integer"}}}
    return {
        "operationId": f"flag_{name}",
        "requestBody": _json_body({"type": "object", "required": ["inputs", "outputs"], "properties": properties}),
        "responses": _responses({"200": _json_answer("How many samples are flagged now.", count)}),
    }


def _upload() -> Schema:
    name = {"name": "X-File-Name", "in": "header", "required": True, "schema": {"type": "string"}}
    body = {"required": True, "content": {"application/octet-stream": {}}}
    file: Schema = {
        "type": "object",
        "properties": {
            "h": _HANDLE,
            "url": {"type": "string"},
            "name": {"type": "string"},
            "size": {"type": "integer"},
            "type": {"type": "string"},
        },
    }
    answer = _json_answer('The file; pass {"h": handle} as a value.', file)
    return {
        "operationId": "upload",
        "parameters": [{**name, "description": "The file's name, percent-encoded."}],
        "requestBody": body,
        "responses": _responses({"200": answer, "507": _problem("No room is left.")}),
    }


def _download() -> Schema:
    handle = {"name": "handle", "in": "path", "required": True, "schema": _HANDLE}
    return {
        "operationId": "download",
        "parameters": [handle],
        "responses": _responses(
            {
                "200": {"description": "The file.", "content": {"application/octet-stream": {}}},
                "206": {"description": "One range of it."},
                "416": _problem("Not one range within the file."),
            }
        ),
    }


def _login() -> Schema:
    text = {"type": "string"}
    fields = {
        "type": "object",
        "required": ["username", "password"],
        "properties": {"username": text, "password": text},
    }
    content = {"application/x-www-form-urlencoded": {"schema": fields}, "application/json": {"schema": fields}}
    return {
        "operationId": "login",
        "security": [],
        "requestBody": {"required": True, "content": content},
        "responses": _responses(
            {"200": {"description": "Logged in; the cookie counts."}, "429": _problem("Too many wrong tries.")}
        ),
    }


def _json_body(schema: Schema) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _json_answer(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _responses(good: Schema) -> Schema:
    return {**good, **{status: _problem(text) for status, text in _PROBLEMS.items()}}


def _problem(description: str) -> Schema:
    return _json_answer(description, {"$ref": "#/components/schemas/Error"})


def _error() -> Schema:
    text = {"type": "string"}
    fields: Schema = {"code": text, "message": text, "hint": text, "field": text, "index": {"type": "integer"}}
    error = {"type": "object", "required": ["code", "message", "hint"], "properties": fields}
    return {"type": "object", "required": ["error"], "properties": {"error": error}}
