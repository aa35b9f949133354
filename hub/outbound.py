"""The only way from here to another host: bounded in time and bytes, without cookies, never redirected elsewhere."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from quickdemo.hub.errors import HubError
from quickdemo.hub.offline import is_offline as is_offline
from quickdemo.hub.offline import told_offline as told_offline

if TYPE_CHECKING:  # a reload is answered by the cache, and imports nothing of the network
    import requests

CONNECT_S = 10.0
SILENT_S = 60.0  #: without a byte of an answer
MOST_JSON_BYTES = 50_000_000
MOST_FILE_BYTES = 256_000_000
MOST_REDIRECTS = 3
_PLAIN_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")


class Outbound:
    """Requests to one origin (scheme, host and port). headers: of each of them, by the address it goes to.

    is_ours: the user named this address, so that it may be on this machine or network; an address that the Hub or a
    Space named may not.
    """

    def __init__(
        self, origin: str, headers: Callable[[str], Mapping[str, str]] = lambda url: {}, *, is_ours: bool = False
    ) -> None:
        self.origin = origin_of(origin)
        self._headers, self._is_ours = headers, is_ours
        self._is_checked = False
        self._others: dict[str, Outbound] = {}

    @cached_property
    def _session(self) -> requests.Session:
        import requests

        from quickdemo.hub.adapter import Adapter

        session = requests.Session()
        session.mount("https://", Adapter(None if self._is_ours else lambda host: outside(host, host)))
        session.mount("http://", Adapter(None))  # of an address that the user named, or the first step of its refusal
        session.headers["user-agent"] = "quickdemo"
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.auth = _unchanged  # else requests takes a password from ~/.netrc, in place of our headers
        return session

    def request(
        self,
        method: str,
        url: str,
        *,
        what: str,
        timeout_s: float = SILENT_S,
        headers: Mapping[str, str] | None = None,
        leads_on: bool = False,
        **sent: Any,
    ) -> requests.Response:
        """An answer whose body has not been read: use it as a context manager, and `body_of` or `pieces_of`.

        what: what is asked, for errors, such as "the Space acme/cats". leads_on: whether it may redirect to one other
        host, which is asked over TLS, without any headers of ours, and only where it is outside of our network.
        Raises HubError (network, timeout, offline, hostile).
        """
        import requests

        if is_offline():
            raise HubError("offline", *told_offline(what))
        for _ in range(MOST_REDIRECTS + 1):
            self.check(url, what)
            try:
                answer = self._session.request(
                    method,
                    url,
                    headers={**self._headers(url), **(headers or {})},
                    timeout=(CONNECT_S, timeout_s),
                    stream=True,
                    allow_redirects=False,
                    **sent,
                )
            except requests.Timeout as error:
                raise HubError("timeout", f"{what} did not answer in time.", "Try again.", transient=True) from error
            except requests.RequestException as error:
                raise unreachable(what, error) from error
            if not (answer.is_redirect and method in ("GET", "HEAD")):
                return answer
            url = urljoin(url, answer.headers["location"])
            answer.close()
            if leads_on and origin_of(url) != self.origin:
                return self._other(url).request(method, url, what=what, timeout_s=timeout_s)
        raise HubError("hostile", f"{what} redirects without an end.")

    def json(self, method: str, url: str, *, what: str, most_bytes: int = MOST_JSON_BYTES, **sent: Any) -> Any:
        """The JSON of an answer of 200. Raises HubError, and requests.HTTPError for another status."""
        with self.request(method, url, what=what, **sent) as answer:
            body = body_of(answer, what, most_bytes)
            if answer.status_code >= 400:
                answer._content = body  # so that whoever catches it may read it
                answer.raise_for_status()
        return parsed(body, what)

    def close(self) -> None:
        """End its connections, where it made some."""
        if "_session" in self.__dict__:
            self._session.close()
        for other in self._others.values():
            other.close()

    def _other(self, url: str) -> Outbound:
        return self._others.setdefault(origin_of(url), Outbound(url))

    def check(self, url: str, what: str) -> None:
        """Raises HubError where the address is of another host, or names a place inside our network."""
        parts = urlsplit(url)
        if origin_of(url) != self.origin:
            raise HubError(
                "hostile", f"{what} sends us to another host ({parts.netloc or url:.100}), which is refused."
            )
        if self._is_ours or self._is_checked:
            return
        if parts.scheme != "https":
            raise HubError("hostile", f"{what} is at {self.origin}, which is not https.")
        if not _PLAIN_HOST.fullmatch(parts.netloc):  # what could be read in two ways: one is checked, another asked
            raise HubError("hostile", f"{what} is at {parts.netloc!r:.100}, which is no plain host.")
        if not has_proxy(url):
            outside(parts.hostname or "", what)
        self._is_checked = True

    def addresses(self, what: str) -> list[str]:
        """What to connect to in place of the host's name; none where it is the user's, or a proxy looks the name up.
        Raises HubError as `check` does."""
        self.check(self.origin, what)
        if self._is_ours or has_proxy(self.origin):
            return []
        return outside(urlsplit(self.origin).hostname or "", what)


def origin_of(url: str) -> str:
    """Scheme, host and port, as they are written."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _unchanged(request: Any) -> Any:
    return request


def has_proxy(url: str) -> bool:
    """Whether a proxy is asked, which looks the name up itself."""
    from requests.utils import get_environ_proxies

    proxies = get_environ_proxies(url)
    return bool(proxies.get("https") or proxies.get("all"))


def outside(host: str, what: str) -> list[str]:
    """The host's addresses. Raises HubError (hostile) where one is inside our network, network."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise unreachable(what, error) from error
    addresses = list(dict.fromkeys(str(address[0]) for _, _, _, _, address in found))
    for address in addresses:
        if not ipaddress.ip_address(address.partition("%")[0]).is_global:
            raise HubError("hostile", f"{what} is at {host}, an address inside this network, which is refused.")
    return addresses


def unreachable(what: str, error: Exception) -> HubError:
    """The error of a host that cannot be reached."""
    why = type(error).__name__
    hint = f"Is there a network here, or a proxy to name in HTTPS_PROXY? ({why})"
    if _is_refused(error) and why != "ProxyError":  # that of a proxy says nothing of the host
        hint = "Nothing listens at its address: does it run?"
    return HubError("network", f"{what} cannot be reached from this machine.", hint, transient=True)


def _is_refused(error: BaseException | None) -> bool:
    """Whether it began with a connection that was refused."""
    while error is not None and not isinstance(error, ConnectionRefusedError):
        error = error.__cause__ or error.__context__
    return error is not None


def body_of(answer: requests.Response, what: str, most_bytes: int) -> bytes:
    """The whole body. Raises HubError (too_large, network)."""
    return b"".join(pieces_of(answer, what, most_bytes))


def pieces_of(answer: requests.Response, what: str, most_bytes: int) -> Iterator[bytes]:
    """The body as it comes; after `most_bytes` HubError (too_large)."""
    import requests

    length = answer.headers.get("content-length", "")
    got = 0
    if length.isdigit() and int(length) > most_bytes:
        raise _too_large(what, most_bytes)
    try:
        for piece in answer.iter_content(64 * 1024):
            got += len(piece)
            if got > most_bytes:
                raise _too_large(what, most_bytes)
            yield piece
    except requests.RequestException as error:
        raise HubError("network", f"The answer of {what} broke off.", "Try again.", transient=True) from error


def seconds_until(headers: Any) -> float | None:
    """When requests are taken again: `RateLimit: "api";r=0;t=7`, or Retry-After in seconds."""
    parts = dict(part.strip().partition("=")[::2] for part in headers.get("ratelimit", "").split(";"))
    for told in (parts.get("t") if parts.get("r") == "0" else None, headers.get("retry-after")):
        if told and told.strip().isdigit():
            return float(told)
    return None


def parsed(body: bytes, what: str) -> Any:
    """The JSON of a body. Raises HubError (server)."""
    import json

    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HubError("server", f"{what} answered with something that is no JSON.") from error


def _too_large(what: str, most_bytes: int) -> HubError:
    return HubError("too_large", f"{what} sends more than the {most_bytes / 1e6:.0f} MB that are taken here.")
