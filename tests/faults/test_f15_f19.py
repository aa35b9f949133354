"""F15, F18, F19: too many files, readers, jobs."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.explaining import Gate
from tests.processes import pss_mb
from tests.running import Project, project, until
from tests.test_job_routes import Client, counted, gate

__all__ = ["gate", "project"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]

WAITING = """
import asyncio, os
import quickdemo as gr

async def work(text):
    while not os.path.exists("go"):
        await asyncio.sleep(1)
    return text.upper()

gr.Interface(work, "text", "text", allow_flagging="never").launch()
"""


def cpu_s(pid: int) -> float:
    """Seconds that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_f15_too_few_descriptors_make_no_noise_and_pass(project: Project) -> None:
    project.version("one")
    run = project.run("app.py", prefix=("sh", "-c", 'ulimit -n 128; exec "$@"', "sh"))
    pid = int(run.ready()["pid"])
    run.predict()
    idle = [socket.create_connection(("127.0.0.1", run.port)) for _ in range(200)]
    until(lambda: len(os.listdir(f"/proc/{pid}/fd")) >= 126)
    before, said = cpu_s(pid), len(run.said)
    threading.Event().wait(3)  # the time over which the processor's is measured
    used, lines = (cpu_s(pid) - before) / 3, len(run.said) - said
    for sock in idle:
        sock.close()
    assert run.predict("b") == "b one"
    print(f"\n    {used:.1%} of a core, {lines} lines")
    assert used < 0.2 and lines < 50


def test_f18_many_who_wait_cost_little(project: Project) -> None:
    project.write(WAITING)
    run = project.run("app.py")
    pid = int(run.ready()["pid"])
    head = b"POST /api/predict HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\nPrefer: respond-async\r\n"
    body = json.dumps({"data": ["a"]}).encode()
    request = head % run.port + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    def wait_for(count: int) -> list[socket.socket]:
        made = []
        for _ in range(count):
            made.append(socket.create_connection(("127.0.0.1", run.port)))
            made[-1].sendall(request)
        for sock in made:
            seen = b""
            while b"event: job" not in seen:
                seen += sock.recv(65536)
        return made

    streams = wait_for(50)
    before, count = pss_mb(pid), 400
    streams += wait_for(count)
    each = (pss_mb(pid) - before) * 1024 / count
    cpu = cpu_s(pid)
    threading.Event().wait(3)  # the time over which the processor's is measured
    idle = (cpu_s(pid) - cpu) / 3
    (project.folder / "go").touch()
    for sock in streams:
        sock.close()
    print(f"\n    {each:.1f} kB a stream that waits, {idle:.1%} of a core")
    assert each < 60 and idle < 0.25


def test_f19_more_who_ask_than_are_remembered_all_get_an_answer_or_are_refused_at_once(live: Any, gate: Gate) -> None:
    one = live(counted(gate, concurrency_limit=4))
    client, connection = Client(one), one.connection()
    headers = {"content-type": "application/json", "prefer": "respond-async", "cookie": client.cookie}

    def sent(number: int) -> tuple[int, Any]:
        connection.request("POST", "/api/predict", json.dumps({"data": ["x" * (number % 7)]}), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    told = [sent(number) for number in range(1300)]
    accepted = [(number % 7, body["id"]) for number, (status, body) in enumerate(told) if status == 202]
    refused = [body["error"]["code"] for status, body in told if status != 202]
    assert len(accepted) >= 1000 and set(refused) <= {"queue_full"}
    gate.open.release(len(accepted))
    ended = one.served.context.engine.counts.of("predict").ended
    until(lambda: ended["done"] == len(accepted), 120)
    for length, id in accepted:
        connection.request("GET", f"/api/jobs/{id}", headers={"cookie": client.cookie})
        assert json.loads(connection.getresponse().read())["result"]["data"] == [length]
