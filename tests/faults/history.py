"""What happened to calls under faults, and the checker of it: pure, so that it can be fed histories that never were.

A history is a list of notes in the order in which they were made. Each call has an input of its own, its `call`.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_STARTS = 3
_WRITTEN_S = 2.0  # by when all is written down for which there was no room
ENDED = ("done", "failed", "cancelled")
#: how a call may be refused that ran nowhere: the server stops, too many wait, the journal's disk is full
REFUSALS = {"plain": (503,), "job": (503, 507), "stream": (503,)}


@dataclass(frozen=True)
class Note:
    """What one party saw.

    what: asked (a call was sent: form, key), accepted (202 or the event `job`: job), answered (value), refused
    (status, code), failed (status, code: the function's own error), broke (its connection did; code: unreachable,
    where it was never made), looked (at the job: status, state, attempt, value or code), wants_cancel, event (of the
    reader `reader`: number, state is its name), followed (the reader has come to the end: state, value or code),
    started (in process `pid`), fault (code: which), room (the disk that a fault had filled has room again).
    at: seconds since the beginning.
    """

    what: str
    at: float = 0.0
    call: str = ""
    function: str = ""
    form: str = ""
    key: str = ""
    job: str = ""
    reader: int = 0
    number: int = 0
    state: str = ""
    status: int = 0
    code: str = ""
    value: Any = None
    attempt: int = 0
    pid: int = 0


#: (function, call) -> ("done", its value) or ("failed", the code of its error)
Expected = Callable[[str, str], tuple[str, Any]]


def problems(history: Iterable[Note], expected: Expected) -> list[str]:
    """What should never have happened, a sentence each; none when all is well."""
    history = list(history)
    full = Full(history)
    calls: dict[str, list[Note]] = defaultdict(list)
    readers: dict[int, list[Note]] = defaultdict(list)
    for note in history:
        if note.call:
            calls[note.call].append(note)
        if note.reader:
            readers[note.reader].append(note)
    found: list[str] = []
    for call, notes in calls.items():
        function = next((note.function for note in notes if note.function), "")
        right = expected(function, call)
        for check in (_one_job, _right, _reasons, _told):
            found += [f"{function} {call}: {problem}" for problem in check(notes, right)]
        for check_full in (_one_end, _starts):
            found += [f"{function} {call}: {problem}" for problem in check_full(notes, full)]
    for number, notes in readers.items():
        found += [f"reader {number} of {notes[0].call}: {problem}" for problem in _read(notes)]
    return found


def _one_job(notes: list[Note], right: Any) -> Iterable[str]:
    """A call is one job, however often it was sent with its key."""
    jobs = {note.job for note in notes if note.what == "accepted"}
    if len(jobs) > 1:
        yield f"is {len(jobs)} jobs: {', '.join(sorted(jobs))}"


class Full:
    """When the disk was full."""

    def __init__(self, history: Iterable[Note]) -> None:
        self._spans: list[tuple[float, float]] = []
        for note in history:
            if note.what == "fault" and "disk" in note.code:
                self._spans.append((note.at, math.inf))
            elif note.what == "room" and self._spans and self._spans[-1][1] == math.inf:
                self._spans[-1] = self._spans[-1][0], note.at + _WRITTEN_S

    def __bool__(self) -> bool:
        return bool(self._spans)

    def at(self, seconds: float) -> bool:
        """Whether what was told then may not have been written down."""
        return any(begin <= seconds <= end for begin, end in self._spans)


def _one_end(notes: list[Note], full: Full) -> Iterable[str]:
    """What was accepted is found until it ends, and ends once.

    An end that is told while the disk is full cannot be written down before there is room: if the process that knows it
    dies first, the job is begun again, and its end is the one that comes then.
    """
    looks = [note for note in notes if note.what in ("looked", "followed")]
    end: Note | None = None
    for note in looks:
        if note.what == "looked" and note.status != 200:
            yield f"was accepted, and is not found ({note.status})"
        elif end is None or full.at(end.at):
            end = note if note.state in ENDED else None
        elif (note.state, note.code, note.value) != (end.state, end.code, end.value):
            yield f"ended as {_shown(end)}, and later was {_shown(note)}"
    if end is None and any(note.what == "accepted" for note in notes):
        yield f"was accepted and has not ended: {_shown(looks[-1]) if looks else 'nobody looked'}"


def _right(notes: list[Note], right: tuple[str, Any]) -> Iterable[str]:
    """Every answer is the right one for its input."""
    for note in notes:
        is_answer = note.what == "answered" or (note.what in ("looked", "followed") and note.state == "done")
        if is_answer and ("done", note.value) != right:
            yield f"gave {note.value!r:.120}, and {right[1]!r:.120} is right"


def _reasons(notes: list[Note], right: tuple[str, Any]) -> Iterable[str]:
    """What did not end with an answer has a reason, a true one."""
    wanted = any(note.what == "wants_cancel" for note in notes)
    for note in notes:
        if note.what not in ("looked", "followed"):
            continue
        if note.state == "cancelled" and not wanted:
            yield "was cancelled, and nobody wanted that"
        if note.state == "failed" and ("failed", note.code) != right:
            if note.code != "crashed":
                yield f"failed with {note.code or 'no reason'}"
            elif note.what == "looked" and note.attempt != MOST_STARTS:
                yield f"was given up after {note.attempt} starts"


def _starts(notes: list[Note], full: Full) -> Iterable[str]:
    """At most so many starts, each counted, and never two in one process.

    A call whose connection broke before it was accepted may have run once for nobody, or, unless it was plain, may have
    been accepted without anybody hearing of it; one that was refused because it could not be written down may have
    begun. full: the disk was; a start that could not be written then, and whose
    process died, is not counted.
    """
    pids = [note.pid for note in notes if note.what == "started"]
    lost = sum(note.what == "broke" and not note.code for note in notes)
    unheard = lost + sum(note.status == 507 for note in notes) + bool(full)
    most = unheard + 1
    if any(note.what == "accepted" for note in notes):
        most = unheard + MOST_STARTS
    elif lost and any(note.what == "asked" and note.form != "plain" for note in notes):
        most = unheard - 1 + MOST_STARTS
    if len(pids) > most:
        yield f"was begun {len(pids)} times, {most} are allowed"
    if len(pids) - len(set(pids)) > sum(note.status == 507 for note in notes):
        yield f"was begun twice in one process: {pids}"
    attempts = [note.attempt for note in notes if note.what == "looked"]
    if attempts and len(pids) - unheard > attempts[-1]:
        yield f"was begun {len(pids)} times, and {attempts[-1]} were counted"


def _told(notes: list[Note], right: tuple[str, Any]) -> Iterable[str]:
    """Whoever asked was answered, refused for a reason, or saw the connection break."""
    asked = [note for note in notes if note.what == "asked"]
    form = asked[0].form if asked else ""
    ways = ("accepted", "answered", "refused", "failed", "broke", *(["followed"] if form == "stream" else []))
    heard = [note for note in notes if note.what in ways]
    if len(heard) < len(asked):
        yield f"was sent {len(asked)} times, and told {len(heard)} times what became of it"
    for note in heard:
        if note.what == "refused" and note.status not in REFUSALS.get(form, ()):
            yield f"was refused with {note.status} {note.code}"
        if note.what == "failed" and ("failed", note.code) != right:
            yield f"failed with {note.code or 'no reason'}"


def _read(notes: list[Note]) -> Iterable[str]:
    """The numbers of events only go up, also for a reader who comes back; and every reader comes to the end."""
    last = 0
    for note in notes:
        if note.what == "event" and note.number:
            if note.number <= last:
                yield f"event {note.number} ({note.state}) came after {last}"
            last = note.number
    if not any(note.what in ("followed", "broke", "refused", "failed") for note in notes):
        yield "never came to the end"


def _shown(note: Note) -> str:
    said = note.code or ("" if note.value is None else f"{note.value!r:.60}")
    return f"{note.state} {said}".strip()


# ------------------------------------------------------------------ as a file


def write(history: Iterable[Note], path: Path) -> None:
    """A line of JSON each, without what is as usual."""
    usual = {field.name: field.default for field in dataclasses.fields(Note)}
    with path.open("w") as file:
        for note in history:
            said = {name: value for name, value in dataclasses.asdict(note).items() if value != usual[name]}
            file.write(json.dumps(said) + "\n")


def read(path: Path) -> list[Note]:
    """What `write` wrote."""
    return [Note(**json.loads(line)) for line in path.read_text().splitlines()]
