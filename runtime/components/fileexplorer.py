"""FileExplorer: files of a folder on the server, of which the visitor chooses some."""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.uploads import cannot_return

#: most files that are listed
MAX_FILES = 5000


class FileExplorer(Component):
    """A list of the files below a folder of the server, by their relative paths; it shows names, never contents.

    The function gets the absolute path of the chosen file, or a list of them, and may return such paths. A link that
    leads out of the folder is not listed. The list is that of the moment when the page's server started.
    """

    kind = "fileexplorer"

    def __init__(
        self,
        glob: str = "**/*",
        *,
        value: str | Sequence[str] | None = None,
        file_count: str = "multiple",
        root_dir: str | os.PathLike[str] = ".",
        ignore_glob: str | None = None,
        height: int | None = None,
        **common: Any,
    ) -> None:
        """
        glob: which files are listed, as a pattern of their relative path ("**/" is any folder, or none).
        value: the path or paths chosen at first, relative to `root_dir` or absolute.
        file_count: "single" or "multiple".
        root_dir: the folder, relative to the working directory.
        ignore_glob: which of them are left out.
        height: lines of the list that are seen at once; None sets 8.
        """
        super().__init__(value, **common)
        if file_count not in ("single", "multiple"):
            raise ValueError(f"FileExplorer: file_count must be single or multiple; it was {file_count!r}.")
        self.root = os.path.realpath(root_dir)
        if not os.path.isdir(self.root):
            raise ValueError(f"FileExplorer: there is no folder {os.fspath(root_dir)!r}.")
        self.glob, self.ignore_glob, self.file_count, self.height = glob, ignore_glob, file_count, height
        self.paths = self._listed()

    def _listed(self) -> list[str]:
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), self.root).replace(os.sep, "/")
                if self._offers(path):
                    found.append(path)
                if len(found) > MAX_FILES:
                    raise ValueError(
                        f"FileExplorer: {self.root} has more than {MAX_FILES} files that match {self.glob!r}; "
                        "give a narrower glob or root_dir."
                    )
        return found

    def _offers(self, path: str) -> bool:
        """Whether a relative path is one of the list's, now."""
        full = os.path.realpath(os.path.join(self.root, path))
        if not full.startswith(self.root + os.sep) or not os.path.isfile(full):
            return False
        return _matches(path, self.glob) and not (self.ignore_glob and _matches(path, self.ignore_glob))

    # ------------------------------------------------------------------ values

    def preprocess(self, wire: Wire, files: Files) -> Any:
        several = self.file_count == "multiple"
        if wire is None:
            return [] if several else None
        chosen = wire if several else [wire]
        if not isinstance(chosen, list) or not all(isinstance(path, str) for path in chosen):
            raise self.refuse("must be a list of paths" if several else "must be a path", wire)
        for path in chosen:
            if path not in self.paths:
                raise self.refuse("must be one of the files of its list", path)
            if not self._offers(path):
                raise self.refuse("is not there any more", path, "Load the page anew.")
        full = [os.path.join(self.root, *path.split("/")) for path in chosen]
        return full if several else full[0]

    def accept(self, value: Any, files: Files) -> Any:
        return self.preprocess(self.postprocess(value, files), files)

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no path, or none of the list."""
        if value is None:
            return None
        given = list(value) if isinstance(value, (list, tuple)) else [value]
        if not all(isinstance(path, (str, os.PathLike)) for path in given):
            cannot_return(self, value, "a path or a list of paths")
        wires = [os.path.relpath(os.path.join(self.root, path), self.root).replace(os.sep, "/") for path in given]
        for wire in wires:
            if wire not in self.paths:
                raise ValueError(f"{self.label or self.kind}: {wire!r} is not one of the listed files of {self.root}.")
        if self.file_count == "multiple":
            return wires
        return wires[0] if wires else None

    def schema(self) -> Schema:
        one: Schema = {"enum": self.paths} if self.paths else {"not": {}}
        form = {"type": "array", "items": one} if self.file_count == "multiple" else one
        return {"anyOf": [{"type": "null"}, form]}

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """The relative path; of several the JSON list."""
        return json.dumps(wire, ensure_ascii=False) if isinstance(wire, list) else wire

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        if cell == "":
            return None
        return json.loads(cell) if self.file_count == "multiple" else cell

    def example_html(self, wire: Wire) -> Markup:
        return escape(", ".join(wire) if isinstance(wire, list) else wire or "")

    # ------------------------------------------------------------------ page

    def control(self, id: str, wire: Wire) -> Markup:
        chosen = wire if isinstance(wire, list) else [wire]
        options = [
            Markup("<option{}>{}</option>").format(attributes(value=path, selected=path in chosen), path)
            for path in self.paths
        ]
        several = self.file_count == "multiple"
        lines = min(self.height or 8, max(len(options), 2))
        described = f"{id}-info" if self.info else None
        return Markup("<select{}>{}</select>").format(
            attributes(id=id, multiple=several, size=lines, aria_describedby=described), Markup("").join(options)
        )

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<output id="{}" class="text" aria-labelledby="{}-name">{}</output>').format(
            id, id, "\n".join(wire if isinstance(wire, list) else [wire or ""])
        )


def _matches(path: str, pattern: str) -> bool:
    """`*` stays within a folder, `**/` is any number of folders."""
    here, _, rest = pattern.partition("/")
    if here == "**":
        if not rest:
            return True
        return _matches(path, rest) or ("/" in path and _matches(path.partition("/")[2], pattern))
    name, slash, below = path.partition("/")
    if not fnmatch.fnmatchcase(name, here):
        return False
    return bool(slash) == bool(rest) and (not rest or _matches(below, rest))
