"""From a generator's first yield to its arrival at the client."""

from __future__ import annotations

import asyncio
import re
import secrets
import statistics
import time
from pathlib import Path

from bench.queue import servers
from bench.queue.kinds import STREAM, gradio_events, gradio_numbers
from bench.queue.lines import Line, logged_in
from bench.queue.servers import Server
from bench.results import Result, percentile

MOST_MS = 5.0
NOTE = """One client asks for one stream after the other. A stream's first value says when it was yielded, and is
followed by nothing for 20 ms, so that no later one takes it along."""
_AT = re.compile(rb"at=(\d+) ")


def delays_ms(server: Server, count: int) -> list[float]:
    """From the yield to the client, of so many streams of quickdemo's."""

    async def run() -> list[float]:
        line = await Line.to(server.port, await logged_in(server.port))
        request = line.request("POST", "/api/predict_1", {"data": ["a"]}, STREAM)
        found = [await _delay_ms(line.events(request)) for _ in range(count)]
        line.close()
        return found

    return asyncio.run(run())


def gradio_delays_ms(server: Server, count: int) -> list[float]:
    """The same of Gradio's queue."""

    async def run() -> list[float]:
        number, line = (await gradio_numbers(server.port))["tell"], await Line.to(server.port)
        session = secrets.token_hex(8)
        found = [await _delay_ms(gradio_events(line, number, ["a"], session)) for _ in range(count)]
        line.close()
        return found

    return asyncio.run(run())


async def _delay_ms(events) -> float:  # type: ignore[no-untyped-def]
    found = None
    async for event in events:
        if found is None and (at := _AT.search(event)):
            found = (time.monotonic_ns() - int(at[1])) / 1e6
    if found is None:
        raise RuntimeError("bench: a stream ended without a value")
    return found


def measured(folder: Path, gradio: Server, rounds: int, count: int) -> Result:
    """Both in turn."""
    ours: list[list[float]] = []
    theirs: list[list[float]] = []
    with servers.served("login.py", folder / "streams") as quickdemo:
        delays_ms(quickdemo, 10), gradio_delays_ms(gradio, 10)
        for _ in range(rounds):
            ours.append(delays_ms(quickdemo, count))
            theirs.append(gradio_delays_ms(gradio, count))
    found = Result("First partial value", NOTE)
    for what, part in (("median", 0.5), ("99 of 100 within", 0.99)):
        mine, other = (statistics.median(percentile(one, part) for one in several) for several in (ours, theirs))
        found.row(f"yield to client, {what}", f"{mine:.2f} ms", f"{other:.2f} ms")
        found.at_most(f"from the yield to the client at most {MOST_MS:.0f} ms, {what}", MOST_MS, mine, "{:.2f} ms")
    return found
