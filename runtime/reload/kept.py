"""What `quickdemo examples` does in the child: list, drop and compute the kept answers of the examples."""

from __future__ import annotations

import asyncio
from typing import Any

from quickdemo.runtime.errors import shown
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.reload.messages import Channel
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.kept import Chosen


def work(context: Context, channel: Channel, *, clear: bool, warm: bool) -> None:
    """Tell the command, in this order: "endpoint" for each with examples, "example" for each of them, "computed" for
    each that was missing (only with `warm`), "end"."""
    missing: list[Chosen] = []
    for name, interface in context.endpoints.items():
        if not interface.examples:
            continue
        keeps = bool(interface.cache_examples)
        removed = context.kept.clear(name) if clear and keeps else 0
        channel.send("endpoint", name=name, keeps=keeps, removed=removed)
        for chosen in context.kept.all(name):
            state = context.kept.state(chosen)
            told = _shown(interface, chosen.place)
            channel.send("example", endpoint=name, place=chosen.place, shown=told, state=state)
            if state != "cached":
                missing.append(chosen)
    if warm and missing:
        asyncio.run(_warm(context, channel, missing))
    channel.send("end")


async def _warm(context: Context, channel: Channel, missing: list[Chosen]) -> None:
    async for computed in context.kept.compute(missing):
        place: dict[str, Any] = {"endpoint": computed.chosen.name.endpoint, "place": computed.chosen.place}
        channel.send("computed", **place, seconds=round(computed.seconds, 3), error=computed.error)


def _shown(interface: Interface, place: int) -> str:
    """The example in a few words: its label, or its values."""
    examples = interface.examples
    assert examples is not None
    if examples.labels is not None:
        return examples.labels[place]
    return ", ".join(shown(value, 40) for value in examples.samples[place])
