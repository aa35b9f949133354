"""Tells which files were saved: watchdog's closed and moved events, or polling where there are none."""

from __future__ import annotations

import contextlib
import glob
import os
import queue
import sys
from collections.abc import Iterable
from fnmatch import fnmatch
from typing import Any

from quickdemo.runtime.reload import fingerprint

_NO_EVENTS = ("9p", "nfs", "nfs4", "cifs", "smb3", "virtiofs", "fuse", "vboxsf", "prl_fs")
_RAISE_LIMIT = "raise it: sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512"


class Watcher:
    """`fileno` becomes readable when something was saved; `saved()` names it. With `poll_s` call `poll()` so often."""

    def __init__(self, extra: Iterable[str], ignore: Iterable[str], poll_ms: int | None) -> None:
        self.poll_s = poll_ms / 1000 if poll_ms else 0.0
        self.why = "asked for by --poll" if poll_ms else ""
        self._patterns = [os.path.abspath(p) for p in extra]
        self._ignore = tuple(ignore)
        self._known: set[str] = set()
        self._modules: dict[str, set[str]] = {}
        self._stamps: dict[str, Any] = {}
        self._folders: set[str] = set()
        self._queue: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._observer: Any = None
        self._out, self._in = os.pipe()
        os.set_blocking(self._out, False)
        os.set_blocking(self._in, False)
        for pattern in self._patterns:
            self._watch_folder(_fixed_part(pattern), recursive=True)

    def fileno(self) -> int:
        """For a selector."""
        return self._out

    @property
    def way(self) -> str:
        """How saves are noticed, in words."""
        if self.poll_s:
            return f"polling each {round(self.poll_s * 1000)} ms ({self.why})"
        return "inotify" if sys.platform == "linux" else "file system events"

    def watch(self, paths: Iterable[str]) -> None:
        """Tell of saves of these files, too."""
        new = [p for p in paths if p not in self._known]
        for path in {real for p in new for real in (p, os.path.realpath(p))} - self._known:
            self._known.add(path)
            self._watch_folder(os.path.dirname(path), recursive=False)
            self._stamps[path] = fingerprint.stamp(path)

    def watch_modules(self, names: dict[str, set[str]]) -> None:
        """Tell of new files and folders that modules of these names would be found in. names: of each folder."""
        self._modules = names
        for folder in names:
            self._watch_folder(folder, recursive=False)

    def extra_files(self) -> list[str]:
        """The files that --watch names, as they are now."""
        found: list[str] = []
        for pattern in self._patterns:
            whole = os.path.join(pattern, "**") if os.path.isdir(pattern) else pattern
            found += [p for p in glob.iglob(whole, recursive=True) if os.path.isfile(p) and self._counts(p)]
        return found

    def saved(self) -> set[str]:
        """What was saved since the last call."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._out, 1 << 16)
        found: set[str] = set()
        while not self._queue.empty():
            path = self._queue.get()
            if path in self._known or any(self._matches(path, p) for p in self._patterns) or self.is_module(path):
                found.add(path)
            found.update(p for p in self._known if p.startswith(path + os.sep))
        return {p for p in found if self._counts(p)}

    def poll(self) -> set[str]:
        """What differs since the last poll; only with `poll_s`."""
        self.watch(self.extra_files())
        now = {path: fingerprint.stamp(path) for path in self._known}
        changed = {path for path, stamp in now.items() if stamp != self._stamps.get(path)}
        self._stamps = now
        return {p for p in changed if self._counts(p)}

    def stop(self) -> None:
        """End the observer's thread."""
        if self._observer is not None:
            self._observer.stop()
        os.close(self._in)
        os.close(self._out)

    def _counts(self, path: str) -> bool:
        name = os.path.basename(path)
        hidden = f"{os.sep}__pycache__{os.sep}" in path or f"{os.sep}.git{os.sep}" in path
        return not hidden and not any(fnmatch(path, g) or fnmatch(name, g) for g in self._ignore)

    def is_module(self, path: str) -> bool:
        """Whether a module that the app imports would be found there."""
        folder, name = os.path.split(path)
        return name.partition(".")[0] in self._modules.get(folder, ())

    @staticmethod
    def _matches(path: str, pattern: str) -> bool:
        return path == pattern or path.startswith(pattern + os.sep) or fnmatch(path, pattern)

    def _watch_folder(self, folder: str, recursive: bool) -> None:
        if self.poll_s or folder in self._folders or not os.path.isdir(folder):
            return
        kind = mount_type(folder)
        if kind.startswith(_NO_EVENTS):
            self._fall_back(f"{folder} is on {kind}, which sends no events")
            return
        self._folders.add(folder)
        try:
            self._schedule(folder, recursive)
        except OSError as error:
            self._fall_back(f"{error.strerror or error}; {_RAISE_LIMIT}")

    def _fall_back(self, why: str) -> None:
        self.poll_s, self.why = 0.25, why

    def _schedule(self, folder: str, recursive: bool) -> None:
        from watchdog import events  # 60 ms that only --reload needs
        from watchdog.observers import Observer

        if self._observer is None:
            self._observer = Observer()
            self._observer.start()
        kinds = [events.FileClosedEvent, events.FileMovedEvent, events.DirMovedEvent, events.FileDeletedEvent]
        if sys.platform == "linux":  # a file moved in from elsewhere is told as created; half-written ones are closed
            kinds += [events.FileCreatedEvent, events.DirCreatedEvent]
        else:
            kinds.append(events.FileModifiedEvent)
        handler = events.FileSystemEventHandler()
        handler.on_any_event = self._on_event  # type: ignore[method-assign]
        self._observer.schedule(handler, folder, recursive=recursive, event_filter=kinds)

    def _on_event(self, event: Any) -> None:
        """On watchdog's thread."""
        created = event.event_type == "created" and not event.is_directory
        for path in (event.src_path, event.dest_path):
            if path and not (created and fingerprint.of_file(os.fsdecode(path)) == fingerprint.of_bytes(b"")):
                self._queue.put(os.fsdecode(path))
        with contextlib.suppress(OSError):
            os.write(self._in, b"x")


def mount_type(path: str) -> str:
    """The file system's name at `path` ("ext4", "nfs4", ...), "" where it cannot be told."""
    best, kind = "", ""
    with contextlib.suppress(OSError), open("/proc/self/mounts", encoding="utf-8", errors="replace") as file:
        for line in file:
            _, point, name, *_ = line.split(" ")
            inside = path == point or path.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best):
                best, kind = point, name
    return kind


def _fixed_part(pattern: str) -> str:
    while glob.has_magic(pattern):
        pattern = os.path.dirname(pattern)
    return pattern if os.path.isdir(pattern) else os.path.dirname(pattern)
