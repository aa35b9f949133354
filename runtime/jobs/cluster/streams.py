"""Streams are made where they are missing, and changed where they are of another version of us."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from quickdemo.runtime.jobs.cluster.broker import NO_STREAM, ApiError, Broker, FullError

_LEAST_BYTES = 1 << 20
_NS = 1_000_000_000


async def make_stream(broker: Broker, name: str, subjects: list[str], replicas: int, **config: Any) -> None:
    """A stream of files that refuses what does not fit; times in `config` are in seconds.

    `max_bytes` is set aside; it is less where the broker is small (`Broker.share`). Raises FullError.
    """
    asked: dict[str, Any] = {
        "name": name,
        "subjects": subjects,
        "retention": "limits",
        "storage": "file",
        "discard": "new",
        "num_replicas": replicas,
        "max_consumers": -1,
        "max_msgs": -1,
        "max_bytes": -1,
        "max_msgs_per_subject": -1,
        "duplicate_window": 120,
        **config,
    }
    if asked.get("max_age"):
        asked["duplicate_window"] = min(120, asked["max_age"])
    for timed in ("max_age", "duplicate_window"):
        asked[timed] = int(asked.get(timed, 0) * _NS)
    if asked["max_bytes"] > 0:
        asked["max_bytes"] = max(_LEAST_BYTES, int(asked["max_bytes"] * broker.share))
    try:
        held = (await broker.api(f"STREAM.INFO.{name}"))["config"]
    except ApiError as error:
        if error.code != NO_STREAM:
            raise
        await broker.api(f"STREAM.CREATE.{name}", asked)
        return
    if any(held.get(key) != value for key, value in asked.items()):
        with contextlib.suppress(FullError):  # it is smaller, and must stay so
            await broker.api(f"STREAM.UPDATE.{name}", asked)


async def make_consumer(broker: Broker, stream: str, name: str, subject: str, ack_wait_s: float) -> None:
    """A lasting consumer of a work queue, from which any number of workers pull; it goes when nobody does for a day."""
    config: Mapping[str, Any] = {
        "durable_name": name,
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": int(ack_wait_s * _NS),
        "max_deliver": -1,
        "max_ack_pending": -1,
        "filter_subject": subject,
        "replay_policy": "instant",
        "inactive_threshold": 86_400 * _NS,
    }
    await broker.api(f"CONSUMER.DURABLE.CREATE.{stream}.{name}", {"stream_name": stream, "config": config})


async def subjects_of(broker: Broker, stream: str, subjects: str) -> dict[str, int]:
    """How many messages a stream has of each subject."""
    info = await broker.api(f"STREAM.INFO.{stream}", {"subjects_filter": subjects})
    return dict(info["state"].get("subjects") or {})
