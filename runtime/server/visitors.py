"""Who is asking: a logged-in user, an anonymous browser, or a program without a cookie.

There is one cookie, named after the port because browsers share cookies between ports. For a login its value is a
random token of which the store knows only the hash. Without logins it is a random token that nobody stores.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from starlette.types import Scope

from quickdemo.runtime.server.store import Store
from quickdemo.runtime.server.tokens import decode, encode

IDLE_S = 12 * 3600
ABSOLUTE_S = 7 * 24 * 3600
MAX_PER_USER = 1_000

_TOKEN_BYTES = 32
_TRUSTED_S = 1.0  # for so long a login is not looked up again; it may end in another process of the same store
_MOST_TRUSTED = 4096
_TOUCH_S = 60  # a login's last use is written down at most so often
_MOST_COOKIES = 4  # of our name in one request; another program on this machine may have set some


@dataclass(frozen=True)
class Visitor:
    """`key` owns files and sessions ("" without a cookie); `fresh_cookie` is a Set-Cookie value for this answer."""

    key: str = ""
    username: str | None = None
    fresh_cookie: str | None = None


class Visitors:
    """Tells visitors apart, and logs them in and out."""

    def __init__(self, store: Store, secret: bytes, place: int | str, secure: bool = False) -> None:
        """place: the port; of a demo on several hosts its name."""
        self._store = store
        self._secret = secret
        self._secure = secure
        self.cookie_name = f"{'__Host-' if secure else ''}quickdemo_{re.sub(r'[^A-Za-z0-9_-]', '_', str(place))}"
        self._pattern = re.compile(
            rb"(?:^|; ?)" + re.escape(self.cookie_name.encode()) + rb"=([A-Za-z0-9_-]{43})(?=;|$)"
        )
        self._known: Callable[[str], bool] | None = None
        self._trusted: dict[bytes, tuple[float, tuple[str, float, float]]] = {}  # until when (monotonic), and the row
        self._key = lru_cache(maxsize=4096)(self._key_of)  # a few visitors ask nearly always
        store.define(
            "CREATE TABLE IF NOT EXISTS logins"
            " (digest BLOB PRIMARY KEY, username TEXT, created REAL, seen REAL) WITHOUT ROWID",
            "CREATE INDEX IF NOT EXISTS logins_user ON logins (username, seen)",
        )

    def require_login(self, known: Callable[[str], bool]) -> None:
        """From now on only logins count, and only of users for whom `known(username)` holds."""
        self._known = known

    def of(self, scope: Scope) -> Visitor:
        """The visitor of a request. A page load (GET /) without logins gets a cookie to set."""
        tokens = self._tokens(scope)
        if self._known is not None:
            return self._logged_in(tokens)
        if scope["path"] == "/" and scope["method"] == "GET":
            token = tokens[0] if tokens else encode(secrets.token_bytes(_TOKEN_BYTES))
            return Visitor(self._key(b"anonymous\0" + token.encode()), None, self._cookie(token, ABSOLUTE_S))
        return Visitor(self._key(b"anonymous\0" + tokens[0].encode())) if tokens else Visitor()

    def log_in(self, scope: Scope, username: str) -> str:
        """Start a login and end the one that this browser had; returns the Set-Cookie value."""
        now = time.time()
        self._trusted.clear()
        token = encode(secrets.token_bytes(_TOKEN_BYTES))
        with self._store.transaction() as write:
            for old in self._tokens(scope):
                write.execute("DELETE FROM logins WHERE digest = ?", (_digest(old),))
            write.execute("DELETE FROM logins WHERE seen < ? OR created < ?", (now - IDLE_S, now - ABSOLUTE_S))
            write.execute("INSERT INTO logins VALUES (?, ?, ?, ?)", (_digest(token), username, now, now))
            write.execute(
                "DELETE FROM logins WHERE digest IN"
                " (SELECT digest FROM logins WHERE username = ? ORDER BY seen DESC LIMIT -1 OFFSET ?)",
                (username, MAX_PER_USER),
            )
        return self._cookie(token, ABSOLUTE_S)

    def log_out(self, scope: Scope) -> str:
        """End the login of this browser, on the server too; returns the Set-Cookie value."""
        for token in self._tokens(scope):
            self._trusted.pop(_digest(token), None)
            self._store.execute("DELETE FROM logins WHERE digest = ?", (_digest(token),))
        return self._cookie("", 0)

    def _logged_in(self, tokens: list[str]) -> Visitor:
        now = time.time()
        for token in tokens:
            digest = _digest(token)
            row = self._login(digest)
            if row is None:
                continue
            username, created, seen = row
            if now - seen > IDLE_S or now - created > ABSOLUTE_S or self._known is None or not self._known(username):
                continue
            if now - seen > _TOUCH_S:
                self._store.execute("UPDATE logins SET seen = ? WHERE digest = ?", (now, digest))
                self._trusted.pop(digest, None)
            return Visitor(self._key(b"user\0" + username.encode()), username)
        return Visitor()

    def _login(self, digest: bytes) -> tuple[str, float, float] | None:
        """(user, when it began, when it was used last), UTC, of a login that the store has."""
        until, row = self._trusted.get(digest, (0.0, None))
        if row is None or time.monotonic() >= until:
            rows = self._store.execute("SELECT username, created, seen FROM logins WHERE digest = ?", (digest,))
            if not rows:
                self._trusted.pop(digest, None)
                return None
            row = rows[0]
            if len(self._trusted) >= _MOST_TRUSTED:
                self._trusted.clear()
            self._trusted[digest] = time.monotonic() + _TRUSTED_S, row
        return row

    def _tokens(self, scope: Scope) -> list[str]:
        """The well-formed tokens of this request's cookies, without repetition."""
        found: list[str] = []
        for name, value in scope["headers"]:
            if name == b"cookie":
                for match in self._pattern.finditer(value):
                    token = match[1].decode("ascii")
                    if token not in found and _is_token(token):
                        found.append(token)
        return found[:_MOST_COOKIES]

    def _cookie(self, token: str, max_age_s: int) -> str:
        secure = "; Secure" if self._secure else ""
        return f"{self.cookie_name}={token}; HttpOnly; SameSite=Lax; Path=/; Max-Age={max_age_s}{secure}"

    def _key_of(self, identity: bytes) -> str:
        return hmac.digest(self._secret, b"visitor\0" + identity, hashlib.sha256).hex()[:32]


@lru_cache(maxsize=4096)
def _is_token(text: str) -> bool:
    return decode(text, _TOKEN_BYTES) is not None


@lru_cache(maxsize=4096)
def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
