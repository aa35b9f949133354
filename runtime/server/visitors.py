"""Who is asking: a logged-in user, an anonymous browser, or a program without a cookie.

There is one cookie, named after the port because browsers share cookies between ports. For a login its value is a
random token of which the store, or the broker, knows only the hash. Without logins it is a random token that nobody
stores.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.types import Scope

from quickdemo.runtime.server.logins import ABSOLUTE_S, Login, StoredLogins
from quickdemo.runtime.server.tokens import decode, encode

if TYPE_CHECKING:
    from quickdemo.runtime.server.shared_logins import SharedLogins

_TOKEN_BYTES = 32
_MOST_COOKIES = 4  # of our name in one request; another program on this machine may have set some


@dataclass(frozen=True)
class Visitor:
    """`key` owns files and sessions ("" without a cookie); `fresh_cookie` is a Set-Cookie value for this answer."""

    key: str = ""
    username: str | None = None
    fresh_cookie: str | None = None


class Visitors:
    """Tells visitors apart, and logs them in and out."""

    def __init__(
        self, logins: StoredLogins | SharedLogins, secret: bytes, place: int | str, secure: bool = False
    ) -> None:
        """place: the port; of a demo on several hosts its name."""
        self._logins = logins
        self._secret = secret
        self._secure = secure
        self.cookie_name = f"{'__Host-' if secure else ''}quickdemo_{re.sub(r'[^A-Za-z0-9_-]', '_', str(place))}"
        self._pattern = re.compile(
            rb"(?:^|; ?)" + re.escape(self.cookie_name.encode()) + rb"=([A-Za-z0-9_-]{43})(?=;|$)"
        )
        self._known: Callable[[str], bool] | None = None
        self._key = lru_cache(maxsize=4096)(self._key_of)  # a few visitors ask nearly always

    def require_login(self, known: Callable[[str], bool]) -> None:
        """From now on only logins count, and only of users for whom `known(username)` holds."""
        self._known = known

    @property
    def asks(self) -> bool:
        """Whether logins are in a broker: then `ask` finds them, and `of` none."""
        return self._known is not None and not isinstance(self._logins, StoredLogins)

    def of(self, scope: Scope) -> Visitor:
        """The visitor of a request. A page load (GET /) without logins gets a cookie to set."""
        tokens = self._tokens(scope)
        if self._known is not None:
            return self._logged_in(tokens)
        if scope["path"] == "/" and scope["method"] == "GET":
            token = tokens[0] if tokens else encode(secrets.token_bytes(_TOKEN_BYTES))
            return Visitor(self._key(b"anonymous\0" + token.encode()), None, self._cookie(token, ABSOLUTE_S))
        return Visitor(self._key(b"anonymous\0" + tokens[0].encode())) if tokens else Visitor()

    async def ask(self, scope: Scope) -> Visitor:
        """`of`, where logins are in a broker. Raises RefusedError (503) while it does not answer."""
        assert self._known is not None and not isinstance(self._logins, StoredLogins)
        for token in self._tokens(scope):
            if (login := await self._logins.find(_digest(token))) is not None and self._known(login.username):
                return self._user(login)
        return Visitor()

    async def log_in(self, scope: Scope, username: str) -> str:
        """Start a login and end the one that this browser had; returns the Set-Cookie value."""
        token = encode(secrets.token_bytes(_TOKEN_BYTES))
        for old in self._tokens(scope):
            await self._logins.end(_digest(old))
        await self._logins.start(_digest(token), username)
        return self._cookie(token, ABSOLUTE_S)

    async def log_out(self, scope: Scope) -> str:
        """End the login of this browser, on the server too; returns the Set-Cookie value."""
        for token in self._tokens(scope):
            await self._logins.end(_digest(token))
        return self._cookie("", 0)

    def _logged_in(self, tokens: list[str]) -> Visitor:
        if self._known is None or not isinstance(self._logins, StoredLogins):
            return Visitor()
        for token in tokens:
            if (login := self._logins.find(_digest(token))) is not None and self._known(login.username):
                return self._user(login)
        return Visitor()

    def _user(self, login: Login) -> Visitor:
        return Visitor(self._key(b"user\0" + login.username.encode()), login.username)

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
