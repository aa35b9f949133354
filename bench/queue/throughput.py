"""Jobs a second of 32 clients, of each way to ask for one; by turns, so that a slow moment of the machine hits all."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from pathlib import Path
from typing import NamedTuple

from bench.queue import kinds, servers
from bench.queue.kinds import Kind
from bench.queue.lines import logged_in, opened
from bench.queue.servers import Server
from bench.results import Result, median_ratio

CLIENTS = 32
TIMES_GRADIO, OF_BARE = 20, 0.25
NOTE = f"""{CLIENTS} keep-alive clients, each asking for the next job when it has the result of the last. quickdemo's
server demands a login, and checks a text's length and a number's range; Gradio's and the bare Starlette echo demand
nothing. Gradio may run as many at once as come. Medians of the rounds, ratios within each; CPU is that of all processes
of a server, for each job."""


class Rate(NamedTuple):
    """Of one round: jobs a second, and microseconds of the server's processors for each."""

    jobs: float
    cpu_us: float


def rate(server: Server, kind: Kind, seconds: float) -> Rate:
    """What a server gets done in so many seconds."""

    async def run() -> tuple[int, float]:
        cookie = await logged_in(server.port) if kind in _OURS.values() else ""
        lines = await opened(server.port, [cookie] * CLIENTS)
        start = time.monotonic()

        async def client(job: kinds.Job) -> int:
            count = 0
            while time.monotonic() < start + seconds:
                await job()
                count += 1
            return count

        counts = await asyncio.gather(*(client(kind(line)) for line in lines))
        took = time.monotonic() - start
        for line in lines:
            line.close()
        return sum(counts), took

    before = server.cpu_s()
    jobs, took = asyncio.run(run())
    return Rate(jobs / took, (server.cpu_s() - before) / jobs * 1e6)


_OURS: dict[str, Kind] = {
    "plain call": kinds.plain,
    "with an Idempotency-Key": kinds.keyed,
    "202, then its events": kinds.promised,
}


def measured(folder: Path, gradio: Server, rounds: int, seconds: float) -> Result:
    """All ways in turn."""
    rates: dict[str, list[Rate]] = {name: [] for name in (*_OURS, "gradio", "bare")}
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(servers.served("login.py", folder / "login"))
        ways = {name: (ours, kind) for name, kind in _OURS.items()}
        ways["gradio"] = gradio, kinds.gradio
        ways["bare"] = stack.enter_context(servers.bare(folder / "bare")), kinds.plain_bare
        for server, kind in ways.values():
            rate(server, kind, 0.5)  # caches and pools are filled
        for _ in range(rounds):
            for name, (server, kind) in ways.items():
                rates[name].append(rate(server, kind, seconds))
    return result(rates)


def result(rates: dict[str, list[Rate]]) -> Result:
    """Rows and verdicts."""
    found = Result("Jobs a second", NOTE)
    jobs = {name: [one.jobs for one in several] for name, several in rates.items()}
    cpu = {name: [one.cpu_us for one in several] for name, several in rates.items()}
    for name in _OURS:
        found.row(name, *(f"{statistics.median(jobs[who]):,.0f}/s" for who in (name, "gradio", "bare")))
        times, share = median_ratio(jobs[name], jobs["gradio"]), median_ratio(jobs[name], jobs["bare"])
        found.row("  ours to theirs", "", f"{times:.1f}", f"{share:.2f}")
        found.row("  CPU of a job", *(f"{statistics.median(cpu[who]):,.0f} us" for who in (name, "gradio", "bare")))
        spent = [median_ratio(cpu[who], cpu[name]) for who in ("gradio", "bare")]
        found.row("  theirs to ours", "", f"{spent[0]:.1f}", f"{spent[1]:.2f}")
        found.at_least(f"{name}: at least {TIMES_GRADIO} times as many as Gradio's queue", TIMES_GRADIO, times)
        found.at_least(f"{name}: at least {OF_BARE} of a bare echo's", OF_BARE, share)
    return found
