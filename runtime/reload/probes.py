"""What a script looked at without opening it: `os.path.exists`, `Path.is_file`, `os.path.getsize`, `os.stat`, ...

Python raises no audit event for these, so the functions are replaced while the script runs.
"""

from __future__ import annotations

import genericpath
import os
import pathlib
import posixpath
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from quickdemo.runtime.reload.project import Project

_ONLY_KIND = {
    "exists",
    "lexists",
    "isfile",
    "isdir",
    "islink",
    "ismount",
    "is_file",
    "is_dir",
    "is_symlink",
    "is_mount",
}
_OWN_CALLERS = {"stat", "lstat", "_is_type"}  # methods of Path that the ones above call


class _Os(ModuleType):
    """The module `os`, as the path functions see it while a script is being recorded."""

    def __init__(self, note: Callable[[str, Any], None]) -> None:
        super().__init__("os")
        self.__dict__.update(os.__dict__)
        self.stat = _noted(os.stat, note)
        self.lstat = _noted(os.lstat, note)


def _noted(function: Callable[..., Any], note: Callable[[str, Any], None]) -> Callable[..., Any]:
    def look(path: Any, *args: Any, **named: Any) -> Any:
        caller = sys._getframe(1)
        if caller.f_code.co_name in _OWN_CALLERS and caller.f_back is not None:
            caller = caller.f_back
        name = caller.f_code.co_name
        if name != "realpath" and not name.startswith("_"):
            note("kind" if name in _ONLY_KIND else "stat", path)
        return function(path, *args, **named)

    return look


class Probes:
    """note: called with how it was looked at (see `fingerprint.look`) and the path, before it is."""

    def __init__(self, note: Callable[[str, Any], None], project: Project) -> None:
        self._note, self._project = note, project
        self._os = _Os(note)
        self._places = [genericpath, posixpath, sys.modules.get("pathlib._local", pathlib)]
        self._plain = {name: getattr(os, name) for name in ("stat", "lstat", "access", "readlink")}

    def install(self) -> None:
        """Begin to note."""
        for module in self._places:
            module.os = self._os  # type: ignore[attr-defined]
        for name, function in self._plain.items():
            setattr(os, name, self._of_project(function, "access" if name == "access" else "stat"))
        for functions in (os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks):
            functions.update(getattr(os, name) for name, plain in self._plain.items() if plain in functions)

    def remove(self) -> None:
        """End."""
        for module in self._places:
            module.os = os  # type: ignore[attr-defined]
        for name, function in self._plain.items():
            setattr(os, name, function)

    def _of_project(self, function: Callable[..., Any], how: str) -> Callable[..., Any]:
        """A function of `os`, noted when the project's own code calls it."""
        belongs = self._project.belongs

        def look(path: Any, *args: Any, **named: Any) -> Any:
            if belongs(sys._getframe(1).f_code.co_filename):
                self._note(how, path)
            return function(path, *args, **named)

        return look
