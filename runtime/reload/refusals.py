"""Why this process, right now, is not one that a fork copies faithfully (Linux)."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading

from quickdemo.runtime.quiesce import native_threads
from quickdemo.runtime.reload.descriptors import Baseline, shared_maps, why_not_copied

_TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)


def refusals(base: Baseline) -> list[str]:
    """Everything that a forked copy would not own for itself; [] when a copy is faithful."""
    return [*_threads(), *_processes(), *_descriptors(base), *_others(base)]


def _threads() -> list[str]:
    found = [f"the thread {t.name!r} runs" for t in threading.enumerate() if t is not threading.main_thread()]
    native = native_threads() - threading.active_count()
    if native > 0:
        found.append(f"{native} native {'thread runs' if native == 1 else 'threads run'}")
    return found


def _processes() -> list[str]:
    found = []
    for task in os.listdir("/proc/self/task"):
        with contextlib.suppress(OSError), open(f"/proc/self/task/{task}/children") as file:
            if children := file.read().split():
                found.append(f"its child process {', '.join(children)} runs")
    return found


def _descriptors(base: Baseline) -> list[str]:
    found = [why for fd, target in base.new_descriptors() if (why := why_not_copied(fd, target))]
    return sorted(set(found))


def _others(base: Baseline) -> list[str]:
    found = []
    for shared in shared_maps() - base.shared_maps:
        if not shared.is_private_in_effect:
            found.append(f"memory is shared: {shared.name or 'without a name'}")
    if any(signal.getitimer(timer)[0] for timer in _TIMERS):
        found.append("a timer is set")
    if sys.gettrace() is not None or sys.getprofile() is not None:
        found.append("a debugger, profiler or coverage follows it")
    return found
