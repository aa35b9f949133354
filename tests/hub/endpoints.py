"""A server of one's own that a model is asked of, in place of the Hub's router."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fakehub.inference import chat


class Endpoint:
    """A server of one's own on a port; `asked` is (path, headers, body) of each request. says: every answer; None is
    one that fits."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.says: bytes | None = None
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                endpoint.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                said = endpoint.answer(body) if endpoint.says is None else endpoint.says
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def answer(self, body: bytes) -> bytes:
        return chat(json.loads(body)).body if b'"messages"' in body else b'[{"generated_text": " and own"}]'

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
