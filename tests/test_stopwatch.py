"""What counts as computing, on a machine of which others take all they can."""

from __future__ import annotations

import threading
import time

from quickdemo.runtime.jobs.stopwatch import Stopwatch


def test_waiting_is_not_computing() -> None:
    watch = Stopwatch()
    threading.Event().wait(0.1)
    seconds, busy = watch.read()

    assert seconds >= 0.1 and busy < seconds / 2


def test_computing_is_whatever_else_runs() -> None:
    watch, end = Stopwatch(), time.thread_time() + 0.05
    while time.thread_time() < end:
        pass
    seconds, busy = watch.read()

    assert 0.05 <= busy and busy > seconds / 2
