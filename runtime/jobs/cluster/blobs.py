"""Large values: in pieces, by name."""

from __future__ import annotations

import asyncio

from quickdemo.runtime.jobs.cluster.broker import Broker
from quickdemo.runtime.jobs.cluster.names import Names
from quickdemo.runtime.jobs.cluster.streams import make_stream

_PIECE = 128 * 1024
_AT_ONCE = 8


class BlobGoneError(LookupError):
    """A large value is held no longer."""


class Blobs:
    """A name is "OWNER.REST", both tokens, so that all of one owner can be dropped."""

    def __init__(
        self,
        broker: Broker,
        names: Names,
        age_s: float,
        most_bytes: int,
        replicas: int,
        *,
        kind: str = "blob",
        discard: str = "new",
    ) -> None:
        """discard: "new" refuses what does not fit, "old" makes room for it."""
        self._broker, self._names, self._kind = broker, names, kind
        self.stream = names.stream(f"{kind}s")
        self._replicas = replicas
        self._config = {"max_age": age_s, "max_bytes": most_bytes, "max_msgs_per_subject": 1, "discard": discard}

    async def make(self) -> None:
        """Make the stream, where it is missing."""
        subjects = [self._names.subject(self._kind, ">")]
        await make_stream(self._broker, self.stream, subjects, self._replicas, **self._config)

    async def put(self, name: str, data: bytes, patience_s: float | None = None) -> None:
        """Store a value. Raises FullError."""
        pieces = [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)] or [b""]

        async def store(number: int) -> None:
            subject, header = self._names.subject(self._kind, name, str(number)), str(len(pieces))
            once = f"{name}.{number}"
            await self._broker.store(
                subject, pieces[number], once=once, header=header, patience_s=patience_s, make=self.make
            )

        for first in range(0, len(pieces), _AT_ONCE):
            await asyncio.gather(*map(store, range(first, min(first + _AT_ONCE, len(pieces)))))

    async def get(self, name: str) -> bytes:
        """A value. Raises BlobGoneError."""
        first = await self._piece(name, 0)
        pieces = [first[0]]
        for start in range(1, first[1], _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, first[1]))
            pieces += [data for data, _ in await asyncio.gather(*(self._piece(name, n) for n in numbers))]
        return b"".join(pieces)

    async def _piece(self, name: str, number: int) -> tuple[bytes, int]:
        stored = await self._broker.last(self.stream, self._names.subject(self._kind, name, str(number)))
        if stored is None:
            raise BlobGoneError(name)
        return stored.data, int(stored.header)

    async def drop(self, name: str) -> None:
        """Forget a value, or with "OWNER.*" all of an owner."""
        await self._broker.purge(self.stream, self._names.subject(self._kind, name, ">"))
