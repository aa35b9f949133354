"""What openapi.json says of jobs."""

from __future__ import annotations

from typing import Any

from quickdemo.runtime.components.base import Schema

_TIME: Schema = {"type": ["number", "null"], "description": "seconds since 1970"}
JOB: Schema = {
    "type": "object",
    "required": ["id", "url", "function", "state", "attempt", "accepted", "started", "ended"],
    "properties": {
        "id": {"type": "string"},
        "url": {"type": "string"},
        "function": {"type": "string", "description": "the endpoint"},
        "state": {"enum": ["queued", "running", "done", "failed", "cancelled"]},
        "attempt": {"type": "integer", "description": "how often it was begun"},
        "accepted": {"type": "number", "description": "seconds since 1970"},
        "started": _TIME,
        "ended": _TIME,
        "position": {"type": "integer", "description": "in the line; 1 is next"},
        "waiting": {"type": "integer", "description": "how many wait in that line"},
        "remaining": {
            "type": ["array", "null"],
            "items": {"type": "number"},
            "description": "from so many seconds to so many until it has run; null when none has been measured",
        },
        "about": {"type": "boolean", "description": "several hosts share the line: both are good guesses"},
        "workers": {"type": "integer", "description": "0: no host is there that would run it"},
        "traceparent": {"type": "string", "description": "as the request had it (W3C Trace Context)"},
        "tracestate": {"type": "string", "description": "as the request had it"},
        "inputs": {"type": ["array", "null"], "description": "the values that were sent"},
        "result": {"type": "object", "description": "the answer, of one that is done"},
        "error": {"type": "object", "description": "of one that failed or was cancelled"},
    },
}
#: of a prediction
HEADERS: list[dict[str, Any]] = [
    {
        "name": "Prefer",
        "in": "header",
        "schema": {"type": "string"},
        "description": "respond-async: answer 202 with a job as soon as it is written down (RFC 7240)",
    },
    {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "maxLength": 200},
        "description": "a call that is repeated with the same key is the same job",
    },
]


def paths(errors: Any) -> dict[str, Any]:
    """The routes of jobs. errors: makes the answers of these statuses."""
    answer = {"description": "Where it stands", "content": {"application/json": {"schema": JOB}}}
    job = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    last = {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string"}}
    jobs = {"type": "object", "required": ["jobs"], "properties": {"jobs": {"type": "array", "items": JOB}}}
    events = {"description": "Its events", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
    mine = {"description": "The newest first", "content": {"application/json": {"schema": jobs}}}
    return {
        "/api/jobs": {"get": {"operationId": "jobs", "summary": "One's own runs", "responses": {"200": mine}}},
        "/api/jobs/{id}": {
            "get": {
                "operationId": "job",
                "summary": "Where a run stands, and its result",
                "parameters": job,
                "responses": {"200": answer, **errors("404")},
            },
            "delete": {
                "operationId": "cancel_job",
                "summary": "Cancel a run",
                "parameters": job,
                "responses": {"200": answer, **errors("404")},
            },
        },
        "/api/jobs/{id}/events": {
            "get": {
                "operationId": "job_events",
                "summary": "What happens to a run, from the event after Last-Event-ID on",
                "parameters": [*job, last],
                "responses": {"200": events, **errors("404", "422")},
            }
        },
    }
