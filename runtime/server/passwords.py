"""Password hashes: scrypt (RFC 7914), n=2^14, r=8, p=1: 16 MiB and a tenth of a second each.

The floor that OWASP advises (n=2^17) takes 128 MiB a check, too much for a demo's server; hashes made here stay in
memory unless their owner writes them to an `--auth-file`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import threading
from collections.abc import Sequence
from typing import Any

from quickdemo.runtime.errors import AppError, shown

_N, _R, _P = 2**14, 8, 1
SHORT = 8  # characters: shorter passwords are warned of on an open address
_MOST_MEMORY = 256 * 1024 * 1024  # bytes that the parameters of a foreign hash may ask for


def hash_password(password: str) -> str:
    """`scrypt$n$r$p$salt$hash`, salt and hash in base64: a line of an auth file is `user:` and this."""
    salt = os.urandom(16)
    return f"scrypt${_N}${_R}${_P}${_b64(salt)}${_b64(_scrypt(password, salt, _N, _R, _P))}"


def verify(password: str, hashed: str) -> bool:
    """Whether the password belongs to the hash, in the same time for any password. Raises ValueError (form)."""
    salt, expected, n, r, p = _parsed(hashed)
    return hmac.compare_digest(_scrypt(password, salt, n, r, p), expected)


class Account:
    """One user's password: given in the clear or as a hash, kept as a hash as soon as there was time to make it."""

    def __init__(self, password: str) -> None:
        """Raises ValueError for a text that begins like a hash and is none."""
        self.is_short = len(password) < SHORT
        self._lock = threading.Lock()
        self._plain: str | None = password
        self._hashed = ""
        if password.startswith("scrypt$"):
            _parsed(password)
            self._plain, self._hashed, self.is_short = None, password, False

    def settle(self) -> None:
        """Hash the password now and forget it."""
        with self._lock:
            if self._plain is not None:
                self._hashed, self._plain = hash_password(self._plain), None

    def matches(self, password: str) -> bool:
        """Whether this is the password; as slow for a wrong one as for the right one."""
        plain = self._plain
        if plain is None:
            return verify(password, self._hashed)
        # Not hashed yet. Hashing both would take twice as long and tell that the account exists.
        _scrypt(password, os.urandom(16), _N, _R, _P)
        return hmac.compare_digest(*(text.encode("utf-8", "surrogatepass") for text in (password, plain)))


def accounts_of(auth: Any) -> dict[str, Account]:
    """Accounts of `auth=`: one pair, or a list of pairs. Raises AppError that shows what was wrong, no password."""
    pairs = [auth] if _is_pair(auth) else auth
    if not isinstance(pairs, (list, tuple)) or not pairs or not all(map(_is_pair, pairs)):
        raise AppError(
            "auth must be a (name, password) pair, a list of such pairs, or a function.",
            'For example: launch(auth=("ada", "a long password")).',
        )
    return {name: _account(name, password, "auth") for name, password in pairs}


def read_accounts(path: str) -> dict[str, Account]:
    """Accounts of a file: lines `user:password` or `user:scrypt$...`; empty lines and # comments are skipped.

    Raises AppError that names the file and the line.
    """
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise AppError(
            f"The auth file {path} cannot be read: {error}.", "Check its path and its permissions."
        ) from None
    accounts = {}
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, colon, password = line.partition(":")
        if not colon:
            raise AppError(f"{path}:{number}: there is no colon.", "Each line is user:password or user:scrypt$...")
        accounts[name.strip()] = _account(name.strip(), password, f"{path}:{number}")
    if not accounts:
        raise AppError(f"The auth file {path} names nobody.", "Each line is user:password or user:scrypt$...")
    return accounts


def throttle_key(username: str) -> str:
    """What stands for an account in the throttle's bounded table, however long a name a visitor sends."""
    return hashlib.sha256(username.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _account(name: str, password: str, where: str) -> Account:
    if not name:
        raise AppError(f"{where}: a user has no name.", "Give every user a name.")
    if not password:
        raise AppError(f"{where}: the user {shown(name)} has an empty password.", "Give every user a password.")
    try:
        return Account(password)
    except ValueError as error:
        raise AppError(f"{where}: the hash of {shown(name)} is damaged: {error}.", "Make it anew.") from None


def _is_pair(value: Any) -> bool:
    is_sequence = isinstance(value, Sequence) and not isinstance(value, str)
    return is_sequence and len(value) == 2 and all(isinstance(part, str) for part in value)


def _parsed(hashed: str) -> tuple[bytes, bytes, int, int, int]:
    try:
        name, n, r, p, salt, digest = hashed.split("$")
        numbers = int(n), int(r), int(p)
        if name != "scrypt" or 128 * numbers[0] * numbers[1] > _MOST_MEMORY:
            raise ValueError
        return base64.b64decode(salt, validate=True), base64.b64decode(digest, validate=True), *numbers
    except ValueError:
        raise ValueError("a hash has the form scrypt$n$r$p$salt$hash with salt and hash in base64") from None


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    data = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(data, salt=salt, n=n, r=r, p=p, maxmem=2 * _MOST_MEMORY, dklen=32)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
