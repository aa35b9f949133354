"""A frozen copy of a run: it waits, makes twins of itself when told to, and a twin goes on as a generation."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from quickdemo.runtime.reload.messages import Channel, Message

_PR_SET_PDEATHSIG = 1
_LOOK_S = 0.0002


def fork_away() -> bool:
    """Fork a copy that is nobody's child but the supervisor's. True in the copy."""
    middle = os.fork()
    if middle:
        with contextlib.suppress(ChildProcessError):  # the user ignores SIGCHLD
            os.waitpid(middle, 0)
        return False
    if os.fork():
        os._exit(0)
    os.setsid()  # Ctrl-C is for the supervisor; and the copy's own processes can be found again
    return True


def freeze(channel: Channel, supervisor_pid: int, rehearse: Callable[[list[str]], None]) -> tuple[Channel, Message]:
    """Wait in a copy. Returns in twins that were told to go on: the twin's own channel and the message.

    A copy that is told of the runs' groups of processes outlives the supervisor for a moment, and ends them: a forked
    process does not inherit the death signal, so a SIGKILL of the supervisor would leave them behind.
    rehearse: what a twin that has time may do while it waits.
    """
    handlers: dict[int, Any] = {
        number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGTERM)
    }
    guarded: list[int] = []
    follow(supervisor_pid)
    channel.send("frozen", pid=os.getpid())
    while True:
        for message in _read(channel, guarded):
            if message.type == "groups":
                guarded[:] = message["pids"]
                _outlive()
            elif message.type == "twin" and fork_away():
                guarded.clear()
                channel.close()
                channel = Channel.from_fd(message.fds[0])
                follow(supervisor_pid)
                channel.send("twin", pid=os.getpid())
                if message["has_time"]:
                    rehearse(message["modules"])
                break
            elif message.type == "twin":
                os.close(message.fds[0])
            elif message.type == "resume":
                _restore(handlers)
                return channel, message


def follow(supervisor_pid: int) -> None:
    """Linux: be killed when the supervisor ends in whatever way. Elsewhere the end of the channel tells."""
    if sys.platform == "linux":
        while os.getppid() != supervisor_pid:  # the process in between has not ended yet
            if os.getppid() == 1:
                os._exit(0)
            time.sleep(_LOOK_S)
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor_pid:
        os._exit(0)


def _outlive() -> None:
    """Linux: take back `follow`; the end of the channel tells."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, 0)


def _read(channel: Channel, guarded: list[int]) -> list[Message]:
    try:
        return channel.read()
    except EOFError:
        for group in guarded:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        os._exit(0)  # superseded: no atexit handlers, nothing flushed


def _restore(handlers: dict[int, Any]) -> None:
    for number, handler in handlers.items():
        if handler is not None:  # None: set by native code; it cannot be put back from here
            signal.signal(number, handler)
