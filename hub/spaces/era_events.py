"""Gradio 4.1 to 6: a call joins the queue and is then told of in the stream of its session; what grows is sent as
changes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.spaces.connection import Answered
from quickdemo.hub.spaces.era import Ask, failed, finished, full
from quickdemo.hub.wording import upper
from quickdemo.runtime.diffs import apply
from quickdemo.runtime.reports import current

RECONNECTS = 1
CANCEL_S = 5.0
_ACTIONS = ("append", "add", "replace", "delete")
_LOST = ("unexpected_error", "server_stopped")


def outputs(ask: Ask) -> Iterator[list[Any]]:
    event = _joined(ask)
    ended = False
    try:
        yield from _followed(ask, event)
        ended = True
    except HubError as error:
        ended = error.kind == "space_error"
        raise
    finally:
        if not ended:
            _cancel(ask, event)


def _joined(ask: Ask) -> str:
    body = {"data": ask.data, "event_data": None, "trigger_id": ask.endpoint.trigger, **ask.who}
    try:
        answer = ask.post("queue/join", body)
    except Answered as error:
        raise full(ask) if error.status == 503 and error.told else error from None
    event = answer.get("event_id") if isinstance(answer, dict) else None
    if not isinstance(event, str):
        raise HubError("server", f"The queue of {ask.what} answers in a way that is not understood.")
    return event


def _followed(ask: Ask, event: str) -> Iterator[list[Any]]:
    grown = _Grown(ask)
    for attempt in range(RECONNECTS + 1):
        try:
            with ask.connection.events(ask.path("queue/data"), ask.end, params={"session_hash": ask.session}) as told:
                for message in told:
                    if message.get("event_id") not in (None, event):
                        continue
                    ask.told.message(message)
                    yield from grown.by(message)
                    if grown.ended:
                        return
        except HubError as error:
            if error.kind != "network" or attempt == RECONNECTS:
                raise
    raise HubError("network", f"The answer of {ask.what} broke off.", "Try again.", transient=True)


class _Grown:
    """The outputs of one call as the messages make them."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._data: list[Any] | None = None
        self._by_changes = ask.app.protocol not in ("sse_v1",)
        self.ended = False

    def by(self, message: dict[str, Any]) -> Iterator[list[Any]]:
        """What they are after this message, where it changes them."""
        kind = message.get("msg")
        if kind in _LOST:
            raise failed(self._ask, message.get("message") or "it stopped.")
        if kind == "process_generating":
            data = finished(self._ask, message)
            if data is not None:
                changes = self._by_changes and self._data is not None
                self._data = self._changed(data) if changes else data
                yield self._data
        elif kind == "process_completed":
            self.ended = True
            data = finished(self._ask, message) or self._data
            if data is not None:
                yield data

    def _changed(self, changes: Any) -> list[Any]:
        assert self._data is not None
        try:
            pairs = zip(self._data, changes, strict=True)
            return [apply(old, [_edit(edit) for edit in edits]) for old, edits in pairs]
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError) as error:
            what = upper(self._ask.what)
            raise HubError("server", f"{what} sent changes that do not fit what it sent before.") from error


def _edit(edit: Any) -> tuple[str, list[Any], Any]:
    action, path, change = edit
    if action not in _ACTIONS or not isinstance(path, list):
        raise ValueError("no such change")
    return action, path, change


def _cancel(ask: Ask, event: str) -> None:
    """Tell the Space that nobody waits any more; what it answers does not matter."""
    if ask.app.version < (4, 29):
        return
    heard = current.set(None)  # the call is cancelled, and this is said all the same
    try:
        with contextlib.suppress(HubError):
            end = time.monotonic() + CANCEL_S
            ask.connection.json("POST", ask.path("cancel"), end, json={**ask.who, "event_id": event})
    finally:
        current.reset(heard)
