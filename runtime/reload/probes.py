"""What a script looked for without opening it: `os.path.exists`, `Path.is_file` and their like."""

from __future__ import annotations

import genericpath
import os
import pathlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from quickdemo.runtime.reload.fingerprint import kind_of


class _Os(ModuleType):
    """The module `os`, as the path functions see it while a script is being recorded."""

    def __init__(self, note: Callable[[Any, str], None]) -> None:
        super().__init__("os")
        self._note = note

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def stat(self, path: Any, *args: Any, **named: Any) -> os.stat_result:
        """os.stat, noted."""
        try:
            found = os.stat(path, *args, **named)
        except OSError:
            self._note(path, kind_of(None))
            raise
        self._note(path, kind_of(found.st_mode))
        return found


class Probes:
    """note: called with a path and the kind of what was found there. A bare `os.stat` is not seen."""

    def __init__(self, note: Callable[[Any, str], None]) -> None:
        self._os = _Os(note)
        self._places = [genericpath, sys.modules.get("pathlib._local", pathlib)]

    def install(self) -> None:
        """Begin to note."""
        for module in self._places:
            module.os = self._os  # type: ignore[attr-defined]

    def remove(self) -> None:
        """End."""
        for module in self._places:
            module.os = os  # type: ignore[attr-defined]
