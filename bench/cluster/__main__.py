"""Jobs a second through a broker: two fronts, three workers, clients at both fronts. Prints, and writes nothing.

`python -m bench.cluster [--seconds S] [--rounds N] [--fronts N] [--workers N] [--slots N] [--clients N]`
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

from bench.cluster.hosts import NAME, Hosts, hosts
from bench.queue import kinds
from bench.queue.kinds import Job, Kind
from bench.queue.lines import Line, visitor
from bench.results import percentile

ROLES = ("fronts", "workers", "broker")


def accepted(line: Line) -> Job:
    """202, and nobody reads what comes of it."""
    request = line.request("POST", "/api/predict", kinds.DATA, "Prefer: respond-async\r\n")

    async def job() -> None:
        await line.skip(request)

    return job


WAYS: dict[str, Kind] = {"plain call": kinds.plain, "202, then its events": kinds.promised, "202 alone": accepted}


async def asked(ports: list[int], kind: Kind, clients: int, seconds: float) -> tuple[float, list[float]]:
    """(seconds that it took, those of each job) of clients that ask for the next job when the last is done."""
    lines = [await Line.to(port, visitor(NAME)) for _, port in zip(range(clients), ports * clients, strict=False)]
    start, took = time.monotonic(), []

    async def client(job: Job) -> None:
        while (begin := time.monotonic()) < start + seconds:
            await job()
            took.append(time.monotonic() - begin)

    await asyncio.gather(*(client(kind(line)) for line in lines))
    whole = time.monotonic() - start
    for line in lines:
        line.close()
    return whole, took


def measured(running: Hosts, kind: Kind, clients: int, seconds: float) -> dict[str, float]:
    """One round: jobs a second, milliseconds of a job, microseconds of processors for each job."""
    before = running.cpu_s()
    whole, took = asyncio.run(asked(running.ports, kind, clients, seconds))
    spent = {role: (now - before[role]) / len(took) * 1e6 for role, now in running.cpu_s().items()}
    return {
        "jobs": len(took) / whole,
        "p50": 1e3 * statistics.median(took),
        "p99": 1e3 * percentile(took, 0.99),
        **spent,
    }


def idle(running: Hosts, seconds: float) -> str:
    """What each role uses while nobody asks, in parts of a core."""
    time.sleep(seconds)  # what follows the last calls is over
    before, start = running.cpu_s(), time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - start
    return ", ".join(f"{role} {100 * (now - before[role]) / took:.1f} %" for role, now in running.cpu_s().items())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description=__doc__)
    for name, default in (("rounds", 3), ("fronts", 2), ("workers", 3), ("slots", 8), ("clients", 32)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    hosted = f"{options.fronts} fronts, {options.workers} workers of {options.slots} slots, a broker"
    print(f"{hosted}, {options.clients} clients")
    print(
        f"load {os.getloadavg()[0]:.1f} at the beginning, {os.cpu_count()} cores; medians of {options.rounds} rounds\n"
    )
    print(
        "|  | jobs a second | ms, median | ms, 99th | us of fronts | of workers | of the broker |\n" + "|---" * 7 + "|"
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        hosts(Path(folder), options.fronts, options.workers, options.slots) as running,
    ):
        quiet = idle(running, options.seconds)
        for name, kind in WAYS.items():
            measured(running, kind, options.clients, 1.0)  # connections are opened, and code is warm
            rounds = [measured(running, kind, options.clients, options.seconds) for _ in range(options.rounds)]
            of = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
            spent = " | ".join(f"{of[role]:,.0f}" for role in ROLES)
            print(f"| {name} | {of['jobs']:,.0f} | {of['p50']:.0f} | {of['p99']:.0f} | {spent} |", flush=True)
    print(f"\nwhile nobody asks, of a core: {quiet}")
    print(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
