"""F14, F16, F17: an upload onto a full disk, requests that never end, a reader who stops reading."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from quickdemo.runtime.server import protocol
from tests.faults.nemesis import Disk
from tests.processes import pss_mb
from tests.running import Project, Run, project, until
from tests.test_job_routes import Client, demo

__all__ = ["project"]

linux = pytest.mark.skipif(sys.platform != "linux", reason="fills a disk of its own, reads /proc")

FLOOD = """
import os
import quickdemo as gr

def flood(text):
    for number in range(200):
        yield str(number % 10) * 1_000_000
    open("flooded", "w").close()

gr.Interface(flood, "text", "text", allow_flagging="never").launch()
"""
MOST_MB = 64


def upload(run: Run, size: int) -> tuple[int, Any]:
    connection = run.connect()
    try:
        connection.request("POST", "/api/files", bytes(size), {"X-File-Name": "a.bin"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@linux
@pytest.mark.slow
def test_f14_an_upload_onto_a_full_disk_leaves_nothing_and_a_small_one_works_afterwards(project: Project) -> None:
    project.version("one")
    disk = Disk(project.folder)
    try:
        run = project.run("app.py", prefix=disk.prefix)
        pid = int(run.ready()["pid"])
        files = f"/proc/{pid}/root{project.folder}/.quickdemo/files"
        assert upload(run, 1000)[0] == 200
        before = sorted(os.listdir(files))
        disk.fill([pid])
        for size in (2_000_000, 100_000):
            status, told = upload(run, size)
            assert (status, told["error"]["code"]) == (507, "storage_full"), told
        assert sorted(os.listdir(files)) == before
        disk.clear()
        assert upload(run, 2_000_000)[0] == 200
        assert run.predict("a") == "a one"
    finally:
        for one in project.runs:
            one.kill()
        disk.close()


def test_f16_hundreds_of_requests_that_never_end_are_closed_and_hold_up_nobody(
    live: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 1.0)
    monkeypatch.setattr(protocol, "BODY_IDLE_S", 1.0)
    one = live(demo(str.upper))
    client = Client(one)
    halves = [
        b"POST /api/predict HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /api/predict HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000\r\n\r\n{" % one.port,
    ]
    slow = [socket.create_connection(("127.0.0.1", one.port), timeout=30) for _ in range(300)]
    for number, sock in enumerate(slow):
        sock.sendall(halves[number % 2])
    assert client.json("POST", "/api/predict", {"data": ["a"]})[1]["data"] == ["A"]

    def told(sock: socket.socket) -> bytes:
        with sock:
            return b"".join(iter(lambda: sock.recv(4096), b""))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(told, slow))
    assert {answer.split(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 408 Request Timeout"}


@linux
@pytest.mark.slow
def test_f17_a_reader_who_stops_reading_costs_little_memory_and_does_not_stop_the_function(project: Project) -> None:
    project.write(FLOOD)
    run = project.run("app.py")
    pid = int(run.ready()["pid"])
    before = pss_mb(pid)
    connection = run.connect()
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
    connection.request("POST", "/api/predict", json.dumps({"data": ["a"]}), headers)
    highest = before

    def flooded() -> bool:
        nonlocal highest
        highest = max(highest, pss_mb(pid))
        return (project.folder / "flooded").exists()

    until(flooded)
    print(f"\n    {highest - before:.0f} MB more while 200 MB were told to nobody")
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection.close()
    assert highest - before < MOST_MB
