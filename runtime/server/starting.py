"""What begins with the server: the queue, and what is computed ahead."""

from __future__ import annotations

import asyncio

from quickdemo.runtime.jobs.left import Left
from quickdemo.runtime.server import examples
from quickdemo.runtime.server.context import Context


def begin(context: Context, loop: asyncio.AbstractEventLoop) -> None:
    """The server answers on `loop`: take up the jobs that an earlier process left, and begin to run."""
    take_up(context, loop)
    work(context, loop)


def take_up(context: Context, loop: asyncio.AbstractEventLoop) -> None:
    """Take up the jobs that an earlier process left; they wait until `work`."""
    asyncio.run_coroutine_threadsafe(open_queue(context, works=False), loop).result()


def work(context: Context, loop: asyncio.AbstractEventLoop) -> None:
    """Begin to run jobs, of which one may end this process."""
    loop.call_soon_threadsafe(context.worker.start)
    examples.begin(context, loop)


def end(context: Context, loop: asyncio.AbstractEventLoop, grace_s: float = 0.0) -> Left:
    """Jobs get so many seconds to end; what is left then."""
    return asyncio.run_coroutine_threadsafe(end_queue(context, grace_s), loop).result()


async def open_queue(context: Context, *, works: bool = True) -> None:
    """On the server's loop."""
    await context.engine.__aenter__()
    if context.bridge is not None:
        context.bridge.loop = asyncio.get_running_loop()
    if context.files.shared is not None:
        context.tasks.add(asyncio.ensure_future(context.files.shared.renew()))
    if works:
        context.worker.start()


async def end_queue(context: Context, grace_s: float) -> Left:
    """On the server's loop: let jobs end that run, and that somebody waits for; what is left stays in the journal."""
    if not context.engine.retired:
        await context.engine.retire()
    await context.engine.idle(grace_s)
    left = context.engine.left()
    await close_queue(context)
    return left


async def close_queue(context: Context) -> None:
    """On the server's loop, at once."""
    await context.worker.stop()
    await context.engine.__aexit__()
