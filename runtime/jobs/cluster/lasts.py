"""The newest message of each subject of a stream, one after the other, without their data."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator

from nats.aio.msg import Msg

from quickdemo.runtime.jobs.cluster.broker import ANSWER_S, Broker, BrokerAwayError

_BATCH = 256
_FORGOTTEN_S = 30  #: after which the broker forgets a reader that went away
_NO_MORE = ("404", "408")


async def lasts(broker: Broker, stream: str, subjects: str) -> AsyncIterator[Msg]:
    """In the order of the stream. What is written meanwhile may come as well, after what was there before.

    Raises BrokerAwayError, and what `Broker.api` raises.
    """
    newest = int((await broker.api(f"STREAM.INFO.{stream}"))["state"]["last_seq"])
    config = {
        "deliver_policy": "last_per_subject",
        "filter_subject": subjects,
        "ack_policy": "none",
        "replay_policy": "instant",
        "headers_only": True,
        "mem_storage": True,
        "inactive_threshold": _FORGOTTEN_S * 1_000_000_000,
    }
    made = await broker.api(f"CONSUMER.CREATE.{stream}", {"stream_name": stream, "config": config})
    inbox, arrived = f"_INBOX.{secrets.token_hex(12)}", asyncio.Queue[Msg]()
    await broker.listen(inbox, arrived.put_nowait)
    try:
        while True:
            asked = json.dumps({"batch": _BATCH, "no_wait": True}).encode()
            await broker.tell(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{made['name']}", asked, inbox)
            for _ in range(_BATCH):
                message = await _next(broker, arrived)
                if message is None:
                    return
                yield message
                if message.metadata.num_pending == 0:
                    if message.metadata.sequence.stream >= newest:
                        return
                    break  # the newest was dropped meanwhile, or the broker has miscounted: it says so when asked again
    finally:
        await broker.deafen(inbox)


async def _next(broker: Broker, arrived: asyncio.Queue[Msg]) -> Msg | None:
    """None when there is no more."""
    try:
        message = await asyncio.wait_for(arrived.get(), ANSWER_S)
    except asyncio.TimeoutError:
        raise BrokerAwayError(f"The broker {broker.address} does not answer.", "Try again.") from None
    status = (message.headers or {}).get("Status")
    if status is None:
        return message
    if status in _NO_MORE:
        return None
    raise BrokerAwayError(f"The broker {broker.address} answered with {status}.", "Try again.")
