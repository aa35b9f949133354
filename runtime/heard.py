"""What masked calls tell (gr.Info, gr.Warning): each distinct message once, where 34 calls tell it 34 times."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from quickdemo.runtime.errors import shown
from quickdemo.runtime.reports import Reports

logger = logging.getLogger("quickdemo.app")

MOST_HEARD = 8  #: distinct messages of masked calls of one explanation; further ones are not passed on

Tell = Callable[[dict[str, Any]], None]


class Heard:
    """The messages of the calls of one explanation, from any thread."""

    def __init__(self, tell: Tell) -> None:
        """tell: gets each distinct message when it is first told."""
        self._tell = tell
        self._seen: set[tuple[str, str, str]] = set()
        self._masked = 0
        self._lock = threading.Lock()

    def reports(self, changed: Callable[[], str] | None = None) -> Reports:
        """Of one call, or of several, one after the other. changed: how inputs differ from the visitor's; None where
        they are the same."""
        if changed is not None:
            return _OfMasked(lambda _, told: self._take(told, changed))
        return Reports(lambda kind, what: self._take(what, None) if kind == "log" else None)

    def _take(self, told: dict[str, Any], changed: Callable[[], str] | None) -> None:
        known = (told["level"], told["title"], told["log"])
        with self._lock:
            if changed is not None and (known in self._seen or self._masked >= MOST_HEARD):
                return
            self._seen.add(known)
            self._masked += changed is not None
        where = changed() if changed is not None else ""
        self._tell({**told, "log": f"{told['log']} ({where})"} if where else told)


class _OfMasked(Reports):
    """Passes on messages, none of which it keeps, and nothing else."""

    def message(self, level: str, text: str, title: str, duration: float | None, visible: bool) -> None:
        self.check()
        assert self.sink is not None
        self.sink("log", {"level": level, "log": text, "title": title, "duration": duration, "visible": visible})

    def progress(self) -> None:
        self.check()

    def drop(self, owner: object) -> None:
        self.bars = [bar for bar in self.bars if bar.owner is not owner]


def log(told: dict[str, Any]) -> None:
    """Where nobody looks at a page."""
    level = logging.WARNING if told["level"] == "warning" else logging.INFO
    logger.log(level, "%s: %s", told["title"], shown(told["log"], 500))
