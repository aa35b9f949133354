"""The example of a component, loaded and served in this process, so that what its page says has happened."""

from __future__ import annotations

import importlib.util
import json
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from quickdemo.runtime.interface import Interface
from quickdemo.runtime.launch import LaunchOptions
from quickdemo.runtime.server.app import build
from quickdemo.runtime.server.context import Context, ServerSettings
from quickdemo.runtime.server.serve import Server
from quickdemo.runtime.server.starting import begin, end

SCRIPTS = Path(__file__).resolve().parent.parent / "examples" / "components"


def script_of(kind: str) -> Path:
    """The example of a component; a script called json.py would hide the standard library's from its neighbours."""
    return SCRIPTS / (f"{kind}_.py" if kind in sys.stdlib_module_names else f"{kind}.py")


def load(kind: str) -> Interface:
    """The demo of the component's example, as a fresh import gives it."""
    path = script_of(kind)
    spec = importlib.util.spec_from_file_location(f"component_example_{kind}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    demo = module.demo
    assert isinstance(demo, Interface), f"{path} has no Interface called demo"
    return demo


class Visit:
    """One visitor of a served demo, with a cookie, as the page has it."""

    def __init__(self, context: Context, port: int) -> None:
        self.context = context
        self.url = f"http://127.0.0.1:{port}/"
        self._port = port
        self._cookie = ""
        self._request("GET", "/")

    def predict(self, data: list[Any]) -> tuple[int, Any]:
        """Status and answer of a prediction of these wire values."""
        body = json.dumps({"data": data}).encode()
        status, answer = self._request("POST", "/api/predict", body, {"content-type": "application/json"})
        return status, json.loads(answer)

    def upload(self, name: str, data: bytes) -> dict[str, str]:
        """{"h": handle} of a file that was uploaded."""
        status, answer = self._request("POST", "/api/files", data, {"x-file-name": name})
        assert status == 200, answer
        return {"h": json.loads(answer)["h"]}

    def _request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, body, {**(headers or {}), "cookie": self._cookie})
            answer = connection.getresponse()
            fresh = answer.getheader("set-cookie")
            if fresh:
                self._cookie = fresh.partition(";")[0]
            return answer.status, answer.read()
        finally:
            connection.close()


@contextmanager
def visiting(demo: Interface) -> Iterator[Visit]:
    """A visit to the demo, served on a free port; everything of it is gone at the end."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        folders = [Path(folder, name) for name in ("store", "files")]
        for made in folders:
            made.mkdir(mode=0o700)
        settings = ServerSettings(str(folders[0]), str(folders[1]), secrets.token_bytes(32), port=port, script="app.py")
        app, context = build(demo, LaunchOptions(), settings)
        server = Server(app)
        server.start()
        begin(context, server.loop)
        server.listen(listener)
        try:
            yield Visit(context, port)
        finally:
            server.drain(0)
            end(context, server.loop)
            server.close()
            context.store.close()
