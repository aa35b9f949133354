"""Gradio 4.0: a stream of events for each call; the data are sent when its turn has come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from quickdemo.hub.spaces.era import Ask, by_turn


def outputs(ask: Ask) -> Iterator[list[Any]]:
    def send(message: dict[str, Any]) -> None:
        if message.get("msg") == "send_data":
            ask.post("queue/data", {"data": ask.data, "event_id": message.get("event_id"), **ask.who})

    with ask.connection.events(ask.path("queue/join"), ask.end, params=ask.who) as messages:
        yield from by_turn(ask, messages, send)
