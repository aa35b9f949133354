"""`input()` and the debugger under `quickdemo run` in a real terminal: the keys step aside, and come back."""

from __future__ import annotations

import http.client
import json
import os
import pty
import select
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.servers import free_port
from tests.running import LIMIT_S, ROOT, until

pytestmark = pytest.mark.slow

APP = """
import quickdemo as gr
name = input("who? ")
def greet(text):
    breakpoint()
    return name + text
gr.Interface(greet, "text", "text").launch()
"""


class Typing:
    """A person at a terminal in which `quickdemo run` was started."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.screen, terminal = pty.openpty()
        command = [sys.executable, "-m", "quickdemo", "run", "app.py", "--reload", "-p", str(self.port)]
        path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *command],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path},
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
        )
        os.close(terminal)
        self.shown = ""

    def sees(self, text: str) -> str:
        """What is shown until this text has come."""
        end = time.monotonic() + LIMIT_S
        while text not in self.shown and time.monotonic() < end:
            if select.select([self.screen], [], [], 0.1)[0]:
                self.shown += os.read(self.screen, 4096).decode(errors="replace")
        assert text in self.shown, (text, self.shown)
        before, _, self.shown = self.shown.partition(text)
        return before

    def types(self, text: str) -> None:
        os.write(self.screen, text.encode())

    def echoes(self) -> bool:
        """Whether the terminal is in the state in which programs read lines."""
        return bool(termios.tcgetattr(self.screen)[3] & termios.ICANON)

    def predict(self) -> Any:
        """The answer of a prediction."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        connection.request("POST", "/api/predict", json.dumps({"data": ["!"]}), {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer["data"][0]


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Typing]:
    (tmp_path / "app.py").write_text(APP)
    typing = Typing(tmp_path)
    yield typing
    typing.process.terminate()
    typing.process.wait(LIMIT_S)
    os.close(typing.screen)


def test_input_and_breakpoint_get_what_is_typed_and_the_keys_come_back(person: Typing, tmp_path: Path) -> None:
    person.sees("who? ")
    assert person.echoes()
    person.types("Ada\n")
    person.sees("q quit")
    answers: list[Any] = []
    call = threading.Thread(target=lambda: answers.append(person.predict()))
    call.start()
    person.sees("(Pdb) ")
    person.types("p text\n")
    person.sees("'!'")
    person.sees("(Pdb) ")
    person.types("c\n")
    call.join(LIMIT_S)
    assert answers == ["Ada!"]
    until(lambda: not person.echoes())
    person.types("h")
    person.sees("run the script anew")
    (tmp_path / "app.py").write_text(APP.replace("    breakpoint()\n", "").replace("name + text", "name * 2 + text"))
    person.sees("who? ")
    person.types("Bo\n")
    person.sees("reloaded in")
    assert person.predict() == "BoBo!"
    until(lambda: not person.echoes())
    person.types("q")
    assert person.process.wait(LIMIT_S) == 0


def test_a_prompt_that_nobody_answers_gives_the_terminal_back_when_its_process_ends(
    person: Typing, tmp_path: Path
) -> None:
    person.sees("who? ")
    (tmp_path / "app.py").write_text(APP.replace('input("who? ")', '"Cy"').replace("    breakpoint()\n", ""))
    person.sees("q quit")
    assert person.predict() == "Cy!"
    person.types("q")
    assert person.process.wait(LIMIT_S) == 0
