"""Which functions of a demo run in worker processes, and how many of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from quickdemo.runtime.interface import Interface

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.processes.spawner import Spawner


@dataclass
class Serving:
    """The worker processes of a demo that is served: of each Interface that has some, its `elsewhere`."""

    spawner: Spawner | None = None
    interfaces: list[Interface] = field(default_factory=list)

    def close(self) -> None:
        """End them, and what runs in them; the functions run here again."""
        for interface in self.interfaces:
            if interface.elsewhere is not None:
                interface.elsewhere.close()
                interface.elsewhere = None
        if self.spawner is not None:
            self.spawner.close()


def begin(
    endpoints: Mapping[str, Interface], workers: int | None = None, in_copy: Callable[[], None] = lambda: None
) -> Serving:
    """Give worker processes to the functions that asked for them, with `workers` to all that have not refused.

    To be called as `spawner_for`, whose `in_copy` this is. workers: of each function, made at once; without it there
    are as many as its concurrency_limit says, or processors, made when they are needed.
    """
    wanted = {name: interface for name, interface in endpoints.items() if _is_wanted(interface, workers)}
    if not wanted:
        return Serving()
    from quickdemo.runtime.jobs.processes.forking import spawner_for  # few demos have any, and starts are counted in ms
    from quickdemo.runtime.jobs.processes.pool import Processes

    spawner = spawner_for(wanted, in_copy)
    if spawner is None:
        return Serving()
    for name, interface in wanted.items():
        count = workers or interface.concurrency_limit or _processors()
        count = min(count, interface.concurrency_limit or count)
        made = Processes(interface, spawner, count=count, memory_bytes=interface.memory_limit, name=name)
        interface.elsewhere = made
        if workers:
            made.warm()
    return Serving(spawner, list(wanted.values()))


def _is_wanted(interface: Interface, workers: int | None) -> bool:
    return bool(workers) if interface.in_process is None else interface.in_process


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
