"""`python app.py`: launch() without `quickdemo run`."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from quickdemo.runtime.errors import AppError
from quickdemo.runtime.launch import LaunchOptions, listen

pytestmark = pytest.mark.slow  # most start processes of their own

ROOT = Path(__file__).parent.parent
APP = """
import threading
import quickdemo as gr

def wait_for_ever(text):
    print("called", flush=True)
    threading.Event().wait()

demo = gr.Interface(wait_for_ever, "text", "text", allow_flagging="never")
demo.launch(server_port={port}{more})
"""
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `python app.py` with a temporary folder of its own; ends it after the test."""
    started: list[subprocess.Popen[str]] = []
    (tmp_path / "tmp").mkdir()

    def run(more: str = "", text: str = APP, port: str = "None") -> subprocess.Popen[str]:
        (tmp_path / "app.py").write_text(text.format(more=more, port=port))
        path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
        process = subprocess.Popen(
            [sys.executable, "-u", "app.py"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path, "TMPDIR": str(tmp_path / "tmp")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # a job in the background inherits that it ignores Ctrl-C; a script in a terminal does not
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def address(process: subprocess.Popen[str]) -> http.client.HTTPConnection:
    """A connection to where the script says that it runs."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Running on local URL:  http://127.0.0.1:"), line
    return http.client.HTTPConnection("127.0.0.1", urlsplit(line.split()[-1]).port or 0, timeout=30)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_script_that_is_ended_leaves_no_files_and_no_traceback(
    start: Start, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    process = start()
    connection = address(process)
    connection.request("POST", "/api/files", b"data", {"X-File-Name": "a.txt"})
    assert connection.getresponse().status == 200
    connection.close()
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (code, "")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_script_that_goes_on_after_launch_leaves_no_files_either(start: Start, tmp_path: Path) -> None:
    process = start(", prevent_thread_lock=True")
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_call_that_is_cut_off_is_told_so_and_logs_no_traceback(start: Start) -> None:
    process = start()
    connection = address(process)
    connection.request("POST", "/api/predict", json.dumps({"data": ["a"]}), {"Content-Type": "application/json"})
    assert process.stdout is not None and process.stdout.readline() == "called\n"
    process.send_signal(signal.SIGINT)
    answer = connection.getresponse()
    assert answer.status == 503
    assert json.loads(answer.read())["error"]["message"] == "The server stopped before wait_for_ever had ended."
    connection.close()
    assert process.communicate(timeout=20)[1] == ""


def test_a_busy_server_port_is_named_with_what_to_do(start: Start) -> None:
    port = address(start()).port
    second = start(port=str(port))
    _, said = second.communicate(timeout=20)
    assert second.returncode == 1
    assert f"Port {port} is in use. If a demo is running on the port, you can close() it" in said


def test_a_certificate_that_cannot_be_used_is_named_with_its_key() -> None:
    options = LaunchOptions(ssl_certfile=__file__, ssl_keyfile="none.pem")
    with pytest.raises(AppError, match=r"test_launch.py' with ssl_keyfile 'none.pem' cannot be used: .*PEM form"):
        options.ssl_context()


def test_no_control_character_of_a_visitor_reaches_the_terminal(start: Start) -> None:
    process = start(text=APP.replace("threading.Event().wait()", "raise ValueError(text)"))
    connection = address(process)
    body = json.dumps({"data": ["\x1b]0;title\x07\nnext"]})
    connection.request("POST", "/api/predict", body, {"Content-Type": "application/json"})
    assert connection.getresponse().status == 500
    connection.close()
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=20)[1]
    assert r"ValueError: \x1b]0;title\x07" + "\n    next" in said
    assert "\x1b" not in said and "\x07" not in said


@pytest.mark.parametrize("port", ["7990", 99999, -1, True])
def test_a_server_port_that_is_none_is_refused_with_its_value(port: Any) -> None:
    with pytest.raises(ValueError, match=f"server_port must be a whole number from 0 to 65535; it was {port!r}"):
        LaunchOptions(server_port=port)


@pytest.mark.parametrize("size", [0, -1, "5 apples"])
def test_a_largest_upload_that_is_no_size_is_refused(size: Any) -> None:
    with pytest.raises(ValueError, match=f"it was {size!r}"):
        LaunchOptions(max_file_size=size)


def test_an_address_that_cannot_be_bound_is_not_called_busy() -> None:
    for port in (None, 7990):
        with pytest.raises(OSError, match=r"not\.a\.host\.invalid, port \d+, cannot be bound: .*Check server_name"):
            listen(LaunchOptions(server_name="not.a.host.invalid", server_port=port))
