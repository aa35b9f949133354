"""What goes wrong in a worker, and how an exception of the user's function travels."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import signal
import traceback
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Literal

from quickdemo.runtime.errors import QuickdemoError, shown

_OURS = os.path.dirname(os.path.dirname(os.path.dirname(__file__))) + os.sep
Why = Literal["crashed", "memory", "stuck", "time"]


class WorkerDiedError(QuickdemoError):
    """The worker process of a call has ended before the call had, or had to be ended.

    why: "crashed", "memory" (it went beyond its limit, or the system was short of it), "stuck" (no sign of life),
    "time" (its time limit). exit_code, signal: how the process ended; None where it is not known, or was spared.
    """

    def __init__(self, message: str, hint: str, why: Why, exit_code: int | None = None, signal: int | None = None):
        super().__init__(message, hint)
        self.why, self.exit_code, self.signal = why, exit_code, signal


class UnsendableError(QuickdemoError):
    """A value cannot travel between the server and a worker process."""


class RemoteTraceback(Exception):
    """Where the exception that it is the cause of arose: the traceback's text from the worker."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f"\n{self.text}"


def name_of_signal(number: int) -> str:
    """SIGSEGV for 11."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


# ---------------------------------------------------------------- exceptions


class Flat:
    """An exception on its way."""

    def __init__(self, error: BaseException) -> None:
        self.text = _text_of(error)
        self.trace = "".join(traceback.format_exception(type(error), error, _users(error))).rstrip()
        kind = type(error)
        self.name, self.module = kind.__qualname__, kind.__module__
        self.ordinary = isinstance(error, Exception)
        self.how, self.data = _pickled(error)

    def raised(self) -> BaseException:
        """The exception, or one that looks like it; its cause tells the traceback of the worker."""
        error: BaseException | None = None
        with contextlib.suppress(Exception):
            error = _again(self.how, self.data)
        error = error or self._look_alike()
        error.__cause__ = RemoteTraceback(self.trace)
        return error

    def _look_alike(self) -> BaseException:
        base = Exception if self.ordinary else BaseException
        kind = type(self.name.rpartition(".")[2], (base,), {"__module__": self.module, "__qualname__": self.name})
        made: BaseException = kind(self.text)
        return made


def _users(error: BaseException) -> TracebackType | None:
    """Its traceback from where the user's function begins."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    return trace


def _pickled(error: BaseException) -> tuple[str, bytes]:
    """In the first way that gives an exception of the same type and text: as it pickles itself; from its parts, for
    those whose constructor takes other arguments."""
    for how in ("itself", "parts"):
        with contextlib.suppress(Exception):
            what = error if how == "itself" else (type(error), error.args, error.__dict__)
            data = pickle.dumps(what, protocol=5)
            copy = _again(how, data)
            if type(copy) is type(error) and str(copy) == str(error):
                return how, data
    return "", b""


def _again(how: str, data: bytes) -> BaseException | None:
    if not how:
        return None
    what = pickle.loads(data)
    if how == "itself":
        assert isinstance(what, BaseException)
        return what
    kind, args, facts = what
    error: BaseException = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(facts)
    return error


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as second:  # the __str__ of the author's exception may do anything
        return f"(its text cannot be shown: {type(second).__name__})"


# ---------------------------------------------------------------- values


def unsendable(what: Iterable[tuple[str, Any]], error: BaseException, hint: str) -> UnsendableError:
    """Says which of the named values pickle cannot take, and where in it. error: what pickle said of all of them."""
    for name, value in what:
        found = _fault(value)
        if found is not None:
            path, part, why = found
            kind = f"{type(part).__module__}.{type(part).__qualname__}".removeprefix("builtins.")
            it = f"it has at {path}" if path else "it is"
            text = f"{name} cannot be sent between processes: {it} {shown(part)}, of type {kind} ({why})."
            return UnsendableError(text, hint)
    return UnsendableError(f"A value cannot be sent between processes: {error}.", hint)


def _fault(value: Any, depth: int = 4) -> tuple[str, Any, str] | None:
    """(where in it, what there, why not) of the innermost part that cannot be pickled; None when all of it can."""
    try:
        pickle.Pickler(io.BytesIO(), protocol=5, buffer_callback=lambda buffer: None).dump(value)
        return None
    except Exception as error:
        why = " ".join(str(error).split()) or type(error).__name__
    parts: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, (list, tuple)):
        parts = list(enumerate(value))
    for key, part in parts if depth else []:
        found = _fault(part, depth - 1)
        if found is not None:
            return f"[{key!r}]{found[0]}", found[1], found[2]
    return "", value, why
