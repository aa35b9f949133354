"""Answers kept in a folder (QUICKDEMO_HUB_RECORD), and given again without a network (QUICKDEMO_HUB_REPLAY)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.reference import Reference
from quickdemo.runtime.scratch import is_scratch, scratch_path
from quickdemo.runtime.settings import setting

if TYPE_CHECKING:
    from quickdemo.hub.loaded import Remote


def recorded(remote: Remote) -> Remote:
    """The remote itself; or one that keeps its answers, or gives kept ones, where the environment asks for that."""
    record, replay = setting("HUB_RECORD"), setting("HUB_REPLAY")
    return Recorded(remote, record or replay or "", replays=bool(replay)) if record or replay else remote


class Recorded:
    """One file for each call, named by a digest of what was asked; media lie beside it."""

    def __init__(self, remote: Remote, folder: str, *, replays: bool) -> None:
        self._remote, self._folder, self._replays = remote, os.path.join(folder, "calls"), replays

    def __getattr__(self, name: str) -> Any:
        return getattr(self._remote, name)

    @property
    def reference(self) -> Reference:
        return self._remote.reference

    @property
    def streams(self) -> bool:
        return self._remote.streams

    @property
    def asks(self) -> str:
        return self._remote.asks

    def facts(self) -> dict[str, Any]:
        return self._remote.facts()

    def answer(self, *values: Any) -> Any:
        if self._replays:
            return self._kept(values)[-1]
        made = self._remote.answer(*values)
        self._keep(values, [made])
        return made

    def answers(self, *values: Any) -> Iterator[Any]:
        if self._replays:
            yield from self._kept(values)
            return
        steps = []
        for made in self._remote.answers(*values):
            steps.append(made)
            yield made
        self._keep(values, steps)

    def _path(self, values: tuple[Any, ...]) -> str:
        digest = hashlib.sha256()
        for one in (f"{self.reference} {self.asks}".encode(), *map(_bytes_of, values)):
            digest.update(len(one).to_bytes(8, "big") + one)
        return os.path.join(self._folder, digest.hexdigest()[:32])

    def _kept(self, values: tuple[Any, ...]) -> list[Any]:
        path = self._path(values)
        try:
            with open(os.path.join(path, "answer.json"), encoding="utf-8") as file:
                return [_made(one, path) for one in json.load(file)]
        except (OSError, ValueError):
            raise HubError(
                "offline", f"No answer of {self.reference} to that was recorded.", "Record one with --record DIR."
            ) from None

    def _keep(self, values: tuple[Any, ...], steps: list[Any]) -> None:
        path = self._path(values)
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as part:
            told = [_told(step, part, f"{number}-") for number, step in enumerate(steps)]
            with open(os.path.join(part, "answer.json"), "w", encoding="utf-8") as file:
                json.dump(told, file)
            shutil.rmtree(path, ignore_errors=True)
            shutil.copytree(part, path)


def _is_copy(value: Any) -> bool:
    """Whether it is the path of a private copy. Any other path is a text, of a visitor or of whoever answered, and says
    nothing of what may be read here."""
    return isinstance(value, str) and is_scratch(value) and os.path.isfile(value)


def _bytes_of(value: Any) -> bytes:
    """What tells one input from another: of a file its bytes."""
    if _is_copy(value):
        with open(value, "rb") as file:
            return file.read()
    if hasattr(value, "tobytes"):
        return bytes(value.tobytes())
    return json.dumps(value, sort_keys=True, default=str).encode()


def _told(value: Any, folder: str, mark: str) -> Any:
    """As JSON; files and pictures by their names in the folder."""
    if value is None or isinstance(value, (int, float, bool)):
        return value
    if isinstance(value, str):
        if not _is_copy(value):
            return value
        name = mark + os.path.basename(value)
        shutil.copyfile(value, os.path.join(folder, name))
        return {"$file": name}
    if isinstance(value, (list, tuple)):
        return {
            "$list": [_told(one, folder, f"{mark}{n}-") for n, one in enumerate(value)],
            "tuple": isinstance(value, tuple),
        }
    if isinstance(value, dict):
        return {"$dict": [[key, _told(one, folder, f"{mark}{n}-")] for n, (key, one) in enumerate(value.items())]}
    if hasattr(value, "save") and hasattr(value, "mode"):
        name = f"{mark}picture.png"
        value.save(os.path.join(folder, name))
        return {"$picture": name}
    if isinstance(value, (bytes, bytearray)):
        name = f"{mark}bytes"
        with open(os.path.join(folder, name), "wb") as file:
            file.write(value)
        return {"$bytes": name}
    if hasattr(value, "tolist"):
        return {"$array": value.tolist()}
    raise TypeError(f"{type(value).__name__} cannot be recorded.")


def _made(told: Any, folder: str) -> Any:
    if not isinstance(told, dict):
        return told
    if "$file" in told:
        name = os.path.basename(told["$file"])
        copy = scratch_path(name)  # as those were that were recorded, so that the next of a Series takes it
        shutil.copyfile(os.path.join(folder, name), copy)
        return copy
    if "$list" in told:
        made = [_made(one, folder) for one in told["$list"]]
        return tuple(made) if told["tuple"] else made
    if "$dict" in told:
        return {key: _made(one, folder) for key, one in told["$dict"]}
    if "$picture" in told:
        from PIL import Image

        with Image.open(os.path.join(folder, os.path.basename(told["$picture"]))) as picture:
            return picture.copy()
    if "$bytes" in told:
        with open(os.path.join(folder, os.path.basename(told["$bytes"])), "rb") as file:
            return file.read()
    import numpy as np

    return np.array(told["$array"])
