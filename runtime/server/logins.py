"""Who has logged in: kept in this machine's store, or in the broker that several hosts share."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from quickdemo.runtime.server.store import Store

IDLE_S = 12 * 3600
ABSOLUTE_S = 7 * 24 * 3600
MAX_PER_USER = 1_000
TOUCH_S = 60  #: a login's last use is written down at most so often
_TRUSTED_S = 1.0  # for so long a login is not looked up again; it may end in another process of the same store
_MOST_TRUSTED = 4096


@dataclass(frozen=True, slots=True)
class Login:
    """created, seen: UTC seconds."""

    username: str
    created: float
    seen: float

    def counts(self, now: float) -> bool:
        """It was used not long ago, and did not begin too long ago."""
        return now - self.seen <= IDLE_S and now - self.created <= ABSOLUTE_S


class Logins(Protocol):
    """By the digest of the token that the browser has; the token itself is kept nowhere."""

    async def start(self, digest: bytes, username: str) -> None:
        """A user has logged in; of more than `MAX_PER_USER` logins of his, the oldest end."""
        ...

    async def end(self, digest: bytes) -> None:
        """Nothing, where there is none."""
        ...


class StoredLogins:
    """In the store of this machine, where nobody waits for them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._trusted: dict[bytes, tuple[float, Login]] = {}  # until when (monotonic), and the login
        store.define(
            "CREATE TABLE IF NOT EXISTS logins"
            " (digest BLOB PRIMARY KEY, username TEXT, created REAL, seen REAL) WITHOUT ROWID",
            "CREATE INDEX IF NOT EXISTS logins_user ON logins (username, seen)",
        )

    def find(self, digest: bytes) -> Login | None:
        """A login that counts; that it was used is written down now and then."""
        now = time.time()
        if (login := self._known(digest)) is None or not login.counts(now):
            return None
        if now - login.seen > TOUCH_S:
            self._store.execute("UPDATE logins SET seen = ? WHERE digest = ?", (now, digest))
            self._trusted.pop(digest, None)
        return login

    def _known(self, digest: bytes) -> Login | None:
        until, login = self._trusted.get(digest, (0.0, None))
        if login is None or time.monotonic() >= until:
            rows = self._store.execute("SELECT username, created, seen FROM logins WHERE digest = ?", (digest,))
            if not rows:
                self._trusted.pop(digest, None)
                return None
            login = Login(*rows[0])
            if len(self._trusted) >= _MOST_TRUSTED:
                self._trusted.clear()
            self._trusted[digest] = time.monotonic() + _TRUSTED_S, login
        return login

    async def start(self, digest: bytes, username: str) -> None:
        now = time.time()
        self._trusted.clear()
        with self._store.transaction() as write:
            write.execute("DELETE FROM logins WHERE seen < ? OR created < ?", (now - IDLE_S, now - ABSOLUTE_S))
            write.execute("INSERT INTO logins VALUES (?, ?, ?, ?)", (digest, username, now, now))
            write.execute(
                "DELETE FROM logins WHERE digest IN"
                " (SELECT digest FROM logins WHERE username = ? ORDER BY seen DESC LIMIT -1 OFFSET ?)",
                (username, MAX_PER_USER),
            )

    async def end(self, digest: bytes) -> None:
        self._trusted.pop(digest, None)
        self._store.execute("DELETE FROM logins WHERE digest = ?", (digest,))
