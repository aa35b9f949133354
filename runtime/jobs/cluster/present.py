"""Who is there to work: each worker says so, for each line that it serves."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.cluster.broker import ApiError, NoStreamError
from quickdemo.runtime.jobs.cluster.line import Line
from quickdemo.runtime.jobs.cluster.table import Table

_LEAVING_S = 1.0  #: for saying that we leave


class Present:
    """table: one key for each worker and line, which ends by itself when it is not renewed."""

    def __init__(self, table: Table) -> None:
        self.table = table
        #: starts of each function that this host can run at a time; 1 where nothing is said
        self.places: Mapping[str, int] = {}
        self._me = secrets.token_hex(8)
        self._serving: set[Line] = set()

    async def serves(self, line: Line) -> None:
        """We take jobs of this line from now on."""
        if line not in self._serving:
            await self._say(line)
            self._serving.add(line)

    async def renew(self) -> None:
        """We are there still."""
        for line in list(self._serving):
            await self._say(line)

    async def leave(self) -> None:
        """We take no more; nobody waits long for a broker that does not answer."""
        with contextlib.suppress(RefusedError, ApiError, NoStreamError):
            for line in self._serving:
                await self.table.drop(*line.parts, self._key(line), patience_s=_LEAVING_S)

    async def at(self, line: Line) -> list[int]:
        """Of each worker that serves a line, the starts that it can run at a time."""
        keys = await self.table.keys(*line.parts)
        return [int(places) for _, _, places in (key.partition("_") for key in keys)]

    async def _say(self, line: Line) -> None:
        await self.table.put(*line.parts, self._key(line), data=b"{}")

    def _key(self, line: Line) -> str:
        return f"{self._me}_{self.places.get(line.function, 1)}"


def places_of(line: Line, there: list[int]) -> int:
    """Starts of a line that run at a time on the workers that are there."""
    return sum(there) if line.bounds.at_once is None else min(line.bounds.at_once, sum(there))
