"""An endpoint of a Space as a function: Python values in, Python values out."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.reference import Reference
from quickdemo.hub.spaces.app import App, Endpoint, Part
from quickdemo.hub.spaces.aside import LOOK_S
from quickdemo.hub.spaces.connection import CALL_S, Answered, Connection
from quickdemo.hub.spaces.era import Ask, new_session, outputs
from quickdemo.hub.spaces.media import Media
from quickdemo.hub.spaces.told import told_of
from quickdemo.hub.spaces.values import decoded, encoded
from quickdemo.hub.waiting import Waiting
from quickdemo.runtime.reports import current

BUSY_TRIES = 1
MOST_WAIT_S = 20.0  #: for which a call waits by itself, where the Space says that it may try again
_ASLEEP = (404, 502, 503, 504)


class _Turn:
    """Whose turn it is in one remote session."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


@dataclass
class SpaceRemote:
    """The `Remote` of a Space. awake: called where it does not answer; returns once it runs, and raises HubError.
    call_s: seconds for which one call may go on. stop: called when it is not needed any more."""

    reference: Reference
    app: App
    endpoint: Endpoint
    connection: Connection
    awake: Callable[[], None] | None = None
    call_s: float = CALL_S
    stop: Callable[[], None] = lambda: None
    about: dict[str, Any] = field(default_factory=dict)  #: what the Hub says of it
    shown: tuple[str, ...] = ()  #: kinds of ours that its user wants for its outputs but state; "" the usual one
    _turns: weakref.WeakValueDictionary[str, _Turn] = field(default_factory=weakref.WeakValueDictionary, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def streams(self) -> bool:
        return self.endpoint.streams

    @property
    def asks(self) -> str:
        return repr([self.endpoint, self.shown])

    def facts(self) -> dict[str, Any]:
        version = ".".join(map(str, self.app.version))
        endpoints = [
            {"name": f"/{one.name}", "inputs": _parts(one.inputs), "outputs": _parts(one.outputs)}
            for one in self.app.named
        ]
        own = {"gradio": version, "api": f"/{self.endpoint.name}", "endpoints": endpoints}
        return {"kind": "space", **self.about, **own}

    @property
    def has_state(self) -> bool:
        """Whether its functions have our State as their last input and output: the name of the remote session."""
        return self.endpoint.has_state

    def answer(self, *values: Any) -> Any:
        """The answer, as our outputs take it. Raises HubError."""
        last: list[Any] | None = None
        with self._called(values) as call:
            for data in call.outputs():
                last = data
            return call.decoded(last)

    def answers(self, *values: Any) -> Iterator[Any]:
        """The answer as it grows. Raises HubError."""
        with self._called(values) as call:
            for data in call.outputs():
                yield call.decoded(data)

    @contextmanager
    def _called(self, values: tuple[Any, ...]) -> Iterator[_Call]:
        end = time.monotonic() + self.call_s
        if not self.has_state:
            yield _Call(self, values, new_session(), end)
            return
        session = values[-1] if isinstance(values[-1], str) else new_session()
        with self._lock:
            turn = self._turns.setdefault(session, _Turn())
        _take(turn.lock, end, self.connection.what)
        try:
            yield _Call(self, values[:-1], session, end)
        finally:
            turn.lock.release()


def _take(lock: threading.Lock, end: float, what: str) -> None:
    reports = current.get()
    while not lock.acquire(timeout=LOOK_S):
        if reports is not None:
            reports.check()
        if time.monotonic() > end:
            raise HubError("busy", f"An earlier call of {what} has not ended.", "Try again later.")


@dataclass
class _Call:
    """values: of the inputs but state."""

    remote: SpaceRemote
    values: tuple[Any, ...]
    session: str
    end: float

    def __post_init__(self) -> None:
        self._files = Media(self.remote.connection, self.remote.app, self.end)

    def outputs(self) -> Iterator[list[Any]]:
        """As they travel. A Space that sleeps is woken, and one whose queue is full asked again, once."""
        for attempt in range(BUSY_TRIES + 1):
            answered = False
            try:
                for data in self._asked():
                    answered = True
                    yield data
                return
            except HubError as error:
                if answered or attempt == BUSY_TRIES or not self._may_go_on(error):
                    raise

    def _may_go_on(self, error: HubError) -> bool:
        """Whether it is worth asking again, after a while that is over now."""
        awake = self.remote.awake
        if error.kind in ("busy", "rate_limit") and 0 < (error.retry_after or 0) <= MOST_WAIT_S:
            seconds = error.retry_after or 0
            with Waiting(error.message.rstrip("."), seconds) as waiting:
                waiting.sleep(seconds)
            return True
        if awake is not None and isinstance(error, Answered) and error.status in _ASLEEP and not error.told:
            awake()
            return True
        return False

    def _asked(self) -> Iterator[list[Any]]:
        remote = self.remote
        with told_of(remote.connection.what) as told:
            ask = Ask(remote.connection, remote.app, remote.endpoint, self._data(), self.session, self.end, told)
            yield from outputs(ask)

    def _data(self) -> list[Any]:
        left = iter(self.values)
        parts = self.remote.endpoint.inputs
        return [None if part.is_state else encoded(part, next(left), self._files) for part in parts]

    def decoded(self, data: list[Any] | None) -> Any:
        """As our outputs take it: a value, or a list of them; the session last, where there is state."""
        files = Media(self.remote.connection, self.remote.app, self.end)  # the bounds are those of one answer
        pairs = zip(self.remote.endpoint.outputs, data or [], strict=True)
        visible = [(part, value) for part, value in pairs if not part.is_state]
        shown = self.remote.shown or ("",) * len(visible)
        found = [decoded(part, value, files, kind) for (part, value), kind in zip(visible, shown, strict=True)]
        if self.remote.has_state:
            found.append(self.session)
        return found[0] if len(found) == 1 else found


def _parts(parts: Sequence[Part]) -> list[dict[str, str]]:
    """Names and types of components, as short texts."""
    visible = [part for part in parts if not part.is_state]
    return [{"name": str(part.props.get("label") or part.kind)[:80], "type": part.kind[:40]} for part in visible]
