"""The places of each function, as the scheduler counts them, for calls that stand in no line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quickdemo.runtime.interface import Interface

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.embedded import Embedded


class ScheduledPlaces:
    """`names` says under which name each Interface is served."""

    def __init__(self, engine: Embedded) -> None:
        self._engine = engine
        self.names: dict[int, str] = {}

    def name(self, interface: Interface) -> str:
        return self.names[id(interface)]

    def taken(self, interface: Interface) -> int:
        """Places of the function that are taken, or waited for."""
        return self._taken(self.name(interface))

    def limit(self, interface: Interface) -> int:
        return self._engine.limits[self.name(interface)].at_once

    def elsewhere(self, interface: Interface) -> int:
        """Predictions of other functions that run or wait."""
        own = self.name(interface)
        return sum(self._taken(name) for name in self._engine.limits if name != own)

    @property
    def all_taken(self) -> int:
        """Places of all functions that are taken, or waited for."""
        return sum(map(self._taken, self._engine.limits))

    def _taken(self, name: str) -> int:
        scheduler = self._engine.scheduler
        return self._engine.limits[name].at_once - scheduler.free(name) + scheduler.waiting(name)

    def occupy(self, interface: Interface) -> None:
        """Take a place without standing in line."""
        self._engine.scheduler.occupy(self.name(interface))

    def vacate(self, interface: Interface) -> None:
        self._engine.vacate(self.name(interface))
