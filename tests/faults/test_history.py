"""The checker of histories finds what must not be: each rule is broken once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.faults.demo import expected
from tests.faults.history import Note, problems, read, write

RIGHT = "1-a"
CALL: dict[str, Any] = {"call": "a-1", "function": "plain"}
JOB: dict[str, Any] = {**CALL, "job": "j"}
ASKED = Note("asked", form="job", key="k", **CALL)
ACCEPTED = Note("accepted", **JOB)
STARTED = Note("started", call="a-1", pid=1)
RUNS = Note("looked", status=200, state="running", attempt=1, **JOB)
DONE = Note("looked", status=200, state="done", value=RIGHT, attempt=1, **JOB)
FOLLOWED = Note("followed", reader=1, state="done", value=RIGHT, **JOB)
GOOD = [ASKED, ACCEPTED, RUNS, DONE, DONE, STARTED]


def event(number: int, reader: int = 1) -> Note:
    return Note("event", reader=reader, number=number, state="partial", **JOB)


def plain(*notes: Note) -> list[Note]:
    return [Note("asked", form="plain", **CALL), *notes]


CANCELLED = replace(DONE, state="cancelled", value=None)
CRASHED = replace(DONE, state="failed", code="crashed", value=None, attempt=3)
FULL, ROOM = Note("fault", at=1.0, code="fill_disk"), Note("room", at=2.0)
THRICE = [replace(STARTED, pid=pid) for pid in (1, 2, 3)]
FINE = {
    "done": GOOD,
    "sent twice with its key": [ASKED, ACCEPTED, *GOOD],
    "followed with a break": [*GOOD, event(1), event(2), event(7), FOLLOWED],
    "two readers": [*GOOD, event(1), event(1, 2), event(2), event(2, 2), FOLLOWED, replace(FOLLOWED, reader=2)],
    "cancelled as was wanted": [ASKED, ACCEPTED, Note("wants_cancel", **JOB), CANCELLED],
    "wanted too late": [ASKED, ACCEPTED, DONE, Note("wants_cancel", **JOB), DONE, STARTED],
    "given up": [ASKED, ACCEPTED, CRASHED, *THRICE],
    "begun again": [ASKED, ACCEPTED, replace(DONE, attempt=3), *THRICE],
    "a start that nobody heard of": [ASKED, Note("broke", **CALL), ASKED, ACCEPTED, CRASHED, *THRICE,
                                     replace(STARTED, pid=4)],
    "told while the disk was full, and never written": [FULL, ASKED, ACCEPTED, replace(DONE, at=1.5), ROOM,
                                                        replace(CRASHED, at=9.0), *THRICE],
    "a stream that broke before it told its job": [replace(ASKED, form="stream"), Note("broke", **CALL), *THRICE],
    "refused": [ASKED, Note("refused", status=507, code="journal_full", **CALL)],
    "answered": plain(Note("answered", status=200, value=RIGHT, **CALL), STARTED),
    "broken": plain(Note("broke", **CALL)),
    "full": plain(Note("refused", status=503, code="queue_full", **CALL)),
    "the function's own error": [Note("asked", form="plain", call="a-1", function="refusing"),
                                 Note("failed", status=500, code="error", call="a-1", function="refusing")],
}  # fmt: skip
BROKEN = {
    "has not ended": [ASKED, ACCEPTED, RUNS, STARTED],
    "nobody looked": [ASKED, ACCEPTED],
    "is not found (404)": [*GOOD, replace(DONE, status=404, state="")],
    "later was running": [*GOOD, RUNS],
    "later was failed": [*GOOD, CRASHED],
    "later was done": [ASKED, ACCEPTED, CRASHED, replace(DONE, attempt=3), *THRICE],
    "ended as done '1-a', and later was failed crashed": [FULL, ASKED, ACCEPTED, ROOM, replace(DONE, at=8.0),
                                                          replace(CRASHED, at=9.0), *THRICE],
    "is right": [*GOOD[:-2], replace(DONE, value="2-a")],
    "is 2 jobs": [*GOOD, ASKED, replace(ACCEPTED, job="other")],
    "nobody wanted": [ASKED, ACCEPTED, CANCELLED],
    "no reason": [ASKED, ACCEPTED, replace(CRASHED, code="")],
    "failed with internal": [ASKED, ACCEPTED, replace(CRASHED, code="internal")],
    "given up after 1 starts": [ASKED, ACCEPTED, replace(CRASHED, attempt=1), STARTED],
    "begun 4 times": [ASKED, ACCEPTED, CRASHED, *THRICE, replace(STARTED, pid=4)],
    "twice in one process": [ASKED, ACCEPTED, replace(DONE, attempt=2), STARTED, STARTED],
    "1 were counted": [ASKED, ACCEPTED, DONE, STARTED, replace(STARTED, pid=2)],
    "came after": [*GOOD, event(3), event(2), FOLLOWED],
    "came after 3": [*GOOD, event(3), event(3), FOLLOWED],
    "never came to the end": [*GOOD, event(1)],
    "gave 'part'": [*GOOD, event(1), replace(FOLLOWED, value="part")],
    "gave 'wrong'": plain(Note("answered", status=200, value="wrong", **CALL)),
    "was refused with 500": plain(Note("refused", status=500, code="internal", **CALL)),
    "was refused with 507": plain(Note("refused", status=507, code="journal_full", **CALL)),
    "failed with error": plain(Note("failed", status=500, code="error", **CALL)),
    "told 0 times": plain(),
    "was begun 4 times": [replace(ASKED, form="stream"), Note("broke", **CALL), *THRICE, replace(STARTED, pid=4)],
    "was begun 2 times": plain(Note("answered", status=200, value=RIGHT, **CALL), STARTED, replace(STARTED, pid=2)),
}  # fmt: skip


@pytest.mark.parametrize("name", FINE)
def test_what_is_allowed_is_no_problem(name: str) -> None:
    assert problems(FINE[name], expected) == []


@pytest.mark.parametrize("problem", BROKEN)
def test_what_must_not_be_is_found(problem: str) -> None:
    found = problems(BROKEN[problem], expected)
    assert any(problem in one for one in found), found


def test_the_checker_looks_at_every_call_alone() -> None:
    other = [replace(note, call="b-1", job=note.job and "i") for note in BROKEN["has not ended"]]
    assert len(problems([*GOOD, *other], expected)) == 1


def test_a_history_is_the_same_from_its_file(tmp_path: Path) -> None:
    notes = [*GOOD, event(1), FOLLOWED]
    write(notes, tmp_path / "history.jsonl")
    assert read(tmp_path / "history.jsonl") == notes
