"""A real `quickdemo run` under clients and random faults: every accepted call ends once, and rightly.

`make test-faults` lasts 60 s, in the whole suite it is 10; QUICKDEMO_FAULTS_S says otherwise, QUICKDEMO_FAULTS_SEED
repeats the order of faults of an earlier run.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.clients import Caller, Notes
from tests.faults.demo import expected
from tests.faults.history import Note, problems, write
from tests.faults.nemesis import Nemesis
from tests.running import Project, project, until

__all__ = ["project"]

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="stops and finds processes in /proc"),
]
SECONDS = float(os.environ.get("QUICKDEMO_FAULTS_S", "10"))
SEED = os.environ.get("QUICKDEMO_FAULTS_SEED") or str(random.SystemRandom().randrange(10**6))
CALLERS = 6
END_S = 90.0  # by when all has ended that was accepted


def test_what_was_accepted_ends_once_and_rightly_under_random_faults(project: Project) -> None:
    print(f"\n    QUICKDEMO_FAULTS_SEED={SEED}")
    notes, stop = Notes(), threading.Event()
    crowd = Crowd(notes, stop)
    nemesis = Nemesis(project, notes, SEED, crowd.burst)
    try:
        crowd.begin(nemesis.port)
        nemesis.go_on(SECONDS)
        stop.set()
        crowd.end()
        nemesis.kill_supervisor()  # what has ended is still known to the next one
        for caller in crowd.callers:
            for job in list(caller.jobs)[::5]:
                caller.look(job)
    finally:
        stop.set()
        nemesis.close()
    history = [*notes.all, *starts(project.folder)]
    print(f"    {summary(history)}")
    write(history, project.folder.parent / "history.jsonl")
    found = problems(history, expected)
    assert not found, report(history, found, project.folder)
    assert sum(note.what == "accepted" for note in history) > SECONDS, "too little was accepted to say anything"


class Crowd:
    """Callers in threads of their own."""

    def __init__(self, notes: Notes, stop: threading.Event) -> None:
        self._notes, self._stop = notes, stop
        self.callers: list[Caller] = []
        self._threads: list[threading.Thread] = []
        self._port = 0

    def begin(self, port: int) -> None:
        self._port = port
        for _ in range(CALLERS):
            self._start(self._stop)

    def burst(self) -> None:
        """Many who call for a moment."""
        soon = threading.Event()
        for _ in range(20):
            self._start(soon)
        soon.wait(1.0)
        soon.set()

    def end(self) -> None:
        """Wait until all that was accepted has ended; no longer than can be expected."""
        left = [(caller, job) for caller in self.callers for job in caller.jobs]
        try:
            until(lambda: not any(thread.is_alive() for thread in self._threads), END_S)
            left = [(caller, job) for caller in self.callers for job in caller.jobs]
            until(lambda: not left or (left[-1][0].look(left[-1][1]) and not left.pop()), END_S)
        except AssertionError:
            print(f"    {len(left)} jobs are left after {END_S:g} s")
        finally:
            for caller in self.callers:
                caller.given_up.set()
            for thread in self._threads:
                thread.join(70)
            for caller in self.callers:
                caller.given_up.clear()

    def _start(self, stop: threading.Event) -> None:
        name = f"c{len(self.callers)}"
        caller = Caller(name, self._port, self._notes, f"{SEED} {name}", stop)
        thread = threading.Thread(target=caller.run, name=name, daemon=True)
        self.callers.append(caller)
        self._threads.append(thread)
        thread.start()


def starts(folder: Path) -> list[Note]:
    """What the functions wrote down."""
    lines = (folder / "starts.txt").read_text().splitlines()
    return [Note("started", call=call, pid=int(pid)) for call, pid in (line.split() for line in lines)]


def summary(history: list[Note]) -> str:
    """What there was, in a line."""
    ends: dict[str, str] = {}
    for note in history:
        if note.what == "looked" and note.job:
            ends[note.job] = note.code or note.state
    kinds = {what: sum(note.what == what for note in history) for what in ("asked", "answered", "refused", "broke")}
    faults = Counter(note.code for note in history if note.what == "fault")
    return f"jobs {len(ends)} {dict(Counter(ends.values()))}, calls {kinds}, faults {dict(faults)}"


def report(history: list[Note], found: list[str], folder: Path) -> str:
    """The problems, and the notes of the first call that has one; the whole history is in a file."""
    path = Path(os.environ.get("QUICKDEMO_FAULTS_FILE") or folder / "history.jsonl")
    write(history, path)
    shutil.copy(path, folder.parent / "history.jsonl")
    call = next((word for word in found[0].replace(":", " ").split() if word[0] == "c" and "-" in word), "")
    notes = "\n".join(str(note) for note in history if note.call == call or note.what == "fault")
    return f"{len(found)} problems, seed {SEED}, history in {path}:\n" + "\n".join(found[:20]) + f"\n\n{notes}"
