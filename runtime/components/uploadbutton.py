"""UploadButton: a File that looks like a button."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from quickdemo.runtime.components.base import Wire, attributes
from quickdemo.runtime.components.file import File


class UploadButton(File):
    """A button that asks for files; their names stand beside it. Values are those of File."""

    kind = "uploadbutton"

    def __init__(
        self,
        label: str = "Upload a File",
        value: Any = None,
        *,
        file_count: str = "single",
        type: str = "filepath",
        file_types: Sequence[str] | None = None,
        **common: Any,
    ) -> None:
        """
        label: the button's text.
        value: path of the file at first, or a list of paths.
        file_count: "single", "multiple" or "directory".
        type: "filepath", "file" or "bytes" ("binary" is the same).
        file_types: extensions such as ".csv", or "image", "audio", "video", "text"; None takes every file.
        """
        super().__init__(value, label=label, file_count=file_count, type=type, file_types=file_types, **common)

    def control(self, id: str, wire: Wire) -> Markup:
        return Markup(
            '<div class="files"><input class="visually-hidden" type="file"{}>'
            '<label class="button" for="{}" aria-hidden="true">{}</label></div>'
        ).format(
            attributes(
                id=id,
                multiple=self.file_count != "single",
                webkitdirectory=self.file_count == "directory",
                accept=self.accepted or None,
                aria_label=self.label,
                aria_describedby=f"{id}-info" if self.info else None,
            ),
            id,
            self.label,
        )

    def labelled(self, id: str, body: Markup, editable: bool) -> Markup:
        """The button's text is the label; the line above it holds only the information."""
        if not editable:
            return super().labelled(id, body, editable)
        note = Markup('<small id="{}-info">{}</small>').format(id, self.info) if self.info else Markup("")
        return note + body
