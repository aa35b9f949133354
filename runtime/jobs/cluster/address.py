"""Where the broker is, and who we are there: `--store nats://user:password@host:4222`, several with commas."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from quickdemo.runtime.errors import AppError

_PORT = 4222
_FILES = ("ca", "cert", "key")
_JWT = "-----BEGIN NATS USER JWT-----"


@dataclass(frozen=True)
class Address:
    """servers: URLs without credentials, safe to show. options: what nats-py's `connect` takes beside them."""

    servers: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return ",".join(self.servers)


def address_of(url: str, creds: str | Path | None = None) -> Address:
    """The address that a URL names. Raises AppError for one that names none.

    url: `nats://` or `tls://`, with user and password, or a token alone, in front of the host. After `?`: ca=FILE, the
    authority that signed the broker's certificate; cert=FILE and key=FILE, our own.
    creds: a file with "user:password" or a token in one line, or a .creds file of the broker's own tools; it goes
    before what the URL says.
    """
    asked: dict[str, str] = {}
    servers, options, secure = [], {}, False
    for one in url.split(","):
        parts = urlsplit(one if "//" in one else f"nats://{one}")
        if parts.scheme not in ("nats", "tls") or not parts.hostname or (port := _port(parts)) is None:
            raise AppError(
                f"--store {_shown(one)} is no address of a broker.",
                "Write nats://HOST:4222, or tls://HOST:4222 for an encrypted connection.",
            )
        secure = secure or parts.scheme == "tls"
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        servers.append(f"{parts.scheme}://{host}:{port}")
        if parts.username is not None:
            options = _login(unquote(parts.username), parts.password and unquote(parts.password))
        asked.update(parse_qsl(parts.query))
    if unknown := sorted(set(asked) - {*_FILES}):
        raise AppError(f"--store knows no ?{unknown[0]}=.", f"It knows {', '.join(f'?{n}=' for n in _FILES)}.")
    if creds is not None:
        options = _from_file(Path(creds))
    if secure:
        options["tls"] = _context(asked)
    return Address(tuple(servers), options)


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or _PORT
    except ValueError:
        return None


def _login(user: str, password: str | None) -> dict[str, Any]:
    return {"token": user} if password is None else {"user": user, "password": password}


def _from_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text().strip()
    except (OSError, UnicodeError) as error:
        raise AppError(f"The credentials {path} cannot be read: {error}.", "Check --store-creds.") from error
    if text.startswith(_JWT):
        try:
            import nkeys  # noqa: F401
        except ImportError:
            raise AppError(
                f"{path} holds a signed user, which needs a package more.", "pip install 'nats-py[nkeys]'"
            ) from None
        return {"user_credentials": str(path)}
    if not text or "\n" in text:
        raise AppError(f"{path} holds no credentials.", 'Write "user:password" or a token in one line.')
    user, colon, password = text.partition(":")
    return _login(user, password if colon else None)


def _context(asked: dict[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=asked.get("ca"))
        if "cert" in asked:
            context.load_cert_chain(asked["cert"], asked.get("key"))
    except (OSError, ssl.SSLError) as error:
        raise AppError(f"A certificate of --store cannot be read: {error}.", "Check ?ca=, ?cert= and ?key=.") from error
    return context


def _shown(url: str) -> str:
    """Without what could be a password."""
    return url if "@" not in url else f"…@{url.rpartition('@')[2]}"
