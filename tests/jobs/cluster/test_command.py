"""Fronts, workers and a broker as they are run: processes that share nothing but the broker."""

from __future__ import annotations

import io
import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.jobs.brokers import nats_server
from tests.jobs.cluster.hosts import APP, Hosts, ask, kinds, predict, promised
from tests.running import Run, until

PICTURES = """
import quickdemo as gr

gr.Interface(lambda picture: 255 - picture, gr.Image(), gr.Image()).launch()
"""


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    """A broker of their own."""
    (tmp_path / "broker").mkdir()
    with nats_server(tmp_path / "broker") as broker, ExitStack() as stack:
        yield Hosts(tmp_path, broker, stack)


@pytest.mark.slow
def test_a_job_of_one_front_is_followed_and_collected_at_another(hosts: Hosts) -> None:
    (a, b), _ = hosts.fronts(), hosts.workers()
    id = promised(a, "x")
    assert kinds(b, id)[-2:] == ["started", "done"]
    told = json.loads(ask(b, "GET", f"/api/jobs/{id}")[2])
    assert (told["state"], told["inputs"], told["result"]["data"][0]) == ("done", ["x"], "x 1")

    first = predict(a, "y")
    second = predict(b, "y", session=first["session"])
    assert (first["data"][0], second["data"][0]) == ("y 1", "y 2")


@pytest.mark.slow
def test_a_key_stands_for_one_call_at_all_fronts(hosts: Hosts) -> None:
    (a, b), _ = hosts.fronts(), hosts.workers(1)
    cookie = ask(a, "GET", "/")[1]["set-cookie"].partition(";")[0]

    def told(front: Run, text: str) -> Any:
        headers = {"Prefer": "respond-async", "Idempotency-Key": "k", "Cookie": cookie}
        return json.loads(ask(front, "POST", "/api/predict", {"data": [text]}, headers)[2])

    id = told(a, "one")["id"]
    assert [told(front, "two")["error"]["code"] for front in (a, b)] == ["key_reused"] * 2
    assert told(b, "one")["id"] == id and kinds(a, id, {"Cookie": cookie})[-1] == "done"
    assert told(a, "two")["error"]["code"] == "key_reused" and told(a, "one")["id"] == id


@pytest.mark.slow
def test_a_front_works_itself_unless_told_otherwise(hosts: Hosts, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    front = Run(tmp_path, "app.py", "-p", "0", "--store", hosts.broker.url)
    try:
        front.ready()
        assert predict(front, "x")["data"][0] == "x 1"
        assert kinds(front, promised(front, "y"))[-1] == "done"
    finally:
        front.kill()


@pytest.mark.slow
def test_a_job_of_one_front_is_cancelled_at_another(hosts: Hosts) -> None:
    (a, b), _ = hosts.fronts(), hosts.workers(1, slow_s=30)
    id = promised(a, "slow")
    until(lambda: json.loads(ask(b, "GET", f"/api/jobs/{id}")[2])["state"] == "running", 20)
    status, _, body = ask(b, "DELETE", f"/api/jobs/{id}")
    assert (status, json.loads(body)["state"]) == (200, "cancelled")
    assert kinds(a, id)[-1] == "cancelled"


@pytest.mark.slow
def test_pictures_cross_hosts(tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    with nats_server(tmp_path / "broker") as broker, ExitStack() as stack:
        hosts = Hosts(tmp_path, broker, stack, PICTURES)
        (a, b), _ = hosts.fronts(), hosts.workers()
        status, headers, _ = ask(a, "GET", "/")
        cookie = {"Cookie": headers["set-cookie"].partition(";")[0]}
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), (255, 0, 0)).save(picture, "PNG")
        status, _, body = ask(a, "POST", "/api/files", picture.getvalue(), {**cookie, "X-File-Name": "red.png"})
        assert status == 200, body
        uploaded = json.loads(body)
        (made,) = predict(b, {"h": uploaded["h"]}, **cookie)["data"]
        status, _, result = ask(a, "GET", "/" + made["url"], headers=cookie)
        assert status == 200, result
        assert Image.open(io.BytesIO(result)).convert("RGB").getpixel((0, 0)) == (0, 255, 255)
        assert ask(b, "GET", "/" + uploaded["url"], headers=cookie)[2] == picture.getvalue()
        assert ask(b, "GET", "/" + uploaded["url"])[0] == 404  # of another visitor


@pytest.mark.slow
def test_every_accepted_job_ends_once_though_front_worker_and_broker_are_killed(hosts: Hosts) -> None:
    (a, b), (first, _) = hosts.fronts(), hosts.workers()
    ids = [promised(front, f"{n}") for n in range(12) for front in (a, b)]
    first.process.kill()
    ids += [promised(front, f"{n}") for n in range(6) for front in (a, b)]
    a.process.kill()
    ids += [promised(b, f"{n}") for n in range(6)]
    hosts.broker.kill()
    hosts.broker.start()
    ids += [promised(b, f"{n}") for n in range(6)]
    assert len(set(ids)) == len(ids) == 48
    for id in ids:
        told = kinds(b, id)
        assert told[-1] == "done"
        assert sum(kind in ("done", "error", "cancelled") for kind in told) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("grace_s", "kept"), [(20.0, True), (0.5, False)])
def test_a_worker_that_is_told_to_end_finishes_or_gives_back(hosts: Hosts, grace_s: float, kept: bool) -> None:
    (front,) = hosts.fronts(1)
    (worker,) = hosts.workers(1, "--timeout-graceful", str(grace_s), slow_s=4)
    id = promised(front, "slow")
    until(lambda: json.loads(ask(front, "GET", f"/api/jobs/{id}")[2])["state"] == "running", 20)
    begin = time.monotonic()
    worker.process.send_signal(signal.SIGTERM)
    assert worker.ends()[0] == 143
    told = json.loads(ask(front, "GET", f"/api/jobs/{id}")[2])
    assert told["state"] == ("done" if kept else "queued"), time.monotonic() - begin
    if not kept:
        hosts.workers(1, slow_s=0.1)
        assert kinds(front, id)[-1] == "done"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "code", "text"),
    [
        ("nats://ann:wrong@127.0.0.1:{port}", 6, "refuses"),
        ("redis://127.0.0.1:{port}", 2, "no address of a broker"),
        ("nats://127.0.0.1:1", 5, "does not answer"),
    ],
)
@pytest.mark.parametrize("command", ["run", "worker"])
def test_a_broker_that_cannot_be_used_ends_the_start(
    tmp_path: Path, url: str, code: int, text: str, command: str
) -> None:
    (tmp_path / "broker").mkdir()
    (tmp_path / "app.py").write_text(APP)
    with nats_server(tmp_path / "broker", 'authorization { user: "ann", password: "right" }') as broker:
        run = Run(tmp_path, "app.py", "--store", url.format(port=broker.port), command=command)
        ended, said = run.ends(40)
        run.kill()
    assert ended == code, said
    assert text in said and "wrong" not in said and "Traceback" not in said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.slow
def test_a_state_that_is_no_json_is_refused_at_the_start(hosts: Hosts, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import quickdemo as gr\n"
        'gr.Interface(lambda t, s: (t, s), ["text", gr.State({1, 2})], ["text", gr.State()]).launch()\n'
    )
    run = Run(tmp_path, "app.py", "-p", "0", "--store", hosts.broker.url)
    ended, said = run.ends(40)
    run.kill()
    assert ended == 1
    assert "no JSON value" in said and "Traceback" not in said
