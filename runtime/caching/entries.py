"""The folder of kept answers: one folder per answer, with its wire values as JSON and its media files beside.

An entry appears whole (it is renamed into place) and is never changed, so that several processes may share the folder.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from quickdemo.runtime.caching.keys import FORMAT, media_in
from quickdemo.runtime.components.base import Files, Wire
from quickdemo.runtime.errors import QuickdemoError

logger = logging.getLogger("quickdemo.examples")

MOST_BYTES = 2**30  # of all answers of one endpoint
UNUSED_S = 30 * 86400.0  # an answer that nobody asked for is dropped after that
_ABANDONED_S = 3600.0  # an entry that was begun and never ended
_PART = 24  # characters of each key in a name: 96 bits
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}$", re.ASCII)

State = Literal["cached", "stale", "missing"]


@dataclass(frozen=True)
class EntryName:
    """endpoint: whose answer it is. inputs: key of what the example gives. key: of all that the answer depends on."""

    endpoint: str
    inputs: str
    key: str

    @property
    def folder(self) -> str:
        return f"{self.inputs[:_PART]}-{self.key[:_PART]}"


class Entries:
    """store: the app's state folder. app: the script's name, because several scripts may share that folder."""

    def __init__(self, store: str, app: str) -> None:
        self._root = os.path.join(store, "examples")
        self._app = app

    def load(self, name: EntryName, files: Files) -> list[Wire] | None:
        """The kept answer, its media entered into `files`; None when there is none. A damaged one is removed."""
        folder = self._path(name)
        try:
            with open(os.path.join(folder, "values.json"), encoding="utf-8") as file:
                kept = json.load(file)
            values: list[Wire] = kept["values"]
            for media in kept["media"]:
                with open(os.path.join(folder, media["file"]), "rb") as source:
                    wire = files.put_bytes(source.read(), media["name"], media["type"])
                _set(values, media["at"], wire)
            os.utime(folder)  # it was asked for
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            logger.warning("a kept answer of %s cannot be read (%s); it is made anew", name.endpoint, error)
            _remove(folder)
            return None
        return values

    def save(self, name: EntryName, values: Sequence[Wire], files: Files, seconds: float) -> bool:
        """Keep an answer; False when it is there already, or cannot be kept: the log says why then."""
        home = self._home(name.endpoint)
        try:
            os.makedirs(home, mode=0o700, exist_ok=True)
            os.chmod(self._root, 0o700)
            if os.path.isdir(self._path(name)):
                return False
            new = tempfile.mkdtemp(prefix=".new-", dir=home)
            try:
                self._write(new, values, files, seconds)
                os.rename(new, self._path(name))
            except BaseException:
                shutil.rmtree(new, ignore_errors=True)
                raise
        except (OSError, QuickdemoError) as error:
            if not os.path.isdir(self._path(name)):  # else another process was first
                logger.warning("an answer of %s could not be kept: %s", name.endpoint, error)
            return False
        self._sweep(name)
        return True

    def state(self, name: EntryName) -> State:
        """Whether the answer is there; "stale" is one of the same example that something else has made."""
        names = _names(self._home(name.endpoint))
        if name.folder in names:
            return "cached"
        return "stale" if any(one.startswith(name.inputs[:_PART] + "-") for one in names) else "missing"

    def clear(self, endpoint: str) -> int:
        """Remove all answers of an endpoint; how many there were. Raises OSError."""
        home = self._home(endpoint)
        names = _names(home)
        if os.path.isdir(home):
            shutil.rmtree(home)
        return len(names)

    # ------------------------------------------------------------------ disk

    def _home(self, endpoint: str) -> str:
        return os.path.join(self._root, re.sub(r"[^\w.-]", "_", f"{self._app}-{endpoint}")[:100])

    def _path(self, name: EntryName) -> str:
        return os.path.join(self._home(name.endpoint), name.folder)

    def _write(self, folder: str, values: Sequence[Wire], files: Files, seconds: float) -> None:
        media = []
        for number, (at, wire) in enumerate(media_in(list(values))):
            stored = files.get(wire["h"])
            suffix = _SUFFIX.search(stored.name)
            file = f"{number}{suffix[0].lower() if suffix else ''}"
            _copy(stored.path, os.path.join(folder, file))
            media.append({"at": at, "file": file, "name": stored.name, "type": stored.type})
        made = {
            "format": FORMAT,
            "made": time.time(),
            "seconds": round(seconds, 3),
            "values": list(values),
            "media": media,
        }
        with open(os.path.join(folder, "values.json"), "w", encoding="utf-8") as out:
            json.dump(made, out, allow_nan=False)

    def _sweep(self, name: EntryName) -> None:
        """Drop older answers of the same example, what nobody asked for, and the longest unused beyond the bound."""
        home = self._home(name.endpoint)
        left: list[tuple[float, int, str]] = []
        for entry in list(os.scandir(home)):
            with contextlib.suppress(FileNotFoundError):  # another process may sweep too
                age = time.time() - entry.stat().st_mtime
                same = entry.name.startswith(name.inputs[:_PART] + "-") and entry.name != name.folder
                begun = entry.name.startswith(".")
                if same or age > UNUSED_S or (begun and age > _ABANDONED_S):
                    _remove(entry.path)
                elif not begun:
                    left.append((age, _size(entry.path), entry.path))
        excess = sum(size for _, size, _ in left) - MOST_BYTES
        for _, size, path in sorted(left, reverse=True):
            if excess <= 0 or os.path.basename(path) == name.folder:
                break
            logger.info("kept answers of %s reach their bound of 1 GB; the longest unused is dropped", name.endpoint)
            _remove(path)
            excess -= size


def _names(home: str) -> list[str]:
    try:
        return [name for name in os.listdir(home) if not name.startswith(".")]
    except FileNotFoundError:
        return []


def _size(folder: str) -> int:
    return sum(entry.stat().st_size for entry in os.scandir(folder))


def _copy(source: str, target: str) -> None:
    """Files of the store are never written again: a second name for the same bytes will do on the same disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _remove(folder: str) -> None:
    """Out of sight in one step, then gone."""
    gone = os.path.join(os.path.dirname(folder), f".old-{secrets.token_hex(6)}")
    with contextlib.suppress(OSError):
        os.rename(folder, gone)
        shutil.rmtree(gone, ignore_errors=True)


def _set(values: list[Wire], at: list[Any], wire: dict[str, Any]) -> None:
    """Put the new wire value of a file in its place; what else stood there with it stays."""
    place: Any = values
    for step in at[:-1]:
        place = place[step]
    place[at[-1]] = {**place[at[-1]], **wire}
