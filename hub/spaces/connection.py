"""HTTP with one Space: cookies of its own, a login, an end to everything, and nothing but what was asked for."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from quickdemo.hub.errors import HubError
from quickdemo.hub.html_text import words_of
from quickdemo.hub.opened import Opened
from quickdemo.hub.outbound import MOST_FILE_BYTES, MOST_JSON_BYTES, Outbound
from quickdemo.hub.spaces.aside import Aside, Slots
from quickdemo.hub.spaces.json_text import read
from quickdemo.hub.wording import upper
from quickdemo.runtime.errors import shown

if TYPE_CHECKING:  # a reload is answered by the cache, and imports nothing of the network
    import requests

T = TypeVar("T")
CALL_S = 600.0  #: for which one call may go on
ASK_S = 60.0  #: for which one short answer may take
PASSES = (502, 504)  #: a gateway failed, and what is behind it may answer in a moment
PAUSES_S = (0.5, 1.0)  #: before another try
MOST_STREAM_BYTES = 512_000_000
MOST_OPEN = 64
MOST_COOKIES, MOST_COOKIE_CHARS = 20, 4096
_PIECE = 64 * 1024


class Answered(HubError):
    """The Space answered with a status that says no. told: what it says of it, "" where it says nothing."""

    def __init__(self, status: int, told: str, error: HubError) -> None:
        super().__init__(
            error.kind, error.message, error.hint, retry_after=error.retry_after, transient=error.transient
        )
        self.status, self.told = status, told


class Connection:
    """base: the Space's address, with a slash at the end. what: as errors name it, such as "the Space acme/cats".

    headers: of each request, by the address it goes to. auth: user and password, where it asks for them. is_ours: the
    user wrote the address. secrets: that no visitor may read in its answers. Everything raises HubError.
    """

    def __init__(
        self,
        base: str,
        what: str,
        headers: Callable[[str], Mapping[str, str]] = lambda url: {},
        *,
        auth: tuple[str, str] | None = None,
        is_ours: bool = False,
        secrets: Sequence[str] = (),
    ) -> None:
        self._secrets = [secret.encode() for secret in secrets if secret]
        self.base, self.what, self.auth = base, what, auth
        self.is_ours = is_ours
        self._given = headers
        self._outbound = Outbound(base, self.headers, is_ours=is_ours)
        self._cookies: dict[str, str] = {}
        self._logging_in = threading.Lock()
        self._slots = Slots(MOST_OPEN)
        self._streams = Slots(MOST_OPEN)  # apart: who follows one asks more meanwhile, and must not wait for itself

    def headers(self, url: str) -> dict[str, str]:
        """What goes with each request to that address of the Space."""
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {"accept-encoding": "identity", **self._given(url), **({"cookie": cookie} if cookie else {})}

    # ------------------------------------------------------------------ asking

    def json(self, method: str, path: str, end: float | None = None, **sent: Any) -> Any:
        """The JSON of an answer below 400. end: monotonic seconds; None is a minute from now."""
        return self._one(lambda: read(self._body(method, path, MOST_JSON_BYTES, sent), self.what), end)

    def text(self, path: str) -> str:
        """The text of a page."""
        return self._one(lambda: self._body("GET", path, MOST_JSON_BYTES, {}).decode("utf-8", "replace"), None)

    def poke(self) -> None:
        """Ask for its page, so that it wakes; what it answers does not matter."""
        with contextlib.suppress(HubError):
            self._one(lambda: self._body("GET", "", _PIECE, {}), time.monotonic() + 10)

    def download(self, path: str, to: str, end: float) -> int:
        """Write a file of the Space's to the path `to`; how many bytes it has."""
        return self._one(lambda: self._written(path, to), end)

    def events(self, path: str, end: float, **sent: Any) -> Aside[dict[str, Any]]:
        """The messages of a stream of events, until the Space ends it."""

        def work() -> Iterator[dict[str, Any]]:
            with self._answer("GET", path, sent) as answer:
                yield from self._messages(answer)

        return self._aside(work, end, self._streams)

    def _one(self, ask: Callable[[], T], end: float | None) -> T:
        end = time.monotonic() + ASK_S if end is None else end
        with self._aside(lambda: iter([ask()]), end, self._slots) as answers:
            (answer,) = answers
        return answer

    def _aside(self, work: Callable[[], Iterator[T]], end: float, slots: Slots) -> Aside[T]:
        opened = Opened()

        def noted() -> Iterator[T]:
            with opened.noted():
                yield from work()

        return Aside(noted, end, self.what, slots, opened.shut)

    def blanked(self, said: bytes) -> bytes:
        """What it says without what was told to it alone, which it may repeat to visitors."""
        for secret in self._secrets:
            said = said.replace(secret, b"*" * 8)
        return said

    def addresses(self) -> list[str]:
        """What to connect to in place of the host's name, where this is not left to others. Raises HubError (hostile)
        where it is inside our network and the user did not write it."""
        return self._outbound.addresses(upper(self.what))

    # ------------------------------------------------------------------ answers

    @contextlib.contextmanager
    def _answer(self, method: str, path: str, sent: dict[str, Any]) -> Iterator[requests.Response]:
        """An answer below 300. Logs in where that is asked for, and tries again where a gateway failed; but not what is
        posted, which may have been done."""
        answer = self._answered(method, path, sent)
        for pause_s in PAUSES_S if method == "GET" else ():
            if answer.status_code not in PASSES:
                break
            answer.close()
            time.sleep(pause_s)
            answer = self._answered(method, path, sent)
        with answer:
            if answer.headers.get("content-encoding", "identity").lower() != "identity":
                raise HubError("hostile", f"{upper(self.what)} answers in an encoding that was not asked for.")
            if answer.status_code >= 400:
                raise self._refusal(answer)
            if answer.status_code >= 300:
                raise HubError("hostile", f"{upper(self.what)} sends us elsewhere, which is refused.")
            yield answer

    def _answered(self, method: str, path: str, sent: dict[str, Any]) -> requests.Response:
        self.log_in()
        cookies = self._cookies
        answer = self._outbound.request(method, self.base + path, what=upper(self.what), **sent)
        if answer.status_code != 401 or not self.auth:
            return answer
        answer.close()
        self.log_in(instead_of=cookies)
        return self._outbound.request(method, self.base + path, what=upper(self.what), **sent)

    def _body(self, method: str, path: str, most: int, sent: dict[str, Any]) -> bytes:
        with self._answer(method, path, sent) as answer:
            return self.blanked(b"".join(self._pieces(answer, most)))

    def _pieces(self, answer: requests.Response, most: int) -> Iterator[bytes]:
        from urllib3.exceptions import HTTPError

        length = answer.headers.get("content-length", "")
        got = int(length) if length.isdigit() else 0
        if got <= most:
            got = 0
            try:
                while piece := answer.raw.read1(_PIECE):
                    got += len(piece)
                    if got > most:
                        break
                    yield piece
            except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
                why = f"The answer of {self.what} broke off."
                raise HubError("network", why, "Try again.", transient=True) from error
        if got > most:
            raise HubError("too_large", f"{upper(self.what)} sends more than the {most / 1e6:.0f} MB that are taken.")

    def _written(self, path: str, to: str) -> int:
        with self._answer("GET", path, {}) as answer, open(to, "wb") as file:
            return sum(file.write(piece) for piece in self._pieces(answer, MOST_FILE_BYTES))

    def _messages(self, answer: requests.Response) -> Iterator[dict[str, Any]]:
        rest = bytearray()
        for piece in self._pieces(answer, MOST_STREAM_BYTES):
            looked_at = len(rest)
            rest += piece
            while (stop := rest.find(b"\n", looked_at)) >= 0:
                line = bytes(rest[:stop]).strip()
                del rest[: stop + 1]
                looked_at = 0
                if line.startswith(b"data:"):
                    yield message_of(self.blanked(line[5:]), self.what)
            if len(rest) > MOST_JSON_BYTES:
                raise HubError("too_large", f"{upper(self.what)} sends messages without an end.")

    def _refusal(self, answer: requests.Response) -> Answered:
        try:
            body = self.blanked(b"".join(self._pieces(answer, 1_000_000)))
        except HubError:
            body = b""
        return self.refusal(answer.status_code, body, answer.headers.get("retry-after", ""))

    def refusal(self, status: int, body: bytes, after: str) -> Answered:
        """The error of an answer from 400 on. after: its Retry-After."""
        try:
            said = read(body, self.what)
        except HubError:
            said = None
        if status >= 500 and isinstance(said, dict) and said.get("error", "") is None:
            why = f"{upper(self.what)} raised an error and hides its message."
            return Answered(status, why, HubError("space_error", why))
        told = _told(said)
        return Answered(status, told, self._error(status, told, after))

    def _error(self, status: int, told: str, after: str) -> HubError:
        what = upper(self.what)
        if status == 401:
            return HubError("login", f"{what} asks for a login.", 'Pass auth=("user", "password").')
        if status == 413:
            return HubError("too_large", f"{what} does not take files as large as this one.")
        if status == 422:
            return HubError("input", f"{what} does not take this input. {told}".strip())
        if status == 429:
            wait = float(after) if after.isdigit() else None
            hint = f"Try again in {wait:.0f} s." if wait else "Try again later."
            return HubError("rate_limit", f"Too many requests to {self.what}.", hint, retry_after=wait)
        if told:
            return HubError("space_error", f"{what} raised an error: {words_of(told)}")
        return HubError("server", f"{what} failed (HTTP {status}).", "Try again later.", transient=status in PASSES)

    # ------------------------------------------------------------------ login

    def log_in(self, instead_of: dict[str, str] | None = None) -> None:
        """Send user and password, once, where there are some. instead_of: the cookies that are not taken any more."""
        if self.auth is None:
            return
        with self._logging_in:
            if self._cookies and self._cookies is not instead_of:  # another call has logged in meanwhile
                return
            form = {"username": self.auth[0], "password": self.auth[1]}
            with self._outbound.request("POST", self.base + "login", what=upper(self.what), data=form) as answer:
                if answer.status_code >= 400:
                    hint = "Is the user name right, and the password?"
                    raise HubError("login", f"{upper(self.what)} refused the login.", hint)
                # another dict: calls that run meanwhile read the old one
                self._cookies = dict(_own_cookies(answer, urlsplit(self.base).hostname or ""))


def message_of(text: bytes | str, what: str) -> dict[str, Any]:
    """A message of the queue's: an object. Raises HubError."""
    message = read(text.encode() if isinstance(text, str) else text, what)
    if not isinstance(message, dict):
        raise HubError("server", f"{upper(what)} sends messages that are none.")
    return message


def _own_cookies(answer: requests.Response, host: str) -> Iterator[tuple[str, str]]:
    """Those for this very host; those for others are left out."""
    lines = answer.raw.headers.getlist("set-cookie") if answer.raw is not None else []
    for line in lines[:MOST_COOKIES]:
        try:
            cookies = SimpleCookie(line[:MOST_COOKIE_CHARS])
        except CookieError:
            continue
        for name, cookie in cookies.items():
            if cookie["domain"].lstrip(".").lower() in ("", host):
                yield name, cookie.coded_value


def _told(body: Any) -> str:
    """What an error's body says, as a text of one line."""
    said = body.get("error") or body.get("detail") if isinstance(body, dict) else None
    return " ".join(said.split())[:500] if isinstance(said, str) else shown(said, 200) if said else ""
