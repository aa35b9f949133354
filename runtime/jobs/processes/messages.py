"""What the server's side of a worker and the worker say to each other: tuples that begin with one of these.

To the worker: JOB, TAKEN (one yielded value was taken), CANCEL (a job). From it: the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from quickdemo.runtime.request import Client, Request

JOB = "job"  # Job
TAKEN = "taken"
CANCEL = "cancel"  # number of the job

READY = "ready"
BEGUN = "begun"  # number of the job
BEAT = "beat"
LOG = "log"  # message, number of the job
PROGRESS = "progress"  # bars, number of the job
STEP = "step"  # value
RETURNED = "returned"  # value
RAISED = "raised"  # failures.Flat, or UnsendableError
NO_MEMORY = "no memory"  # then the worker ends

#: yielded values that the worker may be ahead of whoever takes them
AHEAD = 4


@dataclass(frozen=True)
class Caller:
    """A Request as it travels."""

    facts: dict[str, Any]

    @classmethod
    def of(cls, request: Request) -> Caller:
        facts = dict(vars(request))
        for name in ("headers", "query_params"):
            facts[name] = dict(facts[name])
        facts["client"] = (request.client.host, request.client.port)
        return cls(facts)

    def request(self) -> Request:
        facts = dict(self.facts)
        return Request(**{**facts, "client": Client(*facts.pop("client"))})


@dataclass(frozen=True)
class Job:
    """One call. values: the function's arguments. caller: where the function asks for it. every_step: whether each
    yielded value is wanted, or the last alone."""

    number: int
    values: list[Any]
    caller: Caller | None
    every_step: bool
