"""Request: who calls the function, for a parameter annotated with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Client:
    """The address that the request came from; of a proxy when there is one."""

    host: str = ""
    port: int = 0


@dataclass(frozen=True)
class Request:
    """`def greet(name, request: gr.Request)` gets the caller; in a call from Python all of it is empty.

    username: who is logged in; None without a login.
    headers: of the HTTP request, names in lower case; without cookies and credentials.
    query_params: of the page's address.
    client: `client.host` is the address.
    session_hash: names the page load; None when the caller keeps no session.
    path: of the request, such as "/api/predict".
    language: the first of Accept-Language, such as "de-CH"; None when there is none.
    """

    username: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    query_params: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    client: Client = Client()
    session_hash: str | None = None
    path: str = ""

    @property
    def language(self) -> str | None:
        first = self.headers.get("accept-language", "").partition(",")[0].partition(";")[0].strip()
        return first or None

    @property
    def cookies(self) -> Mapping[str, str]:
        """Always empty: cookies here are the server's own."""
        return _EMPTY
