"""MultimodalTextbox: text with files attached to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.file import File
from quickdemo.runtime.components.uploads import local_path

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.text import TextParts

_PARTS = {"text", "files"}


class MultimodalTextbox(File):
    """The function gets {"text": str, "files": [path, ...]}, and may return the same, or a str."""

    kind = "multimodaltextbox"

    def __init__(
        self,
        value: str | dict[str, Any] | None = None,
        *,
        lines: int = 1,
        max_lines: int = 20,
        placeholder: str | None = None,
        file_count: str = "multiple",
        file_types: Sequence[str] | None = None,
        max_length: int | None = None,
        **common: Any,
    ) -> None:
        """
        value: the text at first, or {"text", "files"} with paths.
        lines, max_lines: height of the field in lines of text, at first and at most.
        placeholder: shown while the field is empty.
        file_count: "single", "multiple" or "directory".
        file_types: extensions such as ".csv", or "image", "audio", "video", "text"; None takes every file.
        max_length: most characters; None sets no limit.
        """
        super().__init__(value, file_count=file_count, type="filepath", file_types=file_types, **common)
        if max_length is not None and max_length < 0:
            raise ValueError(f"MultimodalTextbox: max_length must be at least 0; it was {max_length}.")
        self.lines, self.max_lines, self.placeholder, self.max_length = lines, max_lines, placeholder, max_length

    # ------------------------------------------------------------------ values

    def preprocess(self, wire: Wire, files: Files) -> Any:
        if wire is None:
            return None
        if isinstance(wire, str):
            wire = {"text": wire}
        if not isinstance(wire, dict) or not set(wire) <= _PARTS:
            raise self.refuse('must be {"text": ..., "files": [...]}, text or null', wire)
        text, attached = wire.get("text"), wire.get("files")
        if not isinstance(text, str | None):
            raise self.refuse("must have text", text)
        if self.max_length is not None and len(text or "") > self.max_length:
            raise self.refuse(f"must have at most {self.max_length} characters, not {len(text or '')}", text)
        if not isinstance(attached, list | None):
            raise self.refuse("must have a list of files", attached)
        if self.file_count == "single" and len(attached or ()) > 1:
            raise self.refuse("must have at most one file", attached)
        given = super().preprocess(attached, files) if attached else []
        return {"text": text or "", "files": given if isinstance(given, list) else [given]}

    def accept(self, value: Any, files: Files) -> Any:
        """{"text", "files"} with paths or wire values, or a str."""
        if isinstance(value, dict) and isinstance(value.get("files"), (list, tuple)):
            value = {**value, "files": [self._as_wire(one, files) for one in value["files"]]}
        return self.preprocess(value, files)

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is neither text nor {"text", "files"}."""
        if value is None:
            return None
        if isinstance(value, str):
            value = {"text": value}
        if not isinstance(value, dict) or not set(value) <= _PARTS:
            raise ValueError(
                f'{self.label or self.kind}: the function must return text or {{"text": ..., "files": [...]}}, '
                f"not {value!r:.60}"
            )
        returned = super().postprocess(list(value.get("files") or ()), files)
        return {"text": str(value.get("text") or ""), "files": returned}

    def parts(self, value: dict[str, Any] | None, files: Files) -> TextParts | None:
        """The words of the text; the files stay."""
        from quickdemo.interpret.parts.text import TextParts  # numpy is imported when it is needed

        if value is None:
            return None
        return TextParts(
            value["text"], give=lambda text: {"text": text, "files": list(value["files"])}, **self.interpreted
        )

    def set_interpret_parameters(self, separator: str = " ", replacement: str | None = None) -> Self:
        """As those of a Textbox."""
        self.interpreted = {"separator": separator, "replacement": replacement}
        return self

    def schema(self) -> Schema:
        one = super().schema()["anyOf"][1:-1]
        most = {"maxItems": 1} if self.file_count == "single" else {"maxItems": 1000}
        text: Schema = {"type": ["string", "null"]}
        if self.max_length is not None:
            text["maxLength"] = self.max_length
        parts = {"text": text, "files": {"type": ["array", "null"], "items": {"anyOf": one}, **most}}
        return {"anyOf": [{"type": "object", "properties": parts, "additionalProperties": False}, text]}

    def output_schema(self) -> Schema:
        files = {"type": "array", "items": super().output_schema()["anyOf"][1]}
        return {
            "anyOf": [
                {"type": "null"},
                {"type": "object", "properties": {"text": {"type": "string"}, "files": files}, "required": ["text"]},
            ]
        }

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """JSON of {"text", "files"}, the files as `label/N.ext`."""
        if wire is None or isinstance(wire, str):
            return wire if wire is None else json.dumps({"text": wire, "files": []}, ensure_ascii=False)
        kept = json.loads(super().flag_cell(list(wire.get("files") or ()), media) or "[]")
        return json.dumps({"text": wire.get("text") or "", "files": kept}, ensure_ascii=False)

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        if cell == "":
            return None
        read = json.loads(cell)
        return {"text": read["text"], "files": super().from_flag_cell(json.dumps(read["files"]), folder)}

    def example_wire(self, value: Any, files: Files) -> Wire:
        if isinstance(value, dict):
            given = value.get("files") or ()
            value = {**value, "files": [local_path(self, one) if isinstance(one, str) else one for one in given]}
        return self.postprocess(value, files)

    def example_html(self, wire: Wire) -> Markup:
        if not isinstance(wire, dict):
            return escape(wire or "")
        names = super().example_html(wire["files"])
        return escape(wire["text"]) + (Markup(" ({})").format(names) if names else "")

    # ------------------------------------------------------------------ page

    def control(self, id: str, wire: Wire) -> Markup:
        text = wire["text"] if isinstance(wire, dict) else wire or ""
        described = f"{id}-info" if self.info else None
        field = attributes(
            id=id, rows=self.lines, placeholder=self.placeholder, maxlength=self.max_length, aria_describedby=described
        )
        picker = attributes(
            id=f"{id}-files",
            multiple=self.file_count != "single",
            webkitdirectory=self.file_count == "directory",
            accept=self.accepted or None,
            aria_label=f"Files for {self.label}",
        )
        return Markup(
            '<div class="files"><textarea style="--lines: {}; --max-lines: {}"{}>\n{}</textarea>'
            '<span class="attach"><input class="visually-hidden" type="file"{}>'
            '<label class="button plain" for="{}-files" aria-hidden="true">Attach files</label></span></div>'
        ).format(self.lines, max(self.lines, self.max_lines), field, text, picker, id)

    def view(self, id: str, wire: Wire) -> Markup:
        text = wire["text"] if isinstance(wire, dict) else wire or ""
        return Markup(
            '<div class="files"><output id="{id}" class="text" aria-labelledby="{id}-name">{text}</output></div>'
        ).format(id=id, text=text)
