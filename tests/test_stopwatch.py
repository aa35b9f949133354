"""What counts as computing, on a machine of which others take all they can: of five tries one is undisturbed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from quickdemo.runtime.jobs.stopwatch import Stopwatch


def shares(work: Callable[[], object]) -> list[float]:
    """Of several runs, the share of the time that counts as computing."""
    found = []
    for _ in range(5):
        watch = Stopwatch()
        work()
        seconds, busy = watch.read()
        found.append(busy / seconds)
    return found


def computes() -> None:
    end = time.thread_time() + 0.02
    while time.thread_time() < end:
        pass


def test_waiting_is_not_computing() -> None:
    assert min(shares(lambda: threading.Event().wait(0.05))) < 0.5


def test_computing_is_whatever_else_runs() -> None:
    assert max(shares(computes)) > 0.5
