"""What is told of a job: to its owner, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from quickdemo.runtime.trace import Trace, trace_of

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.entry import Entry
    from quickdemo.runtime.jobs.queue import Queue


async def described(engine: Queue, entry: Entry, *, whole: bool = False) -> dict[str, Any]:
    """Where a job stands. whole: with its inputs, and its answer or error."""
    job = entry.job
    told: dict[str, Any] = {
        "id": job.id,
        "url": f"api/jobs/{job.id}",
        "function": job.function,
        "state": entry.state,
        "attempt": job.attempt,
        "accepted": job.accepted,
        "started": entry.started,
        "ended": entry.ended,
    }
    if not entry.over:
        told.update(await engine.place(entry))
    if (trace := _trace(entry)) is not None:
        told.update(trace.wire())
    if whole:
        told["inputs"] = inputs_of(entry)
        if entry.outcome is not None:
            answer = json.loads(entry.outcome.body)
            told.update({"error": answer["error"]} if entry.state != "done" else {"result": answer})
    return told


def inputs_of(entry: Entry) -> list[Any]:
    """The wire values as they were sent."""
    data: list[Any] = (entry.work.payload() if entry.work is not None else entry.job.payload).get("data") or []
    return data


def _trace(entry: Entry) -> Trace | None:
    if entry.work is not None:
        return entry.work.trace
    return trace_of(entry.job.payload.get("caller", {}).get("headers", {}).items())
