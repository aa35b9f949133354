"""`quickdemo jobs --store`: the jobs of all hosts are listed, shown, cancelled and retried, through their broker."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.brokers import NatsServer, free_port, nats_server
from tests.jobs.cluster.hosts import Hosts, ask, promised
from tests.jobs.cluster.test_address import certificate_in
from tests.running import Run, run_command, until

pytestmark = pytest.mark.slow

APP = """
import os, time
import quickdemo as gr

def work(text):
    while text.startswith("wait"):
        time.sleep(0.01)
    if text == "bad" and not os.path.exists(os.environ["MENDED"]):
        raise gr.Error("It is bad.")
    return text.upper()

gr.Interface(work, "text", "text", allow_flagging="never", concurrency_limit=1).launch()
"""


class Cluster:
    """Two fronts of one app, and whoever asks for its jobs, who has neither the script nor a folder of the app's."""

    def __init__(self, folder: Path, broker: NatsServer, stack: ExitStack) -> None:
        self.folder, self.broker, self.mended = folder / "asking", broker, folder / "mended"
        self.folder.mkdir()
        self.hosts = Hosts(folder, broker, stack, APP)

    def worker(self) -> Run:
        (made,) = self.hosts.workers(1, env={"MENDED": str(self.mended)})
        return made

    def told(self, *arguments: str, code: int = 0, app: str = "/app") -> str:
        done = run_command(self.folder, "jobs", *arguments, "--store", self.broker.url + app)
        assert done.returncode == code, (done.stdout, done.stderr)
        return done.stdout if "--json" in arguments else done.stdout + done.stderr

    def jobs(self, *arguments: str, code: int = 0, app: str = "/app") -> Any:
        return json.loads(self.told(*arguments, "--json", code=code, app=app))

    def state(self, id: str) -> str:
        return str(self.jobs("show", id)["state"])


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    (tmp_path / "broker").mkdir()
    with nats_server(tmp_path / "broker") as broker, ExitStack() as stack:
        yield Cluster(tmp_path, broker, stack)


def ended(front: Run, id: str) -> bool:
    return json.loads(ask(front, "GET", f"/api/jobs/{id}")[2])["state"] in ("done", "failed", "cancelled")


def test_jobs_of_two_fronts_are_listed_shown_and_retried(cluster: Cluster) -> None:
    (a, b), _ = cluster.hosts.fronts(), cluster.worker()
    good = promised(a, "good")
    until(lambda: ended(a, good))
    bad = promised(b, "bad")
    until(lambda: ended(a, bad))

    listed = cluster.jobs("ls")
    assert [(one["id"], one["state"], one["attempt"]) for one in listed["jobs"]] == [
        (bad, "failed", 1),
        (good, "done", 1),
    ]
    assert all(one["accepted"] <= one["started"] <= one["ended"] for one in listed["jobs"])
    assert listed["counts"] == {"predict": {"done": 1, "failed": 1}}
    assert [one["id"] for one in cluster.jobs("ls", "--limit", "1")["jobs"]] == [bad]
    assert cluster.told("ls", "--state", "done", "--function", "predict", "--quiet") == f"{good}\n"
    assert cluster.jobs("ls", "--function", "other", code=3)["jobs"] == []
    text = cluster.told("ls")
    assert text.splitlines()[0].split() == ["ID", "FUNCTION", "STATE", "ACCEPTED", "WAITED", "RAN", "STARTS"]
    assert good in text and "2 of 2 jobs: 1 done, 1 failed" in text

    shown = cluster.jobs("show", good[:8])
    assert (shown["inputs"], shown["result"]["data"], shown["attempt"]) == (["good"], ["GOOD"], 1)
    assert "position" not in shown and shown["version"]
    assert "It is bad." in cluster.told("show", bad) and '["GOOD"]' in cluster.told("show", good)

    cluster.mended.touch()
    (again,) = cluster.jobs("retry", bad)["jobs"]
    assert again["ok"] and again["new_id"] != bad
    until(lambda: cluster.state(again["new_id"]) == "done")
    assert cluster.jobs("show", again["new_id"])["result"]["data"] == ["BAD"]
    assert cluster.state(bad) == "failed", "what was told of the old one stays true"
    assert json.loads(ask(a, "GET", f"/api/jobs/{again['new_id']}")[2])["state"] == "done"
    assert "is done; only failed and cancelled" in cluster.told("retry", good, code=1)


def test_one_is_cancelled_while_it_runs_and_one_while_it_waits(cluster: Cluster) -> None:
    (a, b), _ = cluster.hosts.fronts(), cluster.worker()
    one = promised(a, "wait")
    until(lambda: cluster.state(one) == "running")
    two, three = promised(b, "wait too"), promised(a, "three")
    place = cluster.jobs("show", two)
    assert (place["state"], place["about"], place["workers"]) == ("queued", True, 1) and place["position"] >= 1
    assert f"place     about {place['position']}\nworkers   1\n" in cluster.told("show", two)

    assert cluster.told("cancel", two, one[:8]) == f"{two} is cancelled\n{one} is cancelled\n"
    assert [json.loads(ask(a, "GET", f"/api/jobs/{id}")[2])["state"] for id in (one, two)] == ["cancelled"] * 2
    assert cluster.jobs("show", two)["error"]["message"] == "It was cancelled by whoever runs this demo."
    assert cluster.jobs("show", two)["started"] is None and cluster.jobs("show", one)["started"]
    assert "is cancelled already" in cluster.told("cancel", one)
    assert cluster.state(three) in ("queued", "running", "done"), "others are left alone"


def test_jobs_of_a_version_that_nobody_has_say_that_they_wait_for_it(cluster: Cluster) -> None:
    (front,) = cluster.hosts.fronts(1)
    id = promised(front, "bad")
    assert "place     about 1\nworkers   0: it waits until one is there that has its version\n" in cluster.told(
        "show", id
    )
    cluster.jobs("cancel", id)
    assert "it waits until a worker is there that has its version" in cluster.told("retry", id)
    assert cluster.jobs("ls")["counts"] == {"predict": {"cancelled": 1, "queued": 1}}


def test_an_app_is_named_as_its_hosts_name_it(cluster: Cluster) -> None:
    assert cluster.jobs("ls", code=3)["error"]["code"] == "jobs.no_app"
    assert cluster.jobs("ls", code=3)["error"]["hint"] == "No app has been there.", "looking makes nothing"
    (front,) = cluster.hosts.fronts(1)
    id = promised(front, "x")
    nameless = cluster.jobs("ls", app="", code=3)["error"]
    assert nameless["code"] == "jobs.no_app" and "--app app.py, or --store nats://HOST:4222/NAME" in nameless["message"]
    assert cluster.told("ls", "-q", "--app", "app.py", app="") == f"{id}\n"
    other = cluster.jobs("ls", app="/other", code=3)["error"]
    assert "no jobs of an app 'other'" in other["message"] and other["hint"] == "It has those of app."
    assert cluster.jobs("show", "nope", code=3)["error"]["code"] == "jobs.unknown"
    assert cluster.jobs("cancel", "a.b", code=3)["error"]["code"] == "jobs.unknown"


def test_the_address_comes_from_the_environment_or_the_settings(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    (front,) = cluster.hosts.fronts(1)
    id = promised(front, "x")
    monkeypatch.setenv("QUICKDEMO_STORE", cluster.broker.url + "/app")
    assert run_command(cluster.folder, "jobs", "ls", "-q").stdout == f"{id}\n"
    assert not os.listdir(cluster.folder)
    monkeypatch.delenv("QUICKDEMO_STORE")
    (cluster.folder / "pyproject.toml").write_text(f'[tool.quickdemo]\nstore = "{cluster.broker.url}/app"\n')
    assert run_command(cluster.folder, "jobs", "ls", "-q").stdout == f"{id}\n"


@pytest.mark.parametrize(
    ("url", "code", "name", "text"),
    [
        ("nats://127.0.0.1:{free}/app", 5, "unreachable", "does not answer"),
        ("nats://ann:wrong@127.0.0.1:{port}/app", 6, "refused", "refuses us"),
        ("redis://127.0.0.1:{port}/app", 2, "usage", "no address of a broker"),
    ],
)
def test_a_broker_that_cannot_be_asked(tmp_path: Path, url: str, code: int, name: str, text: str) -> None:
    (tmp_path / "broker").mkdir()
    with nats_server(tmp_path / "broker", 'authorization { user: "ann", password: "right" }') as broker:
        store = url.format(port=broker.port, free=free_port())
        said = run_command(tmp_path, "jobs", "ls", "--store", store)
        as_json = run_command(tmp_path, "jobs", "show", "x", "--store", store, "--json")
        (tmp_path / "creds").write_text("ann:right")
        known = run_command(tmp_path, "jobs", "ls", "--store", broker.url + "/app", "--store-creds", "creds")
    assert (said.returncode, as_json.returncode, said.stdout) == (code, code, "")
    assert text in said.stderr and "wrong" not in said.stderr and len(said.stderr.splitlines()) == 1
    assert json.loads(as_json.stdout)["error"]["code"] == f"jobs.{name}"
    assert (known.returncode, "No app has been there" in known.stderr) == (3, True)


def test_an_encrypted_broker_is_asked_as_run_asks_it(tmp_path: Path) -> None:
    certificate, key = certificate_in(tmp_path)
    with nats_server(tmp_path, f'tls {{ cert_file: "{certificate}", key_file: "{key}" }}') as broker:
        address = f"tls://127.0.0.1:{broker.port}/app"
        known = run_command(tmp_path, "jobs", "ls", "--store", f"{address}?ca={certificate}")
        unknown = run_command(tmp_path, "jobs", "ls", "--store", address)
    assert known.returncode == 3 and "No app has been there." in known.stderr
    assert unknown.returncode == 6 and "certificate" in unknown.stderr
