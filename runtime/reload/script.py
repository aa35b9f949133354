"""The app's file as the real `__main__`, as `python app.py` or `python -m package.app` would run it."""

from __future__ import annotations

import builtins
import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from typing import Any

from quickdemo.runtime.errors import AppError
from quickdemo.runtime.reload.checkpoints import Checkpoints
from quickdemo.runtime.reload.units import hidden, roomy


class Script:
    """target: a path, or the name of a module. argv: what the script finds in sys.argv[1:]."""

    def __init__(self, target: str, argv: list[str]) -> None:
        self.target = target
        self.argv = argv
        self.path = ""
        self._spec: ModuleSpec | None = None
        if target.endswith(".py") or os.sep in target or os.path.exists(target):
            self.path = os.path.abspath(target)

    @property
    def folder(self) -> str:
        """What lies in it is the project's: the folder of the file, the working directory for a module."""
        return os.path.dirname(self.path) if self.path else os.getcwd()

    def prepare(self) -> None:
        """Set sys.argv and sys.path. Runs nothing."""
        if self.path:
            sys.argv[:] = [self.target, *self.argv]
            sys.path.insert(0, os.path.dirname(os.path.realpath(self.path)))
        else:
            sys.argv[:] = ["-m", *self.argv]
            sys.path.insert(0, os.getcwd())

    @roomy
    @hidden
    def run(self, checkpoints: Checkpoints) -> dict[str, Any]:
        """Run it to its end; returns its globals. Raises whatever it raises, AppError when it cannot be read."""
        if not self.path:
            self._find_module()
        namespace = self.namespace()
        try:
            unit = checkpoints.add(self.path, namespace, True)
        except OSError as error:
            raise AppError(
                f"{self.path} cannot be read: {error.strerror}.", "Check its name and permissions."
            ) from None
        unit._call_with_frames_removed()
        return namespace

    def _find_module(self) -> None:
        """Find the module's file; this runs the packages it lies in. Raises AppError."""
        spec = _spec_of(self.target)
        if spec is None or not spec.origin or not spec.origin.endswith(".py"):
            raise AppError(
                f"There is no file and no module {self.target!r}.", "Give a file: quickdemo run path/to/app.py"
            )
        self._spec = spec
        self.path = sys.argv[0] = spec.origin

    def namespace(self) -> dict[str, Any]:
        """The globals of `__main__`, emptied: pickle and multiprocessing find the script's names there."""
        main = sys.modules["__main__"].__dict__
        main.clear()
        loader = self._spec.loader if self._spec else SourceFileLoader("__main__", self.path)
        main.update(
            __name__="__main__",
            __doc__=None,
            __package__=self._spec.parent if self._spec else None,
            __loader__=loader,
            __spec__=self._spec,
            __annotations__={},
            __builtins__=builtins,
            __file__=self.path,
            __cached__=None,
        )
        return main


def _spec_of(name: str) -> ModuleSpec | None:
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(name + ".__main__")
    except (ImportError, ValueError):
        return None
    return spec
