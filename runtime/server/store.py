"""The one SQLite file that outlives a generation: login sessions, states, the index of files.

WAL mode, so that readers never wait for a writer; `synchronous=NORMAL`, so that a crash of the process loses
nothing and a power cut at most the last moments. Two generations have the file open at once during a reload.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from quickdemo.runtime.errors import AppError

#: how long a statement waits for the other generation's write before it fails, in milliseconds
BUSY_MS = 5_000

Row = tuple[Any, ...]


class Store:
    """A thread-safe door to the file: one connection reads, one writes, each behind its own lock."""

    def __init__(self, path: str) -> None:
        """Open or create `path`, mode 0600 in a folder of mode 0700. Raises AppError when that cannot be done."""
        self.path = path
        try:
            private_folder(os.path.dirname(path) or ".")
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
            self._writer = _connect(path)
            self._reader = _connect(path)
        except (OSError, sqlite3.Error) as error:
            raise AppError(
                f"The store {path} cannot be opened: {error}.",
                "Check that the folder can be written to and that the disk is not full.",
            ) from error
        # a server that is dropped without being closed leaves no connection open
        self._close = weakref.finalize(self, _close, self._reader, self._writer)
        self._write_lock = threading.RLock()
        self._read_lock = threading.Lock()

    def define(self, *statements: str) -> None:
        """Tables and indexes, each with IF NOT EXISTS: where they are there already, nobody is waited for."""
        with self._write_lock:
            for statement in statements:
                self._writer.execute(statement)

    def execute(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and return its rows; a write is committed before this returns."""
        if sql.startswith("SELECT"):
            with self._read_lock:
                return self._reader.execute(sql, params).fetchall()
        with self.transaction() as write:
            return write.execute(sql, params).fetchall()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Statements that hold together or not at all; other writers wait, readers see the state before."""
        with self._write_lock:
            if self._writer.in_transaction:  # within another transaction of this thread: be part of it
                yield self._writer
                return
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def check(self) -> None:
        """Raises sqlite3.Error where nothing can be written now."""
        self.execute("PRAGMA user_version = 0")

    def close(self) -> None:
        """Close both connections; the last process to do so folds the write-ahead log into the file."""
        with self._write_lock, self._read_lock:
            self._close()


def private_folder(path: str) -> None:
    """Create a folder that only this user can enter, or check that an existing one is a folder. Raises OSError."""
    os.makedirs(path, mode=0o700, exist_ok=True)


def _close(*connections: sqlite3.Connection) -> None:
    for connection in connections:
        connection.close()


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection
