"""Two fronts, three workers and a broker under load, of which one after the other is killed: nothing is lost."""

from __future__ import annotations

import http.client
import json
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from quickdemo.runtime.server.tokens import encode
from tests.jobs.brokers import nats_server
from tests.jobs.cluster.hosts import Hosts, ask, kinds
from tests.jobs.cluster.networks import Network
from tests.running import Run, until

APP = """
import time
import quickdemo as gr

def f(text):
    time.sleep(0.1)
    return text.upper()

gr.Interface(f, "text", "text").launch()
"""
CLIENTS = 6
ENDED = ("done", "error", "cancelled")


class Load:
    """Clients that submit a job, read its events to the end, and submit the next; at whichever front answers."""

    def __init__(self, fronts: list[Run]) -> None:
        self.fronts = fronts
        self.ended: dict[str, list[str]] = {}  #: by job: the kinds of all its events
        self.texts: dict[str, str] = {}
        self.cookies: dict[str, dict[str, str]] = {}
        self.faults: list[BaseException] = []
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._client, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def more(self) -> None:
        """Wait until as many jobs more have ended as there are clients."""
        wanted = len(self.ended) + CLIENTS
        until(lambda: self.faults or len(self.ended) >= wanted)
        assert not self.faults, self.faults

    def stop(self) -> None:
        """What was accepted is read to its end."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()
        assert not self.faults, self.faults

    def _client(self, number: int) -> None:
        cookie = {"Cookie": f"quickdemo_app={encode(bytes([number]) * 32)}"}  # a visitor of its own
        try:
            while not self._stopped.is_set():
                text = uuid.uuid4().hex
                headers = {"Prefer": "respond-async", "Idempotency-Key": text, **cookie}
                id = self._insisted(lambda front, text=text, headers=headers: accepted(front, text, headers))  # type: ignore[misc]
                self.texts[id], self.cookies[id] = text, cookie
                self.ended[id] = self._insisted(lambda front, id=id: whole(kinds(front, id, cookie)))  # type: ignore[misc]
        except BaseException as fault:
            self.faults.append(fault)

    def _insisted(self, asked: Callable[[Run], object]) -> object:
        """What the first front that can says."""

        def answer() -> object:
            for front in list(self.fronts):
                try:
                    if (said := asked(front)) is not None:
                        return said
                except (OSError, http.client.HTTPException):
                    continue
            return None

        return until(answer)


def accepted(front: Run, text: str, headers: dict[str, str]) -> str | None:
    """The job's id; None when it is not accepted just now."""
    status, _, body = ask(front, "POST", "/api/predict", {"data": [text]}, headers)
    assert status in (202, 503), body
    return str(json.loads(body)["id"]) if status == 202 else None


def whole(told: list[str]) -> list[str] | None:
    """All kinds of events; None when the stream broke off before the last."""
    return told if told and told[-1] in ENDED else None


@pytest.mark.slow
@pytest.mark.parametrize("delay_s", [0.0, 0.05], ids=["near", "50 ms away"])
def test_nothing_is_lost_though_front_worker_and_broker_are_killed_under_load(
    tmp_path: Path, delay_s: float, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broker").mkdir()
    with ExitStack() as stack:
        network = Network(stack, delay_s) if delay_s else None
        broker = stack.enter_context(nats_server(tmp_path / "broker"))
        hosts = Hosts(tmp_path, broker, stack, APP, network)
        fronts, workers = hosts.fronts(), hosts.workers(3)
        load = Load(fronts)
        load.more()
        fronts.pop(0).process.kill()
        load.more()
        workers[0].process.kill()
        load.more()
        broker.kill()
        broker.start()
        load.more()
        fronts += hosts.fronts(1)
        load.more()
        load.stop()

        with capsys.disabled():
            about = network.about if network else "hosts on one network, no delay"
            print(f"\n{len(load.ended)} jobs, each ended once; {about}")
        for told in load.ended.values():
            assert told[-1] == "done" and sum(kind in ENDED for kind in told) == 1, told
            assert told.count("started") <= 3, told

        def answered(id: str) -> bool:
            answer = json.loads(ask(fronts[0], "GET", f"/api/jobs/{id}", headers=load.cookies[id])[2])
            return bool(answer["result"]["data"] == [load.texts[id].upper()])

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(answered, load.ended))
