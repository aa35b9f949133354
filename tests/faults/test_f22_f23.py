"""F22 and F23: the clock jumps by a day, and thousands come once."""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
from typing import Any

import pytest

import quickdemo as gr
from tests.explaining import Gate
from tests.running import until
from tests.test_job_routes import Client, counted, gate

__all__ = ["gate"]

DAY_S = 86_400.0


@pytest.mark.parametrize("by", [DAY_S, -DAY_S])
def test_f22_jobs_go_on_when_the_clock_jumps(live: Any, gate: Gate, monkeypatch: pytest.MonkeyPatch, by: float) -> None:
    one = live(counted(gate, concurrency_limit=1))
    client = Client(one)
    runs, waits = client.job("a"), client.job("bb")
    until(lambda: gate.order)
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + by)
    later = client.job("ccc")
    assert later["position"] == 2
    gate.open.release(3)
    for length, job in enumerate((runs, waits, later), 1):
        done = client.until(job["id"], "done")
        assert done["result"]["data"] == [length] and done["result"]["duration"] < 60
    low, high = one.served.context.engine.scheduler.remaining(client.job("d")["id"], time.monotonic()) or (0, 0)
    assert 0 <= low <= high < 60


def test_f23_sessions_of_one_call_cost_little_memory(live: Any) -> None:
    def count(text: str, seen: int) -> tuple[str, int]:
        return text, seen + 1

    one = live(gr.Interface(count, ["text", gr.State(0)], ["text", gr.State()], allow_flagging="never"))
    connection = one.connection()

    def call(times: int) -> None:
        for _ in range(times):
            connection.request(
                "POST", "/api/predict", json.dumps({"data": ["a", None]}), {"content-type": "application/json"}
            )
            assert json.loads(connection.getresponse().read())["session"]

    call(100)
    tracemalloc.start()
    try:
        call(20)
        gc.collect()
        before, number = tracemalloc.get_traced_memory()[0], 400
        call(number)
        gc.collect()
        each = (tracemalloc.get_traced_memory()[0] - before) / number
    finally:
        tracemalloc.stop()
    print(f"\n    {each:.0f} bytes a session")
    assert each < 1500
