"""A Space that sleeps is woken, one that starts is waited for, and one that cannot be used says why."""

from __future__ import annotations

import logging
import time

from quickdemo.hub.errors import HubError
from quickdemo.hub.spaces.connection import Connection
from quickdemo.hub.spaces.lookup import Hub, Space
from quickdemo.hub.waiting import Told, Waiting
from quickdemo.hub.wording import upper

logger = logging.getLogger("quickdemo.hub")

WAKE_S = 300.0
USUAL_S = {"SLEEPING": 60.0, "STOPPED": 60.0, "BUILDING": 120.0, "APP_STARTING": 30.0}
FIRST_POLL_S, LAST_POLL_S = 1.0, 5.0
_RUNS = ("RUNNING", "RUNNING_BUILDING", "RUNNING_APP_STARTING")
_SLEEPS = ("SLEEPING", "STOPPED")
_WORDS = {
    "SLEEPING": "is waking up",
    "STOPPED": "is waking up",
    "BUILDING": "is being built",
    "APP_STARTING": "is starting",
}
_DUPLICATE = "`local=True, trust=True` can run its code here."


def running(hub: Hub, space: Space, connection: Connection, may_wake: bool = True, told: Told | None = None) -> Space:
    """The Space, once it runs. Raises HubError: space_down with the reason; space_waking where it must not be woken,
    or does not wake in five minutes."""
    if space.stage in _RUNS:
        return space
    _check(space, may_wake)
    logger.info("%s is %s: waiting for it.", upper(space.what), space.stage)
    end, pause = time.monotonic() + WAKE_S, FIRST_POLL_S
    with Waiting(_words(space), USUAL_S.get(space.stage), told) as waiting:
        if space.stage in _SLEEPS:
            connection.poke()
        while space.stage not in _RUNS:
            if time.monotonic() > end:
                raise HubError(
                    "space_waking",
                    f"{upper(space.what)} did not wake in {WAKE_S / 60:.0f} minutes ({space.stage}).",
                    "Look at its page, and try again.",
                    retry_after=60,
                )
            waiting.sleep(pause)
            pause = min(pause * 1.5, LAST_POLL_S)
            before, space = space.stage, hub.stage(space)
            _check(space, True)
            if space.stage != before and space.stage not in _RUNS:
                waiting.tell(_words(space), USUAL_S.get(space.stage))
    return space


def _words(space: Space) -> str:
    return f"{upper(space.what)} {_WORDS.get(space.stage, 'is not ready')} ({space.stage})"


def _check(space: Space, may_wake: bool) -> None:
    what, stage = upper(space.what), space.stage
    if stage == "PAUSED":
        raise HubError("space_down", f"{what} is paused by its author.", _DUPLICATE)
    if stage.endswith("ERROR") or stage in ("NO_APP_FILE", "DELETING", "INVALID"):
        why = f": {space.reason}" if space.reason else ""
        raise HubError("space_down", f"{what} does not run ({stage}){why}", _DUPLICATE)
    if not may_wake and stage not in _RUNS:
        words = "sleeps" if stage in _SLEEPS else "is not ready yet"
        raise HubError("space_waking", f"{what} {words} ({stage}).", "Without wake=False it is woken.", retry_after=60)
