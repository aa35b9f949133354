"""GET api/openapi.json: OpenAPI 3.1, from the same components that draw the page and check the values."""

from __future__ import annotations

from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

import quickdemo
from quickdemo.runtime.components.base import Component, Schema
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.json_text import strict_json
from quickdemo.runtime.server import openapi_explain, openapi_jobs
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.explained_interfaces import explains
from quickdemo.runtime.server.long_texts import MOST_TEXTS
from quickdemo.runtime.server.reply import JSON

_ERROR: Schema = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "hint"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "hint": {"type": "string"},
                "field": {"type": "string", "description": "label of the input that was refused"},
                "index": {"type": "integer", "description": "its place in `data`"},
                "fields": {"type": "array", "description": "one such error for each input, when several were refused"},
            },
        }
    },
}
_FILE: Schema = {
    "type": "object",
    "required": ["h", "url", "name", "size", "type"],
    "properties": {
        "h": {"type": "string", "description": 'the handle; send {"h": handle} as an input'},
        "url": {"type": "string"},
        "name": {"type": "string"},
        "size": {"type": "integer"},
        "type": {"type": "string"},
    },
}
_TEXTS: Schema = {
    "type": "array",
    "maxItems": MOST_TEXTS,
    "description": 'texts too long for the body: uploads in UTF-8, used up by the call, and the places of "" they fill',
    "items": {
        "type": "object",
        "required": ["h", "at"],
        "properties": {
            "h": {"type": "string", "description": "the handle"},
            "at": {"type": "array", "description": 'the place, such as ["data", 0]'},
        },
        "additionalProperties": False,
    },
}


def routes(context: Context) -> list[BaseRoute]:
    """One route; the document is made once, when somebody asks for it: most generations of a reload are never asked."""

    @cache
    def document() -> bytes:
        return strict_json(describe(context))

    async def openapi(request: Request) -> Response:
        return JSON(document())

    return [Route("/api/openapi.json", openapi, methods=["GET"])]


def describe(context: Context) -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, Any] = {}
    for name, interface in context.endpoints.items():
        paths[f"/api/{name}"] = {"post": _prediction(name, interface)}
        if interface.allow_flagging == "manual" and interface.flagging_options:
            paths[f"/api/flag/{name}"] = {"post": _flag(name, interface)}
    if explained := [name for name, interface in context.endpoints.items() if explains(interface)]:
        paths["/api/interpret"] = {"post": _interpret(explained)}
        paths["/api/interpret/part"] = {"post": _part()}
    paths |= openapi_jobs.paths(_errors)
    paths["/api/files"] = {"post": _upload()}
    if context.auth is not None:
        paths["/login"] = {"post": _login()}
    return {
        "openapi": "3.1.0",
        "info": {"title": context.demo.title or next(iter(context.endpoints)), "version": quickdemo.__version__},
        "servers": [{"url": ".."}],
        "paths": paths,
        "components": {"schemas": {"Error": _ERROR, "File": _FILE}},
    }


_MEMBERS: Schema = {
    "type": "array",
    "description": "what became of each function that this one is made of; a stream tells it as `member` events",
    "items": {
        "type": "object",
        "properties": {
            "index": {"type": "integer"},
            "name": {"type": "string"},
            "outputs": {"type": "array", "items": {"type": "integer"}, "description": "its places in `data`"},
            "state": {"enum": ["running", "done", "failed"]},
            "seconds": {"type": "number"},
            "error": {"type": "object", "description": "of one that failed, as of a failed call"},
        },
        "required": ["index", "name", "outputs", "state"],
    },
}


def _prediction(name: str, interface: Interface) -> dict[str, Any]:
    visible = [component for component in interface.inputs if not component.stateful]
    request: Schema = {"data": _row([_titled(c, c.schema()) for c in visible]), "texts": _TEXTS}
    answer: Schema = {
        "data": _row([_output(c) for c in interface.outputs]),
        "duration": {"type": "number", "description": "seconds"},
    }
    if interface.members:
        answer["members"] = _MEMBERS
    if interface.has_session:
        session = {"type": "string", "description": "given by the first answer; calls that send it belong together"}
        request["session"] = answer["session"] = session
    accepted = {"description": "Accepted", "content": {"application/json": {"schema": openapi_jobs.JOB}}}
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": interface.title or interface.name,
        **({"description": interface.api_description} if interface.api_description else {}),
        "parameters": openapi_jobs.HEADERS,
        "requestBody": _body(request, ["data"]),
        "responses": {
            "200": _ok(answer, ["data", "duration"]),
            "202": accepted,
            **_errors("400", "413", "415", "422", "500", "503", "507"),
        },
    }
    if interface.is_generator:
        stream = {"schema": {"type": "string"}}
        operation["responses"]["200"]["content"]["text/event-stream"] = stream
    return operation


def _flag(name: str, interface: Interface) -> dict[str, Any]:
    options = [value for _, value in interface.flagging_options]
    request: Schema = {
        "inputs": {"type": "array"},
        "outputs": {"type": "array"},
        "option": {"type": "string", "enum": options},
        "texts": _TEXTS,
        **(
            {"explanation": {"type": "string", "description": "key of one, to be stored"}}
            if explains(interface)
            else {}
        ),
    }
    answer: Schema = {
        "count": {"type": "integer", "description": "samples stored so far"},
        "messages": {
            "type": "array",
            "description": "such as that its explanation was not kept any more",
        },
    }
    return {
        "operationId": f"flag_{name}",
        "summary": "Store a sample",
        "requestBody": _body(request, ["inputs", "outputs"]),
        "responses": {"200": _ok(answer, ["count"]), **_errors("400", "413", "415", "422", "507")},
    }


def _interpret(endpoints: list[str]) -> dict[str, Any]:
    explanation = openapi_explain.EXPLANATION
    ok = _ok(explanation["properties"], explanation["required"])
    ok["content"]["text/event-stream"] = {"schema": {"type": "string"}}
    return {
        "operationId": "interpret",
        "summary": "What raised the score of an answer, and what lowered it",
        "requestBody": _body({**openapi_explain.request(endpoints), "texts": _TEXTS}, ["data"]),
        "responses": {"200": ok, **_errors("400", "404", "413", "415", "422", "500", "503", "504")},
    }


def _part() -> dict[str, Any]:
    return {
        "operationId": "interpret_part",
        "summary": "The answer with some parts left out",
        "requestBody": _body(openapi_explain.part_request(), ["key", "present"]),
        "responses": {
            "200": _ok(openapi_explain.PART, ["value", "known"]),
            **_errors("400", "404", "413", "415", "422", "500", "504"),
        },
    }


def _upload() -> dict[str, Any]:
    name = {"name": "X-File-Name", "in": "header", "required": True, "schema": {"type": "string"}}
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/File"}}}
    return {
        "operationId": "upload",
        "summary": "Upload a file",
        "parameters": [{**name, "description": "its name, percent-encoded"}],
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "Its handle", "content": answer}, **_errors("400", "413", "507")},
    }


def _login() -> dict[str, Any]:
    form = {"username": {"type": "string"}, "password": {"type": "string"}}
    return {
        "operationId": "login",
        "summary": "Log in; the answer sets a cookie",
        "requestBody": _body(form, ["username", "password"]),
        "responses": {"200": _ok({"success": {"const": True}}, ["success"]), **_errors("401", "429")},
    }


def _row(items: list[Schema]) -> Schema:
    """A list with exactly these items, in order."""
    fixed: Schema = {"type": "array", "minItems": len(items), "maxItems": len(items)}
    return {**fixed, "prefixItems": items} if items else fixed


def _titled(component: Component, schema: Schema) -> Schema:
    return {"title": component.label or component.kind, **schema}


def _output(component: Component) -> Schema:
    return {"type": "null"} if component.stateful else _titled(component, component.output_schema())


def _body(properties: Schema, required: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _ok(properties: Schema, required: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required}
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def _errors(*statuses: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {status: {"description": "Refused or failed; see error.message", "content": content} for status in statuses}
