"""A report of what went wrong in a script: for the terminal, and for the pages that show it to its author."""

from __future__ import annotations

import inspect
import linecache
import os
import re
import reprlib
import sys
import traceback
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

from quickdemo.runtime.errors import QuickdemoError

Report = dict[str, Any]
_OWN = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_SECRET = re.compile(r"pass(word|wd)?|secret|token|api_?key|credential", re.IGNORECASE)
_COMPREHENSION = re.compile(r"<(list|set|dict)comp>|<genexpr>")
_NAME = re.compile(r"[^\W\d]\w*")
_MOST_LOCALS = 12
_MOST_FRAMES = 30
_LONGEST_LINE = 200  # characters shown
_AROUND = 3  # lines of source before and after the faulty one
_PACKAGES = {
    "cv2": "opencv-python",
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "yaml": "pyyaml",
    "bs4": "beautifulsoup4",
    "dotenv": "python-dotenv",
    "vaderSentiment": "vaderSentiment",
}
_short = reprlib.Repr()
_short.maxstring = _short.maxother = 80


def report(error: BaseException, is_users: Callable[[str], bool], app: str) -> Report:
    """{"type", "message", "hint", "file", "line", "frames", "text"}; frames: the user's first, the innermost first.

    A frame is {"file", "path", "line", "function", "source", "locals", "arguments", "own"}: "file" as the person would
    type it, "path" absolute for own frames (else ""); "locals" maps names to short reprs, the arguments of a call
    first and named by "arguments". At the top level of a script they are the values that the line uses.
    is_users: whether a file is the project's. app: how the command names the script.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return _syntax_error(error)
    frames = _frames(error, is_users)
    own = [f for f in frames if f["own"]]
    place = own[0] if own else {"file": app, "line": 0}
    message, hint = _words(error, app)
    known = isinstance(error, (QuickdemoError, SystemExit, ModuleNotFoundError))
    return {
        "type": type(error).__name__,
        "message": message,
        "hint": hint,
        "file": place["file"],
        "line": place["line"],
        "frames": own + [f for f in frames if not f["own"]],
        "text": "" if known else _traceback(error),
    }


def plain(message: str, hint: str, app: str, kind: str = "AppError") -> Report:
    """A report of something that is no exception."""
    return {"type": kind, "message": message, "hint": hint, "file": app, "line": 0, "frames": [], "text": ""}


def shown_path(path: str) -> str:
    """The path as the person would type it: relative when it lies below the working directory."""
    relative = os.path.relpath(path) if os.path.isabs(path) else path
    return path if relative.startswith("..") else relative


def _words(error: BaseException, app: str) -> tuple[str, str]:
    if isinstance(error, QuickdemoError):
        return error.message, error.hint
    if isinstance(error, SystemExit):
        code = 0 if error.code is None else error.code
        return f"{app} ended itself with sys.exit({code!r}) before anything could be served.", "Remove the call."
    message = _text(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return message, _package_hint(error.name)
    return message, ""


def _package_hint(name: str) -> str:
    top = name.partition(".")[0]
    if top == "gradio":
        return "Write `import quickdemo as gr` instead of `import gradio as gr`."
    if top in sys.modules:
        return f"{top} is there, but has no module {name}. A newer version may have it: pip install -U {top}"
    return f"Install it: pip install {_PACKAGES.get(top, top)}"


def _syntax_error(error: SyntaxError) -> Report:
    path = shown_path(error.filename or "")
    frame = {
        "file": path,
        "path": os.path.abspath(error.filename or ""),
        "line": error.lineno or 0,
        "function": "",
        "source": _lines(error.filename or "", error.lineno or 0, _AROUND),
        "column": error.offset or 0,
        "locals": {},
        "arguments": [],
        "own": True,
    }
    return {
        "type": type(error).__name__,
        "message": error.msg,
        "hint": "",
        "file": path,
        "line": error.lineno or 0,
        "frames": [frame],
        "text": "",
    }


def _frames(error: BaseException, is_users: Callable[[str], bool]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = frame.f_code.co_filename
        if _is_machinery(path):
            continue
        if found and found[-1]["path"] == os.path.abspath(path) and _COMPREHENSION.fullmatch(frame.f_code.co_name):
            # its values are those of the function that it stands in, as they are from Python 3.12 on
            found[-1]["locals"].update(_locals(frame, ""))
            continue
        own = not os.path.realpath(path).startswith(_OWN + os.sep) and is_users(os.path.abspath(path))
        source = _lines(path, line, _AROUND if own else 0)
        values = _locals(frame, dict(source).get(line, "")) if own else {}
        found.append(
            {
                "file": shown_path(path),
                "path": os.path.abspath(path) if own else "",
                "line": line,
                "function": frame.f_code.co_name,
                "source": source,
                "locals": values,
                "arguments": [name for name in _arguments(frame) if name in values],
                "own": own,
            }
        )
    return found[::-1][:_MOST_FRAMES]


def _lines(path: str, line: int, around: int) -> list[tuple[int, str]]:
    """(number, text) of a line and those around it, as far as the file can be read."""
    linecache.checkcache(path)
    lines = linecache.getlines(path)
    numbers = range(max(line - around, 1), min(line + around, len(lines)) + 1)
    return [(number, lines[number - 1].rstrip()[:_LONGEST_LINE]) for number in numbers]


def _is_machinery(path: str) -> bool:
    return path.startswith("<frozen") or os.path.realpath(path).startswith(os.path.join(_OWN, "reload") + os.sep)


def _locals(frame: FrameType, text: str) -> dict[str, str]:
    """The frame's values, a call's arguments first; at the top level, which may hold hundreds, those of its line."""
    values = frame.f_locals
    if frame.f_code.co_name == "<module>":
        names = [name for name in dict.fromkeys(_NAME.findall(text)) if name in values]
    else:
        names = list(dict.fromkeys([*_arguments(frame), *values]))
    shown: dict[str, str] = {}
    for name in names:
        if name not in values or name.startswith(("__", ".")):
            continue
        value = values[name]
        if isinstance(value, (ModuleType, type)) or callable(value):
            continue
        shown[name] = "(hidden)" if _SECRET.search(name) else _repr(value)
        if len(shown) == _MOST_LOCALS:
            break
    return shown


def _arguments(frame: FrameType) -> tuple[str, ...]:
    """The names of a function's parameters, `*args` and `**kwargs` included."""
    code = frame.f_code
    if _COMPREHENSION.fullmatch(code.co_name):
        return ()
    starred = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + starred]


def _repr(value: Any) -> str:
    try:
        return _short.repr(value)[:200]
    except Exception as error:  # an object's own __repr__ may do anything
        return f"<its repr() raised {type(error).__name__}>"


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as second:  # an exception's own __str__ may do anything
        return f"(its text cannot be shown: {type(second).__name__})"


def _traceback(error: BaseException) -> str:
    lines = traceback.TracebackException.from_exception(error)
    kept = [f for f in lines.stack if not _is_machinery(f.filename)]
    lines.stack[:] = kept
    return "".join(lines.format()).rstrip("\n")
