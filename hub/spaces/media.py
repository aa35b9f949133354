"""Files to a Space and from it: data URLs before Gradio 4, uploads and paths since; never an address that it names."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import os
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from quickdemo.hub.errors import HubError
from quickdemo.hub.outbound import MOST_FILE_BYTES
from quickdemo.hub.spaces.app import App
from quickdemo.hub.spaces.connection import Connection
from quickdemo.hub.wording import upper
from quickdemo.runtime.components.file import UploadedFile
from quickdemo.runtime.scratch import is_scratch, safe_name, scratch_path

MOST_FILES = 200  #: of one answer
MOST_BYTES = 512_000_000  #: of all of them
MOST_INLINE_BYTES = 35_000_000  #: of a file in a JSON text, which is a third longer


def as_path(value: Any, kind: str, what: str) -> str:
    """A file of what a component gives a function: the path of a private copy, a picture, an array, a sound, an open
    file. Another path may be a visitor's text, and is no file."""
    if isinstance(value, UploadedFile):
        value = value.name
    if isinstance(value, str) and is_scratch(value) and os.path.isfile(value):
        return value
    if isinstance(value, (bytes, bytearray)):
        return _written(bytes(value), "file")
    from quickdemo.runtime import media, sound  # numpy and Pillow, with what needs them

    if kind == "audio" and isinstance(value, tuple) and len(value) == 2:
        return _written(sound.encode(*sound.checked(value)), "audio.wav")
    if hasattr(value, "save") or hasattr(value, "shape"):
        return media.save_like(media.to_picture(value), scratch_path("image"), "PNG")
    raise HubError("input", f"{upper(what)} takes a file here, and got {type(value).__name__}.")


def _written(data: bytes, name: str) -> str:
    path = scratch_path(name)
    with open(path, "wb") as file:
        file.write(data)
    return path


@dataclass
class Media:
    """The files of one call."""

    connection: Connection
    app: App
    end: float
    _files: int = field(default=0, init=False)
    _bytes: int = field(default=0, init=False)
    _copies: set[str] = field(default_factory=set, init=False)  #: of files that the Space answered with

    @property
    def what(self) -> str:
        return self.connection.what

    @property
    def by_upload(self) -> bool:
        return self.app.version >= (4, 0)

    # ------------------------------------------------------------------ to the Space

    def sent(self, path: str) -> Any:
        """How a file travels: {"path", ...} since Gradio 4, {"name", "data"} before."""
        name = safe_name(os.path.basename(path))
        if not self.by_upload:
            return {"name": name, "data": self.data_url(path), "is_file": False}
        size = os.path.getsize(path)
        most = self.app.most_file_bytes
        if size > (MOST_FILE_BYTES if most is None else min(most, MOST_FILE_BYTES)):
            raise HubError("too_large", f"{name} has {size / 1e6:.0f} MB, more than {self.what} takes.")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        with open(path, "rb") as file:
            files = {"files": (name, file.read(), kind)}  # as bytes: after a new login it is sent again
        kept = self.connection.json("POST", self.app.prefix + "upload", self.end, files=files)
        if not isinstance(kept, list) or len(kept) != 1 or not isinstance(kept[0], str):
            raise HubError("server", f"{upper(self.what)} did not take the file {name}.")
        meta = {"_type": "gradio.FileData"}
        return {"path": kept[0], "orig_name": name, "size": size, "mime_type": kind, "meta": meta}

    def data_url(self, path: str) -> str:
        """The file as a text."""
        if (size := os.path.getsize(path)) > MOST_INLINE_BYTES:
            raise HubError(
                "too_large", f"{os.path.basename(path)} has {size / 1e6:.0f} MB, more than {self.what} takes."
            )
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        with open(path, "rb") as file:
            return f"data:{kind};base64,{base64.b64encode(file.read()).decode()}"

    # ------------------------------------------------------------------ from the Space

    def got(self, value: Any, name: str) -> str | None:
        """The path of a copy of a file that the Space answered with, in any of the forms. name: where it has none."""
        if value is None or value == "":
            return None
        if isinstance(value, str) and value.startswith("data:"):
            return self._of_data_url(value, name)
        if isinstance(value, dict):
            named = value.get("orig_name")
            name = named if isinstance(named, str) and named else name
            if isinstance(value.get("path"), str):
                return self._fetched(value["path"], name)
            if isinstance(value.get("data"), str) and value["data"].startswith("data:"):
                return self._of_data_url(value["data"], name)
            if isinstance(value.get("name"), str):
                return self._fetched(value["name"], name)
        raise HubError("server", f"{upper(self.what)} answered with a file in a form that is not understood.")

    def _fetched(self, path: str, name: str) -> str:
        """From the Space's own address: the `url` that it gives may be anybody's."""
        if "://" in path or path.startswith("//"):
            raise HubError(
                "hostile", f"{upper(self.what)} answers with an address in place of a file; it is not asked."
            )
        self._count()
        last = path.replace("\\", "/").rpartition("/")[2]
        copy = scratch_path(name if "." in name else last or name)
        route = f"file/{quote(path.lstrip('/'))}" if self.app.version < (3, 1) else f"file={quote(path)}"
        self._add(self.connection.download(self.app.prefix + route, copy, self.end), path)
        self._copies.add(copy)
        return copy

    def is_copy(self, path: str) -> bool:
        """Whether it is one that `got` gave."""
        return path in self._copies

    def _of_data_url(self, text: str, name: str) -> str:
        self._count()
        head, _, body = text.partition(",")
        try:
            data = base64.b64decode(body, validate=False)
        except (binascii.Error, ValueError) as error:
            raise HubError("server", f"{upper(self.what)} answered with a damaged file.") from error
        self._add(len(data), name)
        kind = head.removeprefix("data:").partition(";")[0].strip()[:100]
        suffix = "" if "." in name else mimetypes.guess_extension(kind) or ""
        copy = _written(data, name + suffix)
        self._copies.add(copy)
        return copy

    def _count(self) -> None:
        self._files += 1
        if self._files > MOST_FILES:
            raise HubError("too_large", f"{upper(self.what)} answers with more than {MOST_FILES} files.")
        if time.monotonic() > self.end:
            raise HubError("timeout", f"{upper(self.what)} did not answer in time.", "Try again.")

    def _add(self, size: int, name: str) -> None:
        self._bytes += size
        if self._bytes > MOST_BYTES:
            raise HubError("too_large", f"{upper(self.what)} answers with more than {MOST_BYTES >> 20} MB of files.")
