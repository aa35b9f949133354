"""Places to run, of one function over all hosts: each is a message in a queue, which goes back when its holder dies."""

from __future__ import annotations

import secrets

from nats.aio.msg import Msg

from quickdemo.runtime.jobs.cluster.broker import Broker, ConflictError, NoStreamError
from quickdemo.runtime.jobs.cluster.names import Names
from quickdemo.runtime.jobs.cluster.streams import make_consumer, make_stream, subjects_of
from quickdemo.runtime.jobs.cluster.tuning import Tuning

_ALL = "all"


class Places:
    """`count` of them; a place is held for as long as it is renewed."""

    def __init__(self, broker: Broker, names: Names, parts: tuple[str, ...], count: int, tuning: Tuning) -> None:
        self._broker, self._count, self._tuning = broker, count, tuning
        self._stream = names.stream("places", *parts)
        self._subject = names.subject("places", *parts)

    async def make(self) -> None:
        """Make as many as there should be."""
        config = {"retention": "workqueue", "max_msgs_per_subject": 1, "max_bytes": 1 << 20}
        await make_stream(self._broker, self._stream, [f"{self._subject}.*"], self._tuning.replicas, **config)
        await make_consumer(self._broker, self._stream, _ALL, f"{self._subject}.*", self._tuning.lease_s)
        held = await subjects_of(self._broker, self._stream, f"{self._subject}.*")
        wanted = {f"{self._subject}.{number}" for number in range(self._count)}
        for subject in wanted - set(held):
            try:
                await self._broker.store(subject, b"", once=secrets.token_hex(12), after=0)
            except ConflictError:  # another host makes them as well
                pass
        for subject in set(held) - wanted:
            await self._broker.purge(self._stream, subject)

    async def take(self) -> str | None:
        """A free place, which is told by this reply; None when there is none."""
        try:
            message: Msg | None = await self._broker.pull(self._stream, _ALL)
        except NoStreamError:
            await self.make()
            return None
        return None if message is None else message.reply

    async def free(self, reply: str) -> None:
        """Give it back."""
        await self._broker.tell(reply, b"-NAK")

    async def renew(self, reply: str) -> None:
        """Go on holding it."""
        await self._broker.tell(reply, b"+WPI")
