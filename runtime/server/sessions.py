"""What one page load remembers between its calls: the values of `state`.

An id is stateless: 16 random bytes and a signature over them and the visitor, so that nobody can use the session
of another visitor, and a million page loads cost nothing. Only sessions that saved a state take room.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import logging
import pickle
import secrets
import threading
import time
from collections import OrderedDict
from typing import Any, Protocol

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.server.store import Store
from quickdemo.runtime.server.tokens import decode, encode

log = logging.getLogger("quickdemo.sessions")

#: sessions with a state that are kept; the least recently used go first
MAX_SESSIONS = 10_000
#: states that cannot be pickled live in memory: how many of them
MAX_UNPICKLED = 1_000
#: bytes of one pickled state
MAX_STATE_BYTES = 10_000_000
#: bytes of all pickled states; the least recently used sessions go first
MAX_TOTAL_BYTES = 2**30
#: seconds after which an unused state is dropped
MAX_AGE_S = 7 * 24 * 3600
#: the table is trimmed once in so many saves, and in so many bytes
TRIM_EVERY = 200
TRIM_EVERY_BYTES = 64 * 2**20

_RANDOM_BYTES = 16


class HasKey(Protocol):
    """What a session needs to know of its visitor."""

    @property
    def key(self) -> str: ...


class Sessions:
    """Makes and checks session ids, and keeps the states behind them over a reload."""

    def __init__(self, store: Store, secret: bytes) -> None:
        self._store = store
        self._secret = secret
        self._memory: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._lock = threading.Lock()
        self._saves = self._saved_bytes = 0  # since the table was trimmed
        store.define(
            "CREATE TABLE IF NOT EXISTS states"
            " (id TEXT, slot TEXT, value BLOB, seen REAL, PRIMARY KEY (id, slot)) WITHOUT ROWID",
            "CREATE INDEX IF NOT EXISTS states_seen ON states (seen)",
        )

    def new(self, visitor: HasKey) -> str:
        """The id of a new session of this visitor."""
        random = secrets.token_bytes(_RANDOM_BYTES)
        return f"{encode(random)}.{encode(self._signature(random, visitor.key))}"

    def check(self, id: str, visitor: HasKey) -> str:
        """The id itself when it is this visitor's. Raises RefusedError (404) for any other string."""
        random_text, _, signature_text = id.partition(".") if isinstance(id, str) else ("", "", "")
        random, signature = decode(random_text, _RANDOM_BYTES), decode(signature_text, _RANDOM_BYTES)
        if random is None or signature is None or not self._signed(random, signature, visitor.key):
            raise RefusedError(404, "unknown_session", "This session is not known here.", "Reload the page.")
        return id

    def load(self, id: str, slot: str, default: Any) -> Any:
        """The value that was saved, else a deep copy of `default`: no two sessions ever share an object."""
        with self._lock:
            if (id, slot) in self._memory:
                self._memory.move_to_end((id, slot))
                return self._memory[id, slot]
        rows = self._store.execute("SELECT value FROM states WHERE id = ? AND slot = ?", (id, slot))
        if rows:
            try:
                return pickle.loads(rows[0][0])
            except Exception as error:  # a class that the edited script no longer has: any error is possible
                log.warning("A state could not be read back after a change (%s); it starts anew.", error)
        return copy.deepcopy(default)

    def save(self, id: str, slot: str, value: Any) -> None:
        """Keep `value`. Raises RefusedError (413) when it is larger than MAX_STATE_BYTES."""
        try:
            data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # pickling runs the author's code: any error is possible
            self._keep_in_memory(id, slot, value, error)
            return
        if len(data) > MAX_STATE_BYTES:
            raise RefusedError(
                413,
                "state_too_large",
                f"The state of this session grew to {len(data) / 1e6:.1f} MB; {MAX_STATE_BYTES / 1e6:.0f} MB are kept.",
                "Keep less in the state, for example by dropping its oldest entries.",
            )
        with self._lock:
            self._memory.pop((id, slot), None)
            self._saves += 1
            self._saved_bytes += len(data)
            trim = self._saves >= TRIM_EVERY or self._saved_bytes >= TRIM_EVERY_BYTES
            if trim:
                self._saves = self._saved_bytes = 0
        self._store.execute("INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?)", (id, slot, data, time.time()))
        if trim:
            self.trim()

    def trim(self) -> None:
        """Drop states beyond MAX_SESSIONS and MAX_TOTAL_BYTES, and those unused for MAX_AGE_S."""
        with self._store.transaction() as write:
            write.execute("DELETE FROM states WHERE seen < ?", (time.time() - MAX_AGE_S,))
            write.execute(
                "DELETE FROM states WHERE id IN"
                " (SELECT id FROM states GROUP BY id ORDER BY max(seen) DESC LIMIT -1 OFFSET ?)",
                (MAX_SESSIONS,),
            )
            write.execute(
                "DELETE FROM states WHERE id IN (SELECT id FROM"
                " (SELECT id, sum(sum(length(value))) OVER (ORDER BY max(seen) DESC) AS bytes FROM states GROUP BY id)"
                " WHERE bytes > ?)",
                (MAX_TOTAL_BYTES,),
            )

    def clear(self) -> None:
        """Forget every state."""
        with self._lock:
            self._memory.clear()
        self._store.execute("DELETE FROM states")

    def count(self, since: float) -> int:
        """How many sessions have saved a state since a time (seconds since 1970)."""
        rows = self._store.execute("SELECT count(DISTINCT id) FROM states WHERE seen >= ?", (since,))
        return int(rows[0][0])

    def _keep_in_memory(self, id: str, slot: str, value: Any, error: Exception) -> None:
        with self._lock:
            first, is_new = not self._memory, (id, slot) not in self._memory
            self._memory[id, slot] = value
            self._memory.move_to_end((id, slot))
            while len(self._memory) > MAX_UNPICKLED:
                self._memory.popitem(last=False)
        if is_new:  # an older value must not come back with the next process
            self._store.execute("DELETE FROM states WHERE id = ? AND slot = ?", (id, slot))
        if first:
            log.warning(
                "A state of type %s cannot be pickled (%s): it works, but it ends with the next reload.",
                type(value).__name__,
                error,
            )

    def _signature(self, random: bytes, key: str) -> bytes:
        return hmac.digest(self._secret, b"session\0" + random + key.encode(), hashlib.sha256)[:_RANDOM_BYTES]

    def _signed(self, random: bytes, signature: bytes, key: str) -> bool:
        return hmac.compare_digest(signature, self._signature(random, key))
