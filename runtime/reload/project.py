"""Whose a file is: the project's, an installed package's, or the system's."""

from __future__ import annotations

import os
import site
import sys
import sysconfig

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # in a checkout the rooms are links
_OWN = (
    os.path.dirname(_HERE),
    *(os.path.realpath(os.path.join(_HERE, "..", r)) for r in ("cli", "hub", "interpret", "runtime")),
)
_SYSTEM = ("/usr", "/etc", "/proc", "/sys", "/dev", "/run", "/lib", "/lib64")
_SHARED = ("/var", "/tmp", "/opt")


class Project:
    """root: the script's folder; what lies in it is the project's."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        installed = _installed_folders()
        self._foreign = _real([*installed, *_SYSTEM])
        self._unwatched = _real([*installed, *_SYSTEM, *_SHARED, os.path.expanduser("~/.cache")])

    def belongs(self, path: str) -> bool:
        """Whether an absolute path is the project's own: it is watched, and its modules run statement by statement."""
        return self._is_mine(path, self._unwatched)

    def counts(self, path: str) -> bool:
        """Whether what a script read there may differ the next time: everything but packages and the system."""
        return self._is_mine(path, self._foreign) and f"{os.sep}__pycache__" not in path

    def _is_mine(self, path: str, others: tuple[str, ...]) -> bool:
        if f"{os.sep}site-packages{os.sep}" in path or f"{os.sep}.quickdemo{os.sep}" in path:
            return False
        if path.startswith(self.root + os.sep) or path == self.root:
            return not path.startswith(tuple(f for f in others if f.startswith(self.root + os.sep)))
        return not path.startswith(others)


def is_quickdemos(path: str) -> bool:
    """Whether a file is part of quickdemo itself."""
    return path.startswith(tuple(folder + os.sep for folder in _OWN))


def _installed_folders() -> list[str]:
    """Folders of the interpreter, installed packages and quickdemo itself."""
    paths = sysconfig.get_paths()
    found = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found.update(site.getsitepackages() if hasattr(site, "getsitepackages") else ())
    found.add(site.getusersitepackages())
    return [*found, sys.prefix, *_OWN]


def _real(folders: list[str]) -> tuple[str, ...]:
    return tuple(sorted({p + os.sep for f in folders if f not in ("", os.sep) for p in (f, os.path.realpath(f))}))
