"""Every error of quickdemo's own.

QuickdemoError
├── Error              raised by a user's function: its text is shown to the visitor as it stands
├── InvalidValueError  a value that a component, or the author's validator, refuses (HTTP 422)
│   └── InvalidInputsError  several of them at once
├── RefusedError       a request that the server refuses, with its status and what to do next
│   └── ExplanationError  an explanation that cannot be made, from a page or from Python
├── AppError           the script cannot be served (no Interface, two of them, ...)
└── FlagError          a sample could not be stored or read back
"""

from __future__ import annotations

import sys
from typing import Any


class QuickdemoError(Exception):
    """The root: `message` says what happened and names the value, `hint` says what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint and sys.version_info >= (3, 11):
            self.add_note(str(hint))  # a traceback in Python shows what to do next, too


class Error(QuickdemoError):
    """Raise it in a function to tell the visitor something: `raise gr.Error("No face in the picture.")`."""

    def __init__(
        self,
        message: str = "Error raised.",
        hint: Any = "",
        visible: bool = True,
        title: str = "Error",
        print_exception: bool = True,
        *,
        duration: float | None = None,
    ) -> None:
        """
        message: what the visitor reads. hint: what to do next; a number here is taken as `duration`.
        title: stands above the message, unless it is "Error".
        duration: seconds after which the message goes away; None or 0 keeps it, where the result would be, until the
            next run.
        visible: False shows nothing on the page; callers of the API get the message all the same.
        print_exception: False leaves it out of the log.
        """
        if not isinstance(hint, str):
            hint, duration = "", hint
        super().__init__(str(message), hint)
        if isinstance(duration, bool) or not isinstance(duration, (int, float, type(None))):
            duration = None  # what is wrong with an error must not hide it
        self.visible, self.title, self.duration, self.print_exception = visible, title, duration, print_exception


class InvalidValueError(QuickdemoError):
    """A component refused a value.

    Attributes: `field` is the component's label, `index` its place among the inputs (set by the Interface).
    """

    def __init__(self, message: str, hint: str = "", *, field: str = "", index: int | None = None) -> None:
        super().__init__(message, hint)
        self.field = field
        self.index = index


class InvalidInputsError(InvalidValueError):
    """Several inputs of one call were refused: `faults` says which, in the order of the inputs."""

    def __init__(self, faults: list[InvalidValueError]) -> None:
        first = faults[0]
        super().__init__(" ".join(f.message for f in faults), first.hint, field=first.field, index=first.index)
        self.faults = faults


class RefusedError(QuickdemoError):
    """The server refuses a request: `status` is the HTTP status, `code` the machine-readable reason."""

    def __init__(
        self, status: int, code: str, message: str, hint: str = "", *, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.code = code
        self.headers = headers or {}


class TooSlowError(RefusedError):
    """A function took longer than its time limit and had given nothing yet."""

    def __init__(self, name: str, limit_s: float) -> None:
        what = f"{name} took longer than the {limit_s:g} s that a call may take here."
        super().__init__(504, "time_limit", what, "Try again with something smaller.")


class ExplanationError(RefusedError):
    """An explanation cannot be made; `message` says why."""


class AppError(QuickdemoError):
    """The script cannot be served. `candidates` are the names one could have meant."""

    def __init__(self, message: str, hint: str = "", *, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.candidates = candidates

    def __str__(self) -> str:
        """With the hint: `python app.py` shows this text and nothing else of the error."""
        return f"{self.message} {self.hint}".rstrip()


class FlagError(QuickdemoError):
    """A sample could not be stored, or stored samples could not be read."""


def counted(number: int, what: str) -> str:
    """How many of what: 1 value, 2 values."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def first_lines(error: Exception) -> str:
    """What a library says in its first paragraph, as the end of a sentence."""
    text = " ".join(str(error).strip().partition("\n\n")[0].split()) or type(error).__name__
    return text[:300].rstrip(". ")


def shown(value: Any, limit: int = 60) -> str:
    """The value as an error message quotes it: its repr on one line, at most `limit` characters."""
    if isinstance(value, str):
        value = value[: limit + 1]  # a text of megabytes is not taken over as a whole
    text = " ".join(repr(value).split("\n"))  # tables and arrays have several lines
    return text if len(text) <= limit else text[: limit - 1] + "…"
