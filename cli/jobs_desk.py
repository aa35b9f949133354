"""Where an app's jobs are looked at and changed, whichever place they are kept in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from quickdemo.cli import exit_codes
from quickdemo.cli.jobs_text import Say

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.record import Record

Told = dict[str, Any]  #: what became of a job: {"id", "ok", "state", "text", and "new_id" of one that is run again}
Counts = dict[str, dict[str, int]]


class Desk(ABC):
    """Open for a moment: `with desk`. What cannot be read or changed ends the command with a sentence."""

    def __init__(self, say: Say) -> None:
        self._say = say

    @abstractmethod
    def __enter__(self) -> Desk: ...
    @abstractmethod
    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None: ...

    @abstractmethod
    def listed(self, states: Collection[str], function: str, most: int) -> tuple[list[Record], Counts]:
        """Jobs, newest first; and how many of each function are in each state."""

    @abstractmethod
    def ids(self, start: str) -> list[str]:
        """The ids that begin so, at most a few."""

    @abstractmethod
    def find(self, id: str) -> Record | None:
        """The job of this id, with its inputs and its answer."""

    def has_left(self, record: Record) -> bool:
        """Whether it ran in a process that is gone, as far as that is known."""
        return False

    def more(self, record: Record) -> dict[str, Any]:
        """What is known of it beside its record."""
        return {}

    @abstractmethod
    def _cancel(self, record: Record) -> Told: ...
    @abstractmethod
    def _retry(self, record: Record) -> Told: ...

    def records(self, ids: Sequence[str]) -> list[Record]:
        """Those jobs; ends with a sentence where one is not to be found, or several begin so."""
        if not ids:
            self._say.stop(exit_codes.USAGE, "usage", "Which job?", "quickdemo jobs ls lists them.")
        found = []
        for start in dict.fromkeys(ids):
            known = self.ids(start) if start else []
            record = self.find(start if start in known or len(known) != 1 else known[0])
            if record is None and len(known) > 1:
                self._say.stop(exit_codes.USAGE, "ambiguous", f"Several ids begin with {start}: {', '.join(known)}.")
            if record is None:
                hint = "An hour after its end a job is forgotten."
                self._say.stop(exit_codes.NOT_FOUND, "unknown", f"There is no job {start!r}.", hint)
            found.append(record)
        return found

    def cancel(self, record: Record) -> Told:
        """End a job that waits or runs."""
        if record.is_ended:
            text = f"{record.id} is {record.state} already"
            return {"id": record.id, "ok": record.state == "cancelled", "state": record.state, "text": text}
        return self._cancel(record)

    def retry(self, record: Record) -> Told:
        """A new job: what its visitor was told of the old one stays true, and each has events and a key of its own."""
        if record.state not in ("failed", "cancelled"):
            text = f"{record.id} is {record.state}; only failed and cancelled jobs can be retried"
            return {"id": record.id, "ok": False, "state": record.state, "text": text}
        return self._retry(record)
