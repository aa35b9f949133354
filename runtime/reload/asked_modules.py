"""Where modules were looked for in the project: a new file there may be what an import would find instead."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from quickdemo.runtime.reload import fingerprint
from quickdemo.runtime.reload.project import Project


class AskedModules:
    """Adds up what `report` is given, so that thousands of names cost nothing each time."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: set[str] = set()
        self._tops: set[str] = set()
        self._in_packages: dict[str, set[str]] = {}  # folder of one of the project's packages -> names asked for in it

    def report(self, imports: set[str]) -> dict[str, tuple[list[str], list[str]]]:
        """Project folder where modules were looked for -> (names asked for, those of them that it offers).

        imports: full names of all modules that were asked for so far.
        """
        self._take(imports - self._known)
        wanted = {folder: self._tops for folder in self._own(sys.path)}
        for folder, names in self._in_packages.items():
            wanted[folder] = wanted.get(folder, set()) | names
        return {f: (sorted(names), fingerprint.of_modules(f, names)) for f, names in wanted.items()}

    def _take(self, imports: set[str]) -> None:
        folders: dict[str, list[str]] = {}
        for name in imports:
            package, _, last = name.rpartition(".")
            self._tops.add(name.partition(".")[0])
            if package and package not in folders:
                paths = getattr(sys.modules.get(package), "__path__", None)
                folders[package] = self._own(paths) if paths is not None else []
            for folder in folders[package] if package else ():
                self._in_packages.setdefault(folder, set()).add(last)
            if not package or package in sys.modules:  # else it may be there the next time
                self._known.add(name)

    def _own(self, folders: Iterable[str]) -> list[str]:
        belongs = self._project.belongs
        found = dict.fromkeys(os.path.abspath(folder) for folder in folders)
        return [folder for folder in found if belongs(os.path.join(folder, "x.py"))]
