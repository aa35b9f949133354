"""How long things are waited for and kept, and how much of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tuning:
    """Times in seconds, sizes in bytes.

    lease_s: a worker that was not heard of for so long has lost its jobs; renewed three times in it.
    poll_s: how often a worker that waits looks for jobs that nobody rang for: those of workers that died.
    patience_s: how long a front waits for a broker that does not answer before it refuses.
    results_s: how long outcomes and events are kept after a job's end, unless new jobs need the room.
    kept_s: a job is dropped so long after its last event, whatever became of it; it is more than the longest wait and
    the longest run without an event.
    session_s: sessions live so long after their last change.
    files_s: uploads and results are kept so long after they came.
    large: inputs, events and outcomes above it go by reference. events: of one job that are held, the newest.
    log_bytes, queue_bytes (of one function), blob_bytes, session_bytes: what all of them may take in the broker, which
    sets it aside; on a small disk all are smaller alike.
    replicas: of everything, where the broker is a cluster of so many.
    """

    lease_s: float = 10.0
    poll_s: float = 1.0
    patience_s: float = 30.0
    results_s: float = 3600.0
    kept_s: float = 86_400.0
    session_s: float = 86_400.0
    files_s: float = 7200.0
    large: int = 256 * 1024
    events: int = 256
    log_bytes: int = 512 << 20
    queue_bytes: int = 128 << 20
    blob_bytes: int = 2 << 30
    session_bytes: int = 256 << 20
    replicas: int = 1


@dataclass(frozen=True)
class Bounds:
    """Of one function, over all hosts. at_once: starts that run at a time; None leaves that to the workers' slots.
    waiting: jobs that wait, about: those that run count until `at_once` of them do.
    group: functions of the same one share these places; "" is none. batch: jobs of one start, at most."""

    at_once: int | None = None
    waiting: int = 10_000
    group: str = ""
    batch: int = 1
