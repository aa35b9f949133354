"""A job as a front sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from quickdemo.runtime.jobs.cluster.log import Entry
from quickdemo.runtime.jobs.job import ENDED, Job, Outcome, State


@dataclass(frozen=True)
class Seen:
    """job: its `payload` is empty unless it was asked for and is held. started, ended: UTC seconds.
    last: the number of its last event."""

    job: Job
    state: State
    started: float | None
    ended: float | None
    last: int
    outcome: Outcome | None = None

    @property
    def over(self) -> bool:
        """It has ended."""
        return self.state in ENDED

    @classmethod
    def of(cls, id: str, last: Entry, inputs: dict[str, Any] | None = None, outcome: Outcome | None = None) -> Seen:
        """As the last entry of its log says."""
        job = Job(id, last.function, last.owner, inputs or {}, app=last.version, attempt=last.attempt)
        job.accepted = last.accepted
        state = last.kind if last.ended or last.kind == "queued" else "running"
        return cls(job, cast(State, state), last.started, last.at if last.ended else None, last.number, outcome)
