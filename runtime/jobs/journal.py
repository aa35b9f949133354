"""The journal: accepted jobs and their outcomes, in a SQLite file that outlives the process.

Several processes have it open at once. Methods that give a future are called on an event loop and return at once, and
`by_key` nearly so; the others block, and belong into a thread.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from quickdemo.runtime.jobs.group_commit import GroupCommit, Upkeep
from quickdemo.runtime.jobs.job import Outcome
from quickdemo.runtime.jobs.journal_file import LAYOUT, Door, Durability, JournalError, JournalFile, JournalFullError
from quickdemo.runtime.jobs.network_folders import network_kind
from quickdemo.runtime.jobs.record import COLUMNS, Record, changes_of, payload_of, record_of, row_of

__all__ = ["Journal", "JournalError", "JournalFullError", "Record", "journal_or_none"]

logger = logging.getLogger("quickdemo.jobs")

#: seconds after its end for which a job is kept, and for which one with a key is
KEPT_S, KEPT_KEYED_S = 3600.0, 24 * 3600.0
#: hard bounds; beyond them the jobs that ended first go, however young
MOST_ROWS, MOST_BYTES = 100_000, 1 << 30

#: free pages by which the file shrinks at most in one go, while which others cannot write
_SHRUNK = 2_500

_UNFINISHED = "state IN ('queued', 'running')"
#: of this app: those without one were accepted by a process that knew none
_OWN = "(? = '' OR app IN ('', ?))"
_ENDED = "state IN ('done', 'failed', 'cancelled')"
_END = "coalesce(ended, accepted)"

_NAMES = ", ".join(COLUMNS)
_PUT = (
    f"INSERT INTO jobs ({_NAMES}) VALUES ({', '.join('?' * len(COLUMNS))}) ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
)
_PUT_PAYLOAD = "INSERT OR REPLACE INTO payloads SELECT number, ? FROM jobs WHERE id = ?"
_SELECT = f"SELECT {_NAMES}, number, payload FROM jobs JOIN payloads USING (number)"

_ACCEPTED = COLUMNS.index("accepted")

_T = TypeVar("_T")


class Journal:
    """The records of all jobs that shall outlive this process. Errors are JournalError."""

    def __init__(
        self,
        folder: str,
        durability: Durability = "normal",
        *,
        most_rows: int = MOST_ROWS,
        most_bytes: int = MOST_BYTES,
        starting: bool = True,
        app: str = "",
    ) -> None:
        """Open or create `jobs.db` in the folder, mode 0600. A file that is broken, or of another version, is set aside
        with a warning. Raises JournalError when none can be made.

        durability: "full" waits for the disk at each commit. most_rows, most_bytes: hard bounds, see `prune`.
        starting: False for one who only visits: a file of another version is then left where it is, and an error.
        app: which of the scripts in one folder: only its own jobs are taken up and found by owner or key; "" is all.
        """
        self._app = app
        self._file = JournalFile(folder, durability)
        self._prune = functools.partial(_prune, most_rows=most_rows, most_bytes=most_bytes)
        doors: list[Door] = []
        try:
            for _ in range(3):
                doors.append(self._told(lambda: Door(self._file, starting)))
        except BaseException:
            _close(doors, os.getpid())
            raise
        self._reader, self._keys, writer = doors
        prune = self._prune  # without `self`, which the thread would keep alive
        self._writer = GroupCommit(writer, self._file.fault, Upkeep(lambda connection: prune(connection, time.time())))
        self._close = weakref.finalize(self, _close, doors[:2], os.getpid())  # the writer closes its own

    # ------------------------------------------------------------------ on the event loop

    def put(self, record: Record) -> asyncio.Future[None]:
        """Store the record as it is now, in place of an earlier one of its id. Raises TypeError or ValueError for one
        that cannot be stored."""
        return self._writer.later(_putting(record))

    def change(self, id: str, **fields: Any) -> asyncio.Future[None]:
        """Change fields of a record, those that may change after a job was accepted; nothing where it is gone.

        Raises TypeError for another field, ValueError for a value that cannot be.
        """
        changes = changes_of(fields)
        sql = f"UPDATE jobs SET {', '.join(f'{name} = ?' for name in changes)} WHERE id = ?"
        values = (*changes.values(), id)

        def work(connection: sqlite3.Connection) -> None:
            if changes:
                connection.execute(sql, values)

        return self._writer.later(work)

    def by_key(self, owner: str, key: str) -> Record | None:
        """The newest job with this key of this owner, of those accepted in the last 24 hours.

        A look at an index, which takes less than the way to a thread and back. It has a connection of its own: a long
        reading in a thread holds no loop up.
        """
        found = self._read(
            f"{_SELECT} WHERE owner = ? AND key = ? AND key != '' AND accepted > ? AND {_OWN}"
            " ORDER BY accepted DESC, number DESC LIMIT 1",
            owner,
            key,
            time.time() - KEPT_KEYED_S,
            *self._own,
            door=self._keys,
        )
        return record_of(found[0]) if found else None

    # ------------------------------------------------------------------ in a thread: reading what is committed

    @property
    def _own(self) -> tuple[str, str]:
        return self._app, self._app

    def find(self, id: str) -> Record | None:
        """The record of this id."""
        found = self._read(f"{_SELECT} WHERE id = ? AND {_OWN}", id, *self._own)
        return record_of(found[0]) if found else None

    def of(self, owner: str, most: int) -> list[Record]:
        """The newest jobs of an owner, at most so many, newest first."""
        sql = f"{_SELECT} WHERE owner = ? AND {_OWN} ORDER BY accepted DESC, number DESC LIMIT ?"
        return [record_of(row) for row in self._read(sql, owner, *self._own, max(0, most))]

    def to_cancel(self, holder: str) -> list[str]:
        """The ids of unfinished jobs of this holder that somebody wants cancelled, oldest first."""
        sql = f"SELECT id FROM jobs WHERE holder = ? AND cancel = 1 AND {_UNFINISHED} ORDER BY accepted, number"
        return [id for (id,) in self._read(sql, holder)]

    def counts(self) -> dict[str, dict[str, int]]:
        """How many jobs are in which state, of each function: {"predict": {"queued": 3, "done": 12}}."""
        counts: dict[str, dict[str, int]] = {}
        for function, state, number in self._read("SELECT function, state, count(*) FROM jobs GROUP BY 1, 2"):
            counts.setdefault(function, {})[state] = number
        return counts

    def listed(self, states: Collection[str], function: str, most: int) -> list[Record]:
        """Jobs of all owners, newest first, at most so many; of all states and functions where these are empty.

        Without their payloads.
        """
        wanted, params = ["1"], list[Any]()
        if states:
            wanted.append(f"state IN ({', '.join('?' * len(states))})")
            params += states
        if function:
            wanted.append("function = ?")
            params.append(function)
        sql = f"SELECT {_NAMES}, number, '{{}}' FROM jobs WHERE {' AND '.join(wanted)}"
        rows = self._read(f"{sql} ORDER BY accepted DESC, number DESC LIMIT ?", *params, max(0, most))
        return [record_of(row) for row in rows]

    def ids(self, start: str) -> list[str]:
        """The ids that begin so, at most a few."""
        sql = "SELECT id FROM jobs WHERE id >= ? AND id < ? ORDER BY id LIMIT 5"
        return [id for (id,) in self._read(sql, start, start + "\x7f")]

    def has_free(self) -> bool:
        """Whether an unfinished job is nobody's."""
        return bool(
            self._read(f"SELECT 1 FROM jobs WHERE holder = '' AND {_UNFINISHED} AND {_OWN} LIMIT 1", *self._own)
        )

    # ------------------------------------------------------------------ in a thread: writing, after all writes before

    def take(self, holder: str, alive: Callable[[str], bool]) -> list[Record]:
        """Make the unfinished jobs of nobody, and of holders that are not alive, those of `holder`.

        Gives them with their new holder, else as they are: those that ran with state "running" and the attempt that
        ended with its process. Oldest first. Of processes that ask at once, one gets a job.
        """

        def work(connection: sqlite3.Connection) -> list[Record]:
            wanted = f"{_UNFINISHED} AND {_OWN}"
            found = connection.execute(f"SELECT DISTINCT holder FROM jobs WHERE {wanted}", self._own).fetchall()
            free = [one for (one,) in found if one != holder and (one == "" or not alive(one))]
            rows: list[Any] = []
            for one in free:
                rows += connection.execute(f"{_SELECT} WHERE holder = ? AND {wanted}", (one, *self._own))
                connection.execute(
                    f"UPDATE jobs SET holder = ? WHERE holder = ? AND {wanted}", (holder, one, *self._own)
                )
            rows.sort(key=lambda row: (row[_ACCEPTED], row[-2]))
            return [replace(record_of(row), holder=holder) for row in rows]

        return self._writer.now(work)

    def release(self, ids: Iterable[str], holder: str) -> None:
        """Those of these jobs that are queued and this holder's become nobody's."""
        values = [(id, holder) for id in ids]
        sql = "UPDATE jobs SET holder = '' WHERE id = ? AND holder = ? AND state = 'queued'"
        self._writer.now(lambda connection: connection.executemany(sql, values) and None)

    def ask_cancel(self, id: str) -> bool:
        """Note that a job is to be cancelled, for whoever holds it; False where it has ended or is gone."""
        sql = f"UPDATE jobs SET cancel = 1 WHERE id = ? AND {_UNFINISHED}"
        return self._writer.now(lambda connection: connection.execute(sql, (id,)).rowcount > 0)

    def cancel_free(self, id: str, alive: Callable[[str], bool], outcome: Outcome) -> bool:
        """End a job that nobody has who is alive; False where somebody has it, or it has ended, or is gone."""
        columns = changes_of({"state": "cancelled", "ended": time.time(), "outcome": outcome})
        sql = f"UPDATE jobs SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?"

        def work(connection: sqlite3.Connection) -> bool:
            found = connection.execute(f"SELECT holder FROM jobs WHERE id = ? AND {_UNFINISHED}", (id,)).fetchone()
            if found is None or (found[0] and alive(found[0])):
                return False
            connection.execute(sql, (*columns.values(), id))
            return True

        return self._writer.now(work)

    def add(self, record: Record) -> None:
        """`put` for a thread, which waits until it is committed."""
        self._writer.now(_putting(record))

    def prune(self, now: float) -> None:
        """Remove jobs that ended more than an hour before `now` (UTC, seconds since 1970), with a key more than a day.

        Younger ones are removed only beyond the hard bounds of rows and bytes: then those that ended first. The writer
        does this by itself, about once a minute while there is something to remove.
        """
        self._writer.now(lambda connection: self._prune(connection, now))

    def check(self) -> None:
        """Raises JournalError where nothing can be written now: a full disk, a file that somebody else locks."""
        self._writer.now(lambda connection: connection.execute(f"PRAGMA user_version = {LAYOUT}") and None)

    @property
    def write_counts(self) -> tuple[int, int]:
        """(writes that were committed, writes that failed) of this process so far."""
        return self._writer.counts

    def close(self) -> None:
        """Write what waits, then close. Writes that come later fail; it may be called twice."""
        self._writer.close()
        self._close()

    def _read(self, sql: str, *params: Any, door: Door | None = None) -> list[tuple[Any, ...]]:
        door = door or self._reader
        return self._told(lambda: door.run(lambda connection: connection.execute(sql, params).fetchall()))

    def _told(self, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except (sqlite3.Error, OSError) as error:
            raise self._file.fault(error) from error


def _putting(record: Record) -> Callable[[sqlite3.Connection], None]:
    record_id, row, payload = record.id, row_of(record), payload_of(record)

    def work(connection: sqlite3.Connection) -> None:
        connection.execute(_PUT, row)
        connection.execute(_PUT_PAYLOAD, (payload, record_id))

    return work


def _close(doors: Iterable[Door], pid: int) -> None:
    if os.getpid() == pid:  # not in a forked process
        for door in doors:
            door.close()


# ------------------------------------------------------------------ pruning


def _prune(connection: sqlite3.Connection, now: float, most_rows: int, most_bytes: int) -> bool:
    """See Journal.prune; whether jobs are left that will have to go, or free pages."""
    for keyed, kept in (("=", KEPT_S), ("!=", KEPT_KEYED_S)):
        sql = f"SELECT number FROM jobs WHERE {_ENDED} AND {_END} < ? AND key {keyed} ''"
        _remove(connection, [number for (number,) in connection.execute(sql, (now - kept,))])
    (rows,) = connection.execute("SELECT count(*) FROM jobs").fetchone()
    _remove_first(connection, rows - most_rows, 0)
    _remove_first(connection, 0, _used(connection) - most_bytes)
    _shrink(connection)
    left = connection.execute(f"SELECT 1 FROM jobs WHERE {_ENDED} LIMIT 1").fetchone()
    return left is not None or _pragma(connection, "freelist_count") > 0


def _remove(connection: sqlite3.Connection, numbers: list[int]) -> None:
    for table in ("jobs", "payloads"):
        connection.executemany(f"DELETE FROM {table} WHERE number = ?", [(number,) for number in numbers])


def _remove_first(connection: sqlite3.Connection, rows: int, size: int) -> None:
    """Remove the jobs that ended first, until it is so many rows or bytes less."""
    if rows <= 0 and size <= 0:
        return
    removed: list[int] = []
    for number, bytes_ in connection.execute(
        "SELECT number, length(payload) + coalesce(length(outcome_body), 0) + coalesce(length(snapshot), 0) FROM jobs"
        f" JOIN payloads USING (number) WHERE {_ENDED} ORDER BY {_END}, number"
    ):
        if len(removed) >= rows and size <= 0:
            break
        removed.append(number)
        size -= bytes_
    _remove(connection, removed)


def _shrink(connection: sqlite3.Connection) -> None:
    for _ in range(min(_SHRUNK, _pragma(connection, "freelist_count"))):
        connection.execute("PRAGMA incremental_vacuum(1)")  # Python takes only the first step of a larger number


def _used(connection: sqlite3.Connection) -> int:
    """Bytes of the file that hold something."""
    pages = _pragma(connection, "page_count") - _pragma(connection, "freelist_count")
    return pages * _pragma(connection, "page_size")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


# ------------------------------------------------------------------ where it can be

_warned: set[str] = set()


def journal_or_none(folder: str, durability: Durability = "normal", app: str = "") -> Journal | None:
    """The journal in this folder; None where there cannot be one, which a warning says once: jobs are in memory only.

    That is on network file systems, where SQLite's write-ahead log is not safe, and where nothing can be written.
    Raises JournalFullError for a full disk: later there may be room.
    """
    kind = network_kind(folder)
    if kind is None:
        try:
            return Journal(folder, durability, app=app)
        except JournalFullError:
            raise
        except JournalError as error:
            why = str(error)
    else:
        why = f"{folder} is on a network file system ({kind})."
    if folder not in _warned:
        _warned.add(folder)
        logger.warning("%s Jobs that wait are kept in memory only, and end with the process.", why)
    return None
