"""Media of exported samples: copied beside the export, put into the cells, or left where they are."""

from __future__ import annotations

import base64
import mimetypes
import os
import re
import shutil
from typing import Any

from quickdemo.runtime.flagging.media import folder_name
from quickdemo.runtime.flagging.reading import Row, local_path

_UNLABELLED = re.compile(r"component \d+")
_AGAIN = re.compile(r" \d+$")


class Media:
    """mode: "copy", "base64" or "none". output: the file of the export.

    Copies go to the folder `<output without ending>-files`, and cells then name them relative to the export.
    """

    def __init__(self, mode: str, output: str) -> None:
        self.mode = mode
        self.files = 0  #: how many were copied or put into cells
        self.bytes = 0
        self.missing = 0  #: how many a row names that are not there
        self._folder = os.path.splitext(output)[0] + "-files"
        self._sources: list[str] = []

    def cells(self, row: Row) -> dict[str, Any]:
        """The values of a row as they are exported. Raises OSError when a file cannot be read or copied."""
        if self.mode == "none":
            return row.values
        folder = os.path.dirname(row.path)
        return {name: self._value(value, name, folder) for name, value in row.values.items()}

    def _value(self, value: Any, column: str, folder: str) -> Any:
        if isinstance(value, list):
            return [self._value(one, column, folder) for one in value]
        if isinstance(value, dict):
            return {key: self._value(one, column, folder) for key, one in value.items()}
        if not isinstance(value, str) or "/" not in value or len(value) > 4096 or "\0" in value:
            return value
        name = local_path(value, folder or ".")
        if not _is_of_column(name, column):
            return value
        path = os.path.realpath(os.path.join(folder, name))
        inside = os.path.commonpath([path, os.path.realpath(folder)]) == os.path.realpath(folder)
        if not inside or not os.path.isfile(path):
            self.missing += 1
            return value
        self.files += 1
        self.bytes += os.path.getsize(path)
        return self._copied(path, name, folder) if self.mode == "copy" else _data_url(path)

    def _copied(self, path: str, name: str, folder: str) -> str:
        if folder not in self._sources:
            self._sources.append(folder)
        number = self._sources.index(folder)
        part = os.path.join(str(number + 1), name) if number else name  # a second folder may use the same names
        target = os.path.join(self._folder, part)
        os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
        shutil.copyfile(path, target)
        return f"{os.path.basename(self._folder)}/{part}".replace(os.sep, "/")


def _is_of_column(name: str, column: str) -> bool:
    """Whether a path is where media of this column are kept; any other text with a slash in it is a visitor's."""
    first, _, rest = name.partition("/")
    if not rest or ".." in name.split("/"):
        return False
    known = {folder_name(column), folder_name(_AGAIN.sub("", column))}
    return first in known or _UNLABELLED.fullmatch(column) is not None


def _data_url(path: str) -> str:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    with open(path, "rb") as file:
        return f"data:{kind};base64,{base64.b64encode(file.read()).decode()}"
