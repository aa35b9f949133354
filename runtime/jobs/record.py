"""What the journal holds of a job, and how it stands in a row of SQLite."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args

from quickdemo.runtime.jobs.job import ENDED, Job, Outcome, State

STATES: frozenset[str] = frozenset(get_args(State))


@dataclass(slots=True)
class Record(Job):
    """A job with its fate.

    holder: id of the process that has it, "" where nobody has. started, ended: UTC, seconds since 1970.
    last: number of its last event. snapshot: its last values as JSON, whole. cancel: somebody wants it cancelled.
    """

    state: State = "queued"
    holder: str = ""
    started: float | None = None
    ended: float | None = None
    outcome: Outcome | None = None
    last: int = 0
    snapshot: bytes | None = None
    cancel: bool = False

    @classmethod
    def of(cls, job: Job, **fate: Any) -> Record:
        """The record of a job; `fate` are the fields that a job does not have."""
        return cls(**{field.name: getattr(job, field.name) for field in fields(Job)}, **fate)

    @property
    def job(self) -> Job:
        """The job alone."""
        return Job(**{field.name: getattr(self, field.name) for field in fields(Job)})

    @property
    def is_ended(self) -> bool:
        """Whether it is done, failed or cancelled."""
        return self.state in ENDED


# ------------------------------------------------------------------ rows

#: in the order of a row; the outcome takes four columns, and the payload is in a table of its own: it never changes,
#: and SQLite writes a row as a whole
JOB_COLUMNS = ("id", "function", "owner", "key", "app", "attempt", "accepted", "deadline", "low", "retry")
FATE_COLUMNS = ("state", "holder", "started", "ended", "last", "cancel")
OUTCOME_COLUMNS = ("outcome_state", "outcome_status", "outcome_headers", "outcome_body")
COLUMNS = (*JOB_COLUMNS, *FATE_COLUMNS, *OUTCOME_COLUMNS, "snapshot")

Row = tuple[Any, ...]


def row_of(record: Record) -> Row:
    """The values of COLUMNS. Raises TypeError or ValueError for a record that cannot be stored."""
    check({name: getattr(record, name) for name in CHANGEABLE})
    plain = [getattr(record, name) for name in (*JOB_COLUMNS, *FATE_COLUMNS)]
    return (*plain, *_outcome_values(record.outcome), record.snapshot)


def payload_of(record: Record) -> bytes:
    """The payload as JSON. Raises TypeError or ValueError where it isn't made of JSON values."""
    return json.dumps(record.payload, separators=(",", ":")).encode()


def record_of(row: Row) -> Record:
    """The record of a row that begins with COLUMNS, and at its end has the payload."""
    values = dict(zip(COLUMNS, row, strict=False))
    state, status, headers, body = (values.pop(name) for name in OUTCOME_COLUMNS)
    for flag in ("low", "retry", "cancel"):
        values[flag] = bool(values[flag])
    outcome = None if state is None else Outcome(state, body, status, json.loads(headers))
    return Record(**values, outcome=outcome, payload=json.loads(row[-1]))


def changes_of(changed: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of changed fields, with their values. Raises TypeError or ValueError."""
    check(changed)
    columns = {name: value for name, value in changed.items() if name != "outcome"}
    if "outcome" in changed:
        columns.update(zip(OUTCOME_COLUMNS, _outcome_values(changed["outcome"]), strict=True))
    return columns


def _outcome_values(outcome: Outcome | None) -> tuple[Any, ...]:
    if outcome is None:
        return None, None, None, None
    return outcome.state, outcome.status, json.dumps(outcome.headers), outcome.body


# ------------------------------------------------------------------ checks


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


def _is_moment(value: Any) -> bool:
    return value is None or (_is_number(value) and abs(value) < 1e15)


#: fields that may change after a job was accepted: what is allowed, in words, and its test
CHANGEABLE: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "state": (f"one of {', '.join(sorted(STATES))}", lambda value: isinstance(value, str) and value in STATES),
    "holder": ("a text", lambda value: isinstance(value, str)),
    "attempt": ("a whole number from 0 on", _is_count),
    "started": ("seconds, or None", _is_moment),
    "ended": ("seconds, or None", _is_moment),
    "outcome": ("an Outcome, or None", lambda value: value is None or isinstance(value, Outcome)),
    "last": ("a whole number from 0 on", _is_count),
    "snapshot": ("bytes, or None", lambda value: value is None or isinstance(value, bytes)),
    "cancel": ("True or False", lambda value: isinstance(value, bool)),
}


def check(changed: Mapping[str, Any]) -> None:
    """Raises TypeError for a field that cannot change, ValueError for a value that cannot be."""
    for name, value in changed.items():
        if name not in CHANGEABLE:
            raise TypeError(f"{name} of a job cannot be changed; {', '.join(CHANGEABLE)} can.")
        allowed, test = CHANGEABLE[name]
        if not test(value):
            raise ValueError(f"{name} is {value!r:.60}, and must be {allowed}.")
