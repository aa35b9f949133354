"""When those who follow a job hear of its end."""

from __future__ import annotations

import asyncio
from functools import partial

from quickdemo.runtime.jobs.event_log import EventLog
from quickdemo.runtime.jobs.job import Outcome

_WRITTEN_S = 1.0  # a disk that takes longer to write down how a job ended holds up nobody who waits for it


def tell_end(log: EventLog, outcome: Outcome, written: asyncio.Future[None] | None) -> None:
    """Readers hear of it when it is written down, so that what they heard is true after a kill, too."""
    tell = partial(log.tell, outcome.state, outcome.told or outcome.body)
    if written is None or written.done():
        tell()
        return
    late = asyncio.get_running_loop().call_later(_WRITTEN_S, tell)

    def told(written: asyncio.Future[None]) -> None:
        late.cancel()
        tell()

    written.add_done_callback(told)
