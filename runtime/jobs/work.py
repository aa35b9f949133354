"""What a worker needs to run a job: made by the server from a request, or from what was kept of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from quickdemo.runtime.call import Call
from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.job import Job, Outcome
from quickdemo.runtime.trace import Trace


class Work(Protocol):
    """The Interface, the wire values of its inputs (or checked `Arguments`), and the call that it runs for."""

    @property
    def interface(self) -> Interface: ...
    @property
    def wires(self) -> Sequence[Wire]: ...
    @property
    def call(self) -> Call: ...
    @property
    def trace(self) -> Trace | None:
        """Which trace its request belongs to."""
        ...

    def payload(self) -> dict[str, Any]:
        """JSON values from which the same work can be made again, in another process."""
        ...

    def done(self, outputs: list[Wire], seconds: float) -> Outcome:
        """The answer, after all that follows a prediction (flags, kept examples). Runs in a thread."""
        ...

    def failed(self, error: BaseException) -> Outcome:
        """What is told of an exception."""
        ...


#: makes the work of a job from its payload; raises RefusedError where this version of the app has no place for it
Open = Callable[[Job], Work]
