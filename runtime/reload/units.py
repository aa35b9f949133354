"""Files that run statement by statement: the script, and the project's modules while they are imported."""

from __future__ import annotations

import linecache
import os
import threading
from collections.abc import Callable
from types import CodeType
from typing import Any, TypeVar

from quickdemo.runtime.reload import relocate
from quickdemo.runtime.reload.statements import Source

RUNNING, DONE, FAILED = "running", "done", "failed"


_ROOM = 70_000  # values of 8 bytes: the piece is the next power of two, 1 MB, and half of it is left


class FixedError(Exception):
    """This copy cannot go on with lines that moved."""


F = TypeVar("F", bound=Callable[..., Any])


def hidden(function: F) -> F:
    """Let tracebacks of imports and `warnings` pass over its frames, as they pass over importlib's."""
    code: CodeType = function.__code__
    function.__code__ = code.replace(co_filename="<frozen importlib._bootstrap_external>")
    return function


def roomy(function: F) -> F:
    """Let all frames above its own find room in one piece of CPython's stack (3.11 and newer).

    The stack is made of pieces of 16 kB. Where a run is deep in imports just at the end of one, each call takes a piece
    from the system and gives it back; our few frames below the script's decide where that is. A frame that asks for
    more gets a larger piece, which is not touched before it is used.
    """
    code: CodeType = function.__code__
    function.__code__ = code.replace(co_stacksize=_ROOM)
    return function


class Unit:
    """One file. `index` statements have run to their end, `begun` have begun (one more while one runs).

    after: called after each statement; in a resumed copy it returns when `source` is the new version.
    """

    def __init__(self, number: int, source: Source, namespace: dict[str, Any], after: Callable[[Unit], None]) -> None:
        self.number, self.source, self.namespace, self._after = number, source, namespace, after
        self.index = self.begun = 0
        self.codes: list[CodeType] = []
        self.state = RUNNING
        self.text_was_read = False  # inspect, traceback or warnings looked at its lines

    @hidden  # and so named: CPython drops the frames of such functions from the tracebacks of imports
    def _call_with_frames_removed(self) -> None:
        try:
            while self.index < len(self.source):
                code = self.source.compile(self.index)
                self.begun = self.index + 1
                exec(code, self.namespace)
                self.codes.append(code)
                self.index += 1
                self._after(self)
        except BaseException:
            self.state = FAILED
            raise
        self.state = DONE

    @property
    def place(self) -> tuple[str, int]:
        """(file, line) of the last statement that ran."""
        return self.source.path, self.source.statements[self.index - 1].line if self.index else 0

    def take_up(self, new: Source) -> None:
        """Go on with a version whose first statements, as far as they have begun, are the same.

        Raises FixedError when lines moved that cannot be given to what is alive.
        """
        old, moved = self.source, []
        count = min(self.begun, len(self.codes))
        for i in range(count):
            if not old.statements[i].same_place(new.statements[i]):
                fresh = new.compile(i)
                moved.append((self.codes[i], fresh))
                self.codes[i] = fresh
        self.source = new
        self.publish()
        if moved:
            if relocate.is_half_run([old for old, _ in moved]):
                raise FixedError(
                    f"a generator of {os.path.basename(self.source.path)} is half run, and its lines moved"
                )
            relocate.relocate_functions(moved)
            before, after = old.statements[:count], new.statements[:count]
            relocate.relocate_classes(self.namespace.get("__name__", ""), before, after)
            relocate.relocate_warnings(self.namespace, before, after)

    def publish(self) -> None:
        """Give linecache the text that runs, so that nobody opens the file for it."""
        text = self.source.text
        linecache.cache[self.source.path] = (len(text), None, text.splitlines(True), self.source.path)


class LineCache(dict[str, Any]):
    """`linecache.cache`, noting whose text somebody asked for."""

    def __init__(self, content: dict[str, Any], asked: Callable[[str], None]) -> None:
        super().__init__(content)
        self._asked = asked

    def __getitem__(self, path: str) -> Any:
        self._asked(path)
        return super().__getitem__(path)


_MAIN = threading.main_thread


def in_main_thread() -> bool:
    """Whether this is the thread that may be copied."""
    return threading.current_thread() is _MAIN()
