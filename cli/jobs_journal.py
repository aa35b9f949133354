"""The jobs of an app on this machine: the journal in its folder, whether the app runs or not."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from quickdemo.cli import exit_codes
from quickdemo.cli.jobs_desk import Counts, Desk, Told
from quickdemo.cli.jobs_text import Say

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.journal import Journal, Record

_ENDS_S = 3.0  # how long a running app may take to end a job


class JournalDesk(Desk):
    """app: named as for `quickdemo run`."""

    def __init__(self, app: str, say: Say) -> None:
        super().__init__(say)
        self._folder = os.path.join(self._home(app), ".quickdemo")
        path = app.rpartition(":")[0] if ":" in app and not os.path.exists(app) else app
        self._app = "" if os.path.isdir(path) else os.path.basename(path)
        self._journal: Journal

    def __enter__(self) -> JournalDesk:
        path = os.path.join(self._folder, "jobs.db")
        if not os.path.exists(path):
            hint = "Name the app: --app path/to/app.py"
            self._say.stop(exit_codes.NOT_FOUND, "no_journal", f"There is no journal of jobs, {path}.", hint)
        from quickdemo.runtime.jobs.journal import Journal, JournalError  # sqlite3, only when a command runs

        try:
            self._journal = Journal(self._folder, starting=False, app=self._app)
        except JournalError as error:
            self._say.stop(exit_codes.FAILED, "journal", str(error))
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._journal.close()
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            self._say.stop(exit_codes.FAILED, "journal", str(error))

    def listed(self, states: Collection[str], function: str, most: int) -> tuple[list[Record], Counts]:
        return self._journal.listed(states, function, most), self._journal.counts()

    def ids(self, start: str) -> list[str]:
        return self._journal.ids(start)

    def find(self, id: str) -> Record | None:
        return self._journal.find(id)

    def has_left(self, record: Record) -> bool:
        """The next run begins it again, or says why not."""
        return record.state == "running" and bool(record.holder) and not self._alive(record.holder)

    def _cancel(self, record: Record) -> Told:
        from quickdemo.runtime.jobs.outcomes import cancelled

        told = {"id": record.id, "ok": True, "state": record.state}
        outcome = cancelled("It was cancelled by whoever runs this demo.")
        if self._journal.cancel_free(record.id, self._alive, outcome):
            return {**told, "state": "cancelled", "text": f"{record.id} is cancelled"}
        self._journal.ask_cancel(record.id)
        until = time.monotonic() + _ENDS_S
        now: Record | None = record
        while now is not None and not now.is_ended and time.monotonic() < until:
            time.sleep(0.05)
            now = self._journal.find(record.id)
        if now is None or not now.is_ended:
            return {**told, "text": f"{record.id} is to be cancelled, and has not ended yet"}
        return {**told, "ok": now.state == "cancelled", "state": now.state, "text": f"{record.id} is {now.state}"}

    def _retry(self, record: Record) -> Told:
        from quickdemo.runtime.jobs.job import Job, new_id
        from quickdemo.runtime.jobs.record import Record as NewRecord

        old = record.job
        new = Job(
            new_id(),
            old.function,
            old.owner,
            old.payload,
            app=old.app,
            accepted=time.time(),
            low=old.low,
            retry=old.retry,
        )
        self._journal.add(NewRecord.of(new))
        then = "the app takes it up" if self._app_runs else "the app's next run takes it up"
        text = f"{record.id} is run again as {new.id}; {then}"
        return {"id": record.id, "ok": True, "new_id": new.id, "state": "queued", "text": text}

    def _alive(self, holder: str) -> bool:
        """Whether that process lives."""
        from quickdemo.runtime.jobs.holders import is_alive

        return is_alive(self._folder, holder)

    @property
    def _app_runs(self) -> bool:
        """Whether a process that takes jobs lives."""
        try:
            return any(self._alive(name) for name in os.listdir(os.path.join(self._folder, "holders")))
        except OSError:
            return False

    def _home(self, app: str) -> str:
        """The folder of an app that is named as for `quickdemo run`."""
        path = app.rpartition(":")[0] if ":" in app and not os.path.exists(app) else app
        if os.path.isdir(path):
            return path
        if os.path.exists(path) or not path.endswith(".py"):
            return os.path.dirname(path) or "."
        self._say.stop(exit_codes.NOT_FOUND, "no_app", f"{path} does not exist.")
