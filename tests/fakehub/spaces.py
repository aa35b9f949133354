"""The Spaces of the stand-in: what the Hub says of them. They are served elsewhere; the proxy leads there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from tests.fakehub.inference import is_known, refusal

#: where the Hub keeps large files, and which are large
LARGE_HOST, LARGE = "cas-bridge.xethub.hf.co", (".bin", ".onnx", ".pt", ".safetensors")
ERROR = "Exit code: 1. Reason: ModuleNotFoundError: No module named 'torch'"


@dataclass
class Space:
    """stage: RUNNING, SLEEPING, BUILDING, PAUSED, RUNTIME_ERROR ..., or what gives one each time it is asked.
    port: of the server on this machine to which https://OWNER-NAME.hf.space leads; None: nobody is there."""

    id: str
    port: int | None = None
    stage: str | Callable[[], str] = "RUNNING"
    private: bool = False
    sdk: str = "gradio"
    host: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    last_modified: str = "2024-01-01T00:00:00.000Z"
    hardware: str = "cpu-basic"

    @property
    def subdomain(self) -> str:
        return self.id.replace("/", "-").replace(".", "-").replace("_", "-").lower()

    @property
    def sha(self) -> str:
        return hashlib.sha1((self.id + self.last_modified).encode()).hexdigest()

    @property
    def address(self) -> str:
        return self.host or f"https://{self.subdomain}.hf.space"

    def runtime(self) -> dict[str, Any]:
        stage = self.stage() if callable(self.stage) else self.stage
        hardware = {"current": self.hardware, "requested": self.hardware}
        told = {"stage": stage, "hardware": hardware, "gcTimeout": 172800, "storage": None, "replicas": {"current": 1}}
        return {**told, "errorMessage": ERROR} if stage.endswith("ERROR") else told

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "author": self.id.partition("/")[0],
            "sha": self.sha,
            "private": self.private,
            "gated": False,
            "disabled": False,
            "sdk": self.sdk,
            "tags": [self.sdk],
            "subdomain": self.subdomain,
            "host": self.address,
            "lastModified": self.last_modified,
            "cardData": {"sdk": self.sdk, **self.card},
            "siblings": [{"rfilename": name} for name in self.files],
            "runtime": self.runtime(),
        }


def hidden(request: Request) -> JSONResponse:
    """What strangers hear of what is missing or private, and friends of what is missing."""
    if is_known(request):
        return refusal(404, "Repository not found", "RepoNotFound")
    return refusal(401, "Invalid username or password.", "RepoNotFound")


def about(space: Space, tail: list[str], request: Request) -> Response:
    """`GET /api/spaces/OWNER/NAME[/runtime | /host | /jwt | /revision/R | /tree/R]`."""
    match tail:
        case [] | ["revision", _]:
            return JSONResponse(space.json())
        case ["runtime"]:
            return JSONResponse(space.runtime())
        case ["host"]:
            return JSONResponse({"subdomain": space.subdomain, "host": space.address})
        case ["jwt"]:
            return JSONResponse({"token": f"jwt-{space.id}"})
        case ["tree", *_]:
            return JSONResponse(
                [{"type": "file", "oid": _mark(b), "size": len(b), "path": n} for n, b in space.files.items()]
            )
    return refusal(404, "not found", "EntryNotFound")


def file_of(space: Space, name: str, request: Request) -> Response:
    """`GET /spaces/OWNER/NAME/resolve/REVISION/FILE`."""
    if name not in space.files:
        return refusal(404, "Entry not found", "EntryNotFound", x_repo_commit=space.sha)
    data = space.files[name]
    if name.endswith(LARGE):
        return RedirectResponse(f"https://{LARGE_HOST}/xet-bridge-us/{space.id}/{name}?X-Amz-Signature=1", 302)
    headers = {"etag": f'"{_mark(data)}"', "x-repo-commit": space.sha, "content-length": str(len(data))}
    return Response(data if request.method == "GET" else b"", headers=headers, media_type="text/plain")


def large_file_of(space: Space, name: str, request: Request) -> Response:
    """`GET https://cas-bridge.xethub.hf.co/...`: the address is the permission, and a token one too many."""
    if "authorization" in request.headers or request.query_params.get("X-Amz-Signature") != "1":
        return Response("<Error>Only one auth mechanism allowed</Error>", 400, media_type="application/xml")
    return Response(space.files[name])


def _mark(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()
