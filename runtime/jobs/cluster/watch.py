"""What a host knows of all hosts: how many jobs wait, and whether anybody takes them. Fronts say where nobody does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.cluster.broker import ApiError, FullError, NoStreamError
from quickdemo.runtime.jobs.cluster.engine import Clustered
from quickdemo.runtime.jobs.engine import FunctionStats

logger = logging.getLogger("quickdemo.jobs")


class Watch:
    """groups: of each function, the group whose workers take its jobs. speaks: the log says where nobody does."""

    def __init__(self, engine: Clustered, groups: Mapping[str, str], speaks: bool = True) -> None:
        self._engine, self.groups, self._speaks = engine, groups, speaks
        self.stats: Mapping[str, FunctionStats] = {}
        self._left: set[str] = set()  #: functions with jobs that nobody takes
        self._ended = asyncio.Event()

    async def go_on(self) -> None:
        """Look now and then, until `end`."""
        while not self._ended.is_set():
            try:
                self.stats = await self._engine.stats()
                if self._speaks:
                    self._say()
            except (RefusedError, ApiError, FullError, NoStreamError) as error:
                logger.warning("how many jobs wait is not known just now: %s", error)
            except Exception:  # it must be known again, whatever is wrong with us, or with what others have written
                logger.exception("how many jobs wait is not known just now")
            try:
                await asyncio.wait_for(self._ended.wait(), self._engine.tuning.lease_s / 2)
            except asyncio.TimeoutError:
                continue

    def end(self) -> None:
        self._ended.set()

    def _say(self) -> None:
        """Once when jobs begin to wait for nobody, and once when somebody is there."""
        for function, group in self.groups.items():
            known = self.stats.get(function)
            if known is None:
                continue
            if known.waiting and not known.workers and function not in self._left:
                self._left.add(function)
                logger.error(
                    "%d calls of %s wait, and no worker takes them: start one with quickdemo worker --store ... "
                    "--group %s",
                    *(known.waiting, function, group),
                )
            elif known.workers and function in self._left:
                self._left.discard(function)
                logger.warning("a worker takes the calls of %s again", function)
