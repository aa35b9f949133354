"""Media of flagged samples: copies beside the log, one folder per component, numbered."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
from contextvars import ContextVar

from quickdemo.runtime.components.base import Files, StoredFile
from quickdemo.runtime.errors import FlagError, InvalidValueError
from quickdemo.runtime.flagging.log import lock_file, make_folder, open_private, sync_data, sync_folder, unlock_file

#: where `flag` finds the media that a page names by handle; the server sets it around each call of a callback
current_files: ContextVar[Files | None] = ContextVar("current_files", default=None)

#: JSON of the explanation that belongs to the sample; the server sets it around a call of a callback
current_explanation: ContextVar[bytes | None] = ContextVar("current_explanation", default=None)

COUNTER_NAME = ".next"
_CHUNK_BYTES = 1 << 20
#: what stays free on the disk: flags are kept for ever, and one visitor can send as many as he likes
MIN_FREE_BYTES = 256 * 2**20
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,16}")


def folder_name(label: str) -> str:
    """The folder of a component's media: letters, digits and `._- ` of its label, as in Gradio 3.0."""
    kept = "".join(char for char in label if char.isalnum() or char in "._- ")
    return kept[:100].encode()[:200].decode(errors="ignore").strip(" .") or "component"


class FlagMedia:
    """The MediaFolder of one sample: what it kept is taken back by `discard` when the row cannot be written."""

    def __init__(self, folder: str, files: Files | None) -> None:
        self.folder = folder
        self.kept: list[str] = []
        self._files = files

    def get(self, handle: str) -> StoredFile:
        """The file behind a handle that this visitor may use. Raises InvalidValueError when there is none."""
        if self._files is None:
            raise InvalidValueError(f"There is no file {handle!r}: no server is running.", "Flag from the page.")
        return self._files.get(handle)

    def keep(self, label: str, source: str, suffix: str) -> str:
        """Copy the regular file `source` to LABEL/<n><suffix>; returns that path, relative to the flagging folder.

        The copy is on the disk when this returns. Raises OSError (nothing is left behind), also when the disk would be
        nearly full then, and FlagError.
        """
        name = folder_name(label)
        folder = os.path.join(self.folder, name)
        if os.path.islink(folder):
            raise FlagError(f"{folder} is a link; flagged media are written to real folders only.", "Move it away.")
        make_folder(folder)
        with contextlib.closing(_Source(source)) as file:
            if shutil.disk_usage(folder).free < file.size + MIN_FREE_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), folder)
            path, fd = _create_next(folder, suffix if _SUFFIX.fullmatch(suffix) else "")
            try:
                file.copy_to(fd)
                sync_data(fd)
            except BaseException:
                os.unlink(path)
                raise
            finally:
                os.close(fd)
        self.kept.append(path)
        sync_folder(folder)
        return f"{name}/{os.path.basename(path)}"

    def keep_bytes(self, folder: str, name: str, data: bytes) -> None:
        """Write a new file FOLDER/NAME beside the log; it is on the disk when this returns.

        Raises OSError (nothing is left behind), also when the disk would be nearly full then, and FlagError.
        """
        place = os.path.join(self.folder, folder)
        if os.path.islink(place):
            raise FlagError(f"{place} is a link; flagged media are written to real folders only.", "Move it away.")
        make_folder(place)
        if shutil.disk_usage(place).free < len(data) + MIN_FREE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), place)
        path = os.path.join(place, name)
        fd = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        self.kept.append(path)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
            sync_data(fd)
        finally:
            os.close(fd)
        sync_folder(place)

    def discard(self) -> None:
        """Remove what was kept: its row was not written."""
        while self.kept:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.kept.pop())


class _Source:
    """A regular file, opened without following a link or waiting for a pipe."""

    def __init__(self, path: str) -> None:
        wanted = ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")
        self._fd = os.open(path, os.O_RDONLY | sum(getattr(os, name, 0) for name in wanted))
        found = os.fstat(self._fd)
        self.size = found.st_size
        if not stat.S_ISREG(found.st_mode):
            os.close(self._fd)
            raise FlagError(f"{path} is no regular file and cannot be kept with the flag.")

    def copy_to(self, fd: int) -> None:
        while chunk := os.read(self._fd, _CHUNK_BYTES):
            view = memoryview(chunk)
            while view:
                view = view[os.write(fd, view) :]

    def close(self) -> None:
        os.close(self._fd)


def _create_next(folder: str, suffix: str) -> tuple[str, int]:
    """A new file with the next number, and its descriptor. The counter saves listing the folder each time."""
    counter = open_private(os.path.join(folder, COUNTER_NAME), os.O_RDWR | os.O_CREAT)
    try:
        lock_file(counter)
        text = os.read(counter, 32).strip()
        number = int(text) if text.isdigit() else _after_last(folder)
        while True:
            path = os.path.join(folder, f"{number}{suffix}")
            number += 1
            with contextlib.suppress(FileExistsError):
                fd = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
                break
        os.lseek(counter, 0, os.SEEK_SET)
        try:
            os.write(counter, b"%-20d\n" % number)
        except BaseException:
            os.close(fd)
            os.unlink(path)
            raise
        return path, fd
    finally:
        unlock_file(counter)
        os.close(counter)


def _after_last(folder: str) -> int:
    """One more than the highest number in use. Only where the counter is new, lost or broken."""
    with os.scandir(folder) as entries:
        stems = (entry.name.partition(".")[0] for entry in entries)
        return max((int(stem) + 1 for stem in stems if stem.isascii() and stem.isdigit()), default=0)
