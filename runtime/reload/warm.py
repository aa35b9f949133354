"""What every run does once for the first time, done before the first checkpoint: no resumed run does it again."""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module

from quickdemo.runtime.interface import Interface
from quickdemo.runtime.launch import LaunchOptions
from quickdemo.runtime.server.app import build
from quickdemo.runtime.server.context import ServerSettings
from quickdemo.runtime.server.serve import Server

LIMIT_S = 30.0  # for one answer: it takes some milliseconds, on a busy machine a second; only what hangs ends the run
_HEAD = b"host: 127.0.0.1:7860\r\nconnection: close\r\n"
_REQUESTS = (
    b"GET / HTTP/1.1\r\n" + _HEAD + b"\r\n",
    b"POST /api/predict HTTP/1.1\r\n" + _HEAD + b"content-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
)


def warm(folder: str, modules: Sequence[str] = ()) -> None:
    """Serve an Interface of our own to nobody: modules are imported, templates compiled, assets joined.

    Nothing of it stays open: the process is one that can be copied. folder: where its store may be for a moment.
    modules: of quickdemo, to import, too. Components only where numpy is there already: a script may set what numpy
    looks at when it is first imported.
    """
    for name in modules:
        if "numpy" in sys.modules or not name.startswith("quickdemo.runtime.components."):
            import_module(name)
    demo = Interface(str, "text", "text", allow_flagging="never")
    with tempfile.TemporaryDirectory(prefix="warm-", dir=folder) as own:
        app, context = build(demo, LaunchOptions(), ServerSettings(own, own, b"warm" * 8, dev=True))
        server = Server(app)
        loop = server.loop  # not asyncio.run: it would leave the script without its default event loop
        try:
            for request in _REQUESTS:
                loop.run_until_complete(asyncio.wait_for(_ask(server, request), LIMIT_S))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())  # its thread would not be in a copy
            loop.close()
            context.store.close()


async def _ask(server: Server, request: bytes) -> None:
    """Send a request, and read the answer until the server closes the connection."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    server.adopt(theirs)
    with ours:
        await server.loop.sock_sendall(ours, request)
        while await server.loop.sock_recv(ours, 1 << 16):
            continue
