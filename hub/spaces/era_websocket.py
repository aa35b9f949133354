"""Gradio 3.1 to 3.50: the queue is a WebSocket for each call; endpoints without it take one request."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import time
from collections.abc import Iterator
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.outbound import MOST_JSON_BYTES, is_offline, unreachable
from quickdemo.hub.spaces.aside import LOOK_S
from quickdemo.hub.spaces.connection import MOST_STREAM_BYTES, message_of
from quickdemo.hub.spaces.era import Ask, by_turn
from quickdemo.hub.spaces.era_post import outputs as posted
from quickdemo.hub.spaces.wording import upper
from quickdemo.runtime.reports import current

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

OPEN_S, CLOSE_S = 10.0, 0.1


def outputs(ask: Ask) -> Iterator[list[Any]]:
    if not ask.endpoint.queued:
        yield from posted(ask)
        return
    with _opened(ask) as socket:
        yield from _talk(ask, socket)


def _talk(ask: Ask, socket: ClientConnection) -> Iterator[list[Any]]:
    """Closing the socket is how a call is cancelled."""

    def send(message: dict[str, Any]) -> None:
        if message.get("msg") == "send_hash":
            _send(ask, socket, ask.who)
        elif message.get("msg") == "send_data":
            _send(ask, socket, {"data": ask.data, "event_data": None, **ask.who})

    yield from by_turn(ask, _messages(ask, socket), send)


@contextlib.contextmanager
def _opened(ask: Ask) -> Iterator[ClientConnection]:
    from websockets.sync.client import connect

    connection = ask.connection
    if is_offline():
        raise HubError("offline", f"{upper(ask.what)} cannot be reached: HF_HUB_OFFLINE is set.")
    connection.check()
    connection.log_in()
    url = connection.base + ask.path("queue/join")
    headers = {name: text for name, text in connection.headers(url).items() if name != "accept-encoding"}
    opening = connect(
        "ws" + url.removeprefix("http"),
        additional_headers=headers,
        user_agent_header="quickdemo",
        ssl=_trusted() if url.startswith("https") else None,
        open_timeout=OPEN_S,
        close_timeout=CLOSE_S,
        compression=None,
        max_size=MOST_JSON_BYTES,
        max_queue=2,
    )
    with contextlib.ExitStack() as stack:
        with _explained(ask):
            socket = stack.enter_context(opening)
        try:
            yield socket
        finally:  # without waiting for a Space that does not say good-bye, and without what it still sends
            with contextlib.suppress(OSError):
                socket.socket.shutdown(SHUT_RDWR)


@contextlib.contextmanager
def _explained(ask: Ask) -> Iterator[None]:
    """What goes wrong when a WebSocket is opened, as HubError."""
    from websockets.exceptions import InvalidStatus, WebSocketException

    try:
        yield
    except InvalidStatus as error:
        status = error.response.status_code
        if status == 401 or status == 403:
            raise HubError("login", f"{upper(ask.what)} asks for a login.") from error
        raise HubError("server", f"{upper(ask.what)} failed (HTTP {status}).", transient=status >= 500) from error
    except (OSError, TimeoutError, WebSocketException) as error:
        raise unreachable(ask.what, error) from error


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


def _messages(ask: Ask, socket: ClientConnection) -> Iterator[dict[str, Any]]:
    from websockets.exceptions import WebSocketException

    reports = current.get()
    got = 0
    while True:
        if reports is not None:
            reports.check()
        if time.monotonic() > ask.end:
            raise HubError("timeout", f"{upper(ask.what)} did not answer in time.", "Try again.")
        try:
            text = socket.recv(timeout=LOOK_S)
        except TimeoutError:
            continue
        except (WebSocketException, OSError) as error:
            raise HubError("network", f"The answer of {ask.what} broke off.", "Try again.", transient=True) from error
        got += len(text)
        if got > MOST_STREAM_BYTES:
            raise HubError("too_large", f"{upper(ask.what)} sends messages without an end.")
        yield message_of(text, ask.what)


def _send(ask: Ask, socket: ClientConnection, message: dict[str, Any]) -> None:
    from websockets.exceptions import WebSocketException

    try:
        socket.send(json.dumps(message))
    except (WebSocketException, OSError) as error:
        raise HubError("network", f"{upper(ask.what)} closed the connection.", "Try again.", transient=True) from error
