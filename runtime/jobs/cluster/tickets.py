"""Small values that hold on every host until one of them ends them, as logins do: each host remembers those in use."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

from nats.aio.msg import Msg

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.cluster.broker import Broker, ConflictError, FullError, Stored
from quickdemo.runtime.jobs.cluster.names import Names, digest
from quickdemo.runtime.jobs.cluster.table import Table

#: seconds for which a value that was read holds: news of its end may be lost with the connection
HOLDS_S = 5.0
_MOST_REMEMBERED = 10_000
_PATIENCE_S = 3.0  #: every request of a page waits for it


@dataclass(frozen=True, slots=True)
class _Read:
    at: float
    stored: Stored


class Tickets:
    """By names that are tokens. table: the values. owned: of each owner the names of his, the oldest first."""

    def __init__(self, broker: Broker, names: Names, table: Table, owned: Table) -> None:
        self._broker, self.table, self.owned = broker, table, owned
        self._ended = names.subject("ended")
        self._read: dict[str, _Read] = {}
        self._news = 0  # grows with whatever ends

    async def open(self) -> None:
        """Hear what ends elsewhere."""
        await self._broker.listen(self._ended, self._hear)
        self._broker.on_return.append(self._forget)

    async def get(self, name: str) -> bytes | None:
        """Raises RefusedError (503) where the broker does not answer."""
        known = self._read.get(name)
        if known is not None and time.monotonic() - known.at < HOLDS_S:
            return known.stored.data
        news = self._news
        stored = await self.table.get(name, patience_s=_PATIENCE_S)
        self._read.pop(name, None)
        if stored is not None and news == self._news:  # else it may have ended while it was on its way
            while len(self._read) >= _MOST_REMEMBERED:
                self._read.pop(next(iter(self._read)))
            self._read[name] = _Read(time.monotonic(), stored)
        return None if stored is None else stored.data

    async def put(self, name: str, owner: str, data: bytes, most: int) -> None:
        """A new one. Of more than `most` of one owner, the oldest end. Raises RefusedError (503)."""
        key = digest(owner)
        for old in await self._too_many(key, most):
            await self.end(old.partition("_")[2])
            await self.owned.drop(key, old)
        try:
            await self.owned.put(key, f"{time.time() * 1000:013.0f}_{name}", data=b"")
            await self.table.put(name, data=data, after=0)
        except FullError as error:
            raise RefusedError(503, "store_full", f"The broker has no room: {error}.") from error

    async def _too_many(self, owner: str, most: int) -> list[str]:
        """Of an owner's names those that go for a new one: first what has ended already, then the oldest."""
        names = sorted(await self.owned.keys(owner))
        if len(names) < most:
            return []
        valid = set(await self.table.keys())
        return sorted(names, key=lambda old: old.partition("_")[2] in valid)[: len(names) - most + 1]

    async def renew(self, name: str, data: bytes, changed: bytes) -> None:
        """Write `changed` where `data` is still; one that has ended does not come back, and nobody is told."""
        known = self._read.get(name)
        if known is None or known.stored.data != data:
            return
        with contextlib.suppress(ConflictError, FullError, RefusedError):
            await self.table.put(name, data=changed, after=known.stored.seq)
            self._read.pop(name, None)

    async def end(self, name: str) -> None:
        """On all hosts; those that hear it not at once, after `HOLDS_S`. Raises RefusedError (503): it holds still."""
        await self.table.drop(name, patience_s=_PATIENCE_S)
        await self._broker.tell(self._ended, name.encode())
        self._forget(name)

    def _hear(self, message: Msg) -> None:
        self._forget(message.data.decode())

    def _forget(self, name: str = "") -> None:
        """One, or all."""
        self._news += 1
        if name:
            self._read.pop(name, None)
        else:
            self._read.clear()
