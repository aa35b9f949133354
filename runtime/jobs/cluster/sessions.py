"""Sessions' states, the same on every host."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

from quickdemo.runtime.errors import RefusedError
from quickdemo.runtime.jobs.cluster.broker import ConflictError, FullError
from quickdemo.runtime.jobs.cluster.names import digest
from quickdemo.runtime.jobs.cluster.table import Table
from quickdemo.runtime.jobs.engine import Update

#: bytes of one session's state; a message of NATS holds a million, unless its broker says otherwise
MOST_BYTES = 900_000


class Sessions:
    """By their ids, of which the broker sees a digest."""

    def __init__(self, table: Table) -> None:
        self.table = table

    async def get(self, id: str) -> Any:
        """A session's state, None for a new one."""
        stored = await self.table.get(digest(id))
        return None if stored is None else json.loads(stored.data)

    async def change(self, id: str, update: Update) -> Any:
        """The new state; `update` is called again when another host was quicker.

        Raises TypeError for a state that is no JSON value, RefusedError (413) for one that is too large.
        """
        while True:
            stored = await self.table.get(digest(id))
            state = update(None if stored is None else json.loads(stored.data))
            data = _encoded(state)
            try:
                await self.table.put(digest(id), data=data, after=0 if stored is None else stored.seq)
                return state
            except ConflictError:
                await asyncio.sleep(random.uniform(0, 0.01))
            except FullError as error:
                raise _too_large(len(data)) from error


def _encoded(state: Any) -> bytes:
    try:
        data = json.dumps(state, allow_nan=True, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"A session's state must be JSON values where several hosts share it: {error}. "
            "Keep what is not (models, open files) in the module, by the session's id."
        ) from error
    if len(data) > MOST_BYTES:
        raise _too_large(len(data))
    return data


def _too_large(size: int) -> RefusedError:
    return RefusedError(
        413,
        "session_too_large",
        f"The state of this session would take {size:,} bytes; there is room for {MOST_BYTES:,}.",
        "Keep less in it.",
    )
