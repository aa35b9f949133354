"""All tools serve the same app side by side; each in turn gets one edit, and is asked until the new text answers."""

from __future__ import annotations

import contextlib
import math
import statistics
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.reloads import processes
from bench.reloads.apps import LOAD_S, App
from bench.reloads.servers import Server, Tool, until

RUN = ("quickdemo", "run", "app.py", "--reload", "--json", "--port", "PORT", "--strict-port")
OURS = Tool("quickdemo", RUN)
CLEAN = Tool("clean restart", (*RUN, "--no-checkpoints"))  # in a process that has imported the server and waits
ANEW = Tool("python app.py anew", ("python", "app.py"), anew=True)
GRADIO = Tool("Gradio", ("gradio", "app.py"), "gradio")
GUARDED = Tool("Gradio, NO_RELOAD", ("gradio", "app.py"), "gradio", guarded=True)
TOOLS = {tool.name: tool for tool in (OURS, CLEAN, ANEW, GRADIO, GUARDED)}
STEPS = ("saved", "reload_start", "resume", "clean", "ready", "reload_ok")
LOST_S = LOAD_S + 25
KINDS = ("serving", "frozen", "copies", "others")


@dataclass
class Outcome:
    """Milliseconds from each save to its first answer; saves never served; failed or older answers; what the log says.

    `busy`: edits before which others did not leave the machine alone, so that their times say little.
    `steps`: milliseconds from the save to each event, for every edit. `ways`: how often it was resumed or restarted.
    """

    ms: list[float] = field(default_factory=list)
    lost: int = 0
    busy: int = 0
    faults: list[str] = field(default_factory=list)
    ways: Counter[str] = field(default_factory=Counter)
    steps: list[dict[str, float]] = field(default_factory=list)
    why: list[str] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Of the saves that were served."""
        return statistics.median(self.ms)

    @property
    def p95(self) -> float:
        """The least time that 95 % of the saves did not exceed."""
        return sorted(self.ms)[math.ceil(0.95 * len(self.ms)) - 1]

    def step_medians(self) -> dict[str, float]:
        """Median of each step over the edits that had it."""
        names = [name for name in STEPS if any(name in step for step in self.steps)]
        return {name: statistics.median(step[name] for step in self.steps if name in step) for name in names}

    def facts(self) -> dict[str, Any]:
        """For the JSON file."""
        numbers = {"median": self.median, "p95": self.p95, "min": min(self.ms), "max": max(self.ms)}
        story = {"lost": self.lost, "busy": self.busy, "faults": self.faults, "ways": dict(self.ways), "why": self.why}
        return {**numbers, **story, "step_medians": self.step_medians(), "ms": self.ms, "steps": self.steps}


def measure(app: App, edits: int, tools: Iterable[str], bin: Path, folder: Path) -> dict[str, Any]:
    """Outcomes by tool, and the memory of our processes at the end."""
    outcomes = {name: Outcome() for name in tools}
    with contextlib.ExitStack() as stack:
        servers = {}
        for number, name in enumerate(outcomes):
            servers[name] = server = Server(app, TOOLS[name], bin, folder / str(number))
            stack.callback(server.end)
            until(server.answers, f"an answer of {name}")
        for server in servers.values():
            _first_edit(server)
        for version in range(2, edits + 2):
            for name, server in servers.items():
                _edit(server, version, outcomes[name])
        for name, server in servers.items():
            outcomes[name].faults = server.faults
        memory = {tool.name: _memory(servers[tool.name]) for tool in (OURS, CLEAN) if tool.name in servers}
    return {"edits": outcomes, "memory": memory}


def save_to_served_s(server: Server, version: int) -> float | None:
    """Seconds from just before the write to the first answer of this version; None when it does not come.

    It is asked again after a twentieth of the time that has gone by (1 to 10 ms), which is exact enough and leaves the
    processor to the reload.
    """
    start = time.monotonic()
    server.save(version)
    while (gone := time.monotonic() - start) < LOST_S:
        time.sleep(min(max(gone / 20, 0.001), 0.01))
        if server.ask() == version:
            return time.monotonic() - start
    return None


def _first_edit(server: Server) -> None:
    """Not counted: Gradio runs the script a second time after its start, and loses what is saved meanwhile."""
    server.quiet()
    for _ in range(3):
        if save_to_served_s(server, 1) is not None:
            server.quiet()
            return
        server.write(0)
    raise RuntimeError(f"no edit is served: {server.said()}")


def _edit(server: Server, version: int, outcome: Outcome) -> None:
    outcome.busy += not processes.wait_until_alone()
    before, wall = len(server.events()), time.time()
    seconds = save_to_served_s(server, version)
    if seconds is None:
        outcome.lost += 1
        return
    outcome.ms.append(1000 * seconds)
    if "--json" in server.command:
        until(lambda: any(e["event"] == "reload_ok" for e in server.events()[before:]), "reload_ok")
    server.quiet()
    for _ in range(3):
        server.ask()  # an older version would be a fault
    events = server.events()[before:]
    outcome.steps.append({e["event"]: round(1000 * (e["time"] - wall), 1) for e in events if e["event"] in STEPS})
    for event in events:
        if event["event"] in ("resume", "clean", "hedge", "condemned", "unsafe"):
            outcome.ways[event["event"]] += 1
            why = str(event.get("why") or event.get("refused") or "")
            if why and why not in outcome.why:
                outcome.why.append(why)


def _memory(server: Server) -> dict[str, Any]:
    """Megabytes by kind of process, and how many there are of each.

    frozen: checkpoints that the log told. copies: the checkpoint before the first statement, and twins: forked, so they
    share pages. others: a child that waits for a clean restart shares none.
    """
    events = server.events()
    serving = next(e["pid"] for e in reversed(events) if e["event"] in ("reload_ok", "ready") and "pid" in e)
    frozen = {e.get("pid") for e in events if e["event"] == "checkpoint"}
    sums: dict[str, Any] = {kind: Counter() for kind in KINDS}
    counts: Counter[str] = Counter()
    for pid in processes.tree(server.process.pid).keys() - {server.process.pid}:
        megabytes = processes.memory_mb(pid)
        shares = megabytes.get("Pss_Anon", 0.0) < 0.9 * megabytes.get("Anonymous", 0.0)
        kind = "serving" if pid == serving else "frozen" if pid in frozen else "copies" if shares else "others"
        counts[kind] += 1
        sums[kind].update(megabytes)
    return {"counts": dict(counts), **sums}
