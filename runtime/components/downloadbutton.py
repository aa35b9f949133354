"""DownloadButton: a link in the form of a button that downloads what the function returned."""

from __future__ import annotations

import os
from typing import Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Files, Schema, Wire
from quickdemo.runtime.components.file import File


class DownloadButton(File):
    """One file to download. The function returns its path; as an input it gives the path of what it offers."""

    kind = "downloadbutton"

    def __init__(self, label: str = "Download", value: str | os.PathLike[str] | None = None, **common: Any) -> None:
        """
        label: the button's text; the file's name and size stand beside it.
        value: path of the file offered at first; None offers nothing until the function returned one.
        """
        super().__init__(value, label=label, type="filepath", **{**common, "interactive": False})

    def preprocess(self, wire: Wire, files: Files) -> Any:
        if isinstance(wire, list):
            raise self.refuse("must be one file", wire)
        return super().preprocess(wire, files)

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is not one file."""
        if isinstance(value, (list, tuple)):
            raise ValueError(f"{self.label}: the function must return the path of one file, not {len(value)} values.")
        return super().postprocess(value, files)

    def schema(self) -> Schema:
        return {"anyOf": [form for form in super().schema()["anyOf"] if form.get("type") != "array"]}

    def output_schema(self) -> Schema:
        return {"anyOf": [form for form in super().output_schema()["anyOf"] if form.get("type") != "array"]}

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<div id="{}" class="files"></div>').format(id)

    def labelled(self, id: str, body: Markup, editable: bool) -> Markup:
        """The button's text is the label; the line above it holds only the information."""
        note = Markup('<small id="{}-info">{}</small>').format(id, self.info) if self.info else Markup("")
        return note + body
