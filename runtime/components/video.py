"""Video: a film, uploaded or recorded with the camera; played and downloadable as an output."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from quickdemo.runtime import ffmpeg, video_file
from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire
from quickdemo.runtime.components.recorded import INLINE_SCHEMA, Recorded, without_inline_form
from quickdemo.runtime.components.uploads import (
    DATA_URL_SCHEMA,
    HANDLE_SCHEMA,
    MEDIA_OUT_SCHEMA,
    Incoming,
    cannot_return,
    incoming,
    local_path,
    returned_path,
)
from quickdemo.runtime.scratch import safe_name, scratch_path
from quickdemo.runtime.sniff import VIDEOS
from quickdemo.runtime.video_file import FORMATS, VideoError

SOURCES = ("upload", "webcam")
_LATE_S = 0.5  # a recording ends a little late

log = logging.getLogger("quickdemo.video")


class Video(Recorded):
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
        self._set_sources(source, sources, SOURCES)
        self._check_choice("format", [format], FORMATS)
        self.format = format
        self.mirror_webcam = mirror_webcam
        self.include_audio = include_audio
        self.autoplay = autoplay
        self.show_download_button = show_download_button
        self.height, self.width = height, width
        self._set_lengths(min_length, max_length)

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
        return incoming(self, without_inline_form(wire), files, name="video")

    def _given(self, file: Incoming, mirror: bool = False) -> str:
        try:
            kind = video_file.kind_of(file.source)
            if self.min_length is not None or self.max_length is not None:
                self._check_length(ffmpeg.length_s(file.source, kind), _LATE_S)
            stem = os.path.splitext(safe_name(file.name))[0]
            mute = self.include_audio is False
            format = self.format or VIDEOS[kind][1:]
            if mirror or mute or (self.format and FORMATS[self.format] != kind):
                format = format if format in FORMATS else "mp4"
                return video_file.convert(file.source, kind, format, stem, mirror=mirror, mute=mute)
        except (VideoError, ffmpeg.FfmpegError) as error:
            raise self._wrong(f"the video {error}", error.hint) from error
        path = scratch_path(stem + VIDEOS[kind])
        file.copy_to(path)
        return path

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
            returned_path(self, texts, "subtitles")
            text = video_file.subtitles(os.fspath(texts))
            wire = {**wire, "subtitles": files.put_bytes(text.encode(), "subtitles.vtt", "text/vtt")}
        return wire

    def _sent(self, path: str, files: Files) -> Wire:
        returned_path(self, path, "video")
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
        return {"anyOf": [{"type": "null"}, HANDLE_SCHEMA, DATA_URL_SCHEMA, INLINE_SCHEMA]}

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
        return self._kept(self._received(wire, media), media, VIDEOS)  # type: ignore[arg-type]  # only `get` is used

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
        return self._drop(id, "film", "video", "MP4, WebM and others", ["video/*", *VIDEOS.values()])

    def view(self, id: str, wire: Wire) -> Markup:
        return self._stage(id, "film")
