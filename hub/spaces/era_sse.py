"""Gradio 4.0: a stream of events for each call; the data are sent when its turn has come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.spaces.era import Ask, finished, full


def outputs(ask: Ask) -> Iterator[list[Any]]:
    last: Any = None
    with ask.connection.events(ask.path("queue/join"), ask.end, params=ask.who) as messages:
        for message in messages:
            ask.told.message(message)
            kind = message.get("msg")
            if kind == "send_data":
                body = {"data": ask.data, "event_id": message.get("event_id"), **ask.who}
                ask.post("queue/data", body)
            elif kind == "queue_full":
                raise full(ask)
            elif kind == "process_generating":
                last = finished(ask, message)
                if last is not None:
                    yield last
            elif kind == "process_completed":
                data = finished(ask, message) or last
                if data is not None:
                    yield data
                return
    raise HubError("network", f"The answer of {ask.what} broke off.", "Try again.", transient=True)
