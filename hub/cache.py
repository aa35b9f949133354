"""What was looked up on the Hub, kept on disk with its time, so that a reload asks nothing."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quickdemo.hub.errors import HubError
from quickdemo.runtime.settings import setting

log = logging.getLogger("quickdemo.hub")

FRESH_S = 600.0  #: for which an entry is used without asking
STALE_S = 7 * 86400.0  #: for which it is used where nobody answers
MOST_BYTES = 8_000_000  #: of one entry
MOST_ENTRIES = 500
_STALE = ("network", "timeout", "offline", "server", "rate_limit")  #: where an older answer is better than none


@dataclass(frozen=True)
class Entry:
    """value: JSON. age_s: seconds since it was looked up."""

    value: Any
    age_s: float

    @property
    def is_fresh(self) -> bool:
        return self.age_s < FRESH_S


class Cache:
    """A folder of JSON files, mode 0700. A disk that is full or refuses is no error: then it is asked again."""

    def __init__(self, folder: str | None = None) -> None:
        """folder: QUICKDEMO_HUB_CACHE, else quickdemo/hub in the user's cache folder."""
        own = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        self.folder = folder or setting("HUB_CACHE") or os.path.join(own, "quickdemo", "hub")

    def get(self, *key: str) -> Entry | None:
        """What was put under this key in the last seven days."""
        try:
            with open(self._path(key), encoding="utf-8") as file:
                kept = json.load(file)
            age = time.time() - float(kept["at"])
            too_old = age >= STALE_S and not setting("HUB_REPLAY")  # what was recorded counts for ever
            if kept["key"] != list(key) or age < 0 or too_old:
                return None
            return Entry(kept["value"], age)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def kept(self, ask: Callable[[], Any], *key: str) -> Any:
        """What is kept and fresh, else what `ask` gives, and raises; where nobody answers, what is not a week old."""
        entry = self.get(*key)
        if entry is not None and entry.is_fresh:
            return entry.value
        try:
            value = ask()
        except HubError as error:
            if entry is None or error.kind not in _STALE:
                raise
            log.info("%s It is taken as it was %.0f minutes ago.", error.message, entry.age_s / 60)
            return entry.value
        self.put(value, *key)
        return value

    def put(self, value: Any, *key: str) -> None:
        """Keep a JSON value."""
        text = json.dumps({"key": key, "at": time.time(), "value": value})
        if len(text) > MOST_BYTES:
            return
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            descriptor, path = tempfile.mkstemp(dir=self.folder, suffix=".part")
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(path, self._path(key))
            self._prune()
        except OSError:
            return

    def drop(self, *key: str) -> None:
        """Forget it."""
        try:
            os.remove(self._path(key))
        except OSError:
            return

    def _path(self, key: tuple[str, ...]) -> str:
        return os.path.join(self.folder, hashlib.sha256("\0".join(key).encode()).hexdigest()[:40] + ".json")

    def _prune(self) -> None:
        entries = [entry for entry in os.scandir(self.folder) if entry.is_file()]
        if len(entries) > MOST_ENTRIES:
            entries.sort(key=lambda entry: entry.stat().st_mtime)
            for entry in entries[: len(entries) - MOST_ENTRIES]:
                os.remove(entry.path)
