"""A generation: one process that runs the script and, when it is ready, serves."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from quickdemo.cli.keys import is_ours
from quickdemo.cli.processes import kill_group
from quickdemo.runtime.reload import messages
from quickdemo.runtime.reload.messages import Channel

if TYPE_CHECKING:
    from quickdemo.cli.checkpoints import Checkpoint, UnitText

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
if not os.path.isdir(os.path.join(_ROOT, "quickdemo")):  # the file was reached by its real path in a checkout
    _ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

_BOOT = os.path.join(os.path.dirname(messages.__file__), "_bootstrap_importlib.py")


@dataclass(eq=False)
class Generation:
    """state: "starting", "ready", "leaving" (drains) or "failed" (said so, and ends).

    pid: None until a resumed one has said it. origin: the checkpoint it was resumed from; None for a clean one.
    suspect: for a clean one, the checkpoint whose resumed run it checks. units: the files it runs, by number.
    """

    number: int
    channel: Channel
    assumed: dict[str, str | None]
    pid: int | None = None
    origin: Checkpoint | None = None
    suspect: Checkpoint | None = None
    started: float = field(default_factory=time.monotonic)
    state: str = "starting"
    awake: bool = False
    patient: bool = False  # it has asked a person something: it may take any time
    status: int | None = None
    files: dict[str, str | None] = field(default_factory=dict)
    modules: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    styles: tuple[str, ...] = ()
    wants: dict[str, Any] = field(default_factory=dict)
    units: dict[int, UnitText] = field(default_factory=dict)
    deadline: float = float("inf")
    causes: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    why_clean: str = ""

    @property
    def age_ms(self) -> int:
        """Milliseconds since it was started."""
        return round((time.monotonic() - self.started) * 1000)

    def kill(self) -> None:
        """End it and what it started, now. One that has not said its number ends when its channel does."""
        if self.pid is not None:
            kill_group(self.pid)

    def ending(self) -> str:
        """How the process ended, in words."""
        if self.status is not None and self.status < 0:
            with contextlib.suppress(ValueError):
                return f"was ended by {signal.Signals(-self.status).name}"
        return "ended" if self.status is None else f"ended with status {self.status}"


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
    process = subprocess.Popen(
        [sys.executable, _BOOT, str(theirs.fileno()), str(os.getpid()), _ROOT],
        pass_fds=(theirs.fileno(),),
        start_new_session=True,
        stdin=subprocess.DEVNULL if sys.stdin is None or (sys.stdin.isatty() and not is_ours()) else None,
    )
    theirs.close()
    return Prepared(process, ours)


def spawn(number: int, start: dict[str, Any], assumed: dict[str, str | None], prepared: Prepared | None) -> Generation:
    """Tell a fresh process what to run: the one that was prepared, or a new one."""
    prepared = prepared or prepare()
    prepared.process.returncode = 0  # it is reaped with all others, and not by this object
    prepared.channel.post("start", generation=number, **start)
    return Generation(number, prepared.channel, assumed, prepared.process.pid)
