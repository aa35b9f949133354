"""Whose a module is: the project's, whose code counts line by line, or an installed package's, whose version counts."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from functools import lru_cache
from types import ModuleType
from typing import Any

_QUICKDEMO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def module_of(value: Any) -> ModuleType | None:
    """The module that a class or function says it is from, when it is loaded."""
    name = getattr(value, "__module__", None)
    return sys.modules.get(name) if isinstance(name, str) else None


def is_own(module: ModuleType | None) -> bool:
    """Whether its source is the project's: a file that lies in no folder of installed packages."""
    path = getattr(module, "__file__", None)
    if not isinstance(path, str):
        return module is not None and module.__name__ == "__main__"  # a notebook
    return not is_installed(path)


def is_installed(path: str) -> bool:
    """Whether a file belongs to Python, an installed package or quickdemo."""
    return os.path.realpath(path).startswith(_installed())


def release_of(module: ModuleType | None, name: str) -> str:
    """`name`, with the version of the installed package that it is from."""
    top = name.partition(".")[0]
    version = getattr(sys.modules.get(top), "__version__", None)
    if isinstance(version, str):
        return f"{name} {version}"
    if top in sys.builtin_module_names or top in sys.stdlib_module_names:
        return f"{name} of Python {sys.version_info[0]}.{sys.version_info[1]}"
    return f"{name} {_distributed(top)}"


@lru_cache(maxsize=256)
def _distributed(top: str) -> str:
    from importlib import metadata  # slow to import, and few packages do not say their version themselves

    try:
        return metadata.version(top)
    except (metadata.PackageNotFoundError, ValueError):
        return "without a version"


@lru_cache(maxsize=1)
def _installed() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    found = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found.update(site.getsitepackages() if hasattr(site, "getsitepackages") else ())
    found.add(site.getusersitepackages())
    own = {os.path.join(_QUICKDEMO, room) for room in ("quickdemo", "runtime", "cli", "hub", "interpret")}
    return tuple(sorted(os.path.realpath(path) + os.sep for path in (*found, *own)))
