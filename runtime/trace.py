"""W3C Trace Context: which trace a request belongs to. It is passed on as it came; none is ever invented."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_LONGEST_STATE = 512


@dataclass(frozen=True, slots=True)
class Trace:
    """parent, state: the headers `traceparent` and `tracestate`; the latter may be ""."""

    parent: str
    state: str = ""

    @property
    def id(self) -> str:
        """The trace's id, 32 hexadecimal digits."""
        return self.parent[3:35]

    def wire(self) -> dict[str, str]:
        """As JSON values, by the headers' names."""
        return {"traceparent": self.parent, **({"tracestate": self.state} if self.state else {})}


def trace_of(headers: Iterable[tuple[str, str]]) -> Trace | None:
    """The trace that these headers name; None without one, or where it is not what the standard says."""
    parents: list[str] = []
    states: list[str] = []
    for name, value in headers:
        if name == "traceparent":
            parents.append(value.strip())
        elif name == "tracestate":
            states.append(value.strip())
    if len(parents) != 1 or len(parents[0]) > 200:
        return None
    match = _PARENT.fullmatch(parents[0])
    if match is None or (match[2] is not None and parents[0].startswith("00")):
        return None
    state = ",".join(filter(None, states))
    return Trace(parents[0], state if len(state) <= _LONGEST_STATE and state.isprintable() else "")


def trace_of_scope(headers: Iterable[tuple[bytes, bytes]]) -> Trace | None:
    """The same for the headers of an ASGI scope."""
    found = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in headers if n.startswith(b"trace")]
    return trace_of(found) if found else None
