"""The router: hf-inference, and the chat and completions of the other providers."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from tests.fakehub import answers
from tests.fakehub.models import GOOD_TOKEN, Model

EVENTS = "text/event-stream"
LATER = {"ratelimit": '"api";r=0;t=300', "retry-after": "300"}
SOON = {"ratelimit": '"api";r=0;t=1', "retry-after": "1"}


def refusal(status: int, message: Any, code: str | None = None, **headers: str) -> JSONResponse:
    """An error as the Hub tells it."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if code:
        headers["x-error-code"] = code
    return JSONResponse({"error": message}, status, headers={"x-error-message": str(message), **headers})


def is_known(request: Request) -> bool:
    return request.headers.get("authorization") == f"Bearer {GOOD_TOKEN}"


def failure(name: str, hits: int) -> Response | None:
    """What "acme/fail-X" answers. hits: how often it was asked; some are well at the third time."""
    kind = name.removeprefix("fail-")
    if kind in ("429", "503-loading") and hits % 3 == 0:
        return None
    if kind == "500":
        return JSONResponse({"error": ["CUDA out of memory"], "warnings": ["There was an inference error"]}, 500)
    if kind in ("502", "504"):
        return Response("<html><h1>Bad Gateway</h1></html>", int(kind), media_type="text/html")
    if kind in ("503-loading", "503-forever"):
        loading = {"error": f"Model acme/{name} is currently loading"}
        return JSONResponse({**loading, "estimated_time": 0.3 if kind == "503-loading" else 60}, 503)
    if kind == "no-json":
        return Response("<html><h1>Welcome</h1></html>", media_type="text/html")
    if kind in _REFUSALS:
        status, message, headers = _REFUSALS[kind]
        return refusal(status, message, **headers)
    return None


_REFUSALS: dict[str, tuple[int, str, dict[str, str]]] = {
    "401": (401, "Invalid username or password.", {}),
    "402": (402, "You have depleted your monthly included credits. Purchase pre-paid credits.", {}),
    "403": (403, "This authentication method does not have sufficient permissions to call Inference Providers", {}),
    "403-gated": (403, "Access to this model is restricted.", {"x-error-code": "GatedRepo"}),
    "404": (404, "Model does not exist", {}),
    "410": (410, "The requested model is deprecated and no longer supported by provider hf-inference.", {}),
    "429": (429, "Rate limit reached.", SOON),
    "429-later": (429, "Rate limit reached.", LATER),
}


async def infer(model: Model | None, path: str, request: Request, hits: int, go_on: threading.Event) -> Response:
    """`POST /hf-inference/models/ID[/pipeline/TASK | /v1/chat/completions]`. go_on: see FakeHub."""
    if not is_known(request):
        return refusal(401, "Invalid username or password.")
    if model is None:
        return refusal(404, "Model does not exist")
    name = model.id.partition("/")[2]
    if name == "fail-slow":
        await request.body()
        while not await request.is_disconnected():
            await asyncio.sleep(0.05)
    if name == "fail-503-held" and not go_on.is_set():
        return JSONResponse({"error": "Model acme/fail-503-held is currently loading", "estimated_time": 2.0}, 503)
    if found := failure(name, hits):
        return found
    data = await request.body()
    is_json = "json" in request.headers.get("content-type", "")
    body = json.loads(data) if is_json else {}
    if path.endswith("/v1/chat/completions"):
        return chat(body, go_on)
    task = path.partition("/pipeline/")[2] or model.task or "text-classification"
    if name == "old-scores":
        return JSONResponse({"sequence": body["inputs"], "labels": ["a", "b"], "scores": [0.75, 0.25]})
    return _answer(task, body, data, None if name == "no-stream" else go_on)


def _answer(task: str, body: dict[str, Any], data: bytes, go_on: threading.Event | None) -> Response:
    """go_on: None where it does not stream."""
    if task in ("text-to-image", "image-to-image"):
        return Response(answers.png((200, 0, 0)), media_type="image/png")
    if task == "text-to-speech":
        return Response(answers.wav(), media_type="audio/wav")
    inputs, parameters = body.get("inputs"), body.get("parameters") or {}
    if isinstance(inputs, str) and task.startswith(answers.BINARY):
        data = base64.b64decode(inputs)
    try:
        found = answers.answer(task, inputs, parameters, data, inputs if isinstance(inputs, dict) else body)
    except KeyError as error:
        return refusal(400, f"unsupported or malformed: {error}")
    if body.get("stream") and go_on is not None:
        return StreamingResponse(_tokens(found[0]["generated_text"], go_on), media_type=EVENTS)
    return JSONResponse(found)


async def _pause(place: int, go_on: threading.Event | None) -> None:
    """Before the word at that place."""
    while place == 2 and go_on is not None and not go_on.is_set():
        await asyncio.sleep(0.01)
    await asyncio.sleep(0)


async def _tokens(text: str, go_on: threading.Event) -> AsyncIterator[str]:
    words = text.split(" ")
    for place, word in enumerate(words):
        await _pause(place, go_on)
        piece = (" " if place else "") + word
        token = {"id": place, "text": piece, "logprob": 0, "special": False}
        whole = text if place == len(words) - 1 else None
        yield "data:" + json.dumps({"token": token, "generated_text": whole, "details": None}) + "\n\n"


def chat(body: dict[str, Any], go_on: threading.Event | None = None) -> Response:
    """An OpenAI-compatible answer: what the last message said."""
    said = body["messages"][-1]["content"]
    if not isinstance(said, str):
        said = " ".join(part.get("text") or part["image_url"]["url"][:22] for part in said)
    text = f"You said: {said}"
    common = {"id": "c1", "created": 0, "model": body.get("model"), "system_fingerprint": "x"}
    if body.get("stream"):
        return StreamingResponse(_chunks(text, common, go_on), media_type=EVENTS)
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return JSONResponse({**common, "object": "chat.completion", "choices": [choice], "usage": usage})


async def _chunks(text: str, common: dict[str, Any], go_on: threading.Event | None) -> AsyncIterator[str]:
    for place, word in enumerate(text.split(" ")):
        await _pause(place, go_on)
        delta = {"role": "assistant", "content": (" " if place else "") + word}
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        yield "data: " + json.dumps({**common, "object": "chat.completion.chunk", "choices": [choice]}) + "\n\n"
    yield "data: [DONE]\n\n"


async def providers_chat(request: Request, go_on: threading.Event) -> Response:
    return chat(await request.json(), go_on) if is_known(request) else refusal(401, "Invalid username or password.")


async def providers_completion(request: Request) -> Response:
    if not is_known(request):
        return refusal(401, "Invalid username or password.")
    body = await request.json()
    choice = {"index": 0, "text": " and more", "finish_reason": "length"}
    return JSONResponse({"id": "c", "object": "text_completion", "choices": [choice], "model": body["model"]})
