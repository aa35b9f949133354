"""Measures all parts side by side, prints them, and writes docs/queue-bench.md.

`python -m bench.queue jobs idle` measures only these parts and prints them; `--quick` all of them in two minutes.
"""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import parts
from bench.queue import idle, kills, servers, streams, throughput, waiters
from bench.queue.servers import Server
from bench.results import Result

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


def main() -> None:
    """Measure what was asked for."""
    options = parts.asked("bench.queue", __doc__, WHOLE, PAGE)
    of_each = QUICK if options.quick else WHOLE
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # ten thousand connections, here and in the servers
    with tempfile.TemporaryDirectory() as folder, servers.gradio(Path(folder) / "gradio") as gradio:
        results = parts.measured({name: partial(of_each[name], Path(folder), gradio) for name in options.parts})
    machine = parts.machine("quickdemo", "starlette", "uvicorn", "httptools", beside="Gradio 6.31.0")
    parts.tell(results, PAGE, HEAD, machine, options.written)


if __name__ == "__main__":
    main()
