"""Running a function for a caller in Python who waits for it: no server, no other threads."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from quickdemo.runtime.call import LocalCall
from quickdemo.runtime.function import Function


def run(function: Function, values: Sequence[Any]) -> Any:
    """What it returns; the last value of a generator, None when it had none."""
    made = function.invoke(values, LocalCall())
    if function.flavour == "plain":
        return made
    if function.flavour == "async":
        return asyncio.run(made)
    if function.flavour == "generator":
        last = list(deque(made, maxlen=1))
        return last[0] if last else None
    return asyncio.run(_last(made))


async def _last(produced: Any) -> Any:
    last = None
    async for value in produced:
        last = value
    return last
