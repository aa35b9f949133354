"""Whoever disturbs a running `quickdemo run`: a deck of faults, shuffled anew whenever it is used up."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.clients import Notes
from tests.faults.demo import app
from tests.processes import descendants
from tests.running import Project, Run, alive, until

_LEAST_FAULTS = 4  # a slow machine may need all the time for one of them
_MANY_CRASHES = 4  # the supervisor waits for a save after five within a minute


class Disk:
    """The folder .quickdemo on a small disk of its own, seen by the processes of the run alone.

    Where that may not be mounted, `fill` limits the size of the files that the processes write instead.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".quickdemo").mkdir(exist_ok=True)
        (folder / ".quickdemo").chmod(0o700)
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        mount = 'mount -t tmpfs -o size=16m,mode=700 small "$1" && echo mounted && exec cat'
        self._holder = subprocess.Popen(
            ["unshare", *user, "--mount", "sh", "-c", mount, "sh", str(folder / ".quickdemo")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout is not None
        self.mounted = self._holder.stdout.readline() == b"mounted\n"
        enter = ["nsenter", *(["--user", "--preserve-credentials"] if user else []), "--mount"]
        inside = (*enter, "--target", str(self._holder.pid), "sh", "-c", 'cd "$1" && shift && exec "$@"', "sh")
        self.prefix = (*inside, str(folder)) if self.mounted else ()
        self._filler = Path(f"/proc/{self._holder.pid}/root{folder}/.quickdemo/filler")
        self._limited: list[int] = []

    def fill(self, pids: list[int]) -> None:
        """No room is left."""
        if not self.mounted:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
                    self._limited.append(pid)
            return
        with contextlib.suppress(OSError), self._filler.open("ab", buffering=0) as file:
            size = 1 << 20
            while size:
                try:
                    file.write(b"x" * size)
                except OSError:
                    size //= 2

    def clear(self) -> None:
        """There is room again."""
        if self.mounted:
            self._filler.unlink(missing_ok=True)
        for pid in self._limited:
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self._limited.clear()

    def close(self) -> None:
        for stream in (self._holder.stdin, self._holder.stdout):
            assert stream is not None
            stream.close()
        self._holder.wait(10)


class Nemesis:
    """Faults of one run, one after the other. `burst`: makes many calls at once."""

    def __init__(self, project: Project, notes: Notes, seed: str, burst: Callable[[], None]) -> None:
        self._project, self._notes = project, notes
        self._random = random.Random(seed)
        self._deck: list[Callable[[], None]] = []
        self._version = 1
        self._kills: list[float] = []
        self._burst = burst
        self._pause = threading.Event()
        self.disk = Disk(project.folder)
        self.port = 0
        self.run = self._start()

    def go_on(self, seconds: float) -> None:
        """Disturb for so long, and a few times at least, then let everything be well again."""
        end, faults = time.monotonic() + seconds, 0
        while time.monotonic() < end or faults < _LEAST_FAULTS:
            faults += 1
            self._wait(0.2, 1.0)
            if not self._deck:
                self._deck = [
                    *(self.kill_child, self.pause_child, self.freeze, self.save, self.save_twice, self.save_broken),
                    *(self.kill_supervisor, self.end_supervisor, self.fill_disk, self.kill_child_on_full_disk),
                    self.many_at_once,
                ]
                self._random.shuffle(self._deck)
            fault = self._deck.pop()
            self._notes.note("fault", code=fault.__name__)
            fault()
        self.heal()

    def heal(self) -> None:
        self._make_room()
        if self.run.process.poll() is not None:
            self.run = self._start()
        self.save()

    def close(self) -> None:
        self.run.kill()
        self.disk.close()

    # ------------------------------------------------------------------ faults

    def kill_child(self) -> None:
        """Most often the process that serves; sometimes any of them."""
        now = time.monotonic()
        self._kills = [when for when in self._kills if now - when < 60] + [now]
        self._signal(signal.SIGKILL)
        if len(self._kills) > _MANY_CRASHES:
            self._wait(0.5, 1.0)
            self.save()

    def pause_child(self) -> None:
        """Stop it: the supervisor has to wake it, for nobody here does."""
        self._signal(signal.SIGSTOP)

    def freeze(self) -> None:
        """Everything stands still, as when a laptop sleeps."""
        processes = [self.run.process.pid, *(process.pid for process in descendants(self.run.process.pid))]
        _signal(processes, signal.SIGSTOP)
        self._wait(1.0, 4.0)
        _signal(processes[::-1], signal.SIGCONT)

    def save(self) -> None:
        self._version += 1
        self._project.write(app(self._version))

    def save_twice(self) -> None:
        self.save()
        self._wait(0.0, 0.4)
        self.save()

    def save_broken(self) -> None:
        self._project.write(app(self._version).replace("kinds = [", self._random.choice(["1 / 0; kinds = [", "def ("])))
        self._wait(0.2, 1.0)
        self.save()

    def kill_supervisor(self) -> None:
        """No time for anything: the next one takes up what is left."""
        self._restart(signal.SIGKILL)

    def end_supervisor(self) -> None:
        self._restart(signal.SIGTERM)

    def fill_disk(self) -> None:
        self.disk.fill(self._pids())
        self._wait(0.5, 2.0)
        self._make_room()

    def kill_child_on_full_disk(self) -> None:
        self.disk.fill(self._pids())
        self._wait(0.1, 0.5)
        self.kill_child()
        self._wait(0.3, 1.0)
        self._make_room()

    def many_at_once(self) -> None:
        self._burst()

    # ------------------------------------------------------------------

    def _wait(self, least: float, most: float) -> None:
        self._pause.wait(self._random.uniform(least, most))

    def _make_room(self) -> None:
        self.disk.clear()
        self._notes.note("room")

    def _pids(self) -> list[int]:
        return [process.pid for process in descendants(self.run.process.pid)]

    def _signal(self, number: signal.Signals) -> None:
        if self._random.random() < 0.2 and (others := self._pids()):
            _signal([self._random.choice(others)], number)
            return
        starts = self._project.folder / "starts.txt"
        serving = int(starts.read_text().split()[-1]) if starts.exists() else 0
        _signal([serving] if serving in self._pids() else self._pids()[:1], number)

    def _start(self) -> Run:
        self._project.write(app(self._version))
        port = ["-p", str(self.port)] if self.port else []
        options = ["app.py", "--reload", "--timeout-graceful", "0.5", *port]
        run = self._project.run(*options, prefix=self.disk.prefix)
        self.port = int(run.ready()["port"])
        return run

    def _restart(self, number: signal.Signals) -> None:
        left = self._pids()
        self.run.process.send_signal(number)
        self.run.process.wait(20)
        until(lambda: not any(alive(pid) for pid in left), 20)
        self.run = self._start()


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
