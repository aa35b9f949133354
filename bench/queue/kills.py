"""`kill -9` while ten thousand accepted jobs wait: of the child, and of the supervisor."""

from __future__ import annotations

import asyncio
import http.client
import os
import signal
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from bench.queue import servers
from bench.queue.lines import Line, opened, visitor
from bench.queue.servers import Server, served, until_gone
from bench.results import Result
from bench.servers import free_port

CLIENTS = 32
LIMIT_S = 300.0
NOTE = """Jobs are accepted with 202 while the first of them runs, which waits for a gate. Then comes `kill -9`, the
gate opens, and `quickdemo run` starts a new child by itself, or is started again by hand. First answer: of any request,
from the kill, or from the second start. Done: the last of the jobs, from the same moment; then each is asked for its
result. Gradio's queue keeps nothing: after a kill its jobs are gone."""
T = TypeVar("T")


class Killed(NamedTuple):
    """accepted: jobs a second that were promised. done: that ended with the right result. twice: that began twice."""

    accepted: float
    answer_s: float
    first_s: float
    done_s: float
    done: int
    twice: int


class Promises:
    """Jobs that one visitor was promised; each gives back its number."""

    def __init__(self, port: int) -> None:
        self._port, self._cookie = port, visitor(port)
        self.ids: list[str] = []

    async def accept(self, count: int) -> None:
        async def one(line: Line, number: int) -> str:
            request = line.request("POST", "/api/predict_1", {"data": [f"n{number}"]}, "Prefer: respond-async\r\n")
            return str((await line.json(request))["id"])

        self.ids = await self._each(one, range(count))

    async def outcomes(self) -> list[dict[str, Any]]:
        """The description of each job."""

        async def one(line: Line, id: str) -> dict[str, Any]:
            return await line.json(line.request("GET", f"/api/jobs/{id}"))

        return await self._each(one, self.ids)

    async def until_done(self, id: str) -> None:
        """Ask until it has ended."""
        (line,) = await opened(self._port, [self._cookie])
        while (await line.json(line.request("GET", f"/api/jobs/{id}")))["state"] not in ("done", "failed"):
            await asyncio.sleep(0.02)
        line.close()

    async def _each(self, ask: Callable[[Line, Any], Awaitable[T]], what: Any) -> list[T]:
        """In order, by several clients at once."""
        lines = await opened(self._port, [self._cookie] * CLIENTS)
        left = iter(list(enumerate(what)))
        found: dict[int, T] = {}

        async def client(line: Line) -> None:
            for number, one in left:
                found[number] = await ask(line, one)

        await asyncio.gather(*map(client, lines))
        for line in lines:
            line.close()
        return [found[number] for number in sorted(found)]


def child_killed(server: Server, count: int) -> Killed:
    """The supervisor starts another one."""
    (server.folder / "go").unlink(missing_ok=True)
    promises = Promises(server.port)
    rate = _accepted(promises, count)
    (child,) = server.children
    os.kill(child, signal.SIGKILL)
    start = time.monotonic()
    (server.folder / "go").touch()
    until_answered(server.port)
    return _fate(promises, rate, start, time.monotonic() - start)


def supervisor_killed(folder: Path, count: int) -> Killed:
    """`quickdemo run` is started again on the same port."""
    port = free_port()
    with served("waits.py", folder, port=port) as server:
        (folder / "go").unlink(missing_ok=True)
        promises = Promises(port)
        rate = _accepted(promises, count)
        (child,) = server.children
        server.process.kill()
        until_gone(child)
    (folder / "go").touch()
    start = time.monotonic()
    with served("waits.py", folder, port=port):
        return _fate(promises, rate, start, time.monotonic() - start)


def until_answered(port: int) -> None:
    """Ask anew until there is an answer."""
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/")
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.005)
        finally:
            connection.close()


def _accepted(promises: Promises, count: int) -> float:
    start = time.monotonic()
    asyncio.run(promises.accept(count))
    return count / (time.monotonic() - start)


def _fate(promises: Promises, rate: float, start: float, answer_s: float) -> Killed:
    async def run() -> tuple[float, float, list[dict[str, Any]]]:
        await promises.until_done(promises.ids[0])
        first = time.monotonic() - start
        await promises.until_done(promises.ids[-1])
        done = time.monotonic() - start
        return first, done, await promises.outcomes()

    first, done, told = asyncio.run(asyncio.wait_for(run(), LIMIT_S))
    right = sum(one["state"] == "done" and one["result"]["data"] == [f"n{n}"] for n, one in enumerate(told))
    return Killed(rate, answer_s, first, done, right, sum(one["attempt"] > 1 for one in told))


def measured(folder: Path, _: Server, rounds: int, count: int) -> Result:
    """First the child, several times on one server; then the supervisor."""
    with servers.served("waits.py", folder / "kill child") as server:
        child = [child_killed(server, count) for _ in range(rounds)]
    supervisor = [supervisor_killed(folder / f"kill supervisor {n}", count) for n in range(rounds)]
    result = Result(f"kill -9 with {count:,} jobs waiting", NOTE)
    for what, found in (("child", child), ("supervisor", supervisor)):
        done = sum(one.done for one in found)
        result.row(f"{what} killed: done afterwards", f"{done:,} of {rounds * count:,}", "0")
        forms = {
            "accepted": ("accepted with 202", "{:,.0f}/s"),
            "answer_s": ("first answer after", "{:.2f} s"),
            "first_s": ("first job done after", "{:.2f} s"),
            "done_s": ("all done after", "{:.1f} s"),
            "twice": ("begun twice", "{:.0f}"),
        }
        for name, (text, form) in forms.items():
            result.row(f"  {text}", form.format(statistics.median(getattr(one, name) for one in found)))
        result.holds(f"{what} killed: all {count:,} are done afterwards", done == rounds * count, f"{done:,}")
    return result
