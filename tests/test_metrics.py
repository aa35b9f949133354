"""/metrics: what it counts, as Prometheus reads it, and who may read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.errors import AppError
from tests import prometheus
from tests.explaining import Gate, Live
from tests.running import Project, project, until

__all__ = ["project"]

TOKEN = "a-token-of-some-length"
JOB = {"content-type": "application/json", "prefer": "respond-async"}


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open.release(1000)


def fetched(live: Live, **headers: str) -> tuple[int, str, str]:
    connection = live.connection()
    connection.request("GET", "/metrics", headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.getheader("content-type") or "", answer.read().decode()


def value(live: Live, name: str, **labels: str) -> float:
    """One sample, from a text that is read as a whole."""
    status, kind, text = fetched(live)
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    family = name.removesuffix("_count").removesuffix("_sum")
    found = prometheus.read(text)[family if family in text else name]
    return found.samples[name, frozenset(labels.items())]


def job(live: Live, text: str, cookie: str) -> dict[str, Any]:
    connection = live.connection()
    connection.request("POST", "/api/predict", json.dumps({"data": [text]}), {**JOB, "cookie": cookie})
    return dict(json.loads(connection.getresponse().read()))


def demo(fn: Any, **options: Any) -> gr.Interface:
    return gr.Interface(fn, "text", "text", **{"allow_flagging": "never", "concurrency_limit": 1, **options})


def test_what_waits_runs_and_ended_is_counted(live: Any, gate: Gate) -> None:
    one = live(demo(gate), metrics=True)
    cookie, function = one.visitor(), {"function": "predict"}
    assert value(one, "quickdemo_jobs_total", outcome="done", **function) == 0, "it is there before the first job"
    first, second, third = (job(one, text, cookie) for text in ("a", "b", "c"))
    until(lambda: gate.order)
    assert value(one, "quickdemo_queue_depth", **function) == 2
    assert value(one, "quickdemo_jobs_running", **function) == 1 == value(one, "quickdemo_jobs_limit", **function)
    assert value(one, "quickdemo_oldest_wait_seconds", **function) > 0
    stream = one.connection()
    stream.request("GET", f"/api/jobs/{second['id']}/events", headers={"cookie": cookie})
    until(lambda: value(one, "quickdemo_event_streams") == 1)
    cancelled = one.connection()
    cancelled.request(
        "DELETE", f"/api/jobs/{third['id']}", headers={"cookie": cookie, "content-type": JOB["content-type"]}
    )
    assert cancelled.getresponse().status == 200
    gate.open.release(2)
    until(lambda: value(one, "quickdemo_jobs_total", outcome="done", **function) == 2)
    assert value(one, "quickdemo_jobs_total", outcome="cancelled", **function) == 1
    assert value(one, "quickdemo_queue_depth", **function) == 0 == value(one, "quickdemo_jobs_running", **function)
    assert (
        value(one, "quickdemo_wait_seconds_count", **function)
        == 2
        == value(one, "quickdemo_run_seconds_count", **function)
    )
    assert value(one, "quickdemo_run_seconds_sum", **function) > 0
    stream.getresponse().read()
    until(lambda: value(one, "quickdemo_event_streams") == 0)
    assert first and value(one, "quickdemo_journal_writes_total") >= 3
    assert value(one, "quickdemo_journal_write_errors_total") == 0


def test_failures_and_the_build_are_told(live: Any) -> None:
    def fails(text: str) -> str:
        raise gr.Error("No.")

    one = live(demo(fails), metrics=True)
    one.post("/api/predict", {"data": ["a"]})
    assert value(one, "quickdemo_jobs_total", outcome="failed", function="predict") == 1
    assert value(one, "quickdemo_job_restarts_total", function="predict") == 0
    assert value(one, "quickdemo_generation") == 1
    (labels,) = [ls for _, ls in prometheus.read(fetched(one)[2])["quickdemo_build_info"].samples]
    assert dict(labels)["version"] == gr.__version__


def test_it_is_off_unless_asked_for(live: Any) -> None:
    assert fetched(live(demo(str)))[0] == 404
    assert fetched(live(demo(str), auth=("ada", "engine of 1843")))[0] == 401, "as every address that is not there"


def test_without_a_token_only_this_machine_reads_it(serve: Any) -> None:
    served = serve(demo(str), {"allowed_hosts": ("demo.example",)}, metrics=True, auth=("ada", "engine of 1843"))
    assert served.client().get("/metrics").status_code == 200, "no login is needed"
    assert served.client(address="192.0.2.7").get("/metrics").status_code == 404
    assert served.client().get("/metrics", headers={"x-forwarded-for": "192.0.2.7"}).status_code == 404
    assert served.client().get("/metrics", headers={"host": "demo.example"}).status_code == 404


def test_with_a_token_whoever_has_it_reads_it(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUICKDEMO_METRICS_TOKEN", TOKEN)
    served = serve(demo(str), metrics=True)
    far, here = served.client(address="192.0.2.7"), served.client()
    for client in (far, here):
        assert client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
        for wrong in ({}, {"authorization": "Bearer x"}, {"authorization": f"Basic {TOKEN}"}):
            answer = client.get("/metrics", headers=wrong)
            assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")


def test_a_short_token_is_refused_at_the_start(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUICKDEMO_METRICS_TOKEN", "guess me")
    with pytest.raises(AppError, match="has 8 characters"):
        serve(demo(str), metrics=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "env", "status"),
    [
        (("--metrics",), {}, 200),
        ((), {"QUICKDEMO_METRICS": "1"}, 200),
        ((), {}, 404),
        (("--no-metrics",), {"QUICKDEMO_METRICS": "1"}, 404),
    ],
)
def test_the_command_switches_it(
    project: Project, arguments: tuple[str, ...], env: dict[str, str], status: int
) -> None:
    project.version("one")
    run = project.run("app.py", *arguments, env=env)
    run.ready()
    connection = run.connect()
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == status
    if status == 200:
        assert prometheus.read(text)["quickdemo_generation"].samples
