"""What a page and a call say of the examples whose answers are kept; the answers themselves are the module kept's."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from quickdemo.runtime.components.base import Wire

if TYPE_CHECKING:
    from quickdemo.runtime.interface import Interface
    from quickdemo.runtime.server.context import Context
    from quickdemo.runtime.server.kept import Chosen


def begin(context: Context, loop: asyncio.AbstractEventLoop) -> None:
    """The server answers on `loop`: compute what is to be computed ahead."""
    if any(interface.cache_examples and interface.examples for interface in context.endpoints.values()):
        context.kept.start(loop)


async def kept_or_none(context: Context, interface: Interface, body: Any) -> tuple[Chosen | None, list[Wire] | None]:
    """(the example that a request names, its kept answer); None for what there is not."""
    asked = body.get("example") if isinstance(body, dict) else None
    if not isinstance(asked, dict) or not interface.cache_examples:
        return None, None
    look = partial(context.kept.chosen, interface, asked.get("place"), asked.get("mark", ""))
    chosen = await context.runner.background(look)
    if chosen is None:
        return None, None
    return chosen, await context.runner.background(partial(context.kept.load, chosen))


def mark_of(wires: Sequence[Wire]) -> str:
    """By which a page says what example it shows: the examples may have been edited since."""
    return hashlib.sha256(json.dumps(wires, sort_keys=True).encode()).hexdigest()[:12]
