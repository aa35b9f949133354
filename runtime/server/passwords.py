"""Password hashes: scrypt (RFC 7914), n=2^14, r=8, p=1: 16 MiB and a tenth of a second each.

The floor that OWASP advises (n=2^17) takes 128 MiB a check, too much for a demo's server; hashes made here stay in
memory unless their owner writes them to an `--auth-file`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

_N, _R, _P = 2**14, 8, 1
_MOST_MEMORY = 256 * 1024 * 1024  # bytes that the parameters of a foreign hash may ask for


def hash_password(password: str) -> str:
    """`scrypt$n$r$p$salt$hash`, salt and hash in base64: a line of an auth file is `user:` and this."""
    salt = os.urandom(16)
    return f"scrypt${_N}${_R}${_P}${_b64(salt)}${_b64(_scrypt(password, salt, _N, _R, _P))}"


def verify(password: str, hashed: str) -> bool:
    """Whether the password belongs to the hash, in the same time for any password. Raises ValueError (form)."""
    salt, expected, n, r, p = _parsed(hashed)
    return hmac.compare_digest(_scrypt(password, salt, n, r, p), expected)


def check_form(hashed: str) -> None:
    """Raises ValueError when this is no hash of `hash_password`'s form."""
    _parsed(hashed)


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
