"""Reading request bodies: limits first, then strict JSON."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from quickdemo.runtime.components.plain import STRICT_JSON
from quickdemo.runtime.errors import RefusedError

MAX_JSON_BYTES = 1_000_000
MAX_FORM_BYTES = 16_384
MAX_DEPTH = 64
MAX_KEYS = 10_000

#: scanning and parsing of larger bodies happens in a thread, in bytes
_OFF_LOOP_BYTES = 64_000
_TOKENS = re.compile(rb'\\.|["\[\]{}:]', re.DOTALL)
_LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


async def read_json(request: Request, max_bytes: int = MAX_JSON_BYTES) -> Any:
    """The body as a JSON value; lone surrogates in its strings become U+FFFD.

    Raises RefusedError: 415 for another content type, 413 for too many bytes, levels or keys, 400 for no JSON.
    """
    kind = content_type(request)
    if kind != "application/json":
        raise RefusedError(
            415,
            "not_json",
            f"The body must be JSON; its Content-Type was {kind[:60]!r}.",
            "Send the header Content-Type: application/json.",
        )
    body = await read_bytes(request, max_bytes)
    if len(body) > _OFF_LOOP_BYTES:
        return await asyncio.to_thread(parse_json, body)
    return parse_json(body)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a small urlencoded body. Raises RefusedError: 415, 413 or 400."""
    kind = content_type(request)
    if kind not in ("", "application/x-www-form-urlencoded"):
        raise RefusedError(415, "no_form", f"The body must be a form; its Content-Type was {kind[:60]!r}.")
    body = await read_bytes(request, MAX_FORM_BYTES)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20, errors="strict"))
    except ValueError as error:
        raise RefusedError(400, "bad_form", "The body is no form.", "Send urlencoded fields in UTF-8.") from error


async def read_bytes(request: Request, max_bytes: int) -> bytes:
    """The whole body. Raises RefusedError (413) as soon as it is known to be longer than `max_bytes`."""
    announced = header(request, b"content-length")
    if announced.isdigit() and int(announced[:20]) > max_bytes:
        raise too_large(max_bytes)
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False) and len(body) <= max_bytes:
        return body
    parts, size = [body], len(body)
    while message.get("more_body", False) and size <= max_bytes:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > max_bytes:
        raise too_large(max_bytes)
    return b"".join(parts)


def parse_json(body: bytes) -> Any:
    """A JSON value within MAX_DEPTH and MAX_KEYS. Raises RefusedError (413 or 400)."""
    # two counts in C clear nearly every body; only suspicious ones are scanned token by token
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH or body.count(b":") > MAX_KEYS:
        _scan(body)
    try:
        value = STRICT_JSON.decode(body.decode())
    except json.JSONDecodeError as error:
        raise _bad_json(f"{error.msg} at character {error.pos + 1}") from error
    except UnicodeDecodeError as error:
        raise _bad_json(f"byte {error.start + 1} is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise _bad_json(str(error).split(";")[0]) from error
    return _without_surrogates(value) if _LONE_SURROGATE.search(body) else value


def content_type(request: Request) -> str:
    """The media type without its parameters, in lower case; "" when there is none."""
    return header(request, b"content-type").partition(b";")[0].strip().lower().decode("latin-1")


def header(request: Request, name: bytes) -> bytes:
    """The first header of that lower-case name; b"" when there is none."""
    for key, value in request.scope["headers"]:
        if key == name:
            return bytes(value)
    return b""


def too_large(max_bytes: int) -> RefusedError:
    """The refusal of a body of more than `max_bytes`."""
    limit = f"{max_bytes / 1e6:.3g} MB" if max_bytes >= 100_000 else f"{max_bytes} bytes"
    return RefusedError(
        413,
        "too_large",
        f"The inputs are larger than {limit} together.",
        "Shorten the longest text, or give it as a file. Programs send it to api/files first: see api/docs.",
        headers={"connection": "close"},
    )


def _scan(body: bytes) -> None:
    depth = keys = 0
    quoted = False
    for match in _TOKENS.finditer(body):
        token = match[0]
        if token == b'"':
            quoted = not quoted
        elif quoted:
            continue
        elif token in b"[{":
            depth += 1
        elif token in b"]}":
            depth -= 1
        elif token == b":":
            keys += 1
        if depth > MAX_DEPTH or keys > MAX_KEYS:
            what = f"nested more than {MAX_DEPTH} levels deep" if depth > MAX_DEPTH else f"of more than {MAX_KEYS} keys"
            raise RefusedError(413, "too_complex", f"The body is JSON {what}.", "Send simpler data.")


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


def _bad_json(problem: str) -> RefusedError:
    return RefusedError(400, "bad_json", f"The body is no JSON: {problem}.", 'Send for example {"data": ["text"]}.')
