"""The queue's protocol, which every engine speaks: the embedded one, and the one on NATS JetStream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from quickdemo.runtime.jobs.job import Event, Job, Lease, Outcome, Ticket

#: a session's state before and after: JSON values in every engine
Update = Callable[[Any], Any]


class JobGoneError(LookupError):
    """No job of this id is known, or no longer."""


class LeaseLostError(Exception):
    """The job was given to another worker, or has ended: what this one still does is not wanted."""


class CancelledJobError(LeaseLostError):
    """The job was cancelled while it ran."""


@dataclass(frozen=True, slots=True)
class Slots:
    """What a worker can take of one function now: `free` starts, each a batch of up to `batch` jobs, for which it waits
    up to `batch_wait_s` seconds after the first."""

    free: int
    batch: int = 1
    batch_wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class FunctionStats:
    """Of one function: jobs that wait and that run, its limit (None where only the workers' slots limit it), the
    median and the 90th percentile of how long it ran (seconds, None: not known yet), how long the oldest has waited,
    how many workers serve it, and how many starts they can run together (0: not known)."""

    waiting: int
    running: int
    limit: int | None
    p50_s: float | None
    p90_s: float | None
    oldest_s: float
    workers: int
    places: int = 0


class Engine(Protocol):
    """Accepts jobs, gives them to workers, keeps their events and outcomes. Used as `async with engine`."""

    async def __aenter__(self) -> Engine: ...
    async def __aexit__(self, *_: object) -> None: ...

    # ------------------------------------------------------------------ of a front

    async def submit(self, job: Job) -> Ticket:
        """Accept a job: it is durable when this returns. A job of the same owner and key is not accepted twice.

        Raises RefusedError (503 `queue_full`, with Retry-After) when too many wait.
        """
        ...

    async def cancel(self, id: str, why: str) -> bool:
        """One that waits is dropped, one that runs is told; False for one that has ended. Raises JobGoneError."""
        ...

    def events(self, id: str, after: int = 0) -> AsyncIterator[Event]:
        """The events with numbers above `after`, to the last one, without a gap; where some are no longer held, a
        `partial` with whole values stands for all before it. Raises JobGoneError."""
        ...

    async def stats(self) -> Mapping[str, FunctionStats]: ...

    # ------------------------------------------------------------------ of a worker

    async def claim(self, functions: Mapping[str, Slots], wait_s: float) -> list[list[Lease]]:
        """Jobs to begin now, each inner list a batch of one function; an empty list after `wait_s` without one.
        The engine renews the leases until they are finished."""
        ...

    async def emit(self, lease: Lease, kind: str, data: bytes) -> None:
        """Tell an event. Raises CancelledJobError or LeaseLostError."""
        ...

    async def finish(self, lease: Lease, outcome: Outcome | None) -> None:
        """The job has ended; None gives it back to be begun again. Raises LeaseLostError for a lease that is not the
        newest, whose outcome is dropped."""
        ...

    # ------------------------------------------------------------------ shared

    async def session(self, id: str, update: Update | None = None) -> Any:
        """A session's state, None for a new one; changed by compare-and-set where `update` is given."""
        ...
