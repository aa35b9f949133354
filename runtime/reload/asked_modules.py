"""Where modules were looked for in the project: a new file there may be what an import would find instead."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from quickdemo.runtime.reload import fingerprint
from quickdemo.runtime.reload.project import Project

Report = dict[str, tuple[list[str], list[str]]]  # folder -> (names asked for, those of them that it offers)


class AskedModules:
    """Adds up the names, thousands of them with some libraries, so that a run that asks for no new one pays nothing.

    last: the last report. In a copy even to look at each name would make its page of memory the copy's own.
    """

    def __init__(self, project: Project) -> None:
        self.last: Report = {}
        self._project = project
        self._names: set[str] = set()
        self._waiting: list[str] = []  # not yet taken
        self._tops: set[str] = set()
        self._in_packages: dict[str, set[str]] = {}  # folder of one of the project's packages -> names asked for in it
        self._wanted: dict[str, set[str]] = {}
        self._path: list[str] = []

    def note(self, name: str) -> None:
        """A module of this full name is asked for."""
        if name not in self._names:
            self._names.add(name)
            self._waiting.append(name)

    def report(self) -> Report:
        """For each of the project's folders where modules were looked for; `last` itself when nothing has changed."""
        path, before = self._own(sys.path), self._wanted
        if self._take() or path != self._path:
            self._path, self._wanted = path, {folder: set(self._tops) for folder in path}
            for folder, names in self._in_packages.items():
                self._wanted.setdefault(folder, set()).update(names)
        offered = {folder: fingerprint.of_modules(folder, names) for folder, names in self._wanted.items()}
        if self._wanted is not before or offered != {folder: found for folder, (_, found) in self.last.items()}:
            self.last = {folder: (sorted(names), offered[folder]) for folder, names in self._wanted.items()}
        return self.last

    def _take(self) -> bool:
        """Sort in the names that wait; whether any could be."""
        waiting, self._waiting = self._waiting, []
        folders: dict[str, list[str]] = {}
        for name in waiting:
            package, _, last = name.rpartition(".")
            if package and package not in sys.modules:
                self._waiting.append(name)  # it may be there the next time
                continue
            self._tops.add(name.partition(".")[0])
            if package and package not in folders:
                folders[package] = self._own(getattr(sys.modules[package], "__path__", ()))
            for folder in folders[package] if package else ():
                self._in_packages.setdefault(folder, set()).add(last)
        return len(self._waiting) < len(waiting)

    def _own(self, folders: Iterable[str]) -> list[str]:
        belongs = self._project.belongs
        found = dict.fromkeys(os.path.abspath(folder) for folder in folders)
        return [folder for folder in found if belongs(os.path.join(folder, "x.py"))]
