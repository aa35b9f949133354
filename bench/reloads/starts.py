"""From the command to the first answer over HTTP: `python app.py`, and both ways to run it with the command line."""

from __future__ import annotations

import time
from pathlib import Path

from bench.reloads import processes
from bench.reloads.apps import App
from bench.reloads.servers import Server, Tool, until

PORT = ("--port", "PORT", "--strict-port")
PLAIN = Tool("python app.py", ("python", "app.py"))
RUN = Tool("quickdemo run app.py", ("quickdemo", "run", "app.py", *PORT))
RELOAD = Tool("quickdemo run app.py --reload", ("quickdemo", "run", "app.py", "--reload", *PORT))
TOOLS = (PLAIN, RUN, RELOAD)


def measure(app: App, starts: int, bin: Path, folder: Path) -> dict[str, list[float]]:
    """Milliseconds of each start, by command; by turns, each turn beginning with another one."""
    times: dict[str, list[float]] = {tool.name: [] for tool in TOOLS}
    for tool in TOOLS:
        _start_ms(app, tool, bin, folder)  # not counted: files are read into memory, bytecode is written
    for turn in range(starts):
        for tool in TOOLS[turn % len(TOOLS) :] + TOOLS[: turn % len(TOOLS)]:
            times[tool.name].append(_start_ms(app, tool, bin, folder))
    return times


def _start_ms(app: App, tool: Tool, bin: Path, folder: Path) -> float:
    processes.wait_until_alone()
    server = Server(app, tool, bin, folder / "start")
    try:
        until(server.answers, f"an answer of {tool.name}")
        return 1000 * (time.monotonic() - server.began)
    finally:
        server.end()
