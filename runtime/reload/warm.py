"""What every run does once for the first time, done before the first checkpoint: no resumed run does it again."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from quickdemo.runtime.interface import Interface
from quickdemo.runtime.launch import LaunchOptions
from quickdemo.runtime.server.app import build
from quickdemo.runtime.server.context import ServerSettings
from quickdemo.runtime.server.serve import Server

_HEADERS = [(b"host", b"127.0.0.1:7860")]
_PATHS = ("/", "/api/predict")


def warm(components: Sequence[str] = ()) -> None:
    """Serve an Interface of our own to nobody: modules are imported, templates compiled, assets joined.

    Nothing of it stays open: the process is one that can be copied. components: kinds to import, too, but only where
    numpy is there already: a script may set what numpy looks at when it is first imported.
    """
    for kind in components if "numpy" in sys.modules else ():
        import_module(f"quickdemo.runtime.components.{kind}")
    demo = Interface(str, "text", "text", allow_flagging="never")
    with tempfile.TemporaryDirectory(prefix="quickdemo-warm-") as folder:
        app, context = build(demo, LaunchOptions(), ServerSettings(folder, folder, b"warm" * 8, dev=True))
        loop = Server(app).loop  # not asyncio.run: it would leave the script without its default event loop
        loop.run_until_complete(_get(app))
        loop.close()
        context.store.close()


async def _get(app: Any) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        return None

    for path in _PATHS:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": _HEADERS,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 7860),
        }
        await app(scope, receive, send)
