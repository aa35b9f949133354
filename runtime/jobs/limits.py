"""How many calls of a function run at once, and how many wait: from the Interface, `queue()` and `launch`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.scheduler import Limits
from quickdemo.runtime.queueing import MOST_WAITING, QueueLimits

_THREADS = 40  #: calls of a plain function at a time
_STREAMS = 200  #: of a generator, which mostly waits
_COROUTINES = 1000


@dataclass(frozen=True)
class Launched:
    """What the whole demo was told.

    max_threads: calls of one function at a time; None is 40, and 200 of a generator. one_at_a_time: what
    `enable_queue=True` asks for. queue: what `queue()` asked for.
    groups: how many calls of each group run at a time, over all of its functions; see `group_limits`.
    """

    max_threads: int | None = None
    one_at_a_time: bool = False
    queue: QueueLimits | None = None
    groups: Mapping[str, int] = field(default_factory=dict)

    def of(self, interface: Interface) -> Limits:
        """Those of one function."""
        waiting = self.queue.waiting if self.queue else MOST_WAITING
        at_once = 1 if self._is_alone(interface) else self._at_once(interface)
        at_once = min(at_once, self.groups.get(interface.concurrency_id, at_once))
        batch = interface.max_batch_size if interface.batch else 1
        return Limits(at_once=at_once, waiting=waiting, batch=batch, group=interface.concurrency_id)

    def _at_once(self, interface: Interface) -> int:
        if interface.elsewhere is None:
            return interface.concurrency_limit or self._usual(interface)
        count = interface.elsewhere.count  # one call at a time in each worker process
        asked = self.queue.at_once if self.queue else None
        return min(count, interface.concurrency_limit or asked or count)

    def asked(self, interface: Interface) -> int | None:
        """What somebody asked for, which holds over all hosts; None where only each host's threads are a limit."""
        if self._is_alone(interface):
            return 1
        if limit := self.groups.get(interface.concurrency_id) or interface.concurrency_limit:
            return limit
        return self.queue.at_once if self.queue and not interface.batch else None

    def _is_alone(self, interface: Interface) -> bool:
        """`enable_queue=True` holds for it. A group's limit is that of each of its functions, as if it were their own:
        they share the same places, of which there must be one number."""
        own = interface.concurrency_limit or self.groups.get(interface.concurrency_id)
        return self.one_at_a_time and own is None

    def _usual(self, interface: Interface) -> int:
        if interface.batch:
            return 1
        asked = self.queue.at_once if self.queue else None
        if interface.function.flavour in ("async", "async_generator"):
            return asked or _COROUTINES
        return asked or self.max_threads or (_STREAMS if interface.is_generator else _THREADS)


def group_limits(interfaces: Iterable[Interface]) -> dict[str, int]:
    """Of each group (`concurrency_id`), the lowest concurrency_limit among its functions; without one it has none."""
    found: dict[str, int] = {}
    for one in interfaces:
        if one.concurrency_id and one.concurrency_limit:
            found[one.concurrency_id] = min(one.concurrency_limit, found.get(one.concurrency_id, one.concurrency_limit))
    return found


def group_of(name: str, interface: Interface) -> str:
    """The group that a worker is told of: without a `concurrency_id`, the endpoint's own name."""
    return interface.concurrency_id or name
