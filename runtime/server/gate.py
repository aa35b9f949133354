"""What every request passes first: Host, origin, login. And what every answer carries: security headers.

Decisions use `scope["path"]` only, never an URL built from headers. Whatever is not on the public list needs a login.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.server import headers, metrics
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.faults import reply
from quickdemo.runtime.server.hosts import Hosts
from quickdemo.runtime.server.redirects import safe_target
from quickdemo.runtime.server.visitors import Visitor

#: reachable without a login, by method; static assets are hashed and the same for everybody
PUBLIC = frozenset(
    {(method, path) for method in ("GET", "HEAD") for path in ("/login", "/livez", "/readyz")} | {("POST", "/login")}
)
PUBLIC_PREFIX = "/static/"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PRIVATE = ("/files/", "/api/events", "/api/values/")  # the last runs a function of the author's
_CHECKED = frozenset(
    {b"host", b"origin", b"sec-fetch-site", b"cookie", b"authorization", b"content-type", b"x-file-name"}
)


class Gate:
    """ASGI middleware in front of the router."""

    def __init__(self, app: ASGIApp, context: Context) -> None:
        settings = context.settings
        self._app = app
        self._hosts = Hosts(settings.host, settings.port, settings.allowed_hosts)
        self._visitors = context.visitors
        self._needs_login = context.auth is not None
        self._asks = context.visitors.asks
        self._public = PUBLIC | (
            {("GET", metrics.PATH)} if metrics.is_on(context) else set()
        )  # it has a check of its own
        self._frames = context.has_frames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        state = scope.setdefault("state", {})
        guarded = _Answer(send, scope["path"], state, self._frames)
        try:
            self._check(scope)
            asks = self._asks and not scope["path"].startswith(PUBLIC_PREFIX)
            state["visitor"] = visitor = await self._visitors.ask(scope) if asks else self._visitors.of(scope)
            guarded.cookie = visitor.fresh_cookie
            self._check_login(scope, visitor)
        except RefusedError as error:
            await self._refuse(error, scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _check(self, scope: Scope) -> None:
        """Host and origin of a request. Raises RefusedError: 421 or 403."""
        found: dict[bytes, bytes] = {}
        hosts = 0
        for name, value in scope["headers"]:
            if name in _CHECKED:
                found[name] = value
                hosts += name == b"host"
        host = found.get(b"host", b"")
        if hosts != 1 or not self._hosts.accepts(host):
            shown = host[:60].decode("latin-1")
            raise RefusedError(
                421,
                "unknown_host",
                f"This server does not answer for the host {shown!r}.",
                "Start it with --allow-host NAME if that name is yours.",
            )
        if scope["method"] not in _SAFE:
            self._check_origin(scope, found, host)
        elif found.get(b"sec-fetch-site") == b"cross-site" and scope["path"].startswith(_PRIVATE):
            raise _foreign(found)

    def _check_origin(self, scope: Scope, found: dict[bytes, bytes], host: bytes) -> None:
        """Only our own pages and programs may change anything. Raises RefusedError (403)."""
        site, origin = found.get(b"sec-fetch-site"), found.get(b"origin")
        if site is not None:
            allowed = site in (b"same-origin", b"none")
        elif origin is not None:
            allowed = origin.lower() == scope["scheme"].encode() + b"://" + host.lower()
        elif b"cookie" in found:
            # No browser: each sends one of the two above. A form that an old one posted could carry a cookie, but
            # not these headers, and not another method, for which it would first have asked.
            kind = found.get(b"content-type", b"").partition(b";")[0].strip().lower()
            allowed = b"authorization" in found or b"x-file-name" in found or kind == b"application/json"
            allowed = allowed or scope["method"] != "POST"
        else:
            allowed = True
        if not allowed:
            raise _foreign(found)

    def _check_login(self, scope: Scope, visitor: Visitor) -> None:
        if not self._needs_login or visitor.username is not None:
            return
        path = scope["path"]
        if (scope["method"], path) in self._public or (scope["method"] in _SAFE and path.startswith(PUBLIC_PREFIX)):
            return
        raise RefusedError(401, "login_required", "Log in first.", "POST username and password to login.")

    async def _refuse(self, error: RefusedError, scope: Scope, receive: Receive, send: Send) -> None:
        if error.status == 401 and scope["method"] in _SAFE and _wants_page(scope):
            await _redirect(login_address(scope), send)
            return
        await reply(error)(scope, receive, send)


class _Answer:
    """`send` of one request, which adds the security headers and the cookie to the answer's start."""

    def __init__(self, send: Send, path: str, state: dict[str, Any], frames: bool) -> None:
        self._send = send
        self._frames = frames
        self._is_api = path.startswith("/api/")
        self._state = state
        self.cookie: str | None = None
        if not self._is_api or path == "/api/docs":
            state["nonce"] = secrets.token_urlsafe(16)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *self._additions(message)]
        await self._send(message)

    def _additions(self, message: Message) -> headers.Headers:
        names = dict(message.get("headers", ()))
        added = [header for header in headers.COMMON if header[0] not in names]
        is_page = names.get(b"content-type", b"").startswith(b"text/html")
        if b"content-security-policy" not in names:
            if is_page:
                nonce = self._state.setdefault("nonce", secrets.token_urlsafe(16))
                added.append(headers.page_policy(nonce, self._frames))
            else:
                added.append(headers.INERT)
        if b"cache-control" not in names:
            added.append(headers.NO_STORE)
        if self.cookie is not None and b"set-cookie" not in names:
            added.append((b"set-cookie", self.cookie.encode("ascii")))
        return added


def login_address(scope: Scope) -> str:
    """Where to log in, relative to the address that was asked for, with the way back."""
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    target = safe_target(f"{path}?{query}" if query else path)
    up = "../" * max(path.count("/") - 1, 0)
    return f"{up}login?next={quote(target, safe='')}" if target and target != "/" else f"{up}login"


def _wants_page(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


async def _redirect(address: str, send: Send) -> None:
    location = [(b"location", address.encode("ascii")), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": location})
    await send({"type": "http.response.body", "body": b""})


def _foreign(found: dict[bytes, bytes]) -> RefusedError:
    origin = found.get(b"origin", b"")[:60].decode("latin-1")
    came = f"came from {origin!r}" if origin else "came from elsewhere, or did not say from where"
    return RefusedError(
        403,
        "foreign_origin",
        f"Only this server's own pages may ask for that; the request {came}.",
        "From a program, send JSON (Content-Type: application/json), or no cookie.",
    )
