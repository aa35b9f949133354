"""Files of calls that come from Python, not from a page: a temporary folder that goes with the process."""

from __future__ import annotations

import mimetypes
import os
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import dataclass

from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.errors import InvalidValueError


@dataclass(frozen=True)
class LocalFile:
    """One file in the folder; `size` in bytes, `type` a MIME type."""

    path: str
    name: str
    size: int
    type: str


class LocalFiles:
    """The `Files` protocol over a temporary folder, made when it is first needed."""

    brief = False
    takes_json_text = False

    def __init__(self) -> None:
        self._folder: str | None = None
        self._files: dict[str, LocalFile] = {}

    def get(self, handle: str) -> LocalFile:
        try:
            return self._files[handle]
        except KeyError:
            raise InvalidValueError(f"There is no file {handle!r}.", "Pass a path instead.") from None

    def put_bytes(self, data: bytes, name: str, type: str) -> Wire:
        return self.put_parts([data], name, type)

    def put_parts(self, parts: Iterable[bytes], name: str, type: str) -> Wire:
        path = self._new_path(name)
        with open(path, "wb") as file:
            file.writelines(parts)
        return self._keep(path, name, type)

    def put_path(self, path: str, name: str | None = None) -> Wire:
        name = name or os.path.basename(path)
        copy = self._new_path(name)
        shutil.copyfile(path, copy)
        return self._keep(copy, name, mimetypes.guess_type(name)[0] or "application/octet-stream")

    def _new_path(self, name: str) -> str:
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="quickdemo-")
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        folder = os.path.join(self._folder, secrets.token_urlsafe(8))
        os.mkdir(folder)
        return os.path.join(folder, os.path.basename(name) or "file")

    def _keep(self, path: str, name: str, type: str) -> Wire:
        handle = secrets.token_urlsafe(16)
        file = self._files[handle] = LocalFile(path, name, os.path.getsize(path), type)
        return {"h": handle, "url": f"files/{handle}", "name": name, "size": file.size, "type": type}
