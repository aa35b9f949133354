"""How long the last runs of each function took, on whichever host: every host tells, and all know."""

from __future__ import annotations

import json
from contextlib import suppress

from quickdemo.runtime.jobs.cluster.broker import ConflictError
from quickdemo.runtime.jobs.cluster.line import Line
from quickdemo.runtime.jobs.cluster.table import Table
from quickdemo.runtime.jobs.durations import KEPT, Durations


class SharedDurations:
    """In a table, by the line; the newest `KEPT` of each."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._untold: dict[Line, list[float]] = {}

    def add(self, line: Line, seconds: float) -> None:
        """A run has ended here; the others hear of it with the next `tell`."""
        self._untold[line] = [*self._untold.get(line, []), seconds][-KEPT:]

    async def tell(self) -> None:
        """Tell the others. Where one of them tells at the same moment, we do it the next time."""
        for line, seconds in list(self._untold.items()):
            stored = await self.table.get(*line.parts)
            told = _read(stored.data if stored else b"") + seconds
            data = json.dumps([round(one, 3) for one in told[-KEPT:]]).encode()
            with suppress(ConflictError):
                await self.table.put(*line.parts, data=data, after=stored.seq if stored else 0)
                self._untold[line] = self._untold[line][len(seconds) :]
                if not self._untold[line]:
                    del self._untold[line]

    async def of(self, line: Line) -> Durations:
        """All that is known of a line."""
        stored = await self.table.get(*line.parts)
        found = Durations()
        for seconds in _read(stored.data if stored else b"") + self._untold.get(line, []):
            found.add(seconds)
        return found


def _read(data: bytes) -> list[float]:
    return list(json.loads(data)) if data else []
