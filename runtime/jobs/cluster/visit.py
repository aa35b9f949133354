"""All jobs of an app, of every visitor and version, for whoever runs its hosts."""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection
from typing import Any

from quickdemo.runtime.errors import AppError
from quickdemo.runtime.jobs.cluster.broker import NO_STREAM, ApiError, NoStreamError
from quickdemo.runtime.jobs.cluster.engine import Clustered
from quickdemo.runtime.jobs.cluster.lasts import lasts
from quickdemo.runtime.jobs.cluster.line import Line
from quickdemo.runtime.jobs.cluster.log import Entry, entry_of
from quickdemo.runtime.jobs.cluster.names import LOW
from quickdemo.runtime.jobs.cluster.seen import Seen
from quickdemo.runtime.jobs.cluster.tuning import Bounds, Tuning
from quickdemo.runtime.jobs.engine import JobGoneError
from quickdemo.runtime.jobs.job import Job, new_id
from quickdemo.runtime.jobs.record import Record

Counts = dict[str, dict[str, int]]
_MOST_IDS = 5


class UnknownAppError(AppError):
    """The broker has nothing of an app of this name."""


class InputsGoneError(Exception):
    """A job's inputs are kept no longer."""


class _Line(Line):
    """The queue as the hosts have made it: how much of it there is, and how many run at a time, is theirs to say."""

    async def make(self) -> None:
        pass

    async def _remake(self) -> None:
        raise NoStreamError(self.stream)


class Visit(Clustered):
    """`async with Visit("nats://host:4222", "my-app") as visit:`. It takes no jobs, and makes nothing in the broker but
    the jobs that are begun again. Raises UnknownAppError."""

    def __init__(self, url: str, app: str, *, creds: str | None = None, patience_s: float) -> None:
        super().__init__(url, app, creds=creds, tuning=Tuning(patience_s=patience_s))
        self.app = app

    async def _make(self) -> None:
        try:
            await self._broker.api(f"STREAM.INFO.{self._logs.stream}")
        except ApiError as error:
            if error.code != NO_STREAM:
                raise
            known = ", ".join(await self._apps())
            hint = f"It has those of {known}." if known else "No app has been there."
            message = f"The broker {self._broker.address} has no jobs of an app {self.app!r}."
            raise UnknownAppError(message, hint) from None

    async def _apps(self) -> list[str]:
        """The names of those that the broker has."""
        return sorted(name.split("-")[1] for name in await self._broker.streams("quickdemo.*.log.*"))

    def _line(self, function: str, version: str) -> Line:
        if (function, version) not in self._lines:
            line = _Line(self._broker, self._names, function, version, Bounds(), self.tuning)
            self._lines[function, version] = line
        return self._lines[function, version]

    # ------------------------------------------------------------------ to read

    async def _all(self) -> AsyncIterator[tuple[str, Entry]]:
        """The id and the last entry, without its data, of each job; a job that changes meanwhile may come again."""
        async for message in lasts(self._broker, self._logs.stream, self._names.subject("log", "*")):
            yield message.subject.rpartition(".")[2], entry_of(message)

    async def listed(self, states: Collection[str], function: str, most: int) -> tuple[list[Record], Counts]:
        """Jobs without inputs and answers, newest first, at most so many; of all states and functions where these are
        empty. And how many of each function are in each state."""
        known: dict[str, tuple[str, str]] = {}
        found: dict[str, Record] = {}
        async for id, last in self._all():
            record = _record(Seen.of(id, last))
            known[id] = record.function, record.state
            found.pop(id, None)
            if (not states or record.state in states) and function in ("", record.function):
                found[id] = record
            if len(found) > 2 * most:
                found = {one.id: one for one in _newest(found, most)}
        counts: Counts = {}
        for (name, state), number in sorted(Counter(known.values()).items()):
            counts.setdefault(name, {})[state] = number
        return _newest(found, most), counts

    async def ids(self, start: str) -> list[str]:
        """The ids that begin so, at most a few."""
        with contextlib.suppress(JobGoneError):  # the whole id, as programs have it
            await self._last(start)
            return [start]
        return sorted({id async for id, _ in self._all() if id.startswith(start)})[:_MOST_IDS]

    async def record(self, id: str) -> Record | None:
        """A job with its inputs and its answer; None where there is none."""
        try:
            return _record(await self.find(id, whole=True))
        except JobGoneError:
            return None

    async def place(self, record: Record) -> dict[str, Any]:
        """Of a job that waits: {"position", "about", "workers"}, these those of its function's version. Empty for
        others, and where it is not known."""
        with contextlib.suppress(JobGoneError, ApiError, NoStreamError):
            position = await self.position(record.id)
            if position is not None:
                return {"position": position, "about": True, "workers": await self.workers(record)}
        return {}

    async def workers(self, record: Record) -> int:
        """How many hosts run jobs of its function in its version; one that was killed is counted for a while."""
        return len(await self.present.at(self._line(record.function, record.app)))

    # ------------------------------------------------------------------ to change

    async def again(self, id: str) -> str:
        """Run a job again, as a new one of the same visitor, for the same version. Returns the new id.

        Raises JobGoneError, InputsGoneError, NoStreamError where its version has no queue, RefusedError.
        """
        last = await self._last(id)
        inputs, first = await self._inputs(id, last), await self._logs.first(id, last)
        if inputs is None or first is None:
            raise InputsGoneError(id)
        retry = json.loads(first.part(0)).get("retry", True)
        job = Job(new_id(), last.function, last.owner, inputs, app=last.version, low=first.lane == LOW, retry=retry)
        job.accepted = time.time()
        return (await self.submit(job)).id


def _record(seen: Seen) -> Record:
    fate = {"state": seen.state, "started": seen.started, "ended": seen.ended, "outcome": seen.outcome}
    return Record.of(seen.job, last=seen.last, **fate)


def _newest(found: dict[str, Record], most: int) -> list[Record]:
    return sorted(found.values(), key=lambda one: (one.accepted, one.id), reverse=True)[:most]
