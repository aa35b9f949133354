"""The log says which job it speaks of; and a caller's trace goes with the job, everywhere it goes."""

from __future__ import annotations

import json
import logging
import signal
from typing import Any

import pytest

from quickdemo.runtime.logs import JobInLog, LogFormatter, concerning, mark_records
from quickdemo.runtime.trace import trace_of
from tests.running import Project, Run, project, until
from tests.test_jobs_outlive import ask

__all__ = ["project"]

TRACE = "0af7651916cd43dd8448eb211c80319c"
HEADERS = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "tracestate": "congo=t61rcWkgMzE"}

APP = """
import asyncio, logging, os, time, warnings
import quickdemo as gr
log = logging.getLogger("mine")

def plain(text, request: gr.Request):
    log.warning("plain %s", request.headers.get("traceparent"))
    if text == "bad":
        raise ValueError("It is bad.")
    while text == "wait" and not os.path.exists("go"):
        time.sleep(0.01)
    return text + request.headers.get("tracestate", "")

async def waits(text):
    await asyncio.sleep(0)
    log.warning("async")
    return text

def steps(text):
    log.warning("step")
    yield text
    warnings.warn("odd")
    yield text

def batch(texts):
    log.warning("batch of %d", len(texts))
    return [texts]

made = [gr.Interface(fn, "text", "text", allow_flagging="never", api_name=fn.__name__) for fn in (plain, waits, steps)]
made.append(gr.Interface(batch, "text", "text", allow_flagging="never", api_name="batch", batch=True, max_batch_size=4))
gr.TabbedInterface(made, ["plain", "waits", "steps", "batch"]).launch()
"""


def lines(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run.said]


def line(run: Run, begins: str) -> dict[str, Any]:
    """The first line of the log that begins so."""
    return dict(until(lambda: next((one for one in lines(run) if one["message"].startswith(begins)), None), 20))


def job(run: Run, endpoint: str, text: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """A job that has ended."""
    sent = {"Prefer": "respond-async", **(headers or {})}
    status, told = ask(run, "POST", f"/api/{endpoint}", {"data": [text]}, sent)
    assert status == 202, told
    url = f"/api/jobs/{told['id']}"
    until(lambda: ask(run, "GET", url)[1]["state"] in ("done", "failed"), 20)
    return dict(ask(run, "GET", url)[1])


@pytest.mark.slow
def test_each_line_is_an_object_with_its_job_and_trace(project: Project) -> None:
    project.write(APP)
    run = project.run("app.py", "--log-format", "json")
    run.ready()
    told = job(run, "plain", "a", HEADERS)
    assert told["result"]["data"] == [f"a{HEADERS['tracestate']}"], "the function has the headers"
    assert {name: told[name] for name in HEADERS} == HEADERS
    said = line(run, "plain 00-")
    assert said["message"].endswith(HEADERS["traceparent"]) and (said["level"], said["logger"]) == ("warning", "mine")
    facts = {"job": told["id"], "function": "plain", "attempt": 1, "trace": TRACE}
    assert {name: said.get(name) for name in facts} == facts and said["time"] >= told["accepted"]

    bad = job(run, "plain", "bad", HEADERS)
    error = line(run, "error ")
    assert (error["job"], error["trace"], error["level"]) == (bad["id"], TRACE, "error")
    assert "ValueError: It is bad." in error["message"]

    untraced = job(run, "waits", "b")
    assert "traceparent" not in untraced and "trace" not in line(run, "async"), "none is invented"
    assert line(run, "async")["job"] == untraced["id"]
    steps = job(run, "steps", "c")
    assert line(run, "step")["job"] == steps["id"]
    warned = next(one for one in lines(run) if "UserWarning: odd" in one["message"])
    assert (warned["logger"], warned["job"]) == ("py.warnings", steps["id"])
    batch = job(run, "batch", "d")
    assert line(run, "batch of 1")["job"] == batch["id"]


@pytest.mark.slow
def test_the_trace_outlives_the_process(project: Project) -> None:
    project.write(APP)
    run = project.run("app.py", "--log-format", "json")
    run.ready()
    status, told = ask(run, "POST", "/api/plain", {"data": ["wait"]}, {"Prefer": "respond-async", **HEADERS})
    assert status == 202 and told["traceparent"] == HEADERS["traceparent"]
    line(run, "plain 00-")
    run.process.send_signal(signal.SIGKILL)
    run.process.wait(20)
    (project.folder / "go").touch()
    again = project.run("app.py", "--log-format", "json", "-p", str(run.port))
    again.ready()
    said = line(again, "plain 00-")
    assert (said["job"], said["attempt"], said["trace"]) == (told["id"], 2, TRACE)
    assert line(again, f"job {told['id']} of plain is begun again")["job"] == told["id"]
    until(lambda: ask(again, "GET", f"/api/jobs/{told['id']}")[1]["state"] == "done")
    done = ask(again, "GET", f"/api/jobs/{told['id']}")[1]
    assert {name: done[name] for name in HEADERS} == HEADERS


@pytest.mark.slow
def test_the_plain_log_names_the_job_where_it_tells_an_error(project: Project) -> None:
    project.write(APP)
    run = project.run("app.py")
    run.ready()
    bad = job(run, "plain", "bad")
    until(lambda: any(f" [job {bad['id']}]" in one for one in run.said), 20)


def shown(record: logging.LogRecord, *jobs: JobInLog, json_lines: bool = False) -> str:
    with concerning(*jobs):
        return LogFormatter(json_lines).format(record)


def test_what_a_line_says() -> None:
    first, second = JobInLog("a1", "f", 2, TRACE), JobInLog("b2", "f", 1)
    warning = logging.LogRecord("mine", logging.WARNING, "", 0, "one\ntwo", None, None)
    info = logging.LogRecord("mine", logging.INFO, "", 0, "one", None, None)
    assert shown(warning, first).endswith("! one\n    two [job a1, attempt 2]")
    assert shown(warning, first, second).endswith("[jobs a1, b2]")
    assert shown(info, first).endswith("- one") and shown(warning).endswith("two")
    both = json.loads(shown(warning, first, second, json_lines=True))
    assert (both["jobs"], both["function"], both["message"]) == (["a1", "b2"], "f", "one\ntwo")


def test_records_carry_the_job_for_formats_of_ones_own() -> None:
    before = logging.getLogRecordFactory()
    try:
        mark_records()
        mark_records()
        with concerning(JobInLog("a1", "f")):
            record = logging.getLogger("mine").makeRecord("mine", logging.INFO, "", 0, "text", (), None)
        assert logging.Formatter("%(quickdemo_job)s %(message)s").format(record) == "a1 text"
    finally:
        logging.setLogRecordFactory(before)


@pytest.mark.parametrize(
    ("headers", "id"),
    [
        ([("traceparent", HEADERS["traceparent"])], TRACE),
        ([("traceparent", f"cc-{TRACE}-b7ad6b7169203331-01-what-is-new")], TRACE),
        ([], None),
        ([("tracestate", "a=b")], None),
        ([("traceparent", f"00-{TRACE}-b7ad6b7169203331-01-more")], None),
        ([("traceparent", f"ff-{TRACE}-b7ad6b7169203331-01")], None),
        ([("traceparent", f"00-{'0' * 32}-b7ad6b7169203331-01")], None),
        ([("traceparent", f"00-{TRACE}-{'0' * 16}-01")], None),
        ([("traceparent", f"00-{TRACE.upper()}-b7ad6b7169203331-01")], None),
        ([("traceparent", HEADERS["traceparent"])] * 2, None),
        ([("traceparent", HEADERS["traceparent"] + "\n")], TRACE),
        ([("traceparent", "x" * 10_000)], None),
    ],
)
def test_only_a_trace_as_the_standard_has_it_counts(headers: list[tuple[str, str]], id: str | None) -> None:
    trace = trace_of(headers)
    assert (trace.id if trace else None) == id


def test_a_state_that_is_too_long_is_left_out() -> None:
    parent = ("traceparent", HEADERS["traceparent"])
    trace = trace_of([parent, ("tracestate", "a=1"), ("tracestate", "b=2")])
    assert trace is not None and trace.wire()["tracestate"] == "a=1,b=2"
    trace = trace_of([parent, ("tracestate", "a=" + "x" * 600)])
    assert trace is not None and trace.wire() == {"traceparent": HEADERS["traceparent"]}
