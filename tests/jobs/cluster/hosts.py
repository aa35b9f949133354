"""Fronts, workers and a broker as they are run: processes that share nothing but the broker, and how to ask them."""

from __future__ import annotations

import http.client
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.jobs.brokers import NatsServer
from tests.jobs.cluster.networks import Network, Place
from tests.running import Run

APP = """
import os, time
import quickdemo as gr

def f(text, count):
    count = (count or 0) + 1
    if text == "slow":
        open(f"begun-{os.getpid()}", "w").close()
        time.sleep(float(os.environ.get("SLOW_S", "1.5")))
    else:
        time.sleep(0.1)
    return f"{text} {count}", count

gr.Interface(f, ["text", "state"], ["text", "state"]).launch()
"""


class Hosts:
    """Each process has a folder of its own, as if it ran on another machine."""

    def __init__(
        self, folder: Path, broker: NatsServer, stack: ExitStack, app: str = APP, network: Network | None = None
    ) -> None:
        """network: where each of them is; None is this machine."""
        self._folder, self._stack, self._app = folder, stack, app
        self._network = network
        self.broker = broker
        self._number = 0

    def run(
        self,
        command: str,
        *arguments: str,
        env: dict[str, str] | None = None,
    ) -> Run:
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir()
        (folder / "app.py").write_text(self._app)
        there = self._network.place(self.broker.port) if self._network else Place(self.broker.url)
        host = ("--host", there.address) if command == "run" else ()
        store = ("--store", there.url)
        run = Run(folder, "app.py", *store, *host, *arguments, command=command, env=env, prefix=there.prefix)
        run.address = there.address
        self._stack.callback(run.kill)
        return run

    def fronts(self, count: int = 2, *arguments: str) -> list[Run]:
        """They run nothing themselves."""
        made = [self.run("run", "-p", "0", "--slots", "0", *arguments) for _ in range(count)]
        for front in made:
            front.ready()
        return made

    def workers(
        self, count: int = 2, *arguments: str, slow_s: float = 1.5, env: dict[str, str] | None = None
    ) -> list[Run]:
        """Ready ones."""
        env = {"SLOW_S": str(slow_s), **(env or {})}
        made = [self.run("worker", "--slots", "2", *arguments, env=env) for _ in range(count)]
        for worker in made:
            worker.wait_for("ready")
        return made


def ask(
    front: Run, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """One request: status, headers, body."""
    connection = http.client.HTTPConnection(front.address, front.port, timeout=60)
    try:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, data, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def predict(front: Run, *data: Any, session: str | None = None, **headers: str) -> Any:
    """The whole answer."""
    body = {"data": list(data), **({"session": session} if session else {})}
    status, _, text = ask(front, "POST", "/api/predict", body, headers)
    assert status == 200, text
    return json.loads(text)


def promised(front: Run, text: str, endpoint: str = "predict") -> str:
    """The id of a job."""
    status, _, body = ask(front, "POST", f"/api/{endpoint}", {"data": [text]}, {"Prefer": "respond-async"})
    assert status == 202, body
    return str(json.loads(body)["id"])


def kinds(front: Run, id: str, headers: dict[str, str] | None = None) -> list[str]:
    """The kinds of all events of a job, to its end."""
    status, _, body = ask(front, "GET", f"/api/jobs/{id}/events", headers=headers)
    assert status == 200, body
    return [line[7:] for line in body.decode().splitlines() if line.startswith("event: ")]
