"""What lives as long as the process is taken out of the sight of the garbage collector, which else looks at all of it
again and again under load: a tenth of the time of small calls, and pauses of a tenth of a second."""

from __future__ import annotations

import asyncio
import gc

#: after a start, so that the first answers need not wait for the one long look
AFTER_S = 2.0
#: how many new objects there are before the next look at new ones; what Python 3.13 has by itself, before it 700
YOUNG = 2000


def tidy_soon(loop: asyncio.AbstractEventLoop) -> None:
    """Once the server has answered for a while; from any thread."""
    loop.call_soon_threadsafe(loop.call_later, AFTER_S, tidy)


def tidy() -> None:
    """All that is there stays for good. It is not looked at first: memory that is shared with a frozen copy of the run
    would be shared no longer."""
    gc.freeze()
    young, *older = gc.get_threshold()
    gc.set_threshold(max(young, YOUNG) if young else 0, *older)  # 0: the script has switched it off
