"""Values by key in a stream, changed by compare-and-set, which end by themselves."""

from __future__ import annotations

import secrets
from typing import Any

from quickdemo.runtime.jobs.cluster.broker import Broker, Stored
from quickdemo.runtime.jobs.cluster.names import Names
from quickdemo.runtime.jobs.cluster.streams import make_stream, subjects_of


class Table:
    """age_s: a value ends so long after its last change. most_bytes: of all; the oldest go when it is reached."""

    def __init__(self, broker: Broker, names: Names, name: str, age_s: float, most_bytes: int, replicas: int) -> None:
        self._broker, self._names, self._name = broker, names, name
        self.stream = names.stream(name)
        self._config: dict[str, Any] = {"max_age": age_s, "max_bytes": most_bytes, "max_msgs_per_subject": 1}
        self._replicas = replicas

    async def make(self) -> None:
        """Make its stream, where it is missing."""
        subjects = [self._names.subject(self._name, ">")]
        await make_stream(self._broker, self.stream, subjects, self._replicas, discard="old", **self._config)

    def subject(self, *key: str) -> str:
        """Where a value stands; each part of its key is a token."""
        return self._names.subject(self._name, *key)

    async def get(self, *key: str, patience_s: float | None = None) -> Stored | None:
        """The value, with its place."""
        return await self._broker.last(self.stream, self.subject(*key), patience_s)

    async def put(self, *key: str, data: bytes, after: int | None = None) -> int:
        """Change a value; `after`, and what is raised, as in `Broker.store`."""
        once = secrets.token_hex(12)
        return await self._broker.store(self.subject(*key), data, once=once, after=after, make=self.make)

    async def drop(self, *key: str, patience_s: float | None = None) -> None:
        """Delete a value, where there is one."""
        await self._broker.purge(self.stream, self.subject(*key), patience_s=patience_s)

    async def tell(self, *key: str) -> None:
        """Put an empty value; nobody waits until it is there."""
        await self._broker.tell(self.subject(*key))

    async def keys(self, *start: str) -> list[str]:
        """The last parts of all keys that begin so."""
        subjects = await subjects_of(self._broker, self.stream, self.subject(*start, "*"))
        return [subject.rpartition(".")[2] for subject in subjects]
