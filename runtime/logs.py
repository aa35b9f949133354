"""Log lines on stderr: one record per line or JSON object, and no control character of foreign text among them.

What is logged while a job runs says which job it was.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class JobInLog:
    """What a record says of the job that it was made in. attempt: 0 before its first start. trace: the trace's id."""

    id: str
    function: str
    attempt: int = 0
    trace: str = ""


#: the job that runs in this context; several where they run as one batch
jobs_here: ContextVar[tuple[JobInLog, ...]] = ContextVar("jobs_here", default=())


@contextlib.contextmanager
def concerning(*jobs: JobInLog) -> Iterator[None]:
    """What is logged within is about these jobs."""
    token = jobs_here.set(jobs)
    try:
        yield
    finally:
        jobs_here.reset(token)


class LogFormatter(logging.Formatter):
    """One record per line, as text or as a JSON object; control characters of foreign text are escaped."""

    def __init__(self, json_lines: bool = False) -> None:
        super().__init__()
        self.json_lines = json_lines

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        trace = "\n" + self.formatException(record.exc_info) if record.exc_info else ""
        if self.json_lines:
            facts = {"time": round(record.created, 3), "level": record.levelname.lower(), "logger": record.name}
            return json.dumps({**facts, "message": text + trace, **_facts(jobs_here.get())}, ensure_ascii=False)
        told = record.levelno >= logging.WARNING
        text += (_words(jobs_here.get()) if told else "") + trace
        clean = "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
        return f"{time.strftime('%H:%M:%S')} {'!' if told else '-'} " + clean.replace("\n", "\n    ")


def _facts(jobs: tuple[JobInLog, ...]) -> dict[str, Any]:
    if len(jobs) > 1:
        return {"jobs": [job.id for job in jobs], "function": jobs[0].function}
    for job in jobs:
        facts = {"job": job.id, "function": job.function, "attempt": job.attempt, "trace": job.trace}
        return {name: value for name, value in facts.items() if value}
    return {}


def _words(jobs: tuple[JobInLog, ...]) -> str:
    """` [job 5Gk2..., attempt 2]`."""
    if not jobs:
        return ""
    again = f", attempt {jobs[0].attempt}" if len(jobs) == 1 and jobs[0].attempt > 1 else ""
    return f" [job{'' if len(jobs) == 1 else 's'} {', '.join(job.id for job in jobs)}{again}]"


def mark_records() -> None:
    """Every record of this process gets `quickdemo_job`, for formats of the author's own: an id, or ""."""
    made = logging.getLogRecordFactory()
    if getattr(made, "marks_jobs", False):
        return

    def marked(*args: Any, **named: Any) -> logging.LogRecord:
        record = made(*args, **named)
        record.quickdemo_job = ",".join(job.id for job in jobs_here.get())
        return record

    marked.marks_jobs = True  # type: ignore[attr-defined]  # a function can have attributes
    logging.setLogRecordFactory(marked)


def log_to_stderr(json_lines: bool = False) -> None:
    """Send our log and the server's to stderr, and nowhere else.

    json_lines: as JSON objects; and so are warnings, and what the author's code logs without saying where to.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogFormatter(json_lines))
    for name in ("quickdemo", "uvicorn", *(["py.warnings"] if json_lines else [])):
        log = logging.getLogger(name)
        log.addHandler(handler)
        log.propagate = False
    if json_lines:
        logging.captureWarnings(True)
        logging.lastResort = rest = logging.StreamHandler(sys.stderr)
        rest.setLevel(logging.WARNING)
        rest.setFormatter(handler.formatter)
