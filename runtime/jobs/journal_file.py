"""The file of the journal: its tables, and what happens to one that cannot be used: it is set aside, never deleted."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

from quickdemo.runtime.flagging.log import lock_file, unlock_file

logger = logging.getLogger("quickdemo.jobs")

Durability = Literal["normal", "full"]
T = TypeVar("T")

#: of the tables below; another number is another layout, older or newer
LAYOUT = 1
#: how long a statement waits for the write of another process before it fails, in seconds
BUSY_S = 5.0
#: bytes to which the write-ahead log is cut after it was longer
_WAL_BYTES = 16 << 20
#: with less room on the disk, an I/O error is taken for a full disk (quotas and memory maps give one)
_ROOM_BYTES = 1 << 20

_TABLES = (
    """CREATE TABLE IF NOT EXISTS jobs (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, function TEXT NOT NULL, owner TEXT NOT NULL,
        key TEXT NOT NULL, app TEXT NOT NULL, attempt INTEGER NOT NULL, accepted REAL NOT NULL, deadline REAL,
        low INTEGER NOT NULL, retry INTEGER NOT NULL,
        state TEXT NOT NULL, holder TEXT NOT NULL, started REAL, ended REAL, last INTEGER NOT NULL,
        cancel INTEGER NOT NULL,
        outcome_state TEXT, outcome_status INTEGER, outcome_headers TEXT, outcome_body BLOB, snapshot BLOB)""",
    "CREATE TABLE IF NOT EXISTS payloads (number INTEGER PRIMARY KEY, payload BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS owned ON jobs (owner, accepted)",
    "CREATE INDEX IF NOT EXISTS keyed ON jobs (owner, key, accepted) WHERE key != ''",
    "CREATE INDEX IF NOT EXISTS held ON jobs (holder) WHERE state IN ('queued', 'running')",
    "CREATE INDEX IF NOT EXISTS unwanted ON jobs (holder) WHERE cancel = 1",
    "CREATE INDEX IF NOT EXISTS counted ON jobs (function, state)",
    "CREATE INDEX IF NOT EXISTS finished ON jobs (coalesce(ended, accepted), key)"
    " WHERE state IN ('done', 'failed', 'cancelled')",
)


class JournalError(OSError):
    """The journal cannot be read or written."""


class JournalFullError(JournalError):
    """There is no room on the disk for what was to be written."""


class _OtherLayoutError(Exception):
    """The file was made by another version."""


class JournalFile:
    """`jobs.db` in a folder, for any number of connections and processes."""

    def __init__(self, folder: str, durability: Durability) -> None:
        """folder: made with mode 0700 if needed. durability: "full" waits for the disk at each commit, so that a power
        cut loses nothing; with "normal" it loses the last moments. A crash of the process loses nothing with either."""
        if durability not in ("normal", "full"):
            raise ValueError(f"durability is {durability!r}, and must be 'normal' or 'full'.")
        self.folder = folder
        self.path = os.path.join(folder, "jobs.db")
        self._durability = durability

    def connect(self, *, starting: bool) -> tuple[sqlite3.Connection, os.stat_result]:
        """A connection to a file with our tables, and what file that is. Raises sqlite3.Error or OSError.

        starting: a file of another version is set aside; later it isn't, as that version has set ours aside.
        """
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        with self._alone():
            try:
                return self._open()
            except _OtherLayoutError as error:
                if not starting:
                    raise JournalError(f"{self.path} is in use by another version") from None
                self._set_aside("other", str(error))
            except sqlite3.DatabaseError as error:
                if not is_corrupt(error):
                    raise
                self._set_aside("broken", str(error))
            return self._open()

    def set_aside(self, seen: os.stat_result, why: str) -> None:
        """Give the broken file another name, unless it isn't the one that was seen any more. Raises OSError."""
        with self._alone():
            if self.is_at(seen):
                self._set_aside("broken", why)

    def is_at(self, seen: os.stat_result) -> bool:
        """Whether the file that was seen is still the journal."""
        try:
            return os.path.samestat(os.stat(self.path), seen)
        except OSError:
            return False

    def fault(self, error: Exception) -> Exception:
        """What the caller is told of an error."""
        text = str(error)
        full = isinstance(error, sqlite3.Error) and "is full" in text
        if isinstance(error, sqlite3.OperationalError) and "I/O error" in text:
            with contextlib.suppress(OSError):
                full = shutil.disk_usage(self.folder).free < _ROOM_BYTES
        if full:
            return JournalFullError(f"There is no room left for the journal of jobs, {self.path}.")
        if isinstance(error, sqlite3.Error | OSError | RuntimeError):
            return JournalError(f"The journal of jobs, {self.path}, cannot be used: {text}.")
        return error

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """While one process looks at the file, and perhaps sets it aside, no other one does."""
        fd = os.open(self.path + ".lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            lock_file(fd)
            yield
            unlock_file(fd)
        finally:
            os.close(fd)

    def _open(self) -> tuple[sqlite3.Connection, os.stat_result]:
        self._make()
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # it counts for a new file, before the next one
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {self._durability}")
            connection.execute(f"PRAGMA fullfsync = {int(self._durability == 'full')}")  # macOS waits only with this
            connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
            self._lay_out(connection)
            return connection, os.stat(self.path)
        except BaseException:
            connection.close()
            raise

    def _make(self) -> None:
        """An empty file with mode 0600. One that is there is not opened: closing it would give up SQLite's locks."""
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            mode = os.lstat(self.path).st_mode
            if not stat.S_ISREG(mode):
                raise JournalError(f"{self.path} is not a plain file; remove it.") from None
            if stat.S_IMODE(mode) != 0o600:
                os.chmod(self.path, 0o600)

    def _lay_out(self, connection: sqlite3.Connection) -> None:
        """Our tables. Raises _OtherLayoutError where there are others."""
        (layout,) = connection.execute("PRAGMA user_version").fetchone()
        if layout == LAYOUT:
            return
        if layout or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # all of it in the one file that is set aside
            raise _OtherLayoutError(f"it has the layout {layout}, this version needs {LAYOUT}")
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in (*_TABLES, f"PRAGMA user_version = {LAYOUT}"):
                connection.execute(statement)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _set_aside(self, kind: str, why: str) -> None:
        """Rename the file, with what belongs to it; processes that have it open notice by `is_at`."""
        stem = os.path.join(self.folder, f"jobs-{kind}-{time.strftime('%Y%m%d-%H%M%S')}")
        name, number = stem + ".db", 1
        while os.path.exists(name):
            number += 1
            name = f"{stem}-{number}.db"
        os.rename(self.path, name)
        for end in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.rename(self.path + end, name + end)
        logger.warning("The journal of jobs, %s, cannot be used (%s): it is kept as %s.", self.path, why, name)


def is_corrupt(error: sqlite3.DatabaseError) -> bool:
    """Whether SQLite says that the file is no database, or a broken one."""
    return any(sign in str(error) for sign in ("malformed", "not a database", "unsupported file format"))


class Door:
    """A connection to the journal, for one thread at a time; another one where its file was set aside or removed."""

    def __init__(self, file: JournalFile, starting: bool = True) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._connection, self._seen = file.connect(starting=starting)

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What the work gives. Where the file turns out to be broken, it is set aside, and the work done anew."""
        with self._lock:
            for _ in range(2):
                self._renew()
                try:
                    return work(self._connection)
                except sqlite3.DatabaseError as error:
                    if is_corrupt(error):
                        self.file.set_aside(self._seen, str(error))
                    elif self.file.is_at(self._seen):
                        raise
            self._renew()
            return work(self._connection)

    def close(self) -> None:
        """Close the connection; the last one of all processes folds the write-ahead log into the file."""
        with self._lock:
            self._connection.close()

    def _renew(self) -> None:
        if not self.file.is_at(self._seen):
            self._connection.close()
            self._connection, self._seen = self.file.connect(starting=False)
