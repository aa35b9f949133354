"""Generations that are on their way out, many of them when a person or a tool saves faster than calls end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quickdemo.runtime.jobs.left import Left

if TYPE_CHECKING:
    from quickdemo.cli.supervisor import Supervisor
    from quickdemo.runtime.reload.messages import Message

MOST_BUSY = 16  # that still run something
MOST_LINGERING = 2  # that have finished and wait a moment before they end


def thin_out(owner: Supervisor) -> None:
    """Those that have finished need not linger, and of the others the oldest must end."""
    finished = [g for g in owner.leaving if g.drained]
    for generation in finished[:-MOST_LINGERING]:
        owner.post(generation, "leave")
    busy = [g for g in owner.leaving if not g.drained]
    for generation in busy[:-MOST_BUSY]:
        owner.leaving.remove(generation)
        generation.kill()


def tell_running(owner: Supervisor, count: int) -> None:
    """How many calls the end waits for."""
    if owner.stopping is not None and count:
        calls = "1 call is not over" if count == 1 else f"{count} calls are not over"
        owner.console.line("-", f"{calls}; waiting up to {owner.options.graceful_s:g} s (Ctrl-C again: end now)")


def tell_left(owner: Supervisor, message: Message) -> None:
    """The run ends: say which jobs a generation leaves behind. In a reload its successor has them, which is no news."""
    if owner.stopping is None:
        return
    left = Left(message["kept"], message["cut"])
    owner.console.event("drained", jobs_kept=left.kept, calls_cut=left.cut)
    for line in left.lines():
        owner.console.line("-", line)
