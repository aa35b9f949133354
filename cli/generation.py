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


def spawn(
    number: int, start: dict[str, Any], env: dict[str, str], assumed: dict[str, str | None], stdout: int | None
) -> Generation:
    """Start a child and tell it what to run. It is a session of its own, so that Ctrl-C reaches only us."""
    ours, theirs = Channel.pair()
    code = _BOOT.format(root=_ROOT, fd=theirs.fileno(), pid=os.getpid())
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        pass_fds=(theirs.fileno(),),
        env=env,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
    )
    theirs.close()
    generation = Generation(number, process, ours, assumed)
    ours.post("start", generation=number, **start)
    return generation
