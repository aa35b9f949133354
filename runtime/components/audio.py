"""Audio: a sound, uploaded, pasted or recorded, trimmed; played, shown as a waveform and downloadable as an output."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from quickdemo.runtime import sound
from quickdemo.runtime.components.base import Files, MediaFolder, Schema, Wire
from quickdemo.runtime.components.file import UploadedFile
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
from quickdemo.runtime.sniff import SOUNDS, VIDEOS
from quickdemo.runtime.wav import Array, SoundError

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.sound import SoundParts

SOURCES = ("upload", "microphone")
TYPES = ("numpy", "filepath", "file")

#: what every browser of today plays; others are sent as WAV
_PLAYED = ("audio/wav", "audio/mpeg", "audio/flac", "audio/ogg", "audio/mp4", "audio/aac", "video/webm", "video/mp4")
_EXTENSIONS = {**SOUNDS, **VIDEOS}
_CROP = {"crop_min": 0.0, "crop_max": 100.0}
_ROUNDING_S = 1e-3  # a part of a sound is cut at whole samples
_PERCENT: Schema = {"type": "number", "minimum": 0, "maximum": 100}

Pair = tuple[int, Array]


@dataclass(frozen=True)
class WaveformOptions:
    """How a waveform looks.

    waveform_color, waveform_progress_color: CSS colours of all of it, and of what was played.
    show_recording_waveform: False leaves the waveform out; the player stays, and so does trimming by the keyboard.
    trim_region_color, show_controls, skip_length, sample_rate: accepted and without effect.
    """

    waveform_color: str | None = None
    waveform_progress_color: str | None = None
    trim_region_color: str | None = None
    show_recording_waveform: bool = True
    show_controls: bool = False
    skip_length: float = 5
    sample_rate: int = 44100

    @classmethod
    def of(cls, given: WaveformOptions | dict[str, Any] | None) -> WaveformOptions:
        """Raises ValueError for what is neither one of these nor a dict of their names."""
        if isinstance(given, cls):
            return given
        names = {field.name for field in fields(cls)}
        if given is None or (isinstance(given, dict) and set(given) <= names):
            return cls(**(given or {}))
        raise ValueError(f"Audio: waveform_options takes {', '.join(sorted(names))}; it was {given!r}.")


class Audio(Recorded):
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
        waveform_options: WaveformOptions | dict[str, Any] | None = None,
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
        waveform_options: a gr.WaveformOptions, or a dict of its names: the colours of the waveform, or none at all.

        Raises ValueError for a source, type, format or length that is none.
        """
        super().__init__(value, **common)
        self._set_sources(source, sources, SOURCES)
        self._check_choice("type", [type], TYPES)
        self._check_choice("format", [format], sound.FORMATS)
        if streaming and (source or sources) and "microphone" not in self.sources:
            raise ValueError("Audio: streaming=True needs source='microphone', or no source as an output.")
        if type == "file":
            warnings.warn('Audio(type="file") is deprecated; please use type="filepath".', stacklevel=2)
        self.type = type
        self.streaming = self.cumulative = streaming
        self.format = format
        self.autoplay = autoplay
        self.show_download_button = show_download_button
        self._set_lengths(min_length, max_length)
        self.waveform_options = WaveformOptions.of(waveform_options)

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
            wire = without_inline_form(wire)
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

    def _decoded(self, source: str | bytes, crop: tuple[float, float]) -> Pair:
        rate, samples = sound.decode(source)
        if crop != (0, 100):
            samples = sound.trimmed(samples, *crop)
        self._check_length(len(samples) / rate, _ROUNDING_S)
        return rate, samples

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
            self._check_length(length_s, _ROUNDING_S)
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
        returned_path(self, path, "sound")
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
        inline = {**INLINE_SCHEMA, "properties": {**INLINE_SCHEMA["properties"], **crop}}
        handle = {**HANDLE_SCHEMA, "properties": {**HANDLE_SCHEMA["properties"], **crop}}
        return {"anyOf": [{"type": "null"}, handle, DATA_URL_SCHEMA, inline]}

    def output_schema(self) -> Schema:
        return {"anyOf": [{"type": "null"}, MEDIA_OUT_SCHEMA]}

    # ------------------------------------------------------------------ explanations

    def parts(self, value: Any, files: Files) -> SoundParts | None:
        """Windows of time; of a file they are written as WAV."""
        from quickdemo.interpret.parts.sound import SoundParts  # only explanations need it

        if value is None:
            return None
        if isinstance(value, tuple):
            return SoundParts(*value, **self.interpreted)
        path = value if isinstance(value, str) else value.name
        stem = os.path.splitext(safe_name(path))[0]
        open_again: Callable[[str], Any] = str if isinstance(value, str) else UploadedFile

        def written(pair: Pair) -> Any:
            made = scratch_path(f"{stem}.wav")
            with open(made, "wb") as out:
                out.write(sound.encode(*pair))
            return open_again(made)

        try:
            rate, samples = sound.decode(path)
        except SoundError as error:  # no function has looked into the file so far
            raise self._wrong(f"the sound {error}", error.hint) from error
        return SoundParts(rate, samples, give=written, original=lambda: open_again(path), **self.interpreted)

    def set_interpret_parameters(self, segments: int = 8) -> Self:
        """segments: how many windows of time there are, 1 to 255. Raises ValueError for another number."""
        from quickdemo.interpret.parts.sound import checked_segments

        self.interpreted = {"segments": checked_segments(segments)}
        return self

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> str | None:
        """`label/N.wav`, with the extension of what it is; of a trimmed sound the part that the function got."""
        if wire is None:
            return None
        if isinstance(wire, dict) and "h" in wire:  # the page may send back what the server gave, with name and size
            wire = {name: wire[name] for name in ("h", *_CROP) if name in wire}
        file, crop = self._received(wire, media)  # type: ignore[arg-type]  # only `get` is used
        if crop != (0, 100):
            file = Incoming(file.name, file.type, path=self._written(self._cropped(file, crop), "sound"))
        return self._kept(file, media, _EXTENSIONS)

    def _cropped(self, file: Incoming, crop: tuple[float, float]) -> Pair:
        try:
            rate, samples = sound.decode(file.source)
        except SoundError as error:
            raise self._wrong(f"the sound {error}", error.hint) from error
        return rate, sound.trimmed(samples, *crop)

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        return {
            "sources": self.sources,
            "streaming": self.streaming,
            "autoplay": self.autoplay,
            "download": self.show_download_button,
            "max": self.max_length,
            "wave": {
                "colour": self.waveform_options.waveform_color,
                "played": self.waveform_options.waveform_progress_color,
                "hidden": not self.waveform_options.show_recording_waveform,
            },
        }

    def control(self, id: str, wire: Wire) -> Markup:
        accept = ["audio/*", "video/webm", "video/mp4", *SOUNDS.values()]
        return self._drop(id, "sound", "sound", "WAV, MP3, FLAC, Ogg and others", accept)

    def view(self, id: str, wire: Wire) -> Markup:
        return self._stage(id, "sound")
