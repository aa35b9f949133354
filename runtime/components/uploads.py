"""How a file comes in, for Image and File: by handle, or inline as the REST scripts of 2022 sent it."""

from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

from quickdemo.runtime.components.base import Component, Files, Schema, Wire
from quickdemo.runtime.errors import FlagError, InvalidValueError, shown
from quickdemo.runtime.scratch import scratch_copy

#: longest data: URL in characters; larger files are uploaded first
DATA_URL_LIMIT = 16 * 1024 * 1024

_HANDLE = re.compile(r"[A-Za-z0-9_-]{22}")
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+=[^;,]*)*)(;base64)?,", re.ASCII)

HANDLE_SCHEMA: Schema = {
    "type": "object",
    "properties": {"h": {"type": "string", "pattern": f"^{_HANDLE.pattern}$"}},
    "required": ["h"],
    "additionalProperties": False,
    "description": "What POST /api/files answered under h.",
}
DATA_URL_SCHEMA: Schema = {"type": "string", "pattern": "^data:", "maxLength": DATA_URL_LIMIT}
MEDIA_OUT_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "h": {"type": "string"},
        "url": {"type": "string", "description": "Where to GET it, relative to the page."},
        "name": {"type": "string"},
        "size": {"type": "integer", "description": "Bytes."},
        "type": {"type": "string", "description": "MIME type."},
    },
    "required": ["h", "url", "name", "size", "type"],
}


@dataclass(frozen=True)
class Incoming:
    """One file of a visitor: stored at `path`, or `data` when it came inline. `name` is the visitor's."""

    name: str
    type: str
    path: str | None = None
    data: bytes | None = None

    @property
    def source(self) -> str | bytes:
        """What can be opened: the path, or the bytes themselves."""
        return self.data if self.path is None else self.path  # type: ignore[return-value]

    @property
    def size(self) -> int:
        """Bytes. Raises OSError."""
        return len(self.data or b"") if self.path is None else os.path.getsize(self.path)

    def read(self) -> bytes:
        """All bytes. Raises OSError."""
        if self.path is None:
            return self.data or b""
        with open(self.path, "rb") as file:
            return file.read()

    def copy_to(self, path: str) -> None:
        """Write the bytes to `path`, which is one of `scratch_path`. Raises OSError."""
        if self.path is not None:
            scratch_copy(self.path, path)
            return
        with open(path, "wb") as file:
            file.write(self.data or b"")


def incoming(component: Component, wire: Wire, files: Files, name: str = "file") -> Incoming:
    """The file behind a wire value. Raises InvalidValueError; never reads a path that a visitor named."""
    if isinstance(wire, str) and wire.startswith("data:"):
        mime, data = parse_data_url(component, wire)
        return Incoming(name, mime, data=data)
    if not isinstance(wire, dict) or set(wire) != {"h"} or not isinstance(wire["h"], str):
        raise component.refuse(
            'must be null, {"h": handle} or a data: URL',
            wire,
            "Upload the file with POST /api/files; its answer has the handle.",
        )
    if not _HANDLE.fullmatch(wire["h"]):
        raise component.refuse("has a handle that is none (22 characters)", wire["h"])
    stored = files.get(wire["h"])
    return Incoming(stored.name, stored.type, path=stored.path)


def parse_data_url(component: Component, url: str) -> tuple[str, bytes]:
    """MIME type and bytes of a data: URL. Raises InvalidValueError when it is too long or malformed."""
    if len(url) > DATA_URL_LIMIT:
        raise component.refuse(
            f"must be a data: URL of at most {DATA_URL_LIMIT} characters, not {len(url)}",
            url,
            "Upload the file with POST /api/files instead.",
        )
    head = _DATA_URL.match(url)
    if head is None:
        raise component.refuse("must be a data: URL such as data:image/png;base64,...", url)
    payload = url[head.end() :]
    try:
        data = base64.b64decode(payload, validate=True) if head[3] else unquote_to_bytes(payload)
    except (binascii.Error, ValueError):
        raise component.refuse("has a data: URL that is not valid base64", url) from None
    return head[1] or "application/octet-stream", data


_NOT_FETCHED = "Addresses are not fetched; download it in the function."


def local_path(component: Component, value: str | os.PathLike[str]) -> str:
    """The path of a file that Python code gave to a component. Raises InvalidValueError when it is not there."""
    path = os.path.abspath(os.path.expanduser(os.fspath(value)))
    if os.path.isfile(path):
        return path
    field = component.label or component.kind
    if _is_address(os.fspath(value)):
        raise InvalidValueError(f"{field}: {value} is an address. {_NOT_FETCHED}", field=field)
    what = "is a folder, not a file" if os.path.isdir(path) else "is not there"
    raise InvalidValueError(
        f"{field}: the file {path} {what}.", "Check the path; it starts at the working directory.", field=field
    )


def returned_path(component: Component, value: str | os.PathLike[str], what: str = "") -> str:
    """The path that a function returned, of a "picture" or so. Raises ValueError when no file is there."""
    path = os.fspath(value)
    if os.path.isfile(path):
        return path
    told = f"there is no {f'{what} ' if what else ''}file {path!r}"
    if os.path.isdir(path):
        told = f"{path!r} is a folder; return its files"
    hint = f" {_NOT_FETCHED}" if _is_address(path) else ""
    raise ValueError(f"{component.label or component.kind}: {told}.{hint}")


def _is_address(path: str) -> bool:
    return "://" in path


def kept_path(folder: str, cell: str) -> str:
    """The file that a flag log names, as an absolute path. Raises FlagError when it points out of its folder."""
    root = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(root, cell))
    if os.path.commonpath([root, path]) != root:
        raise FlagError(f"The flag log names a file outside of its folder: {cell!r}.", "Correct that row of the log.")
    return path


def cannot_return(component: Component, value: Any, accepted: str) -> NoReturn:
    """Raises ValueError for something that the function must not return."""
    name = component.label or component.kind
    raise ValueError(f"{name}: the function must return {accepted}, not {type(value).__name__}: {shown(value)}")
