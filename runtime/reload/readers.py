"""Who in the project opened a file: what is shown without a new run must have been read for the page alone."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any

from quickdemo.runtime.reload.project import Project

_EXAMPLES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "examples.py")


@dataclass(frozen=True)
class Reader:
    """One opening. file, line: the project's own code that asked for it; "" for none, as in a thread of a library.

    The line is 0 where it has moved since. straight: only `open` or pathlib lay between. examples: for `examples=`.
    """

    file: str
    line: int
    straight: bool
    examples: bool


class Readers:
    """Kept by the recorder, for the files of one project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._found: dict[str, list[Reader]] = {}
        self.guarded: frozenset[str] = frozenset()  # files whose reading counts when the app runs, too
        self.later: set[str] = set()  # those of them that the project's code has read then

    def of(self, path: str) -> list[Reader]:
        """Everybody who opened a file while the script ran, once for each time."""
        return self._found.get(path, [])

    def note(self, path: str) -> None:
        """A file is being opened; called by the recorder, two calls below its audit hook."""
        if not path.endswith((".py", ".pyc", ".so")) and self._project.belongs(path):
            self._found.setdefault(path, []).append(self._reader(sys._getframe(3)))

    def note_late(self, path: Any) -> None:
        """A file is being opened by the running app; called by the recorder's audit hook."""
        if self.guarded and isinstance(path, (str, os.PathLike)):
            path = os.path.abspath(os.fspath(path))
            if path in self.guarded and self._reader(sys._getframe(2)).file:
                self.later.add(path)

    def forget_lines(self, file: str) -> None:
        """The code of a file has moved: where it read something is not known any more."""
        for readers in self._found.values():
            readers[:] = [replace(r, line=0) if r.file == file else r for r in readers]

    def _reader(self, frame: FrameType | None) -> Reader:
        straight, examples = True, False
        while frame is not None:
            file = frame.f_code.co_filename
            if not file.startswith("<") and self._project.belongs(os.path.abspath(file)):
                return Reader(file, frame.f_lineno, straight, examples)
            straight &= frame.f_globals.get("__name__", "").partition(".")[0] == "pathlib"
            examples |= file == _EXAMPLES
            frame = frame.f_back
        return Reader("", 0, False, examples)
