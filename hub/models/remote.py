"""A model that is served elsewhere, as what answers a Loaded Interface."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from quickdemo.hub.errors import HubError
from quickdemo.hub.models.clients import Clients
from quickdemo.hub.models.failures import explained, no_token, offline
from quickdemo.hub.models.patience import Patience
from quickdemo.hub.models.task import Task
from quickdemo.hub.offline import is_offline
from quickdemo.hub.reference import Reference
from quickdemo.hub.waiting import Told

MOST_KEPT = 256  #: answers, of one model

T = TypeVar("T")
_NOTHING: Any = object()


class RemoteModel:
    """parameters: what the task's method of InferenceClient takes besides the inputs. wait_s: for a model that is
    loading. keeps: whether an answer is kept for the same inputs. told: see `Waiting`."""

    def __init__(
        self,
        reference: Reference,
        task: Task,
        clients: Clients,
        *,
        labels: Sequence[str],
        parameters: Mapping[str, Any],
        wait_s: float,
        streams: bool,
        keeps: bool,
        told: Told | None,
    ) -> None:
        self.reference, self.task, self.clients = reference, task, clients
        self.what = f"model {clients.id}"
        self.streams = streams and task.grow is not None
        self._labels = labels
        self._parameters = {"model": clients.id, **parameters} if task.is_chat else dict(parameters)
        self._wait_s, self._told = wait_s, told
        self._kept = _Kept() if keeps else None

    @property
    def asks(self) -> str:
        asked = self.clients
        picks = [(pick.name, pick.id) for pick in asked.picks]
        return json.dumps([asked.id, asked.task, asked.base_url, picks, self._parameters], sort_keys=True, default=repr)

    def facts(self) -> dict[str, Any]:
        asked = self.clients
        served_by = [asked.base_url] if asked.base_url else [pick.name for pick in asked.picks]
        return {"kind": "model", "task": asked.task, "served_by": served_by}

    def answer(self, *values: Any) -> Any:
        return self._remembered(values, lambda: self._asked(values))

    def answers(self, *values: Any) -> Iterator[Any]:
        if self._kept is not None and (found := self._kept.get(values)) is not _NOTHING:
            yield found
            return
        self._check(values)
        last, left = self._patiently(lambda: self._begun(values))
        if last is _NOTHING:  # a server that does not stream
            last, left = self._asked(values), iter(())
        yield last
        try:
            for last in left:
                yield last
        except Exception as error:
            raise self._explained(error) from error
        if self._kept is not None:
            self._kept.put(values, last)

    def _remembered(self, values: Sequence[Any], ask: Callable[[], Any]) -> Any:
        if self._kept is None:
            return ask()
        found = self._kept.get(values)
        if found is _NOTHING:
            found = ask()
            self._kept.put(values, found)
        return found

    def _asked(self, values: Sequence[Any]) -> Any:
        self._check(values)

        def ask() -> Any:
            with self.clients.make() as client:
                return self.task.ask(client, self._parameters, *values)

        return self._patiently(ask)

    def _begun(self, values: Sequence[Any]) -> tuple[Any, Iterator[Any]]:
        """The first piece of an answer that grows, and the others."""

        def grow() -> Iterator[Any]:
            assert self.task.grow is not None
            with self.clients.make() as client:  # it is held as long as it is read
                yield from self.task.grow(client, self._parameters, *values)

        growing = grow()
        return next(growing, _NOTHING), growing

    def _patiently(self, ask: Callable[[], T]) -> T:
        with Patience(self._wait_s, self._told) as patience:
            while True:
                try:
                    return ask()
                except Exception as error:
                    patience.after(self._explained(error), error)

    def _explained(self, error: Exception) -> HubError:
        found = explained(error, self.what, self.clients.token)
        if self.clients.base_url is None:
            return found
        if found.kind == "token":
            return HubError("token", f"The endpoint of {self.what} refused the key.", "Pass another one as token=.")
        if found.kind == "no_provider":
            return HubError("server", f"The endpoint of {self.what} does not know it.", "Is base_url= right?")
        return found

    def _check(self, values: Sequence[Any]) -> None:
        """Raises HubError for what is known before anybody is asked."""
        if is_offline():
            raise offline(self.what)
        if not self.clients.token and self.clients.base_url is None:
            raise no_token(self.what)
        for place, (label, value) in enumerate(zip(self._labels, values, strict=False)):
            blank = place > 0 and isinstance(value, str) and not value.strip()  # an explanation asks about no text, too
            if place not in self.task.optional and (value is None or blank):
                raise HubError("input", f"{label} is empty.", "Fill it in, and try again.")


class _Kept:
    """The last answers, by what is in the inputs. Thread-safe."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, values: Sequence[Any]) -> Any:
        """_NOTHING when there is none."""
        mark = _mark(values)
        with self._lock:
            if mark not in self._answers:
                return _NOTHING
            self._answers.move_to_end(mark)
            return self._answers[mark]

    def put(self, values: Sequence[Any], answer: Any) -> None:
        """Files are not kept: they are removed an hour after they were made."""
        if any(isinstance(one, str) and os.path.isabs(one) and os.path.isfile(one) for one in _parts(answer)):
            return
        if mark := _mark(values):
            with self._lock:
                self._answers[mark] = answer
                while len(self._answers) > MOST_KEPT:
                    self._answers.popitem(last=False)


def _parts(answer: Any) -> Sequence[Any]:
    return answer if isinstance(answer, (tuple, list)) else (answer,)


def _mark(values: Sequence[Any]) -> str:
    """Follows from what is in the values, files included; "" for values of which that is not known."""
    from quickdemo.runtime.scratch import is_scratch

    digest = hashlib.sha256()
    for value in values:
        try:
            if isinstance(value, str) and is_scratch(value):
                with open(value, "rb") as file:
                    data = file.read()
            else:
                data = json.dumps(value).encode()
        except (OSError, TypeError, ValueError):
            return ""
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
