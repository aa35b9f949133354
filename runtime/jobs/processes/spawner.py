"""Where workers come from: the server's side of the fork server."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from quickdemo.runtime.function import Function
from quickdemo.runtime.jobs.processes import forkserver
from quickdemo.runtime.jobs.processes.forkserver import Ended
from quickdemo.runtime.jobs.processes.wire import Wire, pair

logger = logging.getLogger("quickdemo.jobs")


_ALONE = Ended(failed="the process that makes the workers has ended")


class Process:
    """A worker's process. `pid` is None until it is known, `how` until it has ended. wire: to the worker."""

    def __init__(self, wire: Wire, kill: Callable[[], None]) -> None:
        self.wire = wire
        self.kill = kill
        self.pid: int | None = None
        self.how: Ended | None = None
        self.ended = threading.Event()
        self.at_end: Callable[[], None] = lambda: None  #: called in any thread, after `ended`

    def end(self, how: Ended) -> None:
        """It has ended."""
        if self.how is None:
            self.how = how
            self.ended.set()
            self.at_end()


class Spawner(Protocol):
    """Makes worker processes of the script's functions, by their endpoints' names."""

    def spawn(self, name: str, memory_bytes: int | None) -> Process:
        """A new worker; messages may be sent to it at once."""
        ...

    def close(self) -> None:
        """End all of them."""
        ...


class ForkingSpawner:
    """Forks workers from a copy of this process, which was made when the script had run. See `of`."""

    def __init__(self, wire: Wire, pid: int) -> None:
        self._wire = wire
        self.pid = pid
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._processes: dict[int, Process] = {}
        self._listens = self._gone = self._closes = False

    @classmethod
    def of(
        cls,
        functions: Mapping[str, Function],
        in_copy: Callable[[], None] = lambda: None,
        in_worker: Callable[[], None] = lambda: None,
    ) -> ForkingSpawner:
        """functions: by name, those that workers will run. in_copy: lets go of what is the server's alone, in the copy.
        in_worker: called in each worker before it serves.

        The process must have one thread: see `forking.why_not`. Raises OSError when it cannot be forked.
        """
        return cls(*forkserver.fork(functions, in_copy, in_worker))

    def spawn(self, name: str, memory_bytes: int | None) -> Process:
        ours, theirs = pair()
        number = next(self._numbers)
        process = Process(Wire(ours), lambda: self._kill(number))
        with self._lock:
            self._processes[number] = process
            if not self._listens:
                self._listens = True
                threading.Thread(target=self._listen, name="worker processes", daemon=True).start()
        with theirs:
            if self._gone or not self._wire.send((forkserver.FORK, number, name, memory_bytes), [theirs.fileno()]):
                process.end(_ALONE)
        return process

    def close(self) -> None:
        self._closes = True
        self._wire.hang_up()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _kill(self, number: int) -> None:
        self._wire.send((forkserver.KILL, number))

    def _listen(self) -> None:
        """What the fork server tells, in a thread of its own."""
        try:
            while True:
                kind, number, what = self._wire.receive()[0]
                with self._lock:
                    process = self._processes.get(number)
                    if kind == forkserver.ENDED:
                        self._processes.pop(number, None)
                if process is None:
                    continue
                if kind == forkserver.ENDED:
                    process.end(what)
                else:
                    process.pid = what
        except EOFError:
            self._gone = True
            if not self._closes:
                logger.error("the process that makes the workers has ended: start the demo anew")
            self._all_ended()

    def _all_ended(self) -> None:
        with self._lock:
            processes = list(self._processes.values())
            self._processes.clear()
        for process in processes:
            process.end(_ALONE)
