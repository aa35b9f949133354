"""Which Host headers are ours. A foreign name that points here is how DNS rebinding starts."""

from __future__ import annotations

import ipaddress
import re

from starlette.types import Scope

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
WILDCARDS = ("0.0.0.0", "::", "")
#: headers by which a proxy shows itself: behind it everybody seems to be on this machine
BY_PROXY = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"})

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?", re.ASCII)


class Hosts:
    """Accepts the loopback names, the bound address and `allowed`, with our port or none.

    `host` is the bound address; a path or "unix:..." means a Unix domain socket. An entry of `allowed` may carry
    a port of its own. Bound to every address, any literal IP address is accepted: it needs no DNS, so it cannot be
    rebound, and behind port forwarding the machine does not know its own address.
    """

    def __init__(self, host: str, port: int, allowed: tuple[str, ...] = ()) -> None:
        host = host.lower()
        self._port = str(port)
        self._any_port = "/" in host or host.startswith("unix:") or port == 0
        self._any_address = host in WILDCARDS
        names = {*LOOPBACK_NAMES, *(_bracketed(name.lower()) for name in allowed)}
        if not self._any_port and not self._any_address:
            names.add(_bracketed(host))
        self._names = frozenset(names)
        # the hot path is one look-up of the header as it came
        self._exact = frozenset(spelling.encode() for name in names for spelling in (name, f"{name}:{port}"))

    def accepts(self, header: bytes) -> bool:
        """Whether a Host header is one of ours."""
        return header in self._exact or self._parsed(header)

    def _parsed(self, header: bytes) -> bool:
        match = _HOST.fullmatch(header.decode("latin-1").lower())
        if match is None:
            return False
        name, port = match[1], match[2]
        if port is not None and port != self._port and not self._any_port:
            return f"{name}:{port}" in self._names
        return name in self._names or (self._any_address and _is_address(name))


def is_loopback(host: str) -> bool:
    """Whether an address that is bound, or that a client has, stays within this machine."""
    if host in ("localhost", "") or "/" in host or host.startswith("unix:"):
        return host != ""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def asks_loopback(scope: Scope) -> bool:
    """Whether the Host is a name of this machine alone. The gate lets one pass that `--allow-host` added."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return is_loopback(name)


def _bracketed(name: str) -> str:
    try:
        return f"[{ipaddress.IPv6Address(name.strip('[]')).compressed}]"
    except ValueError:
        return name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
