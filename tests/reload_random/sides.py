"""The same files run by plain Python, and by one `quickdemo run --reload` that follows every save."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from tests.running import Run

HERE = Path(__file__).parent
LIMIT_S = 30.0
LOOK_S = 0.3
SETTLE_S = 4.0  # several files are saved one after the other; what is seen must be right in the end


class Shown(NamedTuple):
    """What a version shows: `answer`, or where and how it fails."""

    answer: dict[str, Any] | None
    failure: tuple[str, str, int, str] | None  # type, file, line, message


class Side:
    """A folder with the project's files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: dict[str, str] = {}
        folder.mkdir(parents=True)
        shutil.copy(HERE / "eye.py", folder / "eye.py")

    def save(self, texts: dict[str, str]) -> None:
        """Write what changed, app.py last; remove what is gone."""
        for name in set(self.texts) - set(texts):
            (self.folder / name).unlink()
        for name in sorted(texts, key=lambda name: name == "app.py"):
            if self.texts.get(name) != texts[name]:
                path = self.folder / name
                path.parent.mkdir(exist_ok=True)
                path.write_text(texts[name])
        self.texts = dict(texts)


class Plain(Side):
    """The truth: a fresh `python app.py` each time."""

    def shown(self) -> Shown:
        read, write = os.pipe()
        env = {**os.environ, "PYTHONPATH": str(HERE / "stub"), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
        process = subprocess.Popen(
            ["sh", "-c", f"exec {sys.executable} app.py 3>&{write}"],  # the stub writes to descriptor 3
            cwd=self.folder,
            env=env,
            pass_fds=(write,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(write)
        with os.fdopen(read) as out:
            answer = out.read()
        said = process.communicate(timeout=LIMIT_S)[1]
        if answer:
            return Shown(json.loads(answer), None)
        return Shown(None, self._failure(said))

    def _failure(self, said: str) -> tuple[str, str, int, str]:
        frames = re.findall(r'^  File "([^"]+)", line (\d+)', said, re.MULTILINE)
        own = [(os.path.relpath(f, self.folder), int(n)) for f, n in frames if f.startswith(str(self.folder))]
        kind, _, message = said.rstrip("\n").rpartition("\n")[2].partition(": ")
        file, line = own[-1] if own else ("", 0)
        return kind.rpartition(".")[2], file, line, message


class Followed(Side):
    """Ours: one run that follows the saves. how: the events that tell how each was followed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.run: Run | None = None

    def start(self) -> None:
        self.run = Run(self.folder, "-p", "0", "app.py", "--reload", env={"PYTHONHASHSEED": "0"})
        self.run.ready()

    def follow(self, texts: dict[str, str], wanted: Shown) -> Shown:
        """Save, and what is shown as soon as it is what is wanted, or when nothing happens any more."""
        assert self.run is not None
        self.save(texts)
        event: dict[str, Any] = {"event": "nothing"}
        end = time.monotonic() + SETTLE_S
        while (seen := self._seen(event)) != wanted and time.monotonic() < end:
            try:
                event = self.run.wait_for("reload_ok", "reload_failed", limit_s=LOOK_S)
                end = time.monotonic() + SETTLE_S
            except AssertionError:
                continue  # nothing more has happened yet
        return seen

    def _seen(self, event: dict[str, Any]) -> Shown:
        assert self.run is not None
        if event["event"] == "nothing":
            return Shown(None, None)
        if event["event"] == "reload_failed":
            report = event["report"]
            return Shown(None, (report["type"], report["file"], report["line"], report["message"]))
        return Shown(json.loads(self.run.predict("")), None)

    def close(self) -> None:
        if self.run is not None:
            self.run.kill()
