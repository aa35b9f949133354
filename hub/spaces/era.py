"""One call of a Space's endpoint, and which of the eras' ways carries it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.html_text import words_of
from quickdemo.hub.spaces.app import App, Endpoint
from quickdemo.hub.spaces.connection import Connection
from quickdemo.hub.spaces.told import Told
from quickdemo.hub.wording import upper

#: protocol -> the module beside this one whose `outputs(ask)` yields the outputs so far, the last time all of them
ERAS = {
    "2": "era_2",
    "post": "era_post",
    "ws": "era_websocket",
    "sse": "era_sse",
    "sse_v1": "era_events",
    "sse_v2": "era_events",
    "sse_v2.1": "era_events",
    "sse_v3": "era_events",
}


@dataclass(frozen=True)
class Ask:
    """data: one value for each input, as they travel. session: the remote session. end: monotonic seconds."""

    connection: Connection
    app: App
    endpoint: Endpoint
    data: list[Any]
    session: str
    end: float
    told: Told

    @property
    def what(self) -> str:
        return self.connection.what

    @property
    def who(self) -> dict[str, Any]:
        """Whose call it is, and of what."""
        return {"fn_index": self.endpoint.index, "session_hash": self.session}

    def path(self, route: str) -> str:
        """The route below the Space's address."""
        return self.app.prefix + route

    def post(self, route: str, body: dict[str, Any]) -> Any:
        """The JSON of the answer to JSON."""
        left = max(self.end - time.monotonic(), 1.0)
        return self.connection.json("POST", self.path(route), self.end, json=body, timeout_s=left)


def outputs(ask: Ask) -> Iterator[list[Any]]:
    """What the endpoint answers: one value for each output, as they travel; several times where it streams.

    Closing the iterator, or a cancelled call, ends it at the Space, too. Raises HubError.
    """
    way: Callable[[Ask], Iterator[list[Any]]] = import_module(f"{__package__}.{ERAS[ask.app.protocol]}").outputs
    answered, last = False, None
    for data in way(ask):
        if not answered or data != last:  # the end of a stream tells the last part again
            answered, last = True, data
            yield checked(ask, data)
        if time.monotonic() > ask.end:
            raise HubError("timeout", f"{upper(ask.what)} did not end in time.", "Try again.")
    if not answered:
        raise HubError("server", f"{upper(ask.what)} ended without an answer.", "Try again.")


def checked(ask: Ask, data: Any) -> list[Any]:
    """The outputs, where there are as many as the endpoint has."""
    if not isinstance(data, list) or len(data) < len(ask.endpoint.outputs):
        raise HubError("server", f"{upper(ask.what)} answered with other outputs than it has.")
    return data[: len(ask.endpoint.outputs)]


def finished(ask: Ask, message: dict[str, Any]) -> Any:
    """The outputs that a message tells which ends a call; None where it has none. Raises HubError (space_error)."""
    output = message.get("output")
    output = output if isinstance(output, dict) else {}
    if message.get("success", True) is True and "error" not in output:
        return output.get("data") or None
    raise failed(ask, output.get("error") or message.get("message"))


def by_turn(
    ask: Ask, messages: Iterable[dict[str, Any]], send: Callable[[dict[str, Any]], None]
) -> Iterator[list[Any]]:
    """The outputs of a queue that asks for the data when the turn of a call has come. send: answers its questions."""
    last: Any = None
    for message in messages:
        ask.told.message(message)
        kind = message.get("msg")
        if kind == "queue_full":
            raise full(ask)
        if kind in ("process_generating", "process_completed"):
            data = finished(ask, message)
            last = data or (last if kind == "process_completed" else None)
            if last is not None:
                yield last
            if kind == "process_completed":
                return
        else:
            send(message)
    raise HubError("network", f"The answer of {ask.what} broke off.", "Try again.", transient=True)


def failed(ask: Ask, told: Any) -> HubError:
    """The error of a function that raised one."""
    what = upper(ask.what)
    if isinstance(told, str) and told.strip():
        told = " ".join(words_of(told).split())[:500]
        quoted = len(told) > 2 and told[0] == told[-1] and told[0] in "'\""  # as Gradio 3 and 4 tell of gr.Error
        return HubError("space_error", f"{what} raised an error: {told[1:-1] if quoted else told}")
    return HubError("space_error", f"{what} raised an error and hides its message.")


def full(ask: Ask) -> HubError:
    """The error of a queue that takes no more."""
    return HubError(
        "busy", f"The queue of {ask.what} is full.", "Try again in a moment.", retry_after=2, transient=True
    )


def new_session() -> str:
    """The name of a remote session that nobody else has."""
    return secrets.token_hex(8)
