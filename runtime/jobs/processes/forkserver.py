"""A copy of the child as it was when its script had run: it forks the workers, and ends with the child.

It has one thread, runs no user code, and waits for one of: a message, the end of a worker, the end of its parent.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import select
import signal
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from quickdemo.runtime.function import Function
from quickdemo.runtime.jobs.processes.limits import die_with, peak_bytes, tell_of_death
from quickdemo.runtime.jobs.processes.wire import Wire
from quickdemo.runtime.jobs.processes.worker import Worker, settle_in

logger = logging.getLogger("quickdemo.jobs")

# to the fork server
FORK = "fork"  # number, function's name, memory limit in bytes or None; with the worker's end of its socket
KILL = "kill"  # number
# from it
FORKED = "forked"  # number, pid
ENDED = "ended"  # number, Ended


@dataclass(frozen=True)
class Ended:
    """How a process ended. status: as of os.waitstatus_to_exitcode, a signal as a negative number.
    grown_bytes: its peak of memory beyond what the fork server had. failed: why it could not even begin."""

    status: int = 0
    grown_bytes: int = 0
    failed: str = ""


def fork(
    functions: Mapping[str, Function], in_copy: Callable[[], None], in_worker: Callable[[], None]
) -> tuple[Wire, int]:
    """(the wire to it, its pid). in_copy: called in the copy, to let go of what is the server's alone. in_worker:
    called in each worker.

    The process must have one thread.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    parent = os.getpid()
    pid = os.fork()
    if pid:
        theirs.close()
        return Wire(ours), pid
    try:
        ours.close()
        os.setsid()  # whoever ends the parent's group leaves it to this process to end the workers' groups
        in_copy()
        _Server(Wire(theirs), functions, in_worker, parent).run()
    except BaseException:
        logger.exception("the process that makes workers has failed")
    finally:
        os._exit(1)


class _Server:
    def __init__(
        self, wire: Wire, functions: Mapping[str, Function], in_worker: Callable[[], None], parent: int
    ) -> None:
        self._wire = wire
        self._functions = functions
        self._in_worker = in_worker
        self._parent = parent
        self._pids: dict[int, int] = {}  # number of each worker by its pid
        self._base = peak_bytes()
        self._woken_r, self._woken_w = os.pipe()
        os.set_blocking(self._woken_r, False)
        os.set_blocking(self._woken_w, False)

    def run(self) -> NoReturn:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self._woken_w, warn_on_full_buffer=False)
        tell_of_death(signal.SIGTERM)
        if os.getppid() != self._parent:
            self._end()
        gc.disable()
        gc.freeze()  # a collection would write to each object, and nothing would be shared any more
        poll = select.poll()
        poll.register(self._wire.fileno(), select.POLLIN)
        poll.register(self._woken_r, select.POLLIN)
        while True:
            ready = [fd for fd, _ in poll.poll()]
            if self._woken_r in ready:
                self._reap(os.read(self._woken_r, 4096))
            if self._wire.fileno() in ready:
                self._obey_all()

    def _reap(self, signals: bytes) -> None:
        if signal.SIGTERM in signals and os.getppid() != self._parent:
            self._end()
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status, used = os.wait4(-1, os.WNOHANG)
                if pid == 0:
                    return
                number = self._pids.pop(pid, None)
                if number is None:
                    continue
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)  # what its function has started
                grown = max(0, peak_bytes(used) - self._base)
                self._say(ENDED, number, Ended(os.waitstatus_to_exitcode(status), grown))

    def _obey_all(self) -> None:
        while True:
            try:
                message, fds = self._wire.receive(timeout_s=0)
            except TimeoutError:
                return
            except EOFError:
                self._end()
            if message[0] == FORK:
                _, number, name, memory_bytes = message
                self._fork(number, name, memory_bytes, fds[0])
            else:
                for pid in [pid for pid, number in self._pids.items() if number == message[1]]:
                    _kill_group(pid)

    def _fork(self, number: int, name: str, memory_bytes: int | None, fd: int) -> None:
        try:
            pid = os.fork()
        except OSError as error:
            os.close(fd)
            self._say(ENDED, number, Ended(failed=error.strerror or str(error)))
            return
        if pid == 0:
            self._become_worker(self._functions[name], memory_bytes, fd)
        os.close(fd)
        self._pids[pid] = number
        self._say(FORKED, number, pid)

    def _become_worker(self, function: Function, memory_bytes: int | None, fd: int) -> NoReturn:
        try:
            parent = self._wire_closed()
            os.setsid()
            signal.set_wakeup_fd(-1)
            die_with(parent)
            settle_in()
            self._in_worker()
            Worker(Wire(socket.socket(fileno=fd)), function, memory_bytes).serve()
        except BaseException:
            logger.exception("a worker process has failed")
        finally:
            os._exit(1)

    def _wire_closed(self) -> int:
        """In a worker: without what is the fork server's; its pid."""
        self._wire.close()
        os.close(self._woken_r)
        os.close(self._woken_w)
        return os.getppid()

    def _say(self, *message: Any) -> None:
        if not self._wire.send(message):
            self._end()

    def _end(self) -> NoReturn:
        for pid in self._pids:
            _kill_group(pid)
        os._exit(0)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):  # it may not have made its group yet
        os.kill(pid, signal.SIGKILL)
