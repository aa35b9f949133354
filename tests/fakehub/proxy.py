"""A proxy that ends TLS itself, so that a child process with the Hub's own addresses talks to the stand-in."""

from __future__ import annotations

import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import trustme


class Proxy:
    """It takes CONNECT. port_of: host -> a port of this machine, or None: that host is refused.

    connects: every host that was asked for; refused: those that were not let through. ca: path of the certificate
    that a child process trusts (SSL_CERT_FILE, REQUESTS_CA_BUNDLE).
    """

    def __init__(self, folder: Path, port_of: Callable[[str], int | None]) -> None:
        self.port_of = port_of
        self.connects: list[str] = []
        self.refused: list[str] = []
        self._authority = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self.ca = str(folder / "ca.pem")
        self._authority.cert_pem.write_to_path(self.ca)
        self._server = _Server(self)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def context_of(self, host: str) -> ssl.SSLContext:
        """A certificate for a host."""
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._authority.issue_cert(host).configure_cert(self._contexts[host])
            return self._contexts[host]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients go when they like."""


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        proxy: Proxy = self.server.proxy  # type: ignore[attr-defined]
        method, host = _asked(self.request)
        proxy.connects.append(host)
        port = proxy.port_of(host) if method == "CONNECT" else None
        if port is None:
            proxy.refused.append(host)
            self.request.sendall(b"HTTP/1.1 502 This host is not here\r\nContent-Length: 0\r\n\r\n")
            return
        self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with proxy.context_of(host).wrap_socket(self.request, server_side=True) as client:
            with socket.create_connection(("127.0.0.1", port)) as server:
                _pass_on(client, server)


def _asked(client: socket.socket) -> tuple[str, str]:
    """Method and host of a request's head."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(65536)
        if not piece or len(head) > 65536:
            return "", ""
        head += piece
    method, target, *_ = head.split(b"\r\n")[0].decode("latin-1").split(" ")
    return method, target.split("://")[-1].split("/")[0].rpartition(":")[0] or target


def _pass_on(client: ssl.SSLSocket, server: socket.socket) -> None:
    """Bytes both ways, until one side ends."""
    while True:
        ready = [client] if client.pending() else select.select([client, server], [], [])[0]
        for one in ready:
            data = one.recv(65536)
            if not data:
                return
            (server if one is client else client).sendall(data)
