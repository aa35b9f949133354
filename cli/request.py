"""One request to a child, without a port: `quickdemo run app.py --get /api/openapi.json`."""

from __future__ import annotations

import http.client
import socket
import sys

from quickdemo.cli.exit_codes import FAILED, OK
from quickdemo.runtime.reload.messages import Channel

LIMIT_S = 60.0


def get(channel: Channel, path: str, port: int) -> int:
    """Write the body to stdout; FAILED when the status is 400 or more, or when no answer comes."""
    ours, theirs = socket.socketpair()
    channel.send("connection", (theirs.fileno(),))
    theirs.close()
    path = path if path.startswith("/") else "/" + path
    with ours:
        ours.settimeout(LIMIT_S)
        ours.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        response = http.client.HTTPResponse(ours)
        try:
            response.begin()
            while chunk := response.read(65536):
                sys.stdout.buffer.write(chunk)
        except (OSError, http.client.HTTPException) as error:
            print(f"no answer to GET {path}: {error}", file=sys.stderr)
            return FAILED
    sys.stdout.buffer.flush()
    if response.status >= 400:
        print(f"GET {path}: {response.status} {response.reason}", file=sys.stderr)
        return FAILED
    return OK
