"""The truth: `python app.py` on the same files, restarted after every edit."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.reload import neighbour
from tests.reload.case import Case
from tests.running import LIMIT_S, ROOT, until

URL = re.compile(r"^Running on local URL:  http://[^:]+:(\d+)/\n", re.MULTILINE)
# Bytecode is dated in whole seconds: a module edited twice in one would run as it was. Sets must look alike.
ENVIRONMENT = {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}


@dataclass
class How:
    """How a run came about. kind: "restart" (before there were checkpoints), "resume", "clean" or "mended"."""

    kind: str = "restart"
    statement: str = ""
    text: str = ""
    saved_s: float = 0.0
    why: str = ""
    refused: list[str] = field(default_factory=list)
    past: bool = False  # resumed below the statement that the case is about


@dataclass
class Seen:
    """What is seen of one run. said: printed by the script; heard: while it answered; code: its exit status when it
    failed; report: what `quickdemo run` told of the failure."""

    said: str = ""
    heard: str = ""
    answers: list[Any] = field(default_factory=list)
    failed: bool = False
    code: int = 0
    report: dict[str, Any] = field(default_factory=dict)
    how: How = field(default_factory=How)
    starts: int = 1


_ENVIRON = dict(os.environ)  # pytest changes its own variables while cases run in threads


def environment(case: Case, folder: Path) -> dict[str, str]:
    """The variables of a run, without those of an env file."""
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
    given = {"PYTHONPATH": path, "RELOAD_TEST_URL": neighbour.url()}
    return {**_ENVIRON, **ENVIRONMENT, **dict(case.env), **given}


def clean(text: str, folder: Path) -> str:
    """The text without what differs between any two runs: folders, clocks, addresses."""
    for name in {str(folder), os.path.realpath(folder)}:
        text = text.replace(name + os.sep, "").replace(name, "<folder>")
    text = re.sub(r"\b\d\d:\d\d:\d\d(\.\d+)?\b", "<time>", text)
    text = re.sub(r"error [0-9a-f]{8}\b", "error <id>", text)
    return URL.sub("", re.sub(r"0x[0-9a-f]{6,}", "0x...", text))


def ask(port: int, text: str, folder: Path) -> Any:
    """One prediction: the value that the function's JSON text stands for, or the error."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    try:
        body = json.dumps({"data": [text]})
        connection.request("POST", "/api/predict", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        got = json.loads(clean(answer.read().decode(), folder))
    finally:
        connection.close()
    return json.loads(got["data"][0]) if answer.status == 200 else {"status": answer.status, **got}


class Plain:
    """One `python app.py`."""

    def __init__(self, case: Case, folder: Path, log: Path) -> None:
        self.case, self.folder, self.log = case, folder, log
        env = {**environment(case, folder), **_env_file(case, folder), "QUICKDEMO_SERVER_PORT": "0"}
        where = [case.target] if case.target.endswith(".py") else ["-m", case.target]
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, *where, *case.argv],
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        try:
            until(lambda: self.process.poll() is not None or URL.search(self.text()))
        except AssertionError:
            self.process.kill()
            raise
        found = URL.search(self.text())
        self.port = int(found[1]) if found else 0

    def text(self) -> str:
        """All that was printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def look(self) -> Seen:
        """Ask what the case asks."""
        if not self.port:
            return Seen(clean(self.text(), self.folder), failed=True, code=self.process.wait(LIMIT_S))
        said = self.text()
        answers = [ask(self.port, text, self.folder) for text in self.case.asks]
        return Seen(clean(said, self.folder), clean(self.text()[len(said) :], self.folder), answers)

    def stop(self) -> str:
        """End it as a service manager does; everything that it printed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()  # a script may leave a thread behind that nobody joins
            self.process.wait()
        return clean(self.text(), self.folder)


def _env_file(case: Case, folder: Path) -> dict[str, str]:
    if not case.env_file:
        return {}
    lines = (folder / case.env_file).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line)


class Truth:
    """What plain Python shows of a case: before the edits, and after each. The last run stays for the stop-watch."""

    def __init__(self, case: Case, folder: Path) -> None:
        folder.mkdir(parents=True)
        case.lay_out(folder)
        logs = folder.parent / (folder.name + "-logs")
        logs.mkdir()
        self.seen: list[Seen] = []
        self.ends: list[str] = []
        self._serving: list[Plain] = []
        try:
            for number, change in enumerate([None, *case.edits]):
                if change:
                    change.apply(folder)
                if self._serving and not (change and change.fails):
                    self.ends.append(self._serving.pop().stop())
                self.seen.append(self._run(case, folder, logs / f"{number}.log"))
        except BaseException:
            self.close()
            raise

    def _run(self, case: Case, folder: Path, log: Path) -> Seen:
        run = Plain(case, folder, log)
        if run.port or not self._serving:
            self._serving.append(run)
            return run.look()
        seen = run.look()
        self.ends.append(run.stop())
        served = self.last.look()  # as under --reload, the older version goes on
        seen.answers, seen.heard = served.answers, served.heard
        return seen

    @property
    def last(self) -> Plain:
        """The run that serves."""
        return self._serving[-1]

    def close(self) -> None:
        """End what still runs."""
        while self._serving:
            self.ends.append(self._serving.pop().stop())
