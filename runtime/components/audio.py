"""Audio: a sound, uploaded, pasted or recorded, trimmed; played, shown as a waveform and downloadable as an output."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from quickdemo.runtime import sound
from quickdemo.runtime.components.base import Component, Files, MediaFolder, Schema, Wire, attributes
from quickdemo.runtime.components.file import UploadedFile
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
from quickdemo.runtime.sniff import SOUNDS, VIDEOS, sniff_file
from quickdemo.runtime.wav import Array, SoundError

SOURCES = ("upload", "microphone")
TYPES = ("numpy", "filepath", "file")

#: what every browser of today plays; others are sent as WAV
_PLAYED = ("audio/wav", "audio/mpeg", "audio/flac", "audio/ogg", "audio/mp4", "audio/aac", "video/webm", "video/mp4")
_EXTENSIONS = {**SOUNDS, **VIDEOS}
_CROP = {"crop_min": 0.0, "crop_max": 100.0}
_PERCENT: Schema = {"type": "number", "minimum": 0, "maximum": 100}

Pair = tuple[int, Array]


class Audio(Component):
    """A sound. The function gets (rate in Hz, int16 array of shape (n,), or (n, channels)), unless told otherwise.

    It may return such a pair (int16, int32, uint8, or floats from -1 to 1), or the path or the bytes of a sound file.
    """

    kind = "audio"
    extra_modules = ("components/audio_tap.js",)

    def __init__(
        self,
        value: Any = None,
        *,
        source: str | None = None,
        sources: Sequence[str] | str | None = None,
        type: str = "numpy",
        streaming: bool = False,
        format: str | None = None,
        autoplay: bool = False,
        show_download_button: bool = True,
        min_length: float | None = None,
        max_length: float | None = None,
        waveform_options: Any = None,
        **common: Any,
    ) -> None:
        """
        value: the sound at first, as the function would return it.
        source: "upload" or "microphone".
        sources: one or both of them, in place of `source`.
        type: "numpy", "filepath" (path of a private copy) or "file" (an open file; deprecated).
        streaming: as an input, with the microphone and `live`, send a piece every half second; as an output, play the
            pieces that a generator yields one after the other.
        format: "wav", "mp3", "flac" or "ogg": what a path is of, and what is sent. None keeps files as they are and
            sends arrays as WAV.
        autoplay: play a result as soon as it is there.
        show_download_button: a result can be downloaded.
        min_length, max_length: of an input, in seconds.
        waveform_options: taken from other versions, without effect.

        Raises ValueError for a source, type, format or length that is none.
        """
        super().__init__(value, **common)
        given = sources if sources is not None else source if source is not None else "upload"
        self.sources = [given] if isinstance(given, str) else list(given)
        formats = [] if format is None else [format]
        for name, values, allowed in (
            ("source", self.sources, SOURCES),
            ("type", [type], TYPES),
            ("format", formats, sound.FORMATS),
        ):
            for chosen in values:
                if chosen not in allowed:
                    raise ValueError(f"Audio: {name} must be one of {', '.join(allowed)}; it was {chosen!r}.")
        if not self.sources:
            raise ValueError("Audio: sources must name at least one of upload, microphone.")
        if streaming and (source or sources) and "microphone" not in self.sources:
            raise ValueError("Audio: streaming=True needs source='microphone', or no source as an output.")
        if type == "file":
            warnings.warn('Audio(type="file") is deprecated; please use type="filepath".', stacklevel=2)
        self.source = self.sources[0]
        self.type = type
        self.streaming = streaming
        self.format = format
        self.autoplay = autoplay
        self.show_download_button = show_download_button
        self.min_length, self.max_length = checked_lengths("Audio", min_length, max_length)
        del waveform_options

    # ------------------------------------------------------------------ in

    def preprocess(self, wire: Wire, files: Files) -> Any:
        if wire is None:
            return None
        file, crop = self._received(wire, files)
        return self._given(file, crop)

    def _received(self, wire: Wire, files: Files) -> tuple[Incoming, tuple[float, float]]:
        """By handle or as a data: URL, or as the {"name", "data"} of REST scripts from 2022; and the part asked for."""
        crop = _CROP
        if isinstance(wire, dict):
            crop = {**_CROP, **{name: wire[name] for name in _CROP if name in wire}}
            wire = {name: part for name, part in wire.items() if name not in _CROP}
            if "data" in wire and set(wire) <= {"name", "data", "is_example"}:
                wire = wire["data"]
        for percent in crop.values():
            if not isinstance(percent, (int, float)) or isinstance(percent, bool) or not 0 <= percent <= 100:
                raise self.refuse("must be trimmed by percentages from 0 to 100", percent)
        if crop["crop_min"] >= crop["crop_max"]:
            raise self.refuse("must be trimmed to a part that begins before it ends", crop)
        return incoming(self, wire, files, name="sound"), (crop["crop_min"], crop["crop_max"])

    def _given(self, file: Incoming, crop: tuple[float, float] = (0, 100)) -> Any:
        try:
            if self.type == "numpy":
                return self._decoded(file.source, crop)
            path = self._copied(file, crop)
        except SoundError as error:
            raise self._wrong(f"the sound {error}", error.hint) from error
        return path if self.type == "filepath" else UploadedFile(path)

    def _wrong(self, problem: str, hint: str = "") -> InvalidValueError:
        field = self.label or self.kind
        return InvalidValueError(f"{field}: {problem}.", hint, field=field)

    def _decoded(self, source: str | bytes, crop: tuple[float, float]) -> Pair:
        rate, samples = sound.decode(source)
        if crop != (0, 100):
            samples = sound.trimmed(samples, *crop)
        self._check_length(len(samples) / rate)
        return rate, samples

    def _check_length(self, length_s: float) -> None:
        field = self.label or self.kind
        for limit, wrong, what in (
            (self.min_length, length_s < (self.min_length or 0), "at least"),
            (self.max_length, length_s > (self.max_length or math.inf) + 1e-3, "at most"),
        ):
            if wrong:
                message = f"{field} must be {what} {limit:g} s long; it was {length_s:.4g} s."
                raise InvalidValueError(message, field=field)

    def _copied(self, file: Incoming, crop: tuple[float, float]) -> str:
        """Path of a private copy with the extension of what it is; written anew when it is trimmed or converted."""
        kind = sound.kind_of(file.source)
        stem = os.path.splitext(safe_name(file.name))[0]
        wanted = sound.FORMATS[self.format][1] if self.format else kind
        if crop != (0, 100) or wanted != kind:
            return self._written(self._decoded(file.source, crop), stem)
        length_s = sound.seconds(file.source)  # says what is wrong with a broken header, too
        if length_s is None and (self.min_length or self.max_length):
            self._decoded(file.source, crop)
        elif length_s is not None:
            self._check_length(length_s)
        path = scratch_path(stem + _EXTENSIONS[kind])
        file.copy_to(path)
        return path

    def _written(self, pair: Pair, stem: str) -> str:
        format = self.format or "wav"
        path = scratch_path(f"{stem}.{format}")
        try:
            data = sound.encode(*pair, format)
        except ValueError as error:
            raise self._wrong(str(error).rstrip(".")) from error
        with open(path, "wb") as out:
            out.write(data)
        return path

    def accept(self, value: Any, files: Files) -> Any:
        """A path, a pair (rate, samples), bytes of a file or a data: URL."""
        if value is None or isinstance(value, dict) or (isinstance(value, str) and value.startswith("data:")):
            return self.preprocess(value, files)
        if isinstance(value, (str, os.PathLike)):
            path = local_path(self, value)
            return self._given(Incoming(os.path.basename(path), "", path=path))
        if isinstance(value, (bytes, bytearray)):
            return self._given(Incoming("sound", "", data=bytes(value)))
        try:
            return self._given(Incoming("sound.wav", "", data=sound.encode(*sound.checked(value))))
        except ValueError as error:
            raise self._wrong(str(error).rstrip(".")) from error

    # ------------------------------------------------------------------ out

    def postprocess(self, value: Any, files: Files) -> Wire:
        """Raises ValueError when it is no sound."""
        if value is None:
            return None
        name = self.label or self.kind
        try:
            if isinstance(value, (str, os.PathLike)):
                return self._returned_file(os.fspath(value), files)
            if isinstance(value, (bytes, bytearray)):
                return self._returned_bytes(bytes(value), files)
            if not isinstance(value, (tuple, list)):
                cannot_return(self, value, "(sample rate, samples), or the path or the bytes of a sound file")
            return self._sent(sound.checked(value), files)
        except SoundError as error:
            shown = f" {value!r}" if isinstance(value, (str, os.PathLike)) else ""
            raise ValueError(f"{name}: the returned sound{shown} {error}. {error.hint}") from error
        except ValueError as error:
            raise error if str(error).startswith(f"{name}: ") else ValueError(f"{name}: {error}") from error

    def _sent(self, pair: Pair, files: Files) -> Wire:
        format = self.format or "wav"
        return files.put_bytes(sound.encode(*pair, format), f"sound.{format}", sound.FORMATS[format][1])

    def _returned_file(self, path: str, files: Files) -> Wire:
        if not os.path.isfile(path):
            hint = " Addresses are not fetched; download it in the function." if "://" in path else ""
            raise ValueError(f"{self.label or self.kind}: there is no sound file {path!r}.{hint}")
        return files.put_path(path) if self._fits(sound.kind_of(path)) else self._sent(sound.decode(path), files)

    def _returned_bytes(self, data: bytes, files: Files) -> Wire:
        kind = sound.kind_of(data)
        if not self._fits(kind):
            return self._sent(sound.decode(data), files)
        return files.put_bytes(data, "sound" + _EXTENSIONS[kind], kind)

    def _fits(self, kind: str) -> bool:
        """Whether a file may go out as it is."""
        return kind in _PLAYED if self.format is None else kind == sound.FORMATS[self.format][1]

    def schema(self) -> Schema:
        crop = dict.fromkeys(_CROP, _PERCENT)
        inline: Schema = {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "data": DATA_URL_SCHEMA,
                "is_example": {"type": "boolean"},
                **crop,
            },
            "required": ["name", "data"],
            "additionalProperties": False,
        }
        handle = {**HANDLE_SCHEMA, "properties": {**HANDLE_SCHEMA["properties"], **crop}}
        return {"anyOf": [{"type": "null"}, handle, DATA_URL_SCHEMA, inline]}

    def output_schema(self) -> Schema:
        return {"anyOf": [{"type": "null"}, MEDIA_OUT_SCHEMA]}

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """`label/N.wav`, with the extension of what it is; of a trimmed sound the part that the function got."""
        if wire is None:
            return None
        if isinstance(wire, dict) and "h" in wire:  # the page may send back what the server gave, with name and size
            wire = {name: wire[name] for name in ("h", *_CROP) if name in wire}
        file, crop = self._received(wire, media)  # type: ignore[arg-type]  # only `get` is used
        path = file.path
        if crop != (0, 100):
            path = self._written(self._cropped(file, crop), "sound")
        elif path is None:
            path = scratch_path("sound")
            file.copy_to(path)
        return media.keep(self.label or self.kind, path, _EXTENSIONS.get(sniff_file(path) or "", ".bin"))

    def _cropped(self, file: Incoming, crop: tuple[float, float]) -> Pair:
        try:
            rate, samples = sound.decode(file.source)
        except SoundError as error:
            raise self._wrong(f"the sound {error}", error.hint) from error
        return rate, sound.trimmed(samples, *crop)

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
            "streaming": self.streaming,
            "autoplay": self.autoplay,
            "download": self.show_download_button,
            "max": self.max_length,
        }

    def control(self, id: str, wire: Wire) -> Markup:
        kinds = ",".join(["audio/*", "video/webm", "video/mp4", *SOUNDS.values()])
        return Markup(
            '<div class="sound"><label class="drop"><span><b>Drop a sound</b>, paste it, or choose a file</span>'
            "<small>WAV, MP3, FLAC, Ogg and others</small>"
            '<input class="visually-hidden" type="file"{attributes}></label></div>'
        ).format(attributes=attributes(id=id, accept=kinds, aria_describedby=f"{id}-info" if self.info else None))

    def view(self, id: str, wire: Wire) -> Markup:
        return Markup('<div class="sound" id="{}" role="group" aria-labelledby="{}-name"></div>').format(id, id)


def checked_lengths(name: str, shortest: float | None, longest: float | None) -> tuple[float | None, float | None]:
    """`min_length` and `max_length` of a component, in seconds. Raises ValueError."""
    for which, length in (("min_length", shortest), ("max_length", longest)):
        if length is not None and (isinstance(length, bool) or not isinstance(length, (int, float)) or not length > 0):
            raise ValueError(f"{name}: {which} must be a number of seconds above 0; it was {length!r}.")
    if shortest is not None and longest is not None and shortest > longest:
        raise ValueError(f"{name}: min_length ({shortest}) must not be above max_length ({longest}).")
    return shortest, longest
