"""The connection to NATS: kept up for ever, every question asked until it is answered."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from email.parser import BytesHeaderParser
from functools import partial
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from quickdemo.runtime.errors import AppError, RefusedError
from quickdemo.runtime.jobs.cluster.address import Address

logger = logging.getLogger("quickdemo.jobs")

ANSWER_S = 2.0  #: after which a question is asked again
_CLOSING_S = 0.5
_NOTICE_S = 1.0
_PAUSES_S = (0.05, 0.1, 0.25, 0.5, 1.0)
_API = "$JS.API."
NO_STREAM = 10059
_CONFLICT, _NO_MESSAGE = 10071, 10037
#: the stream, the disk or the account has no room
_FULL = frozenset({10077, 10047, 10023, 10002, 10028})
#: what goes wrong on the way, and may go well the next time
_TRANSIENT = (nats.errors.Error, OSError, asyncio.TimeoutError)


class BrokerAwayError(AppError):
    """Nobody answers."""


class BrokerRefusesError(AppError):
    """The user, the password or the certificate is wrong."""


class ConflictError(Exception):
    """Somebody else has written after what we knew."""


class FullError(Exception):
    """No room for one message more."""


class NoStreamError(Exception):
    """Nothing stores messages of this subject."""


class ApiError(Exception):
    """JetStream says no; `code` is its number."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"{description} ({code})")
        self.code = code


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of a stream. seq: its place there. at: UTC seconds. header: ours."""

    seq: int
    subject: str
    header: str
    data: bytes
    at: float


class Broker:
    """patience_s: how long a question waits for its answer, unless it is told otherwise; then 503."""

    def __init__(self, address: Address, name: str, patience_s: float = 30.0) -> None:
        self.address = address
        self._name = name
        self._patience_s = patience_s
        self._client: Client | None = None
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._heard: dict[str, Callable[[Msg], None]] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._inboxes: list[_Inbox] = []
        self._keeper: asyncio.Task[None] | None = None
        self._parser = BytesHeaderParser()
        self.share = 1.0  #: of the room that each stream would have on a large disk
        self.on_return: list[Callable[[], None]] = []  #: told after each time that the connection was lost

    # ------------------------------------------------------------------ the connection

    async def open(self) -> None:
        """Connect. Raises AppError when the broker refuses us, or nobody answers within the patience."""
        until = time.monotonic() + self._patience_s
        for pause in _pauses():
            try:
                await self._connect()
                break
            except (nats.errors.AuthorizationError, nats.errors.InvalidUserCredentialsError):
                raise BrokerRefusesError(
                    f"The broker {self.address} refuses the user or password.", "Check --store, or --store-creds."
                ) from None
            except _TRANSIENT as error:
                if refusal := _refusal(error):
                    raise BrokerRefusesError(
                        f"The broker {self.address} refuses us: {refusal}.", "Check --store."
                    ) from error
                if time.monotonic() > until:
                    raise BrokerAwayError(
                        f"The broker {self.address} does not answer: {str(error) or type(error).__name__}.",
                        "Is it running, and can it be reached from here? nats-server -js starts one.",
                    ) from error
            await asyncio.sleep(pause)
        self._keeper = asyncio.ensure_future(self._keep())

    async def close(self) -> None:
        """Leave; what was published is sent."""
        if self._keeper is not None:
            await end({self._keeper})
        self._up.clear()
        if self._client is not None:
            with contextlib.suppress(*_TRANSIENT):
                await self._client.flush(1)
            with contextlib.suppress(*_TRANSIENT):
                await self._client.close()
            _bury(self._client)

    @property
    def is_up(self) -> bool:
        """Whether somebody answers now."""
        return self._up.is_set()

    async def _connect(self) -> None:
        """To one of the servers, once."""
        servers = list(self.address.servers)
        random.shuffle(servers)
        for at, server in enumerate(servers):
            client = Client()
            try:
                await client.connect(
                    server,
                    name=self._name,
                    allow_reconnect=False,  # that is our task: its own gives up on some errors
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    connect_timeout=3,
                    ping_interval=5,
                    max_outstanding_pings=2,
                    error_cb=_noted,
                    closed_cb=partial(self._lost, client),
                    **self.address.options,
                )
            except BaseException as error:
                with contextlib.suppress(*_TRANSIENT):  # it leaves the socket open; of TLS the end may not come
                    await asyncio.wait_for(client.close(), _CLOSING_S)
                _bury(client)
                if at == len(servers) - 1 or not isinstance(error, _TRANSIENT):
                    raise
                continue
            await self._connected(client)
            return

    async def _connected(self, client: Client) -> None:
        self._inboxes.clear()
        self._subscriptions.clear()
        if self._client is not None:
            _bury(self._client)
        self._client = client
        for subject, hear in list(self._heard.items()):
            self._subscriptions[subject] = await client.subscribe(subject, cb=_callback(hear))
        self._down.clear()  # the loss of the one before may be told twice
        self._up.set()

    async def _lost(self, client: Client) -> None:
        if client is self._client:
            self._up.clear()
            self._down.set()

    async def _keep(self) -> None:
        """Connect again whenever the connection was lost, for ever."""
        while True:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._down.wait(), _NOTICE_S)
            await self._notice()
            if not self._down.is_set():
                continue
            self._down.clear()
            logger.warning("the connection to the broker %s was lost; trying again until it is back", self.address)
            for pause in _pauses():
                try:
                    await self._connect()
                    break
                except _TRANSIENT as error:
                    logger.debug("the broker %s: %s", self.address, error)
                await asyncio.sleep(pause)
            logger.warning("the broker %s is back", self.address)
            for told in self.on_return:
                told()

    async def _ready(self, until: float) -> Client:
        while True:
            await self._notice()
            if self._client is not None and self._up.is_set():
                return self._client
            left = until - time.monotonic()
            if left <= 0:
                raise self._unreachable()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._up.wait(), None if left == float("inf") else left)

    async def _notice(self) -> None:
        """A client that fails to say goodbye to a broker that is gone does not tell us either."""
        if self._client is not None and self._client.is_closed and self._up.is_set():
            if (transport := self._client._transport) is not None:
                transport.close()  # type: ignore[no-untyped-call]
            await self._lost(self._client)

    def _unreachable(self) -> RefusedError:
        return RefusedError(
            503,
            "queue_unreachable",
            "The queue cannot be reached just now.",
            "Try again in a few seconds.",
            headers={"retry-after": "5"},
        )

    # ------------------------------------------------------------------ messages

    async def tell(self, subject: str, data: bytes = b"", reply: str = "") -> None:
        """Publish what nobody waits for; without a connection it is lost."""
        if self._client is not None and self._up.is_set():
            with contextlib.suppress(*_TRANSIENT):
                await self._client.publish(subject, data, reply)

    async def listen(self, subject: str, hear: Callable[[Msg], None]) -> None:
        """Call `hear` for each message of a subject that is published from now on, over lost connections; it alone,
        whoever heard it before."""
        self._heard[subject] = hear
        client = self._client
        if client is None or not self._up.is_set():
            return
        with contextlib.suppress(*_TRANSIENT):  # the next connection takes it up
            made = await client.subscribe(subject, cb=_callback(hear))
            if client is self._client:
                before = self._subscriptions.get(subject)
                self._subscriptions[subject] = made
                if before is not None:
                    await before.unsubscribe()

    async def deafen(self, subject: str) -> None:
        """End `listen`."""
        self._heard.pop(subject, None)
        subscription = self._subscriptions.pop(subject, None)
        if subscription is not None:
            with contextlib.suppress(*_TRANSIENT):
                await subscription.unsubscribe()

    async def ask(
        self, subject: str, data: bytes = b"", headers: dict[str, str] | None = None, patience_s: float | None = None
    ) -> Msg:
        """The answer to a question, which is asked until it is answered. Raises NoStreamError where nobody listens,
        RefusedError (503) when the patience is over."""
        until = time.monotonic() + (self._patience_s if patience_s is None else patience_s)
        for pause in _pauses():
            client = await self._ready(until)
            try:
                return await client.request(subject, data, timeout=ANSWER_S, headers=headers)
            except nats.errors.NoRespondersError:
                raise NoStreamError(subject) from None
            except nats.errors.MaxPayloadError:
                raise FullError("It is larger than the broker takes.") from None
            except _TRANSIENT as error:
                logger.debug("%s: %s", subject, error)
                if time.monotonic() > until:
                    raise self._unreachable() from error
            await asyncio.sleep(pause)
        raise AssertionError("pauses never end")

    async def api(self, name: str, asked: dict[str, Any] | None = None, patience_s: float | None = None) -> Any:
        """One call of JetStream's own interface. Raises ApiError, FullError, and what `ask` raises."""
        until = time.monotonic() + (self._patience_s if patience_s is None else patience_s)
        for pause in _pauses():
            try:
                message = await self.ask(_API + name, json.dumps(asked).encode() if asked else b"", None, patience_s)
                answer = json.loads(message.data)
                if "error" not in answer:
                    return answer
                _raise(answer["error"])
            except NoStreamError:  # JetStream itself does not answer: the broker has just started
                pass
            if time.monotonic() > until:
                raise self._unreachable()
            await asyncio.sleep(pause)

    async def store(
        self,
        subject: str,
        data: bytes,
        *,
        once: str,
        after: int | None = None,
        header: str = "",
        patience_s: float | None = None,
        make: Callable[[], Awaitable[None]] | None = None,
    ) -> int:
        """Write a message into the stream of its subject; its place there.

        once: names this write, so that asking again does not write twice. after: the place of the last message of this
        subject that the writer knows, 0: none; None writes in any case. header: what goes with it, ASCII.
        make: makes the stream, where it is missing: the broker has lost its files, or is another one.
        Raises ConflictError, FullError, NoStreamError, RefusedError.
        """
        headers = {"Nats-Msg-Id": once}
        if after is not None:
            headers["Nats-Expected-Last-Subject-Sequence"] = str(after)
        if header:
            headers["Qd"] = header
        until = time.monotonic() + (self._patience_s if patience_s is None else patience_s)
        for pause in _pauses():
            try:
                answer = json.loads((await self.ask(subject, data, headers, patience_s)).data)
                if "error" not in answer:
                    return int(answer["seq"])
                _raise(answer["error"])
            except NoStreamError:  # also for a moment while another host makes it
                if make is None:
                    raise
                await make()
            if time.monotonic() > until:
                raise self._unreachable()
            await asyncio.sleep(pause)
        raise AssertionError("pauses never end")

    async def last(self, stream: str, subject: str, patience_s: float | None = None) -> Stored | None:
        """The newest message of a subject."""
        return await self._get(stream, {"last_by_subj": subject}, patience_s)

    async def next(self, stream: str, subject: str, seq: int) -> Stored | None:
        """The first message of a subject from a place on."""
        return await self._get(stream, {"seq": seq, "next_by_subj": subject}, None)

    async def _get(self, stream: str, asked: dict[str, Any], patience_s: float | None) -> Stored | None:
        try:
            found = (await self.api(f"STREAM.MSG.GET.{stream}", asked, patience_s))["message"]
        except ApiError as error:
            if error.code in (_NO_MESSAGE, NO_STREAM):
                return None
            raise
        headers = self._parser.parsebytes(base64.b64decode(found.get("hdrs", "")).partition(b"\r\n")[2])
        data = base64.b64decode(found.get("data", ""))
        return Stored(found["seq"], found["subject"], headers.get("Qd", ""), data, seconds(found["time"]))

    async def purge(self, stream: str, subject: str, keep: int = 0, patience_s: float | None = None) -> None:
        """Delete the messages of a subject, but for the newest `keep`."""
        asked = {"filter": subject, **({"keep": keep} if keep else {})}
        await self.api(f"STREAM.PURGE.{stream}", asked, patience_s)

    async def streams(self, subject: str) -> list[str]:
        """The names of all streams with such subjects."""
        found: list[str] = []
        while True:
            answer = await self.api("STREAM.NAMES", {"subject": subject, "offset": len(found)})
            found += answer.get("streams") or []
            if len(found) >= answer["total"]:
                return found

    # ------------------------------------------------------------------ deliveries

    async def pull(self, stream: str, consumer: str) -> Msg | None:
        """The next message for a consumer, None when there is none now. Raises NoStreamError when nobody answers.

        Each is a short question of its own: subscriptions without an end go deaf when a broker restarts.
        """
        client = await self._ready(time.monotonic() + self._patience_s)
        subject = f"{_API}CONSUMER.MSG.NEXT.{stream}.{consumer}"
        try:
            inbox = self._inboxes.pop() if self._inboxes else await _Inbox.make(client)
        except _TRANSIENT:  # the connection was lost just now
            raise NoStreamError(subject) from None
        answer = inbox.expect()
        try:
            await client.publish(subject, b'{"batch":1,"no_wait":true}', inbox.subject)
            message = await asyncio.wait_for(answer, ANSWER_S)
        except _TRANSIENT:
            await inbox.close()
            raise NoStreamError(subject) from None
        except BaseException:
            await inbox.close()
            raise
        if client is self._client:
            self._inboxes.append(inbox)
        if message.headers and "Status" in message.headers:
            return None
        return message


async def end(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel tasks until they have ended: nats-py now and then keeps a cancellation to itself."""
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=0.1)


class _Inbox:
    """Where one delivery at a time arrives."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self._subscription: Subscription | None = None
        self._answer: asyncio.Future[Msg] | None = None

    @classmethod
    async def make(cls, client: Client) -> _Inbox:
        made = cls(client.new_inbox())
        made._subscription = await client.subscribe(made.subject, cb=_callback(made._hear))
        return made

    def _hear(self, message: Msg) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(message)

    def expect(self) -> asyncio.Future[Msg]:
        self._answer = asyncio.get_running_loop().create_future()
        return self._answer

    async def close(self) -> None:
        if self._subscription is not None:
            with contextlib.suppress(*_TRANSIENT):
                await self._subscription.unsubscribe()


def _bury(client: Client) -> None:
    """End what is left of a client that is gone. Where its goodbye fails, nats-py leaves off in the middle of it: tasks
    wait for ever, and an error that nobody has looked at is told in the log whenever the garbage is collected."""
    own = [client._reading_task, client._ping_interval_task, client._flusher_task]
    for task in (*own, *(one._wait_for_msgs_task for one in client._subs.values())):
        if task is not None:
            task.cancel()
            task.add_done_callback(lambda one: one.cancelled() or one.exception())
    if client._transport is not None:
        client._transport.close()  # type: ignore[no-untyped-call]


def _raise(error: dict[str, Any]) -> None:
    """What JetStream's answer means; nothing when it may be otherwise in a moment."""
    number, description = error.get("err_code", 0), error.get("description", "")
    if number == _CONFLICT:
        raise ConflictError(description)
    if number in _FULL:
        raise FullError(description)
    if error["code"] != 503:
        raise ApiError(number, description)


def _callback(hear: Callable[[Msg], None]) -> Callable[[Msg], Any]:
    async def called(message: Msg) -> None:
        hear(message)

    return called


def _pauses() -> Any:
    """How long to wait before the next try; never ends, and no two hosts keep time."""
    for pause in _PAUSES_S:
        yield pause * random.uniform(0.5, 1.0)
    while True:
        yield _PAUSES_S[-1] * random.uniform(0.5, 1.5)


def _refusal(error: BaseException) -> str:
    """What a broker says that will not change its mind."""
    text = str(error)
    return text if any(word in text.lower() for word in ("authorization", "authentication", "certificate")) else ""


async def _noted(error: Exception) -> None:
    logger.debug("the broker: %s", error)


def seconds(time: str) -> float:
    """UTC seconds of the broker's times, which have nanoseconds."""
    whole, _, rest = time.rstrip("Z").partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return moment.timestamp() + (float(f"0.{rest}") if rest else 0.0)
