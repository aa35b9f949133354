"""What the server and its worker need of an engine: the embedded one, or one that several hosts share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.counts import Counts
from quickdemo.runtime.jobs.engine import FunctionStats, Slots
from quickdemo.runtime.jobs.entry import Entry
from quickdemo.runtime.jobs.event_log import EventLog
from quickdemo.runtime.jobs.job import Event, Job, Lease, Outcome
from quickdemo.runtime.jobs.left import Left
from quickdemo.runtime.jobs.runner import Places
from quickdemo.runtime.jobs.scheduler import Limits
from quickdemo.runtime.jobs.work import Work


class NamedPlaces(Places, Protocol):
    """`names` says under which name each Interface is served, by its id()."""

    names: dict[int, str]

    def name(self, interface: Interface) -> str: ...


class Queue(Protocol):
    """Everything happens on one loop."""

    freed: Callable[[], None]  #: told whenever a place of some function is free
    counts: Counts  #: of this process

    @property
    def places(self) -> NamedPlaces: ...
    @property
    def limits(self) -> Mapping[str, Limits]: ...
    @property
    def opened(self) -> bool: ...
    @property
    def retired(self) -> bool: ...
    @property
    def write_counts(self) -> tuple[int, int] | None:
        """(writes to the journal, those that failed); None where there is no journal."""
        ...

    @property
    def groups(self) -> Mapping[str, str]:
        """Of each function the group that workers are told of; empty where no other hosts work."""
        ...

    def stats_of(self, function: str) -> FunctionStats:
        """Where one function stands, as far as it is known here."""
        ...

    async def check(self) -> None:
        """Raises OSError where jobs cannot be written down now."""
        ...

    @property
    def unfinished(self) -> int:
        """Jobs that this process must see to their end."""
        ...

    async def __aenter__(self) -> Any: ...
    async def __aexit__(self, *_: object) -> None: ...

    # ------------------------------------------------------------------ of a front

    async def enter(self, job: Job, work: Work, log: EventLog | None, size: int) -> tuple[Entry, bool]:
        """Accept a job; (its entry, whether it is new). Raises RefusedError (503).

        log: where its events go while it lives in this process alone. size: bytes of its inputs.
        """
        ...

    async def keep(self, entry: Entry) -> None:
        """The job outlives this process when this returns. Raises OSError."""
        ...

    async def known(self, owner: str, key: str) -> Entry | None:
        """The job of an Idempotency-Key."""
        ...

    async def find(self, id: str) -> Entry:
        """Raises JobGoneError."""
        ...

    async def of(self, owner: str, most: int) -> list[Entry]:
        """The newest jobs of an owner."""
        ...

    def read(self, entry: Entry, after: int = 0, beat_s: float | None = None) -> AsyncIterator[Event | None]:
        """Its events; None is a sign of life after each `beat_s` seconds of silence. After the last one the entry has
        its outcome."""
        ...

    async def result(self, entry: Entry) -> Outcome:
        """How it ended, once it has."""
        ...

    async def place(self, entry: Entry) -> dict[str, Any]:
        """Of one that has not ended, as far as it is known here: "position", "waiting", "remaining"."""
        ...

    async def cancel(self, id: str, why: str) -> bool:
        """False for one that has ended. Raises JobGoneError."""
        ...

    def cancel_here(self, entry: Entry, why: str) -> None:
        """The same of one that was entered here, without waiting for it."""
        ...

    def withdraw(self, entry: Entry, why: str) -> None:
        """A job that could not be promised ends, and the next call with its key is a new one."""
        ...

    # ------------------------------------------------------------------ of a worker

    async def claim(self, functions: Mapping[str, Slots], wait_s: float) -> list[list[Lease]]: ...
    async def finish(self, lease: Lease, outcome: Outcome | None) -> None: ...
    def work(self, lease: Lease) -> Work | None:
        """The work of a job that was entered in this process; None: it is to be made from its payload."""
        ...

    def log(self, lease: Lease) -> EventLog | None:
        """Where the job's events are told, from any thread."""
        ...

    def on_cancel(self, told: Callable[[str], None]) -> None:
        """Who is told of the token of each lease whose job is to end now."""
        ...

    # ------------------------------------------------------------------ the process ends

    async def retire(self) -> None:
        """Begin nothing more; what runs goes on."""
        ...

    async def idle(self, limit_s: float) -> bool:
        """Wait until nothing is unfinished; whether that came true in time."""
        ...

    def left(self) -> Left:
        """What would be left if this process ended now."""
        ...
