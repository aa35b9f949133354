"""How jobs end that no function answered."""

from __future__ import annotations

from quickdemo.runtime.jobs.job import Ending, Outcome
from quickdemo.runtime.json_text import strict_json


def ended(state: Ending, status: int, code: str, message: str, hint: str = "") -> Outcome:
    """One that ended with this error."""
    return Outcome(state, strict_json({"error": {"code": code, "message": message, "hint": hint}}), status)


def cancelled(why: str) -> Outcome:
    return ended("cancelled", 409, "cancelled", why or "This run was cancelled.", "Run it again.")


def expired() -> Outcome:
    return ended(
        "failed", 503, "deadline", "It waited longer than it was meant to.", "Try again when less is going on."
    )


def gave_up(starts: int, retry: bool) -> Outcome:
    """One whose process died with it, as often as is tried."""
    if not retry:
        message = "The process that ran it ended, and this function is not run twice for one call."
    elif starts == 1:
        message = "The process that ran it ended."
    else:
        message = f"It was begun {starts} times, and each time the process that ran it ended."
    return ended("failed", 500, "crashed", message, "If it happens again, tell whoever runs this demo.")


def moved_on(function: str) -> Outcome:
    """One that waited while the app was edited, and whose function is no longer there."""
    message = f"The demo was changed while this run waited, and has no {function} any more."
    return ended("failed", 410, "changed", message, "Reload the page and run it again.")


def broken() -> Outcome:
    """One that an error of quickdemo itself ended."""
    return ended("failed", 500, "internal", "Something went wrong here.", "The log has the details; run it again.")
