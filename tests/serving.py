"""The server of a small demo, without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from quickdemo.runtime.interface import Interface
from quickdemo.runtime.launch import LaunchOptions
from quickdemo.runtime.server.app import build
from quickdemo.runtime.server.context import Context, ServerSettings

ORIGIN = "http://127.0.0.1:7860"
PAGE = {"accept": "text/html"}
OURS = {"origin": ORIGIN}
USER = {"username": "ada", "password": "correct horse"}


class Served:
    """A built app. `client()` is a browser or program with cookies of its own."""

    def __init__(self, folder: Path, demo: Any = None, settings: dict[str, Any] | None = None, **options: Any) -> None:
        demo = demo or Interface(str.upper, "text", "text")
        given = {"secret": b"s" * 32, "dev": True, **(settings or {})}
        self.app, self.context = build(
            demo, LaunchOptions(**options), ServerSettings(str(folder / "store"), str(folder / "files"), **given)
        )

    app: Any
    context: Context

    def client(self, address: str = "127.0.0.1", url: str = ORIGIN) -> TestClient:
        return TestClient(self.app, base_url=url, client=(address, 50000), follow_redirects=False)


Serve = Callable[..., Served]
