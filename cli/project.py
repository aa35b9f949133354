"""Which app a command means, and the settings in pyproject.toml."""

from __future__ import annotations

import os
import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NAMES = ("app.py", "demo.py", "main.py")


class NoAppError(Exception):
    """There is nothing to run; the text says what to type."""


def settings(folder: str) -> dict[str, Any]:
    """The table [tool.quickdemo] of the folder's pyproject.toml, keys with `_`. Raises NoAppError when it is broken."""
    path = os.path.join(folder, "pyproject.toml")
    if not os.path.isfile(path):
        return {}
    try:
        with open(path, "rb") as file:
            table = tomllib.load(file).get("tool", {}).get("quickdemo", {})
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise NoAppError(f"{path} cannot be read: {error}") from None
    return {key.replace("-", "_"): value for key, value in table.items()}


def find(app: str | None, configured: Any, command: str = "run") -> tuple[str, str, str]:
    """(as it is shown, path or module, name of the object) of APP. command: what errors offer to type instead.

    Raises NoAppError.
    """
    given = app or (configured if isinstance(configured, str) else None)
    if given is None:
        return _in_folder(".", "", command)
    path, name = given, ""
    if not os.path.exists(given) and ":" in given:
        path, _, name = given.rpartition(":")
    if os.path.isdir(path):
        return _in_folder(path, name, command)
    if os.path.exists(path):
        return path, path, name
    if path.endswith(".py") or "/" in path:
        raise NoAppError(f"{path} does not exist. {_others(os.path.dirname(path) or '.', command)}")
    if path.replace(".", "").isidentifier():
        return path, path, name
    raise NoAppError(f"{given!r} is neither a file nor a module. {_others('.', command)}")


def _in_folder(folder: str, name: str, command: str) -> tuple[str, str, str]:
    for candidate in NAMES:
        path = os.path.normpath(os.path.join(folder, candidate))
        if os.path.isfile(path):
            return path, path, name
    where = "here" if folder == "." else f"in {folder}"
    raise NoAppError(f"There is no {', '.join(NAMES[:-1])} or {NAMES[-1]} {where}. {_others(folder, command)}")


def _others(folder: str, command: str) -> str:
    try:
        found = sorted(n for n in os.listdir(folder) if n.endswith(".py"))[:3]
    except OSError:
        found = []
    if found:
        return "Did you mean: " + "   ".join(
            f"quickdemo {command} {os.path.normpath(os.path.join(folder, n))}" for n in found
        )
    return f"Name the file: quickdemo {command} path/to/app.py"
