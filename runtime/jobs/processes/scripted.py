"""Workers that are not forked: each is a new process that runs the script again. They share nothing with the server."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType

from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.processes.forkserver import Ended
from quickdemo.runtime.jobs.processes.spawner import Process
from quickdemo.runtime.jobs.processes.wire import Wire, pair
from quickdemo.runtime.logs import LogFormatter

logger = logging.getLogger("quickdemo.jobs")
MAIN = "from quickdemo.runtime.worker_script import main; main()"
SCRIPT = "script"  # the first message to such a worker: Script, Wanted, memory limit in bytes or None


@dataclass(frozen=True)
class Script:
    """What runs as `__main__` here, so that it can run once more. package, module: for `python -m`, else "". json_log:
    how the log is written."""

    path: str
    argv: list[str]
    search: list[str]  # sys.path
    package: str
    module: str
    json_log: bool

    @classmethod
    def of_this_process(cls) -> Script | None:
        """None where there is none: in a notebook, at a prompt, with `python -c`."""
        main = sys.modules["__main__"]
        path, spec = getattr(main, "__file__", None), getattr(main, "__spec__", None)
        if not path or not os.path.exists(path) or hasattr(sys, "ps1"):
            return None
        package, module = getattr(main, "__package__", None) or "", spec.name if spec else ""
        forms = [handler.formatter for handler in logging.getLogger("quickdemo").handlers]
        json_log = any(isinstance(form, LogFormatter) and form.json_lines for form in forms)
        return cls(os.path.abspath(path), list(sys.argv), list(sys.path), package, module, json_log)

    def run(self) -> None:
        """Run it as `__main__`, whose names pickle finds there. Raises whatever it raises."""
        sys.argv[:], sys.path[:] = self.argv, self.search
        main = sys.modules["__main__"] = ModuleType("__main__")
        loader = SourceFileLoader("__main__", self.path)
        spec = ModuleSpec(self.module, loader, origin=self.path) if self.module else None
        main.__dict__.update(
            __file__=self.path, __package__=self.package or None, __loader__=loader, __spec__=spec, __cached__=None
        )
        exec(loader.get_code("__main__") or "", main.__dict__)


@dataclass(frozen=True)
class Wanted:
    """Which of the script's Interfaces a worker is for: its endpoint, the file and line that made it, its function."""

    endpoint: str
    file: str
    line: int
    function: str

    @classmethod
    def of(cls, endpoint: str, interface: Interface) -> Wanted:
        file, line = interface.made_at
        return cls(endpoint, os.path.abspath(file), line, interface.name)

    def among(self, endpoints: Mapping[str, Interface]) -> Interface | None:
        """The one, as the script has made it anew."""
        interface = endpoints.get(self.endpoint)
        return interface if interface is not None and Wanted.of(self.endpoint, interface) == self else None


class ScriptSpawner:
    """Makes workers by running the script, which takes as long as it does."""

    def __init__(self, interfaces: Mapping[str, Interface], script: Script) -> None:
        self._interfaces = interfaces
        self._script = script
        self._lock = threading.Lock()
        self._running: list[subprocess.Popen[bytes]] = []

    def spawn(self, name: str, memory_bytes: int | None) -> Process:
        ours, theirs = pair()
        with theirs:
            command = [sys.executable, *_flags(), "-c", MAIN, str(theirs.fileno())]
            popen = subprocess.Popen(command, pass_fds=[theirs.fileno()], start_new_session=True)
        process = Process(Wire(ours), lambda: _kill(popen))
        process.pid = popen.pid
        with self._lock:
            self._running.append(popen)
        process.wire.send((SCRIPT, self._script, Wanted.of(name, self._interfaces[name]), memory_bytes))
        threading.Thread(target=self._follow, args=(popen, process), name="worker process", daemon=True).start()
        return process

    def close(self) -> None:
        with self._lock:
            running = list(self._running)
        for popen in running:
            _kill(popen)

    def _follow(self, popen: subprocess.Popen[bytes], process: Process) -> None:
        status = popen.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(popen.pid, signal.SIGKILL)  # what its function has started
        with self._lock:
            self._running.remove(popen)
        process.end(Ended(status))


def _flags() -> list[str]:
    return subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined,no-any-return]  # as multiprocessing


def _kill(popen: subprocess.Popen[bytes]) -> None:
    if popen.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(popen.pid, signal.SIGKILL)
