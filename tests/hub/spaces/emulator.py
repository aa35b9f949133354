"""Small servers that speak the protocols of Gradio 2 to 6, as they were seen of the real ones."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from quickdemo.runtime.diffs import diff

#: version -> what its configuration says of its protocol
PROTOCOLS: dict[str, str | None] = {
    "2.9.4": None,
    "3.0.26": None,
    "3.16.1": None,
    "3.50.2": "ws",
    "4.2.0": "sse",
    "4.8.0": "sse_v1",
    "4.16.0": "sse_v2",
    "4.44.1": "sse_v3",
    "5.49.1": "sse_v3",
    "6.31.0": "sse_v3",
}
VERSIONS = list(PROTOCOLS)


class Fault(Exception):
    """What a function raises; None hides the message, as servers without show_error do."""

    def __init__(self, message: str | None) -> None:
        super().__init__(message)
        self.message = message


@dataclass
class Demo:
    """fn: of values as the app's function gets them (media: bytes), gives a list of one value for each output, or an
    asynchronous iterator of them. State is the last value on both sides."""

    inputs: Sequence[tuple[str, dict[str, Any]]]
    outputs: Sequence[tuple[str, dict[str, Any]]]
    fn: Callable[..., Any]
    queue: bool = True
    streams: bool = False
    auth: tuple[str, str] | None = None
    examples: list[list[Any]] | None = None
    texts: Sequence[str] = ()
    title: str = "Gradio"
    more: list[dict[str, Any]] = field(default_factory=list)  #: dependencies before it


class Emulator:
    """One app of one version, on a port of this machine. asked: (method, path, headers) of every request."""

    def __init__(self, version: str, demo: Demo, folder: Path, /, **config: Any) -> None:
        self.version, self.demo, self.folder = version, demo, folder
        self.number = tuple(int(n) for n in version.split(".")[:2])
        self.protocol = PROTOCOLS[version]
        self.prefix = "/gradio_api" if self.number >= (5, 0) else ""
        self.config_more = config
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.states: dict[str, Any] = {}
        self.waiting: dict[str, tuple[dict[str, Any], str]] = {}
        self.cancelled: list[dict[str, Any]] = []
        self.is_full = False
        self.breaks = 0  #: how many streams break off in their middle
        self.is_asleep: Callable[[], bool] = lambda: False  #: then the Hub answers in its place
        self._cookie = secrets.token_hex(8)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config_ = uvicorn.Config(
            self._logged,
            interface="asgi3",
            log_level="error",
            ws="websockets-sansio",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config_)
        self._app = Starlette(routes=self._routes())
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve([self._listener])), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join()

    async def _logged(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            self.asked.append((scope.get("method", "WS"), scope["path"], headers))
        await self._app(scope, receive, send)

    # ------------------------------------------------------------------ routes

    def _routes(self) -> list[Any]:
        p = self.prefix
        return [
            Route("/", self._page),
            Route("/config", self._config),
            Route("/login", self._login, methods=["POST"]),
            Route("/api/predict/", self._post, methods=["POST"]),
            Route("/api/queue/push/", self._push, methods=["POST"]),
            Route("/api/queue/status/", self._status, methods=["POST"]),
            Route("/run/predict", self._post, methods=["POST"]),
            WebSocketRoute("/queue/join", self._socket),
            Route(f"{p}/upload", self._upload, methods=["POST"]),
            Route(f"{p}/queue/join", self._join, methods=["GET", "POST"]),
            Route(f"{p}/queue/data", self._data, methods=["GET", "POST"]),
            Route(f"{p}/cancel", self._cancel, methods=["POST"]),
            Route(f"{p}/file={{path:path}}", self._file),
            Route("/file/{path:path}", self._file),
        ]

    def _refused(self, request: Request) -> Response | None:
        if self.is_asleep():
            return HTMLResponse("<html>This Space is sleeping</html>", 503)
        if self.demo.auth is None or request.cookies.get("access-token") == self._cookie:
            return None
        return JSONResponse({"detail": "Not authenticated"}, 401)

    async def _page(self, request: Request) -> Response:
        text = json.dumps(self.config())
        return HTMLResponse(f"<html><script>window.gradio_config = {text};</script></html>")

    async def _config(self, request: Request) -> Response:
        return self._refused(request) or JSONResponse(self.config())

    async def _login(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if (form.get("username"), form.get("password")) != self.demo.auth:
            return JSONResponse({"detail": "Incorrect credentials."}, 400)
        old = self.number < (3, 16)
        answer: Response = RedirectResponse("/", 302) if old else JSONResponse({"success": True})
        answer.set_cookie("access-token", self._cookie, httponly=True)
        return answer

    async def _upload(self, request: Request) -> Response:
        kept = []
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        for part in message_from_bytes(head + await request.body()).walk():
            if part.get_filename():
                path = self.folder / f"{secrets.token_hex(4)}-{part.get_filename()}"
                path.write_bytes(part.get_payload(decode=True))  # type: ignore[arg-type]
                kept.append(str(path))
        return self._refused(request) or JSONResponse(kept)

    async def _file(self, request: Request) -> Response:
        path = Path("/" if self.number < (3, 1) else "", request.path_params["path"])
        return self._refused(request) or (FileResponse(path) if path.is_file() else JSONResponse({}, 404))

    # ------------------------------------------------------------------ configuration

    def config(self) -> dict[str, Any]:
        return {**(self._config_of_2() if self.number < (3, 0) else self._config_of_blocks()), **self.config_more}

    def _config_of_2(self) -> dict[str, Any]:
        demo = self.demo
        sides = {
            f"{side}_components": [{"name": kind, **props} for kind, props in given]
            for side, given in (("input", demo.inputs), ("output", demo.outputs))
        }
        texts = {"title": demo.title, "description": "\n".join(demo.texts) or None, "allow_flagging": "never"}
        return {**sides, **texts, "examples": demo.examples, "queue": demo.queue, "function_count": 1}

    def _config_of_blocks(self) -> dict[str, Any]:
        demo = self.demo
        parts = [*(("markdown", {"value": text}) for text in demo.texts), *demo.inputs, *demo.outputs]
        if demo.examples is not None:
            parts.append(("dataset", {"samples": demo.examples}))
        parts = [("column", {"visible": True}), *parts]
        first = 1 + len(demo.texts)
        ids = list(range(first, first + len(demo.inputs) + len(demo.outputs)))
        main = {
            "targets": [[9, "click"]] if self.number >= (3, 50) else [9],
            "inputs": ids[: len(demo.inputs)],
            "outputs": ids[len(demo.inputs) :],
            "backend_fn": True,
            "queue": demo.queue,
            "api_name": "predict",
        }
        given = [*demo.more, main]
        if self.number >= (3, 17):
            main["types"] = {"generator": demo.streams, "continuous": False}
        elif demo.streams and self.number >= (3, 1):  # a button that stops it
            stop = {"targets": [9], "inputs": [], "outputs": [], "backend_fn": True, "queue": False}
            given.append({**stop, "cancels": [len(demo.more)]})
        if self.number >= (5, 0):
            given = [{"id": place, **one} for place, one in enumerate(given)]
        found: dict[str, Any] = {
            "version": self.version + ("\n" if self.number < (4, 0) else ""),
            "title": demo.title,
            "components": [{"id": id, "type": kind, "props": props} for id, (kind, props) in enumerate(parts)],
            "dependencies": given,
            "enable_queue": demo.queue,
        }
        if self.protocol is not None and self.protocol != "ws":
            found["protocol"] = self.protocol
        if self.prefix:
            found["api_prefix"] = self.prefix
        return found

    # ------------------------------------------------------------------ values

    def taken(self, kind: str, value: Any) -> Any:
        """What the app's function gets."""
        if kind in ("image", "audio", "file") and value is not None:
            if self.number >= (4, 0):
                return Path(value["path"]).read_bytes()
            text = value if isinstance(value, str) else value["data"]
            return base64.b64decode(text.partition(",")[2])
        return value

    def given(self, kind: str, value: Any) -> Any:
        """How what it returned travels."""
        if not isinstance(value, bytes):
            return value
        name = {"image": "made.png", "audio": "made.wav"}.get(kind, "made.txt")
        if self.number >= (4, 0) or kind == "file":
            path = self.folder / f"{secrets.token_hex(4)}-{name}"
            path.write_bytes(value)
            if self.number < (4, 0):
                return {"name": str(path), "data": None, "is_file": True, "orig_name": name}
            return {"path": str(path), "url": f"http://127.0.0.1:9/file={path}", "orig_name": name}
        url = f"data:image/png;base64,{base64.b64encode(value).decode()}"
        return url if kind == "image" else {"name": name, "data": url}

    async def ran(self, data: list[Any], session: str) -> AsyncIterator[list[Any]]:
        """The outputs, one after the other."""
        demo = self.demo
        stateful = any(kind in ("state", "variable") for kind, _ in demo.inputs)
        values = [self.taken(kind, value) for (kind, _), value in zip(demo.inputs, data, strict=True)]
        if stateful:
            values[-1] = self.states.get(session)
        made = demo.fn(*values)
        if asyncio.iscoroutine(made):
            made = await made
        async for found in made if hasattr(made, "__aiter__") else _only(made):
            if stateful:
                self.states[session] = found[-1]
                found = [*found[:-1], None]
            yield [self.given(kind, value) for (kind, _), value in zip(demo.outputs, found, strict=True)]

    # ------------------------------------------------------------------ 2 and 3

    async def _post(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        body = await request.json()
        last: list[Any] = []
        try:
            async for found in self.ran(body["data"], body.get("session_hash") or ""):
                last = found
        except Fault as fault:
            return JSONResponse({"error": fault.message}, 500)
        return JSONResponse({"data": last, "duration": 0.1, "average_duration": 0.1})

    async def _push(self, request: Request) -> Response:
        body = await request.json()
        name = secrets.token_hex(8)
        self.waiting[name] = (body, "QUEUED")
        return self._refused(request) or JSONResponse({"hash": name, "queue_position": 0})

    async def _status(self, request: Request) -> Response:
        name = (await request.json())["hash"]
        body, status = self.waiting[name]
        if status == "QUEUED":
            self.waiting[name] = (body, "PENDING")
            return JSONResponse({"status": "QUEUED", "data": 0})
        try:
            last: list[Any] = []
            async for found in self.ran(body["data"], body["session_hash"]):
                last = found
        except Fault as fault:
            return JSONResponse({"status": "FAILED", "data": fault.message})
        return JSONResponse({"status": "COMPLETE", "data": {"data": last, "duration": 0.1}})

    async def _socket(self, socket: WebSocket) -> None:
        if self.is_asleep():
            await socket.send_denial_response(HTMLResponse("<html>This Space is sleeping</html>", 503))
            return
        await socket.accept()
        if self.demo.auth is not None and socket.cookies.get("access-token") != self._cookie:
            await socket.close()
            return
        await socket.send_json({"msg": "send_hash"})
        who = await socket.receive_json()
        if self.is_full:
            await socket.send_json({"msg": "queue_full"})
            await socket.close()
            return
        await socket.send_json({"msg": "estimation", "rank": 0, "queue_size": 1, "rank_eta": 1.0})
        await socket.send_json({"msg": "send_data"})
        body = await socket.receive_json()
        assert {name: body[name] for name in who} == who
        async for message in self.told(body, changes=False):
            await socket.send_json(message)
        await socket.close()

    # ------------------------------------------------------------------ 4 to 6

    async def _join(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        if self.protocol == "sse":
            return StreamingResponse(self._old_stream(request), media_type="text/event-stream")
        if self.is_full:
            return JSONResponse({"detail": "Queue is full."}, 503)
        body = await request.json()
        event = secrets.token_hex(8)
        self.waiting[body["session_hash"]] = (body, event)
        return JSONResponse({"event_id": event})

    async def _old_stream(self, request: Request) -> AsyncIterator[str]:
        session = request.query_params["session_hash"]
        if self.is_full:
            yield _line({"msg": "queue_full"})
            return
        yield _line({"msg": "estimation", "rank": 0, "queue_size": 1})
        sent = asyncio.Event()
        self.waiting[session] = ({"sent": sent}, "e1")
        yield _line({"msg": "send_data", "event_id": "e1"})
        await sent.wait()
        body = self.waiting.pop(session)[0]
        async for message in self.told(body, changes=False):
            yield _line(message)

    async def _data(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        if request.method == "POST":
            body = await request.json()
            sent = self.waiting[body["session_hash"]][0]["sent"]
            self.waiting[body["session_hash"]] = (body, "e1")
            sent.set()
            return JSONResponse({"success": True})
        return StreamingResponse(self._stream(request.query_params["session_hash"]), media_type="text/event-stream")

    async def _stream(self, session: str) -> AsyncIterator[str]:
        body, event = self.waiting[session]
        yield _line({"msg": "estimation", "event_id": event, "rank": 0, "queue_size": 1})
        yield _line({"msg": "heartbeat"})
        yield _line({"msg": "process_completed", "event_id": "another", "output": {"data": ["wrong"]}, "success": True})
        if self.breaks:
            self.breaks -= 1
            return
        async for message in self.told(body, changes=self.protocol != "sse_v1"):
            yield _line({**message, "event_id": event})
        yield _line({"msg": "close_stream", "event_id": event})

    async def _cancel(self, request: Request) -> Response:
        self.cancelled.append(await request.json())
        return JSONResponse({"success": True})

    async def told(self, body: dict[str, Any], changes: bool) -> AsyncIterator[dict[str, Any]]:
        """The messages of one call."""
        yield {"msg": "process_starts"}
        bars = [{"index": 1, "length": 4, "unit": "steps", "progress": None, "desc": "Working"}]
        yield {"msg": "progress", "progress_data": bars}
        yield {"msg": "log", "log": "Nearly there", "level": "info"}
        last: list[Any] | None = None
        try:
            async for found in self.ran(body["data"], body["session_hash"]):
                if self.demo.streams:
                    data: Any = found
                    if changes and last is not None:
                        data = [diff(old, new, splices=False) for old, new in zip(last, found, strict=True)]
                    yield {"msg": "process_generating", "output": {"data": data}, "success": True}
                last = found
        except Fault as fault:
            yield {"msg": "process_completed", "output": {"error": fault.message}, "success": False}
            return
        yield {"msg": "process_completed", "output": {"data": last}, "success": True}


async def _only(value: list[Any]) -> AsyncIterator[list[Any]]:
    yield value


def _line(message: dict[str, Any]) -> str:
    return f"data: {json.dumps(message)}\n\n"
