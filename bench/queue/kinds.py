"""One job, asked for in each of the ways that are compared, on a connection that has asked before."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

from bench.queue.lines import Line

STREAM = "Accept: text/event-stream\r\nPrefer: respond-async\r\n"
TEXT = "The quick brown fox jumps over the lazy dog."
DATA = {"data": [TEXT, 3]}

Job = Callable[[], Awaitable[None]]
Kind = Callable[[Line], Job]


def plain(line: Line) -> Job:
    """The answer comes at once."""
    request = line.request("POST", "/api/predict", DATA)

    async def job() -> None:
        await line.skip(request)

    return job


def plain_bare(line: Line) -> Job:
    """The same of a server that demands no login."""
    return plain(line)


def keyed(line: Line) -> Job:
    """The same with an Idempotency-Key."""

    async def job() -> None:
        key = f"Idempotency-Key: {secrets.token_hex(8)}\r\n"
        await line.skip(line.request("POST", "/api/predict", DATA, key))

    return job


def promised(line: Line) -> Job:
    """202 when it is in the journal; then its events, to the last, which is the answer."""
    request = line.request("POST", "/api/predict", DATA, "Prefer: respond-async\r\n")

    async def job() -> None:
        told = await line.json(request)
        last = await line.last(line.request("GET", f"/{told['url']}/events"))
        if b"event: done\n" not in last:
            raise RuntimeError(f"bench: a job ended with {last!r}")

    return job


def gradio(line: Line) -> Job:
    """Gradio's queue: join, then the events of the session."""
    session = secrets.token_hex(8)

    async def job() -> None:
        last = [event async for event in gradio_events(line, 0, [TEXT, 3], session)][-2:]
        if not any(b'"process_completed"' in event and b'"success":true' in event for event in last):
            raise RuntimeError(f"bench: a job of Gradio ended with {last!r}")

    return job


async def gradio_events(line: Line, function: int, data: list[object], session: str) -> AsyncIterator[bytes]:
    """What Gradio's queue tells of one job. function: its number."""
    joined = {"data": data, "fn_index": function, "session_hash": session}
    await line.json(line.request("POST", "/gradio_api/queue/join", joined))
    request = line.request("GET", f"/gradio_api/queue/data?session_hash={session}", headers=STREAM)
    async for event in line.events(request):
        yield event


async def gradio_numbers(port: int) -> dict[str, int]:
    """The number of each function by its name."""
    line = await Line.to(port)
    config = await line.json(line.request("GET", "/config"))
    line.close()
    return {one["api_name"]: one["id"] for one in config["dependencies"] if isinstance(one["api_name"], str)}


def text_of(event: bytes) -> str:
    """The first output of a `done` event; "" of any other."""
    name, _, data = event.rpartition(b"\ndata: ")
    return str(json.loads(data)["data"][0]) if name.endswith(b"event: done") else ""
