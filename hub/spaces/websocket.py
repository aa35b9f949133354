"""A WebSocket to a Space: bounded as its HTTP is, trusting whom requests trusts, and never led to another address."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from quickdemo.hub.errors import HubError
from quickdemo.hub.outbound import MOST_JSON_BYTES, is_offline, told_offline, unreachable
from quickdemo.hub.spaces.connection import PASSES, PAUSES_S, Answered, Connection
from quickdemo.hub.wording import upper

OPEN_S, CLOSE_S = 10.0, 0.1


@contextlib.contextmanager
def joined(connection: Connection, path: str) -> Iterator[ClientConnection]:
    """path: below the Space's address. Raises HubError."""
    if is_offline():
        raise HubError("offline", *told_offline(upper(connection.what)))
    addresses = connection.addresses()
    connection.log_in()
    with contextlib.ExitStack() as stack:
        opened = stack.enter_context(_patiently(connection, connection.base + path, addresses))
        try:
            yield opened
        finally:  # without waiting for a Space that does not say good-bye, and without what it still sends
            with contextlib.suppress(OSError):
                opened.socket.shutdown(socket.SHUT_RDWR)


def _patiently(connection: Connection, url: str, addresses: list[str]) -> ClientConnection:
    """Where a gateway failed it is tried again: nothing has been asked of the Space yet."""
    for pause_s in PAUSES_S:
        try:
            return _connected(connection, url, addresses)
        except Answered as error:
            if error.status not in PASSES:
                raise
        time.sleep(pause_s)
    return _connected(connection, url, addresses)


def _connected(connection: Connection, url: str, addresses: list[str]) -> ClientConnection:
    headers = {name: text for name, text in connection.headers(url).items() if name != "accept-encoding"}
    with _explained(connection):
        return connect(
            "ws" + url.removeprefix("http"),
            additional_headers=headers,
            user_agent_header="quickdemo",
            sock=_socket(addresses, urlsplit(url).port or 443) if addresses else None,
            ssl=_trusted() if url.startswith("https") else None,
            open_timeout=OPEN_S,
            close_timeout=CLOSE_S,
            compression=None,
            max_size=MOST_JSON_BYTES,
            max_queue=2,
            create_connection=_Unmoved,
        )


def _socket(addresses: list[str], port: int) -> socket.socket:
    """Connected to the first of them that answers. Raises OSError."""
    *others, last = addresses
    for address in others:
        with contextlib.suppress(OSError):
            return socket.create_connection((address, port), OPEN_S)
    return socket.create_connection((last, port), OPEN_S)


class _Redirected(Exception):
    """The Space answered with another address."""


class _Unmoved(ClientConnection):
    """`connect` follows redirects to any host, and sends it all headers but three: here they are errors before that."""

    def handshake(self, *args: Any, **options: Any) -> None:
        try:
            super().handshake(*args, **options)
        except InvalidStatus as error:
            if 300 <= error.response.status_code < 400:
                raise _Redirected from error
            raise


@contextlib.contextmanager
def _explained(connection: Connection) -> Iterator[None]:
    """What goes wrong when a WebSocket is opened, as HubError."""
    what = upper(connection.what)
    try:
        yield
    except _Redirected as error:
        raise HubError("hostile", f"{what} sends us elsewhere, which is refused.") from error
    except InvalidStatus as error:
        answer = error.response
        if answer.status_code == 403:  # how a server of WebSockets says that it did not accept one
            raise HubError("login", f"{what} asks for a login.") from error
        after = answer.headers.get("retry-after", "")
        raise connection.refusal(answer.status_code, bytes(answer.body or b""), after) from error
    except (OSError, TimeoutError, WebSocketException) as error:
        raise unreachable(upper(connection.what), error) from error


def _trusted() -> ssl.SSLContext:
    """Whom requests trusts."""
    import requests

    named = (
        os.environ.get("REQUESTS_CA_BUNDLE")
        or os.environ.get("CURL_CA_BUNDLE")
        or requests.utils.DEFAULT_CA_BUNDLE_PATH
    )
    context = ssl.create_default_context()
    context.load_verify_locations(**({"capath": named} if os.path.isdir(named) else {"cafile": named}))
    return context
