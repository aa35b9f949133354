"""Whether the process that serves still does anything: one that is silent shows its stacks, and then is replaced."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from quickdemo.cli.processes import cpu_s, kill
from quickdemo.runtime.reload.pulse import BEAT_S

if TYPE_CHECKING:
    from quickdemo.cli.generation import Generation
    from quickdemo.cli.supervisor import Supervisor

LEAST_S = 6.0  # a busy machine may keep a process from counting for a few beats
COMPUTING = 4  # so many times longer may be silent who computes: that comes to an end more often
_WRITES_S = 0.5  # by when a process has written its stacks


class Vigil:
    """Looks at the count of the generation that serves as often as it should change."""

    def __init__(self, owner: Supervisor) -> None:
        self._owner = owner
        self._limit_s = max(owner.options.silent_s, LEAST_S) if owner.options.silent_s else 0.0
        self._looked = 0.0
        self._begun = False

    def begin(self) -> None:
        """From now on, unless nobody wants it."""
        if self._limit_s and not self._begun:
            self._begun = True
            self._looked = time.monotonic()
            self._owner.later(BEAT_S, self._look)

    def _look(self) -> None:
        self._owner.later(BEAT_S, self._look)
        now = time.monotonic()
        passed = min(now - self._looked, 2 * BEAT_S)  # while this process itself was stopped, so was everything
        self._looked = now
        generation = self._owner.serving
        if generation is None or generation.heard is None:
            return
        count = generation.heard.count()
        if count != generation.beats:
            self._lives(generation)
            generation.beats, generation.silent_s, generation.idle_s, generation.asked = count, 0.0, 0.0, False
            return
        self._count(generation, passed)
        if generation.idle_s >= self._limit_s:
            self._replace(generation)
        elif generation.silent_s >= self._limit_s / 3 and not generation.asked:
            self._ask(generation)

    def _count(self, generation: Generation, passed: float) -> None:
        assert generation.pid is not None
        before, generation.cpu_s = generation.cpu_s, cpu_s(generation.pid)
        computes = generation.silent_s > 0 and generation.cpu_s - before > passed / 4
        generation.silent_s += passed
        generation.idle_s += passed / COMPUTING if computes else passed

    def _lives(self, generation: Generation) -> None:
        if generation.asked:
            self._owner.console.line("-", f"{self._owner.options.app} goes on")

    def _ask(self, generation: Generation) -> None:
        """Where does it stand? A process that was stopped can say so only when it goes on."""
        assert generation.pid is not None
        generation.asked = True
        kill(generation.pid, signal.SIGCONT)
        kill(generation.pid, signal.SIGQUIT)
        self._owner.later(_WRITES_S, lambda: self._tell(generation))

    def _tell(self, generation: Generation) -> None:
        if generation.heard is None:
            return
        stacks, silent = generation.heard.stacks(), round(generation.silent_s)
        self._owner.console.event("silent", generation=generation.number, seconds=silent, stacks=stacks)
        app, end = (
            self._owner.options.app,
            f"it is ended after {self._limit_s:g} s, {COMPUTING} times as many if it computes",
        )
        where = "Its threads:" if stacks else "It did not say where its threads are."
        self._owner.console.line(
            "!", f"{app} has done nothing for {silent} s, not even answered; {end} (--timeout-silent). {where}"
        )
        for line in stacks.splitlines():
            self._owner.console.line("!", line)

    def _replace(self, generation: Generation) -> None:
        """It ends as by a crash: what it ran is begun again, and it is started anew."""
        generation.why_killed = f"was silent for {generation.silent_s:.0f} s and was ended"
        generation.silent_s = generation.idle_s = 0.0
        generation.kill()
