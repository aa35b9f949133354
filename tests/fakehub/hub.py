"""A local stand-in for huggingface.co, router.huggingface.co and *.hf.space: `FakeHub(folder)`."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.fakehub import inference, spaces
from tests.fakehub.inference import is_known, refusal
from tests.fakehub.models import ALIASES, GOOD_TOKEN, TASKS, Model, all_models
from tests.fakehub.proxy import Proxy
from tests.fakehub.spaces import Space

if TYPE_CHECKING:
    import pytest

HUB, ROUTER = "huggingface.co", "router.huggingface.co"
#: what the machine of a test may have set, and tests choose themselves
_UNSET = (
    "HF_ENDPOINT HF_TOKEN HF_TOKEN_PATH HF_HUB_OFFLINE QUICKDEMO_OFFLINE HF_HUB_DISABLE_IMPLICIT_TOKEN "
    "https_proxy http_proxy all_proxy ALL_PROXY no_proxy"
).split()


@dataclass(frozen=True)
class Asked:
    """One request, and the status of its answer."""

    method: str
    host: str
    path: str
    query: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int = 0


class FakeHub:
    """`hub.environment` sends an unpatched process here; `hub.log` is what was asked, `hub.proxy.refused` which other
    hosts were."""

    def __init__(self, folder: Path) -> None:
        self.models = all_models()
        self.spaces: dict[str, Space] = {}
        self.log: list[Asked] = []
        self.hits: Counter[str] = Counter()
        self.is_down = False  #: every answer is 503, as while the Hub is mended
        self.go_on = threading.Event()  #: while it is not set, streams pause before their third word
        self.go_on.set()
        self.ports: dict[str, int] = {}  #: of other hosts
        listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = listener.getsockname()[1]
        app = _Logged(_app(self), self.log)
        config = uvicorn.Config(app, log_level="error", ws="none", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve([listener])), daemon=True)
        self._thread.start()
        self.proxy = Proxy(folder, self._port_of)

    @property
    def environment(self) -> dict[str, str]:
        """For a process that is to reach this one under the Hub's own addresses, and nothing else."""
        return {
            "HTTPS_PROXY": f"http://127.0.0.1:{self.proxy.port}",
            "HTTP_PROXY": f"http://127.0.0.1:{self.proxy.port}",
            "NO_PROXY": "127.0.0.1,localhost",
            "SSL_CERT_FILE": self.proxy.ca,
            "REQUESTS_CA_BUNDLE": self.proxy.ca,
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }

    def lead(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        """This process, and its children, take it for the Hub. Their token is a good one, and their caches, below
        `folder`, are empty."""
        for name in _UNSET:
            patch.delenv(name, raising=False)
        own = {"HF_HOME": str(folder / "hf"), "QUICKDEMO_HUB_CACHE": str(folder / "hub-cache"), "HF_TOKEN": GOOD_TOKEN}
        for name, value in {**self.environment, **own}.items():
            patch.setenv(name, value)

    def add_model(self, id: str, task: str | None, **said: Any) -> Model:
        self.models[id] = Model(id, task, **said)
        return self.models[id]

    def add_space(self, id: str, port: int | None = None, **said: Any) -> Space:
        """A Space; its address https://OWNER-NAME.hf.space leads to `port` of this machine."""
        self.spaces[id] = Space(id, port, **said)
        return self.spaces[id]

    def asked(self, host: str = "", path: str = "") -> list[Asked]:
        """What was asked of hosts and paths that begin so."""
        return [one for one in self.log if one.host.startswith(host) and one.path.startswith(path)]

    def clear(self) -> None:
        """Forget what was asked and added, and be well again."""
        self.log.clear()
        self.hits.clear()
        self.spaces.clear()
        self.ports.clear()
        self.proxy.connects.clear()
        self.proxy.refused.clear()
        self.is_down = False
        self.go_on.set()
        self.models.clear()
        self.models.update(all_models())

    def close(self) -> None:
        self.proxy.close()
        self._server.should_exit = True
        self._thread.join()

    def _port_of(self, host: str) -> int | None:
        if host in (HUB, ROUTER, spaces.LARGE_HOST):
            return self.port
        if host.endswith(".hf.space"):
            return next((s.port for s in tuple(self.spaces.values()) if s.subdomain == host.partition(".")[0]), None)
        return self.ports.get(host)


class _Logged:
    """Writes down every request."""

    def __init__(self, app: Any, log: list[Asked]) -> None:
        self.app, self.log = app, log

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = bytearray()

        async def received() -> Any:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                host = headers.get("host", "").partition(":")[0]
                query = scope["query_string"].decode()
                status = message["status"]
                self.log.append(Asked(scope["method"], host, scope["path"], query, headers, bytes(body), status))
            await send(message)

        await self.app(scope, received, sent)


def _app(hub: FakeHub) -> Starlette:
    async def model(request: Request) -> Response:
        id = request.path_params["id"]
        if id in ALIASES:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"/api/models/{ALIASES[id]}{query}", 307)
        found = hub.models.get(id)
        if found is None or (found.private and not is_known(request)):
            return spaces.hidden(request)
        return JSONResponse(found.json(request.query_params.getlist("expand")))

    async def space(request: Request) -> Response:
        rest = request.scope["raw_path"].decode().partition("?")[0].removeprefix("/api/spaces/")  # with its %2F
        owner, name, *tail = [*rest.split("/"), ""]
        found = hub.spaces.get(f"{owner}/{name}")
        if found is None or (found.private and not is_known(request)):
            return spaces.hidden(request)
        return spaces.about(found, [part for part in tail if part], request)

    async def resolve(request: Request) -> Response:
        owner, name, _, _, *path = [*request.path_params["rest"].split("/"), "", ""]
        found = hub.spaces.get(f"{owner}/{name}")
        if found is None or (found.private and not is_known(request)):
            return spaces.hidden(request)
        return spaces.file_of(found, "/".join(part for part in path if part), request)

    async def infer(request: Request) -> Response:
        path = request.path_params["rest"]
        id = path.removesuffix("/v1/chat/completions").partition("/pipeline/")[0]
        id = ALIASES.get(id, id)
        hub.hits[id] += 1
        return await inference.infer(hub.models.get(id), path, request, hub.hits[id], hub.go_on)

    async def chat(request: Request) -> Response:
        return await inference.providers_chat(request, hub.go_on)

    routes: Sequence[tuple[str, Callable[..., Any], list[str]]] = (
        ("/api/models/{id:path}", model, ["GET"]),
        ("/api/spaces/{rest:path}", space, ["GET"]),
        ("/api/tasks", _tasks, ["GET"]),
        ("/api/whoami-v2", _whoami, ["GET"]),
        ("/api/agent-harnesses", _nothing, ["GET"]),
        ("/spaces/{rest:path}", resolve, ["GET", "HEAD"]),
        ("/v1/chat/completions", chat, ["POST"]),
        ("/{provider:str}/v1/chat/completions", chat, ["POST"]),
        ("/{provider:str}/v1/completions", inference.providers_completion, ["POST"]),
        ("/hf-inference/models/{rest:path}", infer, ["POST"]),
    )
    known = [Route(path, _known(hub, answer), methods=methods) for path, answer, methods in routes]
    return Starlette(routes=[*known, Route("/xet-bridge-us/{rest:path}", _large(hub))])


def _large(hub: FakeHub) -> Callable[..., Any]:
    """The other host, where large files are."""

    async def large(request: Request) -> Response:
        owner, name, *path = request.path_params["rest"].split("/")
        return spaces.large_file_of(hub.spaces[f"{owner}/{name}"], "/".join(path), request)

    return large


def _known(hub: FakeHub, answer: Callable[..., Any]) -> Callable[..., Any]:
    """Refuses wrong tokens, and everybody while the Hub is down."""

    async def answered(request: Request) -> Response:
        if hub.is_down:
            return Response("<html>The Hub is being mended</html>", 503, media_type="text/html")
        if "authorization" in request.headers and not is_known(request):
            return refusal(401, "Invalid credentials in Authorization header")
        return await answer(request)

    return answered


async def _tasks(request: Request) -> Response:
    return JSONResponse({task: {"widgetModels": [f"acme/{task}"]} for task in TASKS})


async def _whoami(request: Request) -> Response:
    if not is_known(request):
        return refusal(401, "Invalid credentials in Authorization header")
    return JSONResponse({"type": "user", "name": "tester", "auth": {"accessToken": {"role": "read"}}})


async def _nothing(request: Request) -> Response:
    return JSONResponse({})


__all__ = ["GOOD_TOKEN", "Asked", "FakeHub", "Model", "Space"]
