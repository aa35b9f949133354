"""A thousand visitors who wait for a short job with two places, and ten thousand who only wait."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.queue import servers
from bench.queue.kinds import STREAM, gradio_events, gradio_numbers, text_of
from bench.queue.lines import CONNECTING, Line, opened, visitor
from bench.queue.servers import Server
from bench.results import Result

NAP_S, PLACES = 0.05, 2
MOST_TIMES_IDEAL = 1.2
LIMIT_S = 400.0
NOTE = f"""Event streams that may come back (`Prefer: respond-async`), each of a visitor of its own, all asked for at
once; each job takes {1000 * NAP_S:.0f} ms, and {PLACES} run at a time. Ideal is nothing but these times."""
MANY_NOTE = """The same, behind a job that waits until all of them wait. Memory is what all processes of the server take
more than before (PSS); what the kernel holds for a connection is not in it. Gradio 6.31.0 keeps at most 2,000 sessions,
and stands beside this in no column."""


class Drained(NamedTuple):
    """seconds: from the first request to the last result. right: how many got theirs. events: that were sent."""

    seconds: float
    right: int
    events: int
    cpu_s: float


def drained(server: Server, count: int) -> Drained:
    """So many visitors, of quickdemo."""

    async def run() -> tuple[list[tuple[bool, int]], float]:
        lines = await opened(server.port, [visitor(server.port) for _ in range(count)])
        requests = [line.request("POST", "/api/predict", {"data": [f"n{n}"]}, STREAM) for n, line in enumerate(lines)]
        start = time.monotonic()
        found = await asyncio.gather(
            *(_one(line, request, f"n{n}") for n, (line, request) in enumerate(zip(lines, requests, strict=True)))
        )
        return _closed(lines, found, start)

    return _drained(server, run())


async def _one(line: Line, request: bytes, text: str) -> tuple[bool, int]:
    events, last = 0, b""
    async for event in line.events(request):
        events += 1
        last = event
    return text_of(last) == text, events


def gradio_drained(server: Server, count: int) -> Drained:
    """The same of Gradio's queue."""

    async def run() -> tuple[list[tuple[bool, int]], float]:
        number = (await gradio_numbers(server.port))["nap"]
        lines = await opened(server.port, [""] * count)
        start = time.monotonic()

        async def one(n: int) -> tuple[bool, int]:
            told = [event async for event in gradio_events(lines[n], number, [f"n{n}"], secrets.token_hex(8))]
            right = any(b'"process_completed"' in event and b'"n%d"' % n in event for event in told[-2:])
            return right, len(told)

        return _closed(lines, await asyncio.gather(*map(one, range(count))), start)

    return _drained(server, run())


def _closed(lines: list[Line], found: Sequence[tuple[bool, int]], start: float) -> tuple[list[tuple[bool, int]], float]:
    seconds = time.monotonic() - start
    for line in lines:
        line.close()
    return list(found), seconds


def _drained(server: Server, run) -> Drained:  # type: ignore[no-untyped-def]
    before = server.cpu_s()
    found, seconds = asyncio.run(asyncio.wait_for(run, LIMIT_S))
    return Drained(
        seconds, sum(right for right, _ in found), sum(events for _, events in found), server.cpu_s() - before
    )


def measured(folder: Path, gradio: Server, rounds: int, count: int, gradio_count: int) -> Result:
    """Both in turn; Gradio with fewer, since what it takes grows with their square."""
    ours: list[Drained] = []
    theirs: list[Drained] = []
    with servers.served("waits.py", folder / "waiters") as quickdemo:
        drained(quickdemo, 8), gradio_drained(gradio, 8)
        for _ in range(rounds):
            ours.append(drained(quickdemo, count))
            theirs.append(gradio_drained(gradio, gradio_count))
    found = Result(f"{count:,} waiters on short jobs", f"{NOTE} Gradio had {gradio_count}: it takes minutes for more.")
    ideal, gradio_ideal = (n * NAP_S / PLACES for n in (count, gradio_count))
    times = statistics.median(one.seconds for one in ours) / ideal
    other = statistics.median(one.seconds for one in theirs) / gradio_ideal
    found.row("waiters", f"{count:,}", f"{gradio_count:,}")
    found.row("drained in", *(f"{statistics.median(o.seconds for o in several):.1f} s" for several in (ours, theirs)))
    found.row("  ideal", f"{ideal:.1f} s", f"{gradio_ideal:.1f} s")
    found.row("  times the ideal", f"{times:.3f}", f"{other:.2f}")
    found.row("  scaled to as many, in proportion", f"{times * ideal:.1f} s", f"{other * ideal:.0f} s at least")
    found.row("results", _results(ours, count), _results(theirs, gradio_count))
    for what, value in (("events for each", lambda one: one.events), ("CPU for each", lambda one: one.cpu_s * 1e6)):
        mine, its = (statistics.median(map(value, several)) for several in (ours, theirs))
        unit = "us" if "CPU" in what else ""
        found.row(what, f"{mine / count:,.0f} {unit}".strip(), f"{its / gradio_count:,.0f} {unit}".strip())
    found.at_most(f"{count:,} waiters drained in at most {MOST_TIMES_IDEAL} times the ideal", MOST_TIMES_IDEAL, times)
    found.holds("each waiter has its result", all(o.right == count for o in ours), _results(ours, count))
    return found


def _results(several: list[Drained], count: int) -> str:
    return f"{sum(one.right for one in several):,} of {len(several) * count:,}"


# ------------------------------------------------------------------ ten thousand


class Many(NamedTuple):
    """kb: of memory for each waiter. left_kb: a second after the last has gone. waiting_percent: of a core while
    all wait. joined_s: until all wait. drained_s: from the opening of the gate to the last result."""

    right: int
    kb: float
    left_kb: float
    waiting_percent: float
    joined_s: float
    drained_s: float


def many(server: Server, count: int) -> Many:
    """So many wait at once."""
    gate = server.folder / "go"
    gate.unlink(missing_ok=True)

    async def run() -> Many:
        before = server.memory_kb()
        start = time.monotonic()
        room = asyncio.Semaphore(CONNECTING)
        waits = [asyncio.Event() for _ in range(count)]
        everyone = asyncio.gather(*(_waiting(server.port, n, waits[n], room) for n in range(count)))
        all_wait = asyncio.gather(*(one.wait() for one in waits))
        await asyncio.wait({all_wait, everyone}, return_when=asyncio.FIRST_COMPLETED)
        joined = time.monotonic() - start
        cpu = server.cpu_s()
        await asyncio.sleep(3)
        percent = (server.cpu_s() - cpu) / 3 * 100
        waiting = server.memory_kb()
        gate.touch()
        start = time.monotonic()
        ends = await everyone
        took = time.monotonic() - start
        right = ends.count("")
        if right < count:
            print(f"bench: {count - right} waiters went without a result; one of them: {next(filter(None, ends))}")
        await asyncio.sleep(1)
        return Many(right, (waiting - before) / count, (server.memory_kb() - before) / count, percent, joined, took)

    return asyncio.run(asyncio.wait_for(run(), LIMIT_S))


async def _waiting(port: int, number: int, waits: asyncio.Event, room: asyncio.Semaphore) -> str:
    """Why its result didn't come, "" where it did. waits: set when the server has promised to keep the job."""
    last = b""
    try:
        async with room:
            line = await Line.to(port, visitor(port))
        request = line.request("POST", "/api/predict_1", {"data": [f"n{number}"]}, STREAM)
        async for event in line.events(request):
            last = event
            if b"event: job\n" in event:
                waits.set()
        line.close()
    except (OSError, RuntimeError, asyncio.IncompleteReadError) as error:
        return repr(error)
    return "" if text_of(last) == f"n{number}" else f"the last event was {last!r}"


def many_measured(folder: Path, _: Server, rounds: int, count: int) -> Result:
    """Rounds on one server, so that a leak would be seen."""
    with servers.served("waits.py", folder / "many") as server:
        many(server, 50)
        found = [many(server, count) for _ in range(rounds)]
    right = sum(one.right for one in found)
    result = Result(f"{count:,} waiters at once", MANY_NOTE)
    result.row("results", f"{right:,} of {rounds * count:,}")
    # what the first round took is kept for the next ones: Python gives little of it back
    result.row("memory for each waiter", f"{found[0].kb:.1f} kB")
    if rounds > 1:
        result.row("  more of it after the last round", f"{found[-1].left_kb:.1f} kB")
    forms = {
        "waiting_percent": ("CPU while all wait, of a core", "{:.1f} %"),
        "joined_s": ("until all wait", "{:.1f} s"),
        "drained_s": ("until all have their results", "{:.1f} s"),
    }
    for name, (what, form) in forms.items():
        result.row(what, form.format(statistics.median(getattr(one, name) for one in found)))
    result.holds(f"{count:,} waiters at once without an error", right == rounds * count, f"{right:,} results")
    return result
