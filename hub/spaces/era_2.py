"""Gradio 2: one request, or a place in a queue that is asked for until it is its turn."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.spaces.era import Ask, failed
from quickdemo.hub.waiting import Waiting
from quickdemo.hub.wording import upper

POLL_S = 1.0


def outputs(ask: Ask) -> Iterator[list[Any]]:
    body = {"data": ask.data, "session_hash": ask.session}
    if ask.endpoint.queued:
        yield _of_queue(ask, body)
        return
    answer = ask.post("api/predict/", body)
    yield _data(ask, answer)


def _of_queue(ask: Ask, body: dict[str, Any]) -> list[Any]:
    place = ask.post("api/queue/push/", {**body, "action": "predict", "fn_index": ask.endpoint.index})
    if not isinstance(place, dict) or not isinstance(place.get("hash"), str):
        raise HubError("server", f"The queue of {ask.what} answers in a way that is not understood.")
    with Waiting(f"In the queue of {ask.what}") as waiting:
        while True:
            told = ask.post("api/queue/status/", {"hash": place["hash"]})
            status, data = (told.get("status"), told.get("data")) if isinstance(told, dict) else (None, None)
            if status == "COMPLETE":
                return _data(ask, data)
            if status == "FAILED":
                raise failed(ask, data)
            if status not in ("QUEUED", "PENDING"):
                raise HubError("server", f"The queue of {ask.what} has lost the call.", "Try again.")
            waiting.tell(f"In the queue of {ask.what}" if status == "QUEUED" else f"{upper(ask.what)} works")
            if time.monotonic() > ask.end:
                raise HubError("timeout", f"{upper(ask.what)} did not answer in time.", "Try again.")
            waiting.sleep(POLL_S)


def _data(ask: Ask, answer: Any) -> list[Any]:
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list):
        raise failed(ask, answer.get("error") if isinstance(answer, dict) else None)
    return data
