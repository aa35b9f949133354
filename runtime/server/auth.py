"""Log in and out: who is let in, what the form says, what programs get."""

from __future__ import annotations

import asyncio
import inspect
import logging
import math
import threading
import time
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.runner import Runner
from quickdemo.runtime.jobs.threads import Workers
from quickdemo.runtime.launch import LaunchOptions
from quickdemo.runtime.server import body, page
from quickdemo.runtime.server.context import Context, ServerSettings
from quickdemo.runtime.server.hosts import is_loopback
from quickdemo.runtime.server.passwords import Account, accounts_of, read_accounts, throttle_key
from quickdemo.runtime.server.redirects import safe_target
from quickdemo.runtime.server.reply import JSON
from quickdemo.runtime.server.throttle import Throttle, network
from quickdemo.runtime.server.visitors import Visitors

log = logging.getLogger("quickdemo.auth")

CHECK_LIMIT_S = 10.0
MOST_CHECKS = 4  # at once, so that hashing cannot be used to burn the processor
MAX_TEXT = 1024  # characters of a name or password
_SLOW_S = 1.0  # between two tries from an address that is known but paused
_LOG_EVERY_S = 1.0


class Auth:
    """Checks names and passwords against accounts, and against the author's function when there is one."""

    def __init__(
        self,
        auth: Any,
        message: str | None,
        visitors: Visitors,
        auth_file: str | None = None,
        *,
        runner: Runner | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        """Raises AppError for accounts that cannot be used."""
        self.message = message
        self.throttle = Throttle()
        self._function = auth if callable(auth) else None
        self._accounts: dict[str, Account] = {} if auth is None or callable(auth) else accounts_of(auth)
        if auth_file is not None:
            self._accounts.update(read_accounts(auth_file))
        self._nobody = Account("no password at all")
        self._runner = runner
        self._checks = asyncio.Semaphore(MOST_CHECKS)
        self._threads = Workers("log in", 64)
        self._slow: set[str] = set()
        self._logged, self._unlogged = -_LOG_EVERY_S, 0
        visitors.require_login(self.knows)
        self._warn(host)
        threading.Thread(target=self._settle, name="password-hashes", daemon=True).start()

    @classmethod
    def of(cls, options: LaunchOptions, visitors: Visitors, settings: ServerSettings, runner: Runner) -> Auth | None:
        """The Auth that the options ask for; None when everybody may come in."""
        if options.auth is None and settings.auth_file is None:
            return None
        return cls(options.auth, options.auth_message, visitors, settings.auth_file, runner=runner, host=settings.host)

    def knows(self, username: str) -> bool:
        """Whether logins of that user still count: an account that the author removed is logged out."""
        return self._function is not None or username in self._accounts

    async def check(self, username: str, password: str, client: str) -> bool:
        """Whether they go together. Raises RefusedError (429) while the account or the client is paused."""
        account, address = f"account {throttle_key(username)}", f"address {network(client)}"
        pause_s = self.throttle.pause_s(account, address)
        if pause_s > 0:
            return await self._while_paused(username, password, account, address, pause_s)
        self.throttle.failed(account, address)
        if await self._right(username, password):
            self.throttle.succeeded(account, address)
            return True
        self._note_failure(username, client)
        return False

    def tries_left(self, username: str, client: str) -> int:
        """Failures that are free before the first pause."""
        return self.throttle.tries_left(f"account {throttle_key(username)}", f"address {network(client)}")

    async def _while_paused(self, username: str, password: str, account: str, address: str, pause_s: float) -> bool:
        """Others' failures must not lock out one who was here before: he may try slowly, and learns only success."""
        if self.throttle.trusts(account, address) and address not in self._slow:
            self._slow.add(address)
            try:
                await asyncio.sleep(_SLOW_S)
                if await self._right(username, password):
                    self.throttle.succeeded(account, address)
                    return True
            finally:
                self._slow.discard(address)
        seconds = math.ceil(pause_s)
        raise RefusedError(
            429,
            "too_many_tries",
            f"Too many wrong tries. The next one is possible in {seconds} s.",
            "Wait, then try again.",
            headers={"retry-after": str(seconds)},
        )

    async def _right(self, username: str, password: str) -> bool:
        async with self._checks:
            known = self._accounts.get(username)
            if known is None and self._function is not None:
                return await self._asked(username, password)
            right = await self._threads.submit(lambda: (known or self._nobody).matches(password))
            return right and known is not None

    async def _asked(self, username: str, password: str) -> bool:
        """What the author's function says. An error, a time-out or an answer still to be awaited is a no."""
        function = self._function
        assert function is not None
        try:
            if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
                getattr(function, "__call__", None)  # noqa: B004  # an object with an async __call__
            ):
                assert self._runner is not None, "an async auth function needs the runner's loop"
                answer = await asyncio.wait_for(
                    self._runner.on_user_loop(cast(Any, function)(username, password)), CHECK_LIMIT_S
                )
            else:
                answer = await asyncio.wait_for(
                    self._threads.submit(lambda: cast(Any, function)(username, password)), CHECK_LIMIT_S
                )
                if inspect.iscoroutine(answer) and self._runner is not None:
                    answer = await asyncio.wait_for(self._runner.on_user_loop(answer), CHECK_LIMIT_S)
        except asyncio.TimeoutError:
            log.error("The auth function took more than %g s; the login was refused.", CHECK_LIMIT_S)
            return False
        except Exception:
            log.exception("The auth function failed; the login was refused.")
            return False
        return not inspect.isawaitable(answer) and bool(answer)

    def _settle(self) -> None:
        """Hash all passwords in the background, at a quarter of one processor."""
        for account in (self._nobody, *self._accounts.values()):
            started = time.monotonic()
            account.settle()
            time.sleep(3 * (time.monotonic() - started))

    def _warn(self, host: str) -> None:
        short = [name for name, account in self._accounts.items() if account.is_short]
        if short and not is_loopback(host):
            log.warning("Passwords under 8 characters on an open address: %s.", ", ".join(map(repr, short[:5])))

    def _note_failure(self, username: str, client: str) -> None:
        now = time.monotonic()
        if now - self._logged < _LOG_EVERY_S:
            self._unlogged += 1
            return
        more = f" ({self._unlogged} more before)" if self._unlogged else ""
        log.warning("A login as %.80r from %s was refused%s.", username, client, more)
        self._logged, self._unlogged = now, 0


def routes(context: Context) -> list[BaseRoute]:
    """login and logout. Without accounts, login leads to the page."""
    login = Login(context)
    return [
        Route("/login", login.show, methods=["GET"], name="login"),
        Route("/login", login.take, methods=["POST"], name="log_in"),
        Route("/logout", login.leave, methods=["POST"], name="logout"),
    ]


class Login:
    """The form for people, and the same in JSON for programs."""

    def __init__(self, context: Context) -> None:
        self._context = context
        demo = context.demo
        self._title = demo.title or next(iter(context.endpoints.values())).name
        self._css_url = f"static/{page.assets_of(context).css.name}"

    async def show(self, request: Request) -> Response:
        if self._context.auth is None or request.scope["state"]["visitor"].username is not None:
            return RedirectResponse("./", 303)
        return self._form(request, request.query_params.get("next"))

    async def take(self, request: Request) -> Response:
        auth = self._context.auth
        wants_page = "text/html" in request.headers.get("accept", "")
        if auth is None:
            return RedirectResponse("./", 303) if wants_page else JSON({"success": True})
        fields = await _fields(request)
        username, password = fields.get("username", ""), fields.get("password", "")
        if not isinstance(username, str) or not isinstance(password, str) or len(username + password) > MAX_TEXT:
            raise RefusedError(422, "bad_login", "username and password must be texts of a sensible length.")
        username = username.strip()
        client = request.client.host if request.client else "local"
        target = fields.get("next") if isinstance(fields.get("next"), str) else None
        try:
            if await auth.check(username, password, client):
                return await self._let_in(request, username, target, wants_page)
            left = auth.tries_left(username, client)
            hint = f"{left} more tries before a pause." if left != 1 else "1 more try before a pause."
            error = RefusedError(401, "wrong_login", "That name and password do not go together.", hint)
        except RefusedError as refusal:
            error = refusal
        if not wants_page:
            raise error
        return self._form(request, target, error, username)

    async def leave(self, request: Request) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "")
        cookie = await self._context.visitors.log_out(request.scope)
        response: Response = RedirectResponse("login", 303) if wants_page else JSON({"success": True})
        response.headers["set-cookie"] = cookie
        return response

    async def _let_in(self, request: Request, username: str, target: str | None, wants_page: bool) -> Response:
        # relative, because the page may live under a prefix that only the browser knows
        location = f".{safe_target(target) or '/'}"
        response: Response = RedirectResponse(location, 303) if wants_page else JSON({"success": True})
        response.headers["set-cookie"] = await self._context.visitors.log_in(request.scope, username)
        return response

    def _form(
        self, request: Request, target: str | None, error: RefusedError | None = None, username: str = ""
    ) -> Response:
        auth = self._context.auth
        text = page.render(
            "login.html",
            title=self._title,
            message=page.author_html(auth.message if auth else None),
            error=f"{error.message} {error.hint}".strip() if error else "",
            next=safe_target(target) or "",
            username=username,
            css_url=self._css_url,
            nonce=request.scope["state"].get("nonce", ""),
            icon=page.icon(self._context.options.favicon_path),
        )
        return HTMLResponse(text, error.status if error else 200, error.headers if error else None)


async def _fields(request: Request) -> dict[str, Any]:
    if body.content_type(request) == "application/json":
        value = await body.read_json(request, body.MAX_FORM_BYTES)
        return value if isinstance(value, dict) else {}
    return dict(await body.read_form(request))
