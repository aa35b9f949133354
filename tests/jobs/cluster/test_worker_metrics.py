"""`quickdemo worker --metrics`: the counts of its own runs, and of what waits on all hosts, to this machine alone."""

from __future__ import annotations

import http.client
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import prometheus
from tests.jobs.brokers import free_port, nats_server
from tests.jobs.cluster.hosts import Hosts, ask, predict, promised
from tests.running import Run, until

pytestmark = pytest.mark.slow


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    """A broker of their own."""
    (tmp_path / "broker").mkdir()
    with nats_server(tmp_path / "broker") as broker, ExitStack() as stack:
        yield Hosts(tmp_path, broker, stack)


def got(worker: Run, path: str, **headers: str) -> tuple[int, str]:
    url = urlsplit(worker.events[-1]["metrics"])
    assert url.hostname and url.port and url.path == "/metrics"
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def families(text: str) -> dict[str, prometheus.Family]:
    return prometheus.read(text)


def value(worker: Run, name: str, **labels: str) -> float:
    status, text = got(worker, "/metrics")
    assert status == 200, text
    return families(text)[name.removesuffix("_count")].samples[name, frozenset(labels.items())]


def test_a_worker_tells_its_own_runs_and_what_waits_on_all_hosts(hosts: Hosts) -> None:
    (front,) = hosts.fronts(1, "--metrics")
    (worker,) = hosts.workers(1, "--metrics", "0", "--slots", "1", slow_s=30)
    one = {"function": "predict"}
    assert predict(front, "a")["data"][0] == predict(front, "b")["data"][0].replace("b", "a")
    until(lambda: value(worker, "quickdemo_jobs_total", outcome="done", **one) == 2)
    assert value(worker, "quickdemo_run_seconds_count", **one) == 2

    first, *_ = [promised(front, "slow") for _ in range(3)]
    until(lambda: value(worker, "quickdemo_jobs_running", **one) == 1)
    until(lambda: value(worker, "quickdemo_queue_depth", **one) == 2)
    assert value(worker, "quickdemo_workers", group="predict", **one) == 1
    assert families(got(worker, "/metrics")[1]).keys() == families(ask(front, "GET", "/metrics")[2].decode()).keys()
    ask(front, "DELETE", f"/api/jobs/{first}")
    until(lambda: value(worker, "quickdemo_jobs_total", outcome="cancelled", **one) == 1)
    assert not any("no worker takes them" in line for line in worker.said)


def test_nothing_else_is_served_and_nobody_else_is_told(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    (worker,) = hosts.workers(1, "--metrics", "0")
    assert got(worker, "/livez") == (200, "ok\n")
    until(lambda: got(worker, "/readyz") == (200, "ok\n"))
    assert [got(worker, path)[0] for path in ("/", "/config", "/api/openapi.json", "/login")] == [404] * 4
    assert got(worker, "/metrics", **{"X-Forwarded-For": "10.0.0.1"})[0] == 404
    (guarded,) = hosts.workers(1, "--metrics", "0", env={"QUICKDEMO_METRICS_TOKEN": "a-token-of-some-length"})
    assert got(guarded, "/metrics")[0] == 401
    assert got(guarded, "/metrics", Authorization="Bearer a-token-of-some-length")[0] == 200
    (plain,) = hosts.workers(1, env={"QUICKDEMO_METRICS": "1"})
    assert "metrics" not in plain.events[-1]


def test_a_process_that_takes_the_place_of_another_tells_at_the_same_address(hosts: Hosts) -> None:
    (worker,) = hosts.workers(1, "--metrics", "0")
    first = worker.events[-1]
    os.kill(first["pid"], signal.SIGKILL)
    worker.events.append({**worker.wait_for("ready", "reload_ok"), "metrics": first["metrics"]})
    assert value(worker, "quickdemo_generation") == 2
    worker.process.send_signal(signal.SIGTERM)
    assert worker.ends()[0] == 143


def test_a_port_that_cannot_be_had_ends_the_start(hosts: Hosts) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        code, said = hosts.run("worker", "--metrics", str(taken.getsockname()[1])).ends(40)
    assert code == 7 and "is in use" in said and "--metrics 0" in said and "Traceback" not in said
    code, said = hosts.run("worker", "--metrics", "here").ends(40)
    assert code == 2 and "--metrics is a port, or HOST:PORT, not 'here'" in said
