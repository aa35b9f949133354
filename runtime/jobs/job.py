"""What travels between the server, the queue and its workers: a job, its lease, its events, its outcome."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["queued", "running", "done", "failed", "cancelled"]
Ending = Literal["done", "failed", "cancelled"]

ENDED: frozenset[str] = frozenset({"done", "failed", "cancelled"})
#: starts of one job; after that many, of which each ended with its process, it has failed
MOST_STARTS = 3


def new_id() -> str:
    """An unguessable id: 22 characters of base64url, about 128 random bits. It can be typed in a shell: no - first."""
    while (id := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return id


@dataclass(slots=True)
class Job:
    """One accepted prediction.

    function: the endpoint's name. owner: whose it is, who alone may see it. payload: JSON values:
    {"data": the wire values, "session", "caller", ...}. key: the caller's Idempotency-Key. app: digest of the
    endpoint's declaration, so that another version knows whether it can run it. attempt: starts so far.
    accepted, deadline: UTC, seconds since 1970; it need not begin after its deadline. low: behind all others.
    retry: it may be begun again when its process died.
    """

    id: str
    function: str
    owner: str
    payload: dict[str, Any]
    key: str = ""
    app: str = ""
    attempt: int = 0
    accepted: float = 0.0
    deadline: float | None = None
    low: bool = False
    retry: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: `body` is JSON, the answer of one that is done, else {"error": {"code", "message", "hint"}}.

    told, brief: the same for readers of its events, who have its messages; and without its values, for those who have
    these as well. Empty: they are the same as the body.
    """

    state: Ending
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    told: bytes = b""
    brief: bytes = b""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a job. Numbers of one job grow by one, from 1; `data` is JSON.

    kind: "queued", "started", "progress", "partial", "log", and at last "done", "failed" or "cancelled".
    """

    number: int
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a job now. `attempt` counts its starts from 1; `token` names this lease alone."""

    job: Job
    attempt: int
    token: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """What `submit` gives: the job's id, and whether it is new (False: the same key was sent before)."""

    id: str
    is_new: bool = True
