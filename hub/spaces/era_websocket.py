"""Gradio 3.1 to 3.50: the queue is a WebSocket for each call; endpoints without it take one request."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.spaces.aside import LOOK_S
from quickdemo.hub.spaces.connection import MOST_STREAM_BYTES, message_of
from quickdemo.hub.spaces.era import Ask, by_turn
from quickdemo.hub.spaces.era_post import outputs as posted
from quickdemo.hub.wording import upper
from quickdemo.runtime.reports import current

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection


def outputs(ask: Ask) -> Iterator[list[Any]]:
    if not ask.endpoint.queued:
        yield from posted(ask)
        return
    from quickdemo.hub.spaces.websocket import joined  # websockets, with what needs it

    with joined(ask.connection, ask.path("queue/join")) as socket:
        yield from _talk(ask, socket)


def _talk(ask: Ask, socket: ClientConnection) -> Iterator[list[Any]]:
    """Closing the socket is how a call is cancelled."""

    def send(message: dict[str, Any]) -> None:
        if message.get("msg") == "send_hash":
            _send(ask, socket, ask.who)
        elif message.get("msg") == "send_data":
            _send(ask, socket, {"data": ask.data, "event_data": None, **ask.who})

    yield from by_turn(ask, _messages(ask, socket), send)


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
        yield message_of(ask.connection.blanked(text.encode() if isinstance(text, str) else text), ask.what)


def _send(ask: Ask, socket: ClientConnection, message: dict[str, Any]) -> None:
    from websockets.exceptions import WebSocketException

    try:
        socket.send(json.dumps(message))
    except (WebSocketException, OSError) as error:
        raise HubError("network", f"{upper(ask.what)} closed the connection.", "Try again.", transient=True) from error
