"""Measures all parts side by side, prints them, and writes docs/queue-bench.md.

`python -m bench.queue jobs idle` measures only these parts and prints them; `--quick` all of them in two minutes.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench.queue import idle, kills, servers, streams, throughput, waiters
from bench.queue.servers import Server
from bench.results import Result, lines

PAGE = Path(__file__).parents[2] / "docs" / "queue-bench.md"
HEAD = """# The queue, measured

Written by `make bench-queue`: in one run, beside the queue of Gradio 6.31.0, which has an environment of its own, and
beside a bare Starlette echo on the same uvicorn settings. All of them run on the machine that also asks; ratios are of
figures from the same run, and say more than the figures.
"""

Part = Callable[[Path, Server], Result]
WHOLE: dict[str, Part] = {
    "jobs": partial(throughput.measured, rounds=8, seconds=1.5),
    "streams": partial(streams.measured, rounds=3, count=150),
    "idle": partial(idle.measured, seconds=20.0),
    "waiters": partial(waiters.measured, rounds=2, count=1000, gradio_count=100),
    "many": partial(waiters.many_measured, rounds=2, count=10_000),
    "kills": partial(kills.measured, rounds=1, count=10_000),
}
QUICK: dict[str, Part] = {
    "jobs": partial(throughput.measured, rounds=1, seconds=1.0),
    "streams": partial(streams.measured, rounds=1, count=40),
    "idle": partial(idle.measured, seconds=3.0),
    "waiters": partial(waiters.measured, rounds=1, count=100, gradio_count=10),
    "many": partial(waiters.many_measured, rounds=1, count=500),
    "kills": partial(kills.measured, rounds=1, count=200),
}


def machine() -> str:
    """With what it was measured, and beside what: others' work on the same cores shows in the load."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("quickdemo", "starlette", "uvicorn", "httptools"))
    return (
        f"{packages}, Gradio 6.31.0, Python {platform.python_version()}, {platform.platform()}, {os.cpu_count()} cores."
    )


def arguments() -> argparse.Namespace:
    """Of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.queue", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(WHOLE)}; all by default")
    parser.add_argument("--quick", action="store_true", help="few rounds, few waiters; docs/queue-bench.md stays")
    options = parser.parse_args()
    if unknown := [part for part in options.parts if part not in WHOLE]:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(WHOLE)}")
    return options


def main() -> None:
    """Measure what was asked for."""
    options = arguments()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # ten thousand connections, here and in the servers
    results = []
    with tempfile.TemporaryDirectory() as folder, servers.gradio(Path(folder) / "gradio") as gradio:
        for name in options.parts or WHOLE:
            load, start = os.getloadavg()[0], time.monotonic()
            result = (QUICK if options.quick else WHOLE)[name](Path(folder), gradio)
            result.load = load
            results.append(result)
            print(f"{name}: {time.monotonic() - start:.0f} s, load {load:.1f}", flush=True)
    page = "\n".join([HEAD, f"{machine()}\n", *lines(results)]) + "\n"
    print(f"\n{page}")
    if not options.parts and not options.quick:
        PAGE.write_text(page, encoding="utf-8")
        print(f"This is in {PAGE} now.")


if __name__ == "__main__":
    main()
