"""Video: a film, uploaded or recorded with the camera; played and downloadable as an output."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime import ffmpeg, video_file
from quickdemo.runtime.components.audio import checked_lengths
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
)
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.scratch import safe_name, scratch_path
from quickdemo.runtime.sniff import VIDEOS, sniff_file
from quickdemo.runtime.video_file import FORMATS, VideoError

SOURCES = ("upload", "webcam")

log = logging.getLogger("quickdemo.video")


class Video(Component):
    """A film. The function gets the path of a private copy; it returns a path, or (path, path of subtitles).

    Nothing is converted unless `format` asks for it, or a result could not be played in browsers; that takes the
    system's ffmpeg.
    """

    kind = "video"

    def __init__(
        self,
        value: Any = None,
        *,
        format: str | None = None,
        source: str | None = None,
        sources: Sequence[str] | str | None = None,
        mirror_webcam: bool = True,
        include_audio: bool | None = None,
        autoplay: bool = False,
        show_download_button: bool = True,
        height: int | str | None = None,
        width: int | str | None = None,
        min_length: float | None = None,
        max_length: float | None = None,
        **common: Any,
    ) -> None:
        """
        value: path of the film at first, or (path, path of subtitles).
        format: "mp4", "webm", "mov", "mkv" or "avi": what the function gets and what is sent. None keeps what comes.
        source: "upload" or "webcam".
        sources: one or both of them, in place of `source`.
        mirror_webcam: recordings look as in a mirror, on the page and to the function.
        include_audio: None keeps the sound of files and records none; False removes it, too; True records it.
        autoplay: play a result as soon as it is there.
        show_download_button: a result can be downloaded.
        height, width: of the player, in pixels or as CSS has it.
        min_length, max_length: of an input, in seconds; measured by ffmpeg.

        Raises ValueError for a format, source or length that is none.
        """
        super().__init__(value, **common)
        given = sources if sources is not None else source if source is not None else "upload"
        self.sources = [given] if isinstance(given, str) else list(given)
        for name, values, allowed in (
            ("source", self.sources, SOURCES),
            ("format", [] if format is None else [format], FORMATS),
        ):
            for chosen in values:
                if chosen not in allowed:
                    raise ValueError(f"Video: {name} must be one of {', '.join(allowed)}; it was {chosen!r}.")
        if not self.sources:
            raise ValueError("Video: sources must name at least one of upload, webcam.")
        self.source = self.sources[0]
        self.format = format
        self.mirror_webcam = mirror_webcam
        self.include_audio = include_audio
        self.autoplay = autoplay
        self.show_download_button = show_download_button
        self.height, self.width = height, width
        self.min_length, self.max_length = checked_lengths("Video", min_length, max_length)

    # ------------------------------------------------------------------ in

    def preprocess(self, wire: Wire, files: Files) -> Any:
        if wire is None:
            return None
        file = self._received(wire, files)
        # The page mirrors its own recordings; inline ones come from scripts, which never did.
        mirror = file.path is None and self.mirror_webcam and self.sources == ["webcam"]
        return self._given(file, mirror)

    def _received(self, wire: Wire, files: Files) -> Incoming:
        """By handle or as a data: URL, or as the {"name", "data"} of REST scripts from 2022."""
        if isinstance(wire, dict) and "data" in wire and set(wire) <= {"name", "data", "is_example"}:
            wire = wire["data"]
        return incoming(self, wire, files, name="video")

    def _given(self, file: Incoming, mirror: bool = False) -> str:
        try:
            kind = video_file.kind_of(file.source)
            self._check_length(file.source, kind)
            stem = os.path.splitext(safe_name(file.name))[0]
            mute = self.include_audio is False
            format = self.format or VIDEOS[kind][1:]
            if mirror or mute or (self.format and FORMATS[self.format] != kind):
                format = format if format in FORMATS else "mp4"
                return video_file.convert(file.source, kind, format, stem, mirror=mirror, mute=mute)
        except (VideoError, ffmpeg.FfmpegError) as error:
            field = self.label or self.kind
            raise InvalidValueError(f"{field}: the video {error}.", error.hint, field=field) from error
        path = scratch_path(stem + VIDEOS[kind])
        file.copy_to(path)
        return path

    def _check_length(self, source: str | bytes, kind: str) -> None:
        if self.min_length is None and self.max_length is None:
            return
        length_s, field = ffmpeg.length_s(source, kind), self.label or self.kind
        if self.min_length is not None and length_s < self.min_length:
            wanted = f"at least {self.min_length:g}"
        elif self.max_length is not None and length_s > self.max_length + 0.5:  # a recording ends a little late
            wanted = f"at most {self.max_length:g}"
        else:
            return
        raise InvalidValueError(f"{field} must be {wanted} s long; it was {length_s:.4g} s.", field=field)

    def accept(self, value: Any, files: Files) -> Any:
        """A path, the bytes of a file or a data: URL."""
        if value is None or isinstance(value, dict) or (isinstance(value, str) and value.startswith("data:")):
            return self.preprocess(value, files)
        if isinstance(value, (bytes, bytearray)):
            return self._given(Incoming("video", "", data=bytes(value)))
        if not isinstance(value, (str, os.PathLike)):
            raise self.refuse("must be the path of a video", value)
        path = local_path(self, value)
        return self._given(Incoming(os.path.basename(path), "", path=path))

    # ------------------------------------------------------------------ out

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no video."""
        if value is None:
            return None
        film, texts = value if isinstance(value, (tuple, list)) and len(value) == 2 else (value, None)
        for part in (film, texts):
            if part is not None and not isinstance(part, (str, os.PathLike)):
                cannot_return(self, value, "the path of a video, or (path, path of subtitles)")
        wire = self._sent(os.fspath(film), files)
        if texts is not None:
            self._found(os.fspath(texts), "subtitles")
            text = video_file.subtitles(os.fspath(texts))
            wire = {**wire, "subtitles": files.put_bytes(text.encode(), "subtitles.vtt", "text/vtt")}
        return wire

    def _found(self, path: str, what: str) -> None:
        if not os.path.isfile(path):
            hint = " Addresses are not fetched; download it in the function." if "://" in path else ""
            raise ValueError(f"{self.label or self.kind}: there is no {what} file {path!r}.{hint}")

    def _sent(self, path: str, files: Files) -> Wire:
        self._found(path, "video")
        name = self.label or self.kind
        try:
            kind = video_file.kind_of(path)
            if self.format is None and video_file.is_played(path, kind):
                return files.put_path(path)
            format = self.format or "mp4"
            if kind == FORMATS[format] and (format not in ("mp4", "webm") or video_file.is_played(path, kind)):
                return files.put_path(path)
            log.info("%s: %s is converted to %s, which browsers play.", name, path, format)
            stem = os.path.splitext(os.path.basename(path))[0]
            return files.put_path(video_file.convert(path, kind, format, stem), f"{stem}.{format}")
        except (VideoError, ffmpeg.FfmpegError) as error:
            raise ValueError(f"{name}: the returned video {path!r} {error}. {error.hint}") from error

    def schema(self) -> Schema:
        inline: Schema = {
            "type": "object",
            "properties": {"name": {"type": "string"}, "data": DATA_URL_SCHEMA, "is_example": {"type": "boolean"}},
            "required": ["name", "data"],
            "additionalProperties": False,
        }
        return {"anyOf": [{"type": "null"}, HANDLE_SCHEMA, DATA_URL_SCHEMA, inline]}

    def output_schema(self) -> Schema:
        film = {**MEDIA_OUT_SCHEMA, "properties": {**MEDIA_OUT_SCHEMA["properties"], "subtitles": MEDIA_OUT_SCHEMA}}
        return {"anyOf": [{"type": "null"}, film]}

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """`label/N.mp4`, with the extension of what it is."""
        if wire is None:
            return None
        if isinstance(wire, dict) and "h" in wire:
            wire = {"h": wire["h"]}  # the page may send back what the server gave, with name and size
        file = self._received(wire, media)  # type: ignore[arg-type]  # only `get` is used
        path = file.path
        if path is None:
            path = scratch_path("video")
            file.copy_to(path)
        return media.keep(self.label or self.kind, path, VIDEOS.get(sniff_file(path) or "", ".bin"))

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        return None if cell == "" else kept_path(folder, cell)

    def example_wire(self, value: Any, files: Files) -> Wire:
        return self.postprocess(local_path(self, value) if isinstance(value, (str, os.PathLike)) else value, files)

    def initial(self, files: Files) -> Wire:
        return self.example_wire(self.value, files)

    def example_html(self, wire: Wire) -> Markup:
        return escape(wire["name"]) if isinstance(wire, dict) else Markup("")

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        return {
            "sources": self.sources,
            "format": self.format,
            "mirror": self.mirror_webcam,
            "audio": self.include_audio is True,
            "autoplay": self.autoplay,
            "download": self.show_download_button,
            "height": self.height,
            "width": self.width,
            "max": self.max_length,
        }

    def control(self, id: str, wire: Wire) -> Markup:
        return Markup(
            '<div class="film"><label class="drop"><span><b>Drop a video</b>, paste it, or choose a file</span>'
            "<small>MP4, WebM and others</small>"
            '<input class="visually-hidden" type="file"{attributes}></label></div>'
        ).format(
            attributes=attributes(
                id=id,
                accept=",".join(["video/*", *VIDEOS.values()]),
                aria_describedby=f"{id}-info" if self.info else None,
            )
        )

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<div class="film" id="{}" role="group" aria-labelledby="{}-name"></div>').format(id, id)
