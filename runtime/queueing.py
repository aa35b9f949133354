"""`demo.queue(...)`: how many calls of a function run at once, and how many may wait. Without it, `launch` says so."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T", bound="Queued")

MOST_WAITING = 10_000  #: calls of a function

#: of Gradio's queue, from 3.2 to today's: what has no counterpart here
_NO_EFFECT = ("status_update_rate", "client_position_to_load_data", "default_enabled", "api_open")
_UNSET: Any = "not_set"


@dataclass(frozen=True)
class QueueLimits:
    """at_once: calls of one function that run at a time; None leaves that to `launch`.
    waiting: calls that may wait; one more is refused with 503."""

    at_once: int | None = 1
    waiting: int = MOST_WAITING


class Queued:
    """A demo that can be told how its calls wait."""

    queue_limits: QueueLimits | None = None

    def queue(
        self: T,
        concurrency_count: int = 1,
        *,
        max_size: int | None = None,
        default_concurrency_limit: int | None = _UNSET,
        **unused: Any,
    ) -> T:
        """Calls run in the order in which they came, `concurrency_count` of one function at a time; returns the demo.

        max_size: calls that may wait, 10,000 unless told; one more is refused and asked to come again.
        default_concurrency_limit: later name of `concurrency_count`; None leaves it to `launch`. An Interface's own
            `concurrency_limit` goes before both.

        Raises ValueError for numbers that are none. Other parameters of Gradio's queue are accepted.
        """
        at_once = concurrency_count if default_concurrency_limit is _UNSET else default_concurrency_limit
        for name, number in (("concurrency_count", at_once), ("max_size", max_size)):
            if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):
                raise ValueError(f"queue(): {name} must be a whole number from 1; it was {number!r}.")
        unknown = [name for name in unused if name not in _NO_EFFECT]
        if unknown:
            warnings.warn(f"queue() has no parameter {', '.join(unknown)}; it is ignored.", stacklevel=2)
        self.queue_limits = QueueLimits(at_once, max_size or MOST_WAITING)
        return self
