"""File: any file, or several, or a folder; download links as an output."""

from __future__ import annotations

import json
import mimetypes
import os
import re
from collections.abc import Iterator, Sequence
from typing import IO, Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.uploads import (
    DATA_URL_SCHEMA,
    HANDLE_SCHEMA,
    MEDIA_OUT_SCHEMA,
    Incoming,
    cannot_return,
    incoming,
    kept_path,
    local_path,
    returned_path,
)
from quickdemo.runtime.scratch import scratch_path

COUNTS = ("single", "multiple", "directory")
TYPES = ("file", "bytes", "binary", "filepath")
CATEGORIES = ("image", "audio", "video", "text")

#: most files of one value
MAX_FILES = 1000
#: most bytes of one value that the function gets as `bytes`; a file may be named more than once
MAX_BYTES = 512 * 2**20

_COMPRESSED = re.compile(r"\.[A-Za-z0-9]{1,5}\.(gz|bz2|xz|zst)$")


class UploadedFile:
    """An uploaded file: `.name` is the path of a private copy, and it reads like a file opened with "rb".

    It is opened when it is first read, so that a folder of a thousand files needs no thousand descriptors.
    """

    def __init__(self, path: str) -> None:
        self.name = path
        self.mode = "rb"
        self._file: IO[bytes] | None = None

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        return getattr(self._opened(), attribute)

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = open(self.name, "rb")
        return self._file

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._opened())

    def __next__(self) -> bytes:
        return next(self._opened())

    def __enter__(self) -> UploadedFile:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __fspath__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"UploadedFile({self.name!r})"

    def close(self) -> None:
        """Close it; harmless when it was never opened."""
        if self._file is not None:
            self._file.close()

    def __del__(self) -> None:
        file = self.__dict__.get("_file")
        if file is not None:
            file.close()


class File(Component):
    """A file. The function gets an UploadedFile (use `.name` for its path), bytes, or a path; a list of them
    unless `file_count` is "single". It returns a path, a file with a `.name`, or a list of these."""

    kind = "file"

    def __init__(
        self,
        value: Any = None,
        *,
        file_count: str = "single",
        type: str = "file",
        file_types: Sequence[str] | None = None,
        **common: Any,
    ) -> None:
        """
        value: path of the file at first, or a list of paths.
        file_count: "single", "multiple" or "directory".
        type: "file", "bytes" ("binary" is the same) or "filepath".
        file_types: extensions such as ".csv", or "image", "audio", "video", "text"; None takes every file.
        """
        super().__init__(value, **common)
        if file_count not in COUNTS:
            raise ValueError(f"File: file_count must be one of {', '.join(COUNTS)}; it was {file_count!r}.")
        if type not in TYPES:
            raise ValueError(f"File: type must be one of {', '.join(TYPES)}; it was {type!r}.")
        if isinstance(file_types, str):
            raise ValueError(f"File: file_types must be a list such as ['.csv']; it was {file_types!r}.")
        self.file_count = file_count
        self.type = "bytes" if type == "binary" else type
        self.file_types = [_checked_type(kind) for kind in file_types or ()]

    # ------------------------------------------------------------------ in

    def preprocess(self, wire: Wire, files: Files) -> Any:
        if wire is None:
            return None
        wires = wire if isinstance(wire, list) else [wire]
        if self.file_count == "single":
            if len(wires) != 1:
                raise self.refuse("must be one file", wire)
            return self._given(self._received(wires[0], files))
        if len(wires) > MAX_FILES:
            raise self.refuse(f"must be at most {MAX_FILES} files, not {len(wires)}", wire)
        received = [self._received(one, files) for one in wires]
        size = sum(file.size for file in received) if self.type == "bytes" else 0
        if size > MAX_BYTES:
            raise self.refuse(f"must be at most {MAX_BYTES >> 20} MB of files together", f"{size >> 20} MB")
        return [self._given(file) for file in received]

    def _received(self, wire: Wire, files: Files) -> Incoming:
        file = self._any_received(wire, files)
        if not self._fits(file.name):
            raise self.refuse(f"must be of type {', '.join(self.file_types)}", file.name)
        return file

    def _any_received(self, wire: Wire, files: Files) -> Incoming:
        """By handle, as a data: URL, or as the {"name", "data"} of REST scripts from 2022."""
        if isinstance(wire, dict) and "data" in wire and set(wire) <= {"name", "data", "size", "is_example"}:
            name, data = wire.get("name"), wire["data"]
            if not isinstance(name, str) or not isinstance(data, str) or not data.startswith("data:"):
                raise self.refuse('must have a text "name" and a data: URL as "data"', wire)
            return incoming(self, data, files, name=name)
        return incoming(self, wire, files)

    def _fits(self, name: str) -> bool:
        if not self.file_types:
            return True
        category = (mimetypes.guess_type(name)[0] or "").split("/")[0]
        return any(name.lower().endswith(kind) or category == kind for kind in self.file_types)

    def _given(self, file: Incoming) -> Any:
        if self.type == "bytes":
            return file.read()
        path = scratch_path(file.name)
        file.copy_to(path)
        return path if self.type == "filepath" else UploadedFile(path)

    def accept(self, value: Any, files: Files) -> Any:
        """A path, or a list of paths; wire values too."""
        if value is None:
            return None
        given = list(value) if isinstance(value, (list, tuple)) else [value]
        wires = [self._as_wire(one, files) for one in given]
        return self.preprocess(wires if isinstance(value, (list, tuple)) else wires[0], files)

    def _as_wire(self, value: Any, files: Files) -> Wire:
        if isinstance(value, dict) or (isinstance(value, str) and value.startswith("data:")):
            return value
        path = value if isinstance(value, (str, os.PathLike)) else getattr(value, "name", None)
        if not isinstance(path, (str, os.PathLike)):
            raise self.refuse("must be the path of a file", value)
        return {"h": files.put_path(local_path(self, path))["h"]}

    # ------------------------------------------------------------------ out

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no file."""
        if value is None:
            return None
        if isinstance(value, (list, tuple)):
            return [self._returned(one, files) for one in value]
        return self._returned(value, files)

    def _returned(self, value: Any, files: Files) -> Wire:
        path = value if isinstance(value, (str, os.PathLike)) else getattr(value, "name", None)
        if not isinstance(path, (str, os.PathLike)):
            cannot_return(self, value, "the path of a file, a file, or a list of these")
        path = returned_path(self, path)
        if callable(getattr(value, "flush", None)) and not isinstance(value, UploadedFile) and not value.closed:
            value.flush()  # what the function wrote may still be in its buffer
        return files.put_path(path)

    def schema(self) -> Schema:
        inline = {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "data": DATA_URL_SCHEMA,
                "size": {"type": ["integer", "null"]},
                "is_example": {"type": "boolean"},
            },
            "required": ["name", "data"],
            "additionalProperties": False,
        }
        one = [HANDLE_SCHEMA, DATA_URL_SCHEMA, inline]
        limits = {"minItems": 1, "maxItems": 1} if self.file_count == "single" else {"maxItems": MAX_FILES}
        return {"anyOf": [{"type": "null"}, *one, {"type": "array", "items": {"anyOf": one}, **limits}]}

    def output_schema(self) -> Schema:
        return {"anyOf": [{"type": "null"}, MEDIA_OUT_SCHEMA, {"type": "array", "items": MEDIA_OUT_SCHEMA}]}

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """`label/N.ext`; of a list the JSON of all of them."""
        if wire is None:
            return None
        if isinstance(wire, list):
            return json.dumps([self._keep(one, media) for one in wire])
        return self._keep(wire, media)

    def _keep(self, wire: Wire, folder: MediaFolder) -> str:
        if isinstance(wire, dict) and "h" in wire:
            wire = {"h": wire["h"]}  # the page may send back what the server gave, with name and size
        file = self._any_received(wire, folder)  # type: ignore[arg-type]  # only `get` is used
        path = file.path
        if path is None:
            path = scratch_path(file.name)
            file.copy_to(path)
        return folder.keep(self.label or self.kind, path, _suffix(file.name))

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        if cell == "":
            return None
        if cell.startswith("["):
            return [kept_path(folder, name) for name in json.loads(cell)]
        return kept_path(folder, cell)

    def example_wire(self, value: Any, files: Files) -> Wire:
        if isinstance(value, (list, tuple)):
            return [self.example_wire(one, files) for one in value]
        return self.postprocess(local_path(self, value) if isinstance(value, (str, os.PathLike)) else value, files)

    def initial(self, files: Files) -> Wire:
        return None if self.value is None else self.example_wire(self.value, files)

    def example_html(self, wire: Wire) -> Markup:
        shown = wire if isinstance(wire, list) else [wire]
        return escape(", ".join(one["name"] for one in shown if isinstance(one, dict)))

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        return {"count": self.file_count, "types": self.file_types}

    @property
    def accepted(self) -> str:
        """What the browser's dialog offers: the `accept` of the field."""
        return ",".join(f"{kind}/*" if kind in CATEGORIES else kind for kind in self.file_types)

    def control(self, id: str, wire: Wire) -> Markup:
        several = self.file_count != "single"
        what = {"single": "a file", "multiple": "files", "directory": "a folder"}[self.file_count]
        return Markup(
            '<div class="files"><label class="drop"><span><b>Drop {what}</b>, or choose {it}</span>{types}'
            '<input class="visually-hidden" type="file"{attributes}></label></div>'
        ).format(
            what=what,
            it="them" if what == "files" else "it",
            types=Markup("<small>{}</small>").format(", ".join(self.file_types)) if self.file_types else "",
            attributes=attributes(
                id=id,
                multiple=several,
                webkitdirectory=self.file_count == "directory",
                accept=self.accepted or None,
                aria_describedby=f"{id}-info" if self.info else None,
            ),
        )

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<div class="files" id="{}" role="group" aria-labelledby="{}-name"></div>').format(id, id)


def _checked_type(kind: str) -> str:
    kind = kind.strip().lower()
    category = kind.removesuffix("/*")
    if category in CATEGORIES:
        return category
    if category == "file":
        return ""  # "any file" elsewhere; every name ends with it
    if not re.fullmatch(r"\.?[a-z0-9][a-z0-9.+_-]*", kind):
        raise ValueError(
            f"File: file_types takes extensions such as '.csv' or {', '.join(CATEGORIES)}; it had {kind!r}."
        )
    return kind if kind.startswith(".") else f".{kind}"


def _suffix(name: str) -> str:
    """The extension under which a copy is kept: `.csv`, `.tar.gz`, or none."""
    double = _COMPRESSED.search(name)
    suffix = double[0] if double else os.path.splitext(name)[1]
    return suffix if re.fullmatch(r"(\.[A-Za-z0-9_-]{1,16}){1,2}", suffix) else ""
