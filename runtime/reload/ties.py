"""What ties a script to this very process: its id, and hooks that run at each fork."""

from __future__ import annotations

import os
import sys
from typing import Any

from quickdemo.runtime.reload.project import Project


class Ties:
    """`found` says what the project's own code has asked for while installed; it can never be copied past that."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._getpid, self._at_fork = os.getpid, os.register_at_fork
        self.found: list[str] = []

    def install(self) -> None:
        """Begin to look."""
        os.getpid = self._noted_getpid
        os.register_at_fork = self._noted_at_fork

    def remove(self) -> None:
        """End."""
        os.getpid, os.register_at_fork = self._getpid, self._at_fork

    def _noted_getpid(self) -> int:
        self._note("it knows the number of its process")
        return self._getpid()

    def _noted_at_fork(self, **named: Any) -> None:
        self._note("it wants to be told of forks")
        self._at_fork(**named)

    def _note(self, what: str) -> None:
        frame: Any = sys._getframe(2)
        while frame and f"{os.sep}psutil{os.sep}" in frame.f_code.co_filename:  # its Process() keeps the number
            frame = frame.f_back
        if frame and self._project.belongs(os.path.abspath(frame.f_code.co_filename)) and what not in self.found:
            self.found.append(what)
