"""The line of one function in one version of an app: a work queue in lanes, a bell for new work, places to run."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from nats.aio.msg import Msg

from quickdemo.runtime.jobs.cluster.broker import Broker, FullError, NoStreamError
from quickdemo.runtime.jobs.cluster.names import LANES, LOW, Names, lane_of, token
from quickdemo.runtime.jobs.cluster.places import Places
from quickdemo.runtime.jobs.cluster.streams import make_consumer, make_stream
from quickdemo.runtime.jobs.cluster.tuning import Bounds, Tuning
from quickdemo.runtime.jobs.full import queue_full
from quickdemo.runtime.jobs.job import Job

_ACK, _NAK, _RENEW = b"+ACK", b"-NAK", b"+WPI"
_LEAST_BYTES = 2 << 20  #: of a queue, on a disk that is nearly set aside
_KNOWN_S = 0.5  #: how long the lanes' state is used again


@dataclass(frozen=True, slots=True)
class Taken:
    """A job out of its queue, for as long as the lease is renewed. reply: where the broker is told of it."""

    job: Job
    blob: str
    reply: str
    seq: int


@dataclass(frozen=True, slots=True)
class LaneState:
    """waiting: jobs that were never delivered; out: that were, and are not done with.
    delivered: place of the newest that was delivered."""

    waiting: int
    out: int
    delivered: int


class Line:
    """`version` is the digest of the endpoint's declaration: other versions have lines of their own."""

    def __init__(
        self, broker: Broker, names: Names, function: str, version: str, bounds: Bounds, tuning: Tuning
    ) -> None:
        self._broker, self.function, self.version, self.bounds = broker, function, version, bounds
        self._tuning = tuning
        parts = (token(version or "any"), token(function))
        self.stream = names.stream("queue", *parts)
        self.parts = parts
        self._subject = names.subject("queue", *parts)
        self._bell = names.subject("bell", *parts)
        shared = ("group", token(bounds.group)) if bounds.group else parts
        self.places = None if bounds.at_once is None else Places(broker, names, shared, bounds.at_once, tuning)
        self._freed = names.subject("bell", *shared)
        self._made = self._served = False
        self._perhaps: list[str] = []  # lanes in which something may wait, the next one first
        self._known: tuple[float, dict[str, LaneState], dict[str, Any]] = (0.0, {}, {})

    async def make(self) -> None:
        """Make the queue, where it is missing. Raises FullError."""
        size = self._tuning.queue_bytes
        while not self._made:
            try:
                await self._make(size)
                self._made = True
            except FullError:
                if size < _LEAST_BYTES:
                    raise
                size //= 2

    async def _make(self, size: int) -> None:
        await make_stream(
            self._broker,
            self.stream,
            [f"{self._subject}.*"],
            self._tuning.replicas,
            retention="workqueue",
            max_msgs=self.bounds.waiting + (self.bounds.at_once or 0),
            max_bytes=size,
        )

    async def serve(self, rung: Callable[[], None]) -> None:
        """Be ready to take jobs; `rung` is called when there may be one."""
        if self._served:
            return
        await self.make()
        made = (
            make_consumer(self._broker, self.stream, lane, f"{self._subject}.{lane}", self._tuning.lease_s)
            for lane in (*LANES, LOW)
        )
        await asyncio.gather(*made)  # at the same time: the broker may be far away
        if self.places is not None:
            await self.places.make()

        def hear(message: Msg) -> None:
            lane = message.data.decode()
            if lane and lane not in self._perhaps:
                self._perhaps.append(lane)
            rung()

        await self._broker.listen(self._bell, hear)
        if self._freed != self._bell:
            await self._broker.listen(self._freed, lambda _: rung())
        self._served = True
        self.look_everywhere()

    def look_everywhere(self) -> None:
        """Something may wait in any lane."""
        self._perhaps = [*self._perhaps, *(lane for lane in (*LANES, LOW) if lane not in self._perhaps)]

    # ------------------------------------------------------------------ jobs

    async def put(self, job: Job, blob: str) -> int:
        """Put a job into its lane; its place. Raises RefusedError when it is full, FullError when the broker is."""
        lane = lane_of(job.owner, job.low)
        fields = asdict(job)
        if blob:
            fields["payload"] = {}
        data = json.dumps({"job": fields, "blob": blob}, separators=(",", ":")).encode()
        await self.make()
        try:
            seq = await self._broker.store(f"{self._subject}.{lane}", data, once=job.id, make=self._remake)
        except FullError:
            raise queue_full(f"{self.bounds.waiting} calls of {self.function} wait already.") from None
        await self.ring(lane)
        return seq

    async def _remake(self) -> None:
        self._made = self._served = False
        await self.make()

    async def ring(self, lane: str) -> None:
        """Tell workers that a job waits in a lane."""
        await self._broker.tell(self._bell, lane.encode())

    async def leave(self, place: str) -> None:
        """A place is free: tell those who found none."""
        if self.places is not None:
            await self.places.free(place)
            await self._broker.tell(self._freed)

    @property
    def perhaps(self) -> bool:
        """Whether anything may wait, as far as it is known here."""
        return bool(self._perhaps)

    async def take(self) -> Taken | None:
        """The next job, of the lanes in turn; the low ones only when no other waits."""
        while self._perhaps:
            lane = next((lane for lane in self._perhaps if lane != LOW), LOW)
            self._perhaps.remove(lane)
            try:
                message = await self._broker.pull(self.stream, lane)
            except NoStreamError:
                self._made = self._served = False
                raise
            if message is not None:
                if lane not in self._perhaps:
                    self._perhaps.append(lane)
                return _taken(message)
        return None

    async def drop(self, seq: int) -> None:
        """Take a job that waits out of the queue."""
        await self._broker.api(f"STREAM.MSG.DELETE.{self.stream}", {"seq": seq})

    async def settle(self, reply: str) -> None:
        """A job that was taken is done with."""
        await self._broker.tell(reply, _ACK)

    async def give_back(self, reply: str) -> None:
        """A job that was taken may be taken again."""
        await self._broker.tell(reply, _NAK)

    async def renew(self, reply: str) -> None:
        """A job that was taken is worked on."""
        await self._broker.tell(reply, _RENEW)

    # ------------------------------------------------------------------ what is known of it

    async def _state(self) -> tuple[dict[str, LaneState], dict[str, Any]]:
        """The state of all lanes, and of the queue; half a second old at most."""
        at, lanes, queue = self._known
        if not queue or time.monotonic() - at > _KNOWN_S:
            await self.make()
            answer = await self._broker.api(f"CONSUMER.LIST.{self.stream}")
            lanes = {one["name"]: _lane_state(one) for one in answer.get("consumers") or []}
            queue = (await self._broker.api(f"STREAM.INFO.{self.stream}"))["state"]
            self._known = time.monotonic(), lanes, queue
        return lanes, queue

    async def position(self, lane: str, seq: int) -> int:
        """About how many jobs begin before this one, itself included: of each lane as many as of its own."""
        lanes, queue = await self._state()
        own = lanes.get(lane)
        if own is None:  # no worker has come yet
            return max(1, min(int(queue["messages"]), seq - int(queue["first_seq"]) + 1))
        span = max(1, int(queue["last_seq"]) - own.delivered)
        mine = max(1, round(own.waiting * min(1.0, (seq - own.delivered) / span)))
        others = sum(min(state.waiting, mine) for name, state in lanes.items() if name not in (lane, LOW))
        if lane == LOW:
            others = sum(state.waiting for name, state in lanes.items() if name != LOW)
        return mine + others

    async def counts(self, places: int) -> tuple[int, int]:
        """(jobs that wait, jobs that run). places: starts that can run. What was delivered beyond them waits again: it
        was given back, or its worker is gone."""
        lanes, queue = await self._state()
        running = min(places * self.bounds.batch, sum(state.out for state in lanes.values()))
        return max(0, int(queue["messages"]) - running), running

    async def oldest_s(self, places: int) -> float:
        """How long the job has waited that waits longest; where some wait again, nobody knows which, and the oldest of
        those that are not done with stands for them."""
        lanes, queue = await self._state()
        waiting, _ = await self.counts(places)
        if waiting > sum(state.waiting for state in lanes.values()):
            first = [await self._broker.next(self.stream, f"{self._subject}.*", int(queue["first_seq"]))]
        else:
            first = [
                await self._broker.next(self.stream, f"{self._subject}.{lane}", state.delivered + 1)
                for lane, state in lanes.items()
                if state.waiting
            ]
        return max([0.0, *(time.time() - stored.at for stored in first if stored)])


def _taken(message: Msg) -> Taken:
    held: dict[str, Any] = json.loads(message.data)
    return Taken(Job(**held["job"]), held["blob"], message.reply, message.metadata.sequence.stream)


def _lane_state(consumer: dict[str, Any]) -> LaneState:
    return LaneState(consumer["num_pending"], consumer["num_ack_pending"], consumer["delivered"]["stream_seq"])
