"""What a server that nobody asks costs."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from bench.queue import kinds, servers
from bench.queue.servers import Server
from bench.queue.throughput import rate
from bench.results import Result

MOST_PERCENT = 0.5
NOTE = """Processor time of servers that nobody asks, after a second of calls, all over the same seconds, as percent of
a core. The supervisor and the child are two processes."""


def measured(folder: Path, gradio: Server, seconds: float) -> Result:
    """All at once: they leave each other alone."""
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(servers.served("login.py", folder / "idle"))
        reloads = stack.enter_context(servers.served("login.py", folder / "idle reload", "--reload"))
        bare = stack.enter_context(servers.bare(folder / "idle bare"))
        for server in (ours, reloads):
            rate(server, kinds.plain, 0.5)
            rate(server, kinds.promised, 0.5)
        rate(gradio, kinds.gradio, 1.0)
        rate(bare, kinds.plain_bare, 0.5)
        time.sleep(2)  # what follows the last calls is over
        watched = {
            "supervisor": [ours.process.pid],
            "child": ours.children,
            "supervisor --reload": [reloads.process.pid],
            "children --reload": reloads.children,
            "gradio": [gradio.process.pid, *gradio.children],
            "bare": [bare.process.pid],
        }
        before = {name: sum(map(servers.precise_cpu_s, pids)) for name, pids in watched.items()}
        start = time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - start
        share = {
            name: (sum(map(servers.precise_cpu_s, pids)) - before[name]) / took * 100 for name, pids in watched.items()
        }
    found = Result("Idle", f"{NOTE} {seconds:.0f} s.")
    both = share["supervisor"] + share["child"]
    found.row("supervisor", f"{share['supervisor']:.3f} %")
    found.row("child", f"{share['child']:.3f} %")
    found.row("together", f"{both:.3f} %", f"{share['gradio']:.2f} %", f"{share['bare']:.3f} %")
    reload = share["supervisor --reload"] + share["children --reload"]
    found.row("together, with --reload", f"{reload:.3f} %")
    found.at_most(f"below {MOST_PERCENT} % of a core when nobody asks", MOST_PERCENT, both, "{:.3f} %")
    return found
