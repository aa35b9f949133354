"""Files that the page only shows: when one of them is saved, the served Interfaces get it without a new generation.

The truth is a run of the script on the files as they are. So it must be certain that nothing but the page would differ:
who opened the file, what the project's sources say of it and who holds its text are looked at; any doubt is a reload.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from quickdemo.runtime.errors import QuickdemoError
from quickdemo.runtime.examples import Examples
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.reload import fingerprint
from quickdemo.runtime.reload.checkpoints import Checkpoints
from quickdemo.runtime.reload.mentions import Mentions, Site
from quickdemo.runtime.reload.readers import Reader
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.tabs import endpoints_of

_HOLDERS = 2  # of a text that only the Interface has: its field, and the question itself
_PROGRAM = "it ran another program"


class NotOnlyShownError(Exception):
    """A clean run could differ in more than the page; the text says why."""


@dataclass(frozen=True)
class Edit:
    """What one Interface shows from now on."""

    interface: Interface
    field: str
    value: Any


class Content:
    """For one served demo. `known` holds the fingerprints that the supervisor was told."""

    def __init__(self, checkpoints: Checkpoints, context: Context) -> None:
        self._units, self._recorder = checkpoints.units, checkpoints.recorder
        self._context = context
        self._lock = threading.Lock()
        self.known: dict[str, str | None] = {}

    def example_files(self) -> dict[str, str | None]:
        """The files of the served examples, with their present fingerprints; None for one that is not there."""
        found: set[str] = set()
        for interface in endpoints_of(self._context.demo).values():
            found |= _files_of(interface)
        return {path: fingerprint.of_file(path) for path in found if self._recorder.project.belongs(path)}

    def guard(self, known: dict[str, str | None]) -> None:
        """The script has ended, with these fingerprints: from now on see whether the running app reads the files."""
        self.known = known
        self._recorder.readers.guarded = frozenset(p for p in known if not p.endswith(".py"))

    def take(self, paths: Sequence[str]) -> dict[str, str | None]:
        """Show these files as they are now; their fingerprints, and those of files that are new among the examples.

        All or nothing, also for a request that comes meanwhile. Raises NotOnlyShownError.
        """
        with self._lock:
            mentions = Mentions(self._units)
            marks: dict[str, str | None] = {}
            edits: list[Edit] = []
            for path in paths:
                data = _read(path)
                marks[path] = None if data is None else fingerprint.of_bytes(data)
                edits += self._edits(path, data, mentions)
            try:
                edition = self._context.page.edit([(e.interface, e.field, e.value) for e in edits])
            except Exception as error:
                raise NotOnlyShownError(f"it cannot be drawn: {error}") from error
            marks |= {p: mark for p, mark in self.example_files().items() if p not in self.known and p not in marks}
            self.guard({**self.known, **marks})
            self._context.events.publish("content", {"edition": edition})
            return marks

    def _edits(self, path: str, data: bytes | None, mentions: Mentions) -> list[Edit]:
        name, readers = os.path.basename(path), self._recorder.readers
        if path in readers.later:
            raise NotOnlyShownError(f"the running app has read {name}")
        if _PROGRAM in self._recorder.notes:
            raise NotOnlyShownError(f"{_PROGRAM}, which may have read {name}")
        if mentions.elsewhere(name):
            raise NotOnlyShownError(f"the sources name {name} elsewhere, too")
        others = [reader for reader in readers.of(path) if not reader.examples]
        edits = self._texts(path, data, others, mentions) if others else []
        edits += self._examples(path, mentions)
        if not edits:
            raise NotOnlyShownError(f"no Interface shows {name}")
        return edits

    # ------------------------------------------------------------------ description and article

    def _texts(self, path: str, data: bytes | None, readers: list[Reader], mentions: Mentions) -> list[Edit]:
        name = os.path.basename(path)
        sites = list({id(s): s for reader in readers for s in self._sites(path, reader, mentions)}.values())
        if data is None:
            raise NotOnlyShownError(f"{name} is gone")
        edits = []
        for interface in Interface.get_instances():
            for site in sites:
                if site.made(interface.made_at) and self._shows(interface, site, path):
                    edits.append(Edit(interface, site.field, _text(data, site)))
        if len(edits) != len(readers):
            raise NotOnlyShownError(f"what was read of {name} is not what the Interfaces show")
        return edits

    def _sites(self, path: str, reader: Reader, mentions: Mentions) -> list[Site]:
        """Where the source gives what this reader read straight to an Interface."""
        found = [s for s in mentions.sites if s.reads(reader.file, reader.line, os.path.basename(path))]
        if not reader.straight or not found:
            where = f"{os.path.basename(reader.file)}:{reader.line}" if reader.file else "a library"
            raise NotOnlyShownError(f"{where} reads {os.path.basename(path)} for more than the page")
        if mentions.uses(found[0].field):
            raise NotOnlyShownError(f"the sources use the {found[0].field} of an Interface")
        return found

    def _shows(self, interface: Interface, site: Site, path: str) -> bool:
        old = interface.__dict__[site.field]
        if not isinstance(old, str) or not _is_content(old, site, self.known.get(path)):
            return False
        del old
        if sys.getrefcount(interface.__dict__[site.field]) > _HOLDERS:
            raise NotOnlyShownError(f"the app keeps the text of {os.path.basename(path)}")
        return True

    # ------------------------------------------------------------------ examples

    def _examples(self, path: str, mentions: Mentions) -> list[Edit]:
        edits = []
        for interface in Interface.get_instances():
            old = interface.examples
            if old is None or path not in _files_of(interface):
                continue
            if mentions.elsewhere(os.path.basename(old.folder)) or mentions.uses("examples"):
                raise NotOnlyShownError(
                    f"the sources name the examples' folder {os.path.basename(old.folder)} elsewhere"
                )
            try:
                new = Examples.of(old.folder, interface.inputs, old.per_page)
            except (QuickdemoError, ValueError, OSError) as error:
                raise NotOnlyShownError(str(error)) from error  # a clean run fails as well, and shows where
            edits.append(Edit(interface, "examples", new))
        return edits


def _files_of(interface: Interface) -> set[str]:
    with contextlib.suppress(OSError):  # the folder is gone
        return interface.examples.files() if interface.examples else set()
    return set()


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            data = file.read(fingerprint.WHOLE_BYTES + 1)
    except OSError:
        return None
    if len(data) > fingerprint.WHOLE_BYTES:
        raise NotOnlyShownError(f"{os.path.basename(path)} is large")
    return data


def _text(data: bytes, site: Site) -> str:
    """What the script would read now."""
    assert site.reading is not None
    try:
        text = io.TextIOWrapper(io.BytesIO(data), **site.reading).read()
    except UnicodeError as error:
        raise NotOnlyShownError(str(error)) from error  # a clean run fails as well
    if not text or text.strip().startswith(("http://", "https://")):  # the latter would be fetched
        raise NotOnlyShownError("it holds no text to show")
    return text


def _is_content(text: str, site: Site, known: str | None) -> bool:
    """Whether a text is all of the file with this fingerprint, as the script read it."""
    assert site.reading is not None
    encoding = io.TextIOWrapper(io.BytesIO(), **site.reading).encoding
    for ends in ("\n", "\r\n"):
        with contextlib.suppress(UnicodeError):
            if fingerprint.of_bytes(text.replace("\n", ends).encode(encoding)) == known:
                return True
    return False
