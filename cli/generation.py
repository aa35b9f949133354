"""A generation: one child process that runs the script and, when it is ready, serves."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from quickdemo.runtime.reload.messages import Channel

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
if not os.path.isdir(os.path.join(_ROOT, "quickdemo")):  # the file was reached by its real path in a checkout
    _ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# The working directory leaves sys.path until the script runs: a token.py there must not shadow the library's.
_BOOT = """import sys
sys.path[:] = [p for p in sys.path if p]
if {root!r} not in sys.path: sys.path.append({root!r})
from quickdemo.runtime.reload.child import main
main({fd}, {pid})"""


@dataclass(eq=False)
class Generation:
    """state: "starting", "ready", "leaving" (drains) or "failed" (said so, and ends)."""

    number: int
    process: subprocess.Popen[bytes]
    channel: Channel
    assumed: dict[str, str | None]
    started: float = field(default_factory=time.monotonic)
    state: str = "starting"
    files: dict[str, str | None] = field(default_factory=dict)
    styles: tuple[str, ...] = ()
    wants: dict[str, Any] = field(default_factory=dict)
    deadline: float = float("inf")
    causes: tuple[str, ...] = ()

    @property
    def age_ms(self) -> int:
        """Milliseconds since it was started."""
        return round((time.monotonic() - self.started) * 1000)

    def kill(self) -> None:
        """End it and what it started, now."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def ending(self) -> str:
        """How the process ended, in words."""
        status = self.process.returncode
        if status is not None and status < 0:
            with contextlib.suppress(ValueError):
                return f"was ended by {signal.Signals(-status).name}"
        return f"ended with status {status}"


@dataclass(eq=False)
class Prepared:
    """A child that has imported the server and waits to be told what to run. It ends when its channel does."""

    process: subprocess.Popen[bytes]
    channel: Channel

    def discard(self) -> None:
        """End it; nobody needs it."""
        self.channel.close()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


def prepare() -> Prepared:
    """Start a child. It is a session of its own, so that Ctrl-C reaches only us."""
    ours, theirs = Channel.pair()
    code = _BOOT.format(root=_ROOT, fd=theirs.fileno(), pid=os.getpid())
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        pass_fds=(theirs.fileno(),),
        start_new_session=True,
        stdin=subprocess.DEVNULL,
    )
    theirs.close()
    return Prepared(process, ours)


def spawn(number: int, start: dict[str, Any], assumed: dict[str, str | None], prepared: Prepared | None) -> Generation:
    """Tell a child what to run: the one that was prepared, or a new one when there is none that lives."""
    if prepared is None or prepared.process.poll() is not None:
        prepared = prepare()
    generation = Generation(number, prepared.process, prepared.channel, assumed)
    prepared.channel.post("start", generation=number, **start)
    return generation
