"""Whether this process can be forked, and where workers come from when it cannot."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Mapping

from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.processes.scripted import Script, ScriptSpawner
from quickdemo.runtime.jobs.processes.spawner import ForkingSpawner, Spawner
from quickdemo.runtime.own_process import descriptors
from quickdemo.runtime.quiesce import MOST_PATIENCE_S, native_threads, quiesce, revive

logger = logging.getLogger("quickdemo.jobs")


def spawner_for(interfaces: Mapping[str, Interface], in_copy: Callable[[], None] = lambda: None) -> Spawner | None:
    """Where workers of these functions come from; None, and a warning, where they have to run in threads.

    Copies of this process, as it is when the script has run; where it cannot be copied, new ones that run the script.
    To be called in the main thread when the script has run, before the server starts any thread.
    interfaces: by their endpoints' names. in_copy: called in a copy of this process, to let go of what is the server's.
    """
    if sys.platform == "win32":
        logger.warning("there are no worker processes on Windows: functions run in threads")
        return None
    pools = quiesce(MOST_PATIENCE_S) if sys.platform == "linux" else []
    try:
        why = why_not()
        if not why:
            functions = {name: interface.function for name, interface in interfaces.items()}
            return ForkingSpawner.of(functions, in_copy, lambda: revive(pools))
    finally:
        revive(pools)
    script = Script.of_this_process()
    if script is None:
        logger.warning("no worker processes: %s, and there is no script to run again; functions run in threads", why)
        return None
    level = logging.WARNING if sys.platform == "linux" else logging.INFO
    logger.log(level, "each worker process runs the script again, and loads what it loads: %s", why)
    return ScriptSpawner(interfaces, script)


def why_not() -> str:
    """Why a copy of this process would not work; "" when it would."""
    if sys.platform != "linux":
        return "this system's own libraries do not survive a fork"
    threads = [t.name for t in threading.enumerate() if t is not threading.current_thread()]
    if threads:
        return f"the script has started the thread {threads[0]!r}, which a copy would not have"
    native = native_threads() - 1
    if native > 0:
        return f"{native} native {'thread runs' if native == 1 else 'threads run'}, which a copy would not have"
    if any(target.startswith("/dev/nvidia") for _, target in descriptors()):
        return "CUDA is in use, which a copy cannot share"
    return ""
