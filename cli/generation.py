"""A generation: one process that runs the script and, when it is ready, serves."""

from __future__ import annotations

import contextlib
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from quickdemo.cli.prepared import Prepared, prepare
from quickdemo.cli.processes import kill_group
from quickdemo.runtime.reload.messages import Channel
from quickdemo.runtime.reload.pulse import Heard

if TYPE_CHECKING:
    from quickdemo.cli.checkpoints import Checkpoint, UnitText


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
    address_known: bool = False  # it was told with its start where it will be reached
    drained: bool = False  # nothing of it runs any more; it lingers a moment before it ends
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
    statement: str = ""  # where a resumed one goes on, as the file is now
    heard: Heard | None = None  # its signs of life, of which it had given so many when they were last looked at
    beats: int = 0
    silent_s: float = 0.0  # since then
    idle_s: float = 0.0  # of these; those in which it computed count for less
    cpu_s: float = 0.0  # that it has computed
    asked: bool = False  # where it stands
    why_killed: str = ""  # by us, while it served

    def modules_of(self, facts: dict[str, Any]) -> dict[str, tuple[list[str], list[str]]]:
        """Where it looked for modules: as the message says, or as it was at its checkpoint."""
        if facts["modules"] is None and self.origin is not None:
            return self.origin.facts["modules"]  # type: ignore[no-any-return]
        return facts["modules"]  # type: ignore[no-any-return]

    @property
    def age_ms(self) -> int:
        """Milliseconds since it was started."""
        return round((time.monotonic() - self.started) * 1000)

    def kill(self) -> None:
        """End it and what it started, now. One that has not said its number ends when its channel does."""
        if self.pid is not None:
            kill_group(self.pid)

    def deafen(self) -> None:
        """Listen to it no more."""
        if self.heard is not None:
            self.heard.close()
            self.heard = None

    def ending(self) -> str:
        """How the process ended, in words."""
        if self.why_killed:
            return self.why_killed
        if self.status is not None and self.status < 0:
            with contextlib.suppress(ValueError):
                return f"was ended by {signal.Signals(-self.status).name}"
        return "ended" if self.status is None else f"ended with status {self.status}"


def spawn(number: int, start: dict[str, Any], assumed: dict[str, str | None], prepared: Prepared | None) -> Generation:
    """Tell a fresh process what to run: the one that was prepared, or a new one."""
    prepared = prepared or prepare()
    channel = Channel(prepared.sock)
    channel.post("start", generation=number, **start)
    return Generation(number, channel, assumed, prepared.pid)
