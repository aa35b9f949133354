"""One server of one tool: started as a person starts it, asked over HTTP, ended."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bench.reloads import processes
from bench.reloads.apps import App
from bench.servers import free_port

LIMIT_S = 60.0
STILL_S, STILL_SHARE = 0.3, 0.1  # quiet: for so long, less than this share of one core
T = TypeVar("T")


def environment() -> Path:
    """The folder of the environment that has both tools and what the apps import; made on first use."""
    script = str(Path(__file__).parent / "env.sh")
    return Path(subprocess.run([script], stdout=subprocess.PIPE, text=True, check=True).stdout.strip())


def until(condition: Callable[[], T], what: str, limit_s: float = LIMIT_S) -> T:
    """The first true value of `condition()`. Raises RuntimeError when it takes too long."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.005)
    raise RuntimeError(f"within {limit_s:.0f} s: not {what}")


@dataclass(frozen=True)
class Tool:
    """`command` runs app.py, its first word in the environment's bin; PORT in it becomes the port.

    `guarded`: the load stands below `if gr.NO_RELOAD:`. `anew`: it does not reload, so each edit ends it and starts it.
    """

    name: str
    command: tuple[str, ...]
    library: str = "quickdemo"
    guarded: bool = False
    anew: bool = False


class Server:
    """`began`: monotonic seconds. `faults`: failed requests, and answers older than one that was seen before."""

    def __init__(self, app: App, tool: Tool, bin: Path, folder: Path) -> None:
        self.app, self.tool, self.folder = app, tool, folder
        self.port = free_port()
        program, *arguments = (part.replace("PORT", str(self.port)) for part in tool.command)
        self.command = [str(bin / program), *arguments]
        self.path = "/gradio_api/run/predict" if tool.library == "gradio" else "/api/predict"
        self.out, self.err = folder.with_suffix(".out"), folder.with_suffix(".err")
        self.faults: list[str] = []
        self.newest = -1
        folder.mkdir(parents=True, exist_ok=True)
        self.write(0)
        self.start()

    def start(self) -> None:
        """Run the command."""
        own = {"QUICKDEMO_SERVER_PORT": str(self.port), "GRADIO_SERVER_PORT": str(self.port), "MPLBACKEND": "agg"}
        quiet = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}  # people have bytecode
        self.listens = False
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.began = time.monotonic()
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={**kept, **own, **quiet},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def save(self, version: int) -> None:
        """What a person does: save, and where nothing reloads, end and start."""
        self.write(version)
        if self.tool.anew:
            self.end()
            self.start()

    def write(self, version: int) -> None:
        """The app with this version, written in place as most editors do."""
        (self.folder / "app.py").write_text(self.app.script(self.tool.library, version, self.tool.guarded))

    def ask(self) -> int | None:
        """The version that answers on a new connection; None for a fault, and while nothing listens after a start."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        try:
            connection.request("POST", self.path, '{"data": ["x"]}', {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            if self.process.poll() is not None:
                raise RuntimeError(f"it ended with {self.process.returncode}: {self.said()}") from None
            if self.listens:
                self.faults.append(repr(error))
            return None
        finally:
            connection.close()
        self.listens = True
        if answer.status != 200:
            self.faults.append(f"status {answer.status}: {text[:500]}")
            return None
        version = int(json.loads(text)["data"][0].split()[1])
        if version < self.newest:
            self.faults.append(f"version {version} answered after {self.newest}")
        self.newest = max(self.newest, version)
        return version

    def answers(self) -> bool:
        """Whether it serves."""
        return self.ask() is not None

    def said(self) -> str:
        """The end of what it wrote."""
        return "\n".join(path.read_text(errors="replace")[-1500:] for path in (self.out, self.err))

    def events(self) -> list[dict[str, Any]]:
        """The JSON lines so far; none of Gradio's."""
        lines = self.out.read_text(errors="replace").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith('{"event"') and line.endswith("\n")]

    def quiet(self) -> None:
        """Wait until nothing of it computes: a reload is finished, and what it prepares for the next one is ready."""
        end, used = time.monotonic() + LIMIT_S, processes.cpu_s(self.process.pid)
        while time.monotonic() < end:
            time.sleep(STILL_S)
            now = processes.cpu_s(self.process.pid)
            if now - used < STILL_S * STILL_SHARE:
                return
            used = now
        raise RuntimeError(f"it computes without end: {self.said()}")

    def end(self) -> None:
        """End it, and what it started."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # Gradio's command leaves its server behind
        except ProcessLookupError:
            return
