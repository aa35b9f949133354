"""One job as this process knows it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from quickdemo.runtime.jobs.event_log import EventLog
from quickdemo.runtime.jobs.job import ENDED, Job, Outcome, State
from quickdemo.runtime.jobs.work import Work

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.journal import Record


@dataclass(eq=False, slots=True)
class Entry:
    """work: what runs it; None for one that another process runs, or that has ended. log: its events, where somebody
    may read them. started, ended: UTC, seconds. written: it is in the journal, or about to be. plain: callers who wait
    for its answer on their connection. token: that of its newest lease.
    """

    job: Job
    work: Work | None = None
    log: EventLog | None = None
    state: State = "queued"
    outcome: Outcome | None = None
    started: float | None = None
    ended: float | None = None
    written: asyncio.Future[None] | None = None
    plain: int = 0
    token: str = ""
    why: str = ""  #: why it was cancelled
    joined: float = 0.0  #: the loop's time when it joined its line
    began: float = 0.0  #: the loop's time at its start
    told_place: int = 0
    size: int = 0  #: bytes of its inputs, about
    waiters: list[asyncio.Future[Outcome]] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.state in ENDED

    def settle(self, outcome: Outcome) -> None:
        """It has ended: whoever waits gets the outcome."""
        self.outcome, self.state = outcome, outcome.state
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(outcome)
        self.waiters.clear()

    async def result(self) -> Outcome:
        """How it ended, once it has."""
        if self.outcome is None:
            waiter: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
            self.waiters.append(waiter)
            return await waiter
        return self.outcome

    @classmethod
    def of(cls, record: Record) -> Entry:
        """As the journal has it."""
        job = record.job
        return cls(job, None, None, record.state, record.outcome, record.started, record.ended)

    def fields(self) -> dict[str, Any]:
        """What the journal keeps of it beside its job."""
        return {"state": self.state, "started": self.started, "ended": self.ended, "outcome": self.outcome}
