"""Sound: samples to and from files, under a budget of samples.

WAV is read and written here, by numpy alone; MP3, FLAC, Ogg and AIFF by libsndfile (package soundfile, imported when it
is first needed); everything else by the system's ffmpeg. Which it is, the first bytes say, never the name. Everything
wrong with a sound is a SoundError whose text can be shown to the visitor.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
import os
import tempfile
from typing import Any

import numpy as np

from quickdemo.runtime import ffmpeg, wav
from quickdemo.runtime.errors import shown
from quickdemo.runtime.sniff import HEAD_BYTES, SOUNDS, VIDEOS, sniff
from quickdemo.runtime.wav import Array, SoundError

log = logging.getLogger("quickdemo.sound")

MAX_RATE = 768_000  # Hz
MAX_CHANNELS = 32
DEFAULT_MAX_SAMPLES = 200_000_000

_BY_LIBSNDFILE = ("audio/wav", "audio/mpeg", "audio/flac", "audio/ogg", "audio/aiff")
_BLOCK_FRAMES = 1 << 18
_UNKNOWN_FRAMES = 1 << 62  # libsndfile says more than this where the file does not tell
#: format -> (libsndfile's name, MIME type)
FORMATS = {
    "wav": ("WAV", "audio/wav"),
    "mp3": ("MP3", "audio/mpeg"),
    "flac": ("FLAC", "audio/flac"),
    "ogg": ("OGG", "audio/ogg"),
}


def max_samples() -> int:
    """The most samples (of all channels together) a sound may have: QUICKDEMO_MAX_SAMPLES, 200 million if unset."""
    text = os.environ.get("QUICKDEMO_MAX_SAMPLES", "")
    if not text:
        return DEFAULT_MAX_SAMPLES
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"QUICKDEMO_MAX_SAMPLES must be a whole number above 0; it is {text!r}.")
    return int(text)


def kind_of(source: str | bytes) -> str:
    """The MIME type of a file (path or bytes) that may hold sound. Raises SoundError for any other, OSError."""
    if isinstance(source, bytes):
        size, head = len(source), source[:HEAD_BYTES]
    else:
        size = os.path.getsize(source)
        with open(source, "rb") as file:
            head = file.read(HEAD_BYTES)
    if not size:
        raise SoundError("is an empty file (0 bytes)")
    kind = sniff(head)
    if kind is None or (kind not in SOUNDS and kind not in VIDEOS):
        what = f", but {kind}" if kind else ""
        raise SoundError(f"is not a sound file that is known here{what}")
    return kind


def decode(source: str | bytes) -> tuple[int, Array]:
    """Rate in Hz and the samples of a sound file (path or bytes): int16, writable, (n,) for one channel, else
    (n, channels). Raises SoundError, OSError.
    """
    kind = kind_of(source)
    try:
        if kind == "audio/wav":
            decoded = wav.read(source, max_samples())
            if decoded is not None:
                rate, samples = decoded
                return rate, _squeezed(_pcm16(samples))
        if kind in _BY_LIBSNDFILE:
            return _by_libsndfile(source, kind)
        return _by_ffmpeg(source, kind)
    except wav.TooLongError as error:
        raise _too_long(error.channels, error.rate) from None


def seconds(source: str | bytes) -> float | None:
    """How long a sound file plays as its header says it; None where it does not. Raises SoundError when the header is
    broken, OSError.
    """
    kind = kind_of(source)
    head = wav.head_of(source) if kind == "audio/wav" else None
    if head is not None:
        return head.frames / head.rate
    if kind not in _BY_LIBSNDFILE:
        return None
    with _opened(source, kind) as file:
        return None if file.frames >= _UNKNOWN_FRAMES else file.frames / file.samplerate


def _squeezed(samples: Array) -> Array:
    return samples[:, 0] if samples.ndim == 2 and samples.shape[1] == 1 else samples


# ---------------------------------------------------------------------- other readers


def _opened(source: str | bytes, kind: str) -> Any:
    """An open soundfile.SoundFile. Raises SoundError."""
    import soundfile  # type: ignore[import-untyped]  # 30 ms, and most sounds are WAV

    try:
        return soundfile.SoundFile(io.BytesIO(source) if isinstance(source, bytes) else source)
    except (soundfile.LibsndfileError, TypeError) as error:
        log.info("libsndfile cannot open a %s: %s", kind, error)
        raise SoundError(f"is a broken or incomplete {_name(kind)} file") from error


def _by_libsndfile(source: str | bytes, kind: str) -> tuple[int, Array]:
    """Where libsndfile lacks that format (older ones have no MP3) or is not told the length, ffmpeg has a try."""
    try:
        opened = _opened(source, kind)
    except SoundError:
        if ffmpeg.available():
            with contextlib.suppress(SoundError):
                return _by_ffmpeg(source, kind)
        raise
    with opened as file:
        rate, channels, frames = file.samplerate, file.channels, file.frames
        if frames >= _UNKNOWN_FRAMES:
            return _by_ffmpeg(source, kind)
        if frames * channels > max_samples():
            raise wav.TooLongError(channels, rate)
        samples = np.empty((frames, channels), np.int16)
        exact = kind == "audio/flac" or "PCM" in file.subtype  # others decode to floats, which may exceed 1
        count = 0
        try:
            while len(block := file.read(_BLOCK_FRAMES, dtype="int16" if exact else "float32", always_2d=True)):
                samples[count : count + len(block)] = block if exact else _clipped(block)
                count += len(block)
        except Exception as error:  # decoders of broken data raise what they like
            log.info("a broken %s: %s", kind, error)
            raise SoundError(f"is a broken or incomplete {_name(kind)} file") from error
    if count < frames - rate // 2:  # what a header says may be a little off
        raise SoundError(
            f"is an incomplete {_name(kind)} file: {count / rate:.2f} s of {frames / rate:.2f} s are there"
        )
    return rate, _squeezed(samples[:count])


def _by_ffmpeg(source: str | bytes, kind: str) -> tuple[int, Array]:
    """What only ffmpeg reads: the first sound in it."""
    limit = 2 * max_samples() + (1 << 16)
    with tempfile.TemporaryDirectory(prefix="quickdemo-") as folder:
        output = os.path.join(folder, "output.wav")
        arguments = ["-map", "0:a:0", "-vn", "-c:a", "pcm_s16le", "-f", "wav", "-fs", str(limit)]
        try:
            ffmpeg.convert(source, kind, output, *arguments)
        except ffmpeg.FfmpegError as error:
            if "matches no streams" in error.said:
                raise SoundError("has no sound in it") from error
            hint = error.hint if not ffmpeg.available() else SoundError.HINT
            raise SoundError(f"({_name(kind)}) {error}", hint) from error
        decoded = wav.read(output, max_samples())
    if decoded is None:
        raise SoundError(f"({_name(kind)}) cannot be read")
    return decoded[0], _squeezed(decoded[1])


def _name(kind: str) -> str:
    return {"audio/mpeg": "MP3"}.get(kind, kind.split("/")[1].removeprefix("x-").upper())


def _too_long(channels: int, rate: int) -> SoundError:
    allowed = max_samples() / channels / rate
    return SoundError(
        f"is too long: with {channels} channels at {rate} Hz at most {allowed:,.0f} s can be taken",
        "Use a part of it, or a lower sample rate.",
    )


# ---------------------------------------------------------------------- arrays


def checked(value: Any) -> tuple[int, Array]:
    """Rate in Hz and samples, int16 (n,) or (n, channels), of a pair that the author's code gave.

    Samples may be int16, int8, int32, uint8, uint16 (full range), int64 within int16, or floats from -1 to 1. Floats
    beyond are divided by their peak, with a warning. Raises ValueError that says what to do.
    """
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise ValueError(f"A sound is (sample rate, samples), not {shown(value)}.")
    rate, samples = value
    if np.ndim(rate) and not np.ndim(samples):
        raise ValueError("A sound is (sample rate, samples), in this order; here they are the other way round.")
    return _rate(rate), pcm16(_shaped(np.asarray(samples)))


def _rate(rate: Any) -> int:
    usual = "It is a whole number of Hz, such as 44100."
    number = isinstance(rate, (int, float, np.integer, np.floating)) and not isinstance(rate, bool)
    if not number or not math.isfinite(rate) or rate != int(rate) or not 1 <= rate <= MAX_RATE:
        raise ValueError(f"The sample rate must be from 1 to {MAX_RATE}; it was {shown(rate)}. {usual}")
    return int(rate)


def _shaped(samples: Array) -> Array:
    if samples.ndim not in (1, 2) or (samples.ndim == 2 and not samples.shape[1]):
        raise ValueError(f"Samples are an array (n,) or (n, channels); this one has shape {samples.shape}.")
    if samples.ndim == 1:
        return samples
    count, channels = samples.shape
    if count <= 8 < channels:
        raise ValueError(
            f"Samples are an array (n, channels); this one has shape {samples.shape}, which would be {channels} "
            "channels. If it is (channels, n), return its transpose: (rate, samples.T)."
        )
    if channels > MAX_CHANNELS:
        raise ValueError(f"At most {MAX_CHANNELS} channels are possible; this array has shape {samples.shape}.")
    return _squeezed(samples)


def pcm16(samples: Array) -> Array:
    """The same as int16, without a copy when it is that already. Raises ValueError for a type or values that are no
    sound."""
    if samples.dtype == np.int16:
        return samples
    samples = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    kind, bits = samples.dtype.kind, samples.dtype.itemsize * 8
    if kind == "f":
        return _floats(samples)
    if kind in "iu" and bits == 64:
        return _long_integers(samples)
    if kind == "u":
        middle = samples.dtype.type(1 << (bits - 1))
        samples = (samples ^ middle).view(f"i{bits // 8}")  # from offset binary
    if kind in "iu":
        shifted = samples.astype(np.int16) << 8 if bits == 8 else samples >> (bits - 16)
        return shifted.astype(np.int16, copy=False)
    raise ValueError(f"Samples are int16, int32, uint8 or floats from -1 to 1; this array is of type {samples.dtype}.")


def _long_integers(samples: Array) -> Array:
    low, high = (int(samples.min()), int(samples.max())) if samples.size else (0, 0)
    if low < -32768 or high > 32767:
        raise ValueError(
            f"Samples of type {samples.dtype} must be from -32768 to 32767; these go from {low} to {high}. "
            "Convert them with astype('int16') or to floats from -1 to 1."
        )
    return samples.astype(np.int16)


def _floats(samples: Array) -> Array:
    peak = _peak(samples)
    if not math.isfinite(peak):
        raise ValueError("Samples must be finite numbers; there is NaN or infinity among these. See numpy.nan_to_num.")
    if peak > 1:
        log.warning(
            "Samples of type %s go up to %g; they are divided by that, so that the loudest is 1. "
            "Return floats from -1 to 1 to keep the loudness.",
            samples.dtype,
            peak,
        )
    return _scaled(samples, 32767 / max(1.0, peak))


def _pcm16(samples: Array) -> Array:
    """Of a visitor's file: floats beyond 1 are normal there, and nobody could act on a warning."""
    if samples.dtype.kind != "f":
        return samples
    peak = _peak(samples)
    if not math.isfinite(peak):
        raise SoundError("holds values that are no numbers (NaN or infinity)")
    return _scaled(samples, 32767 / max(1.0, peak))


def _peak(samples: Array) -> float:
    return max(float(samples.max()), -float(samples.min())) if samples.size else 0.0


def _scaled(samples: Array, factor: float) -> Array:
    wide = np.multiply(samples, factor, dtype=np.float64 if samples.dtype.itemsize > 4 else np.float32)
    return np.rint(wide, out=wide).astype(np.int16)


def _clipped(block: Array) -> Array:
    np.multiply(block, 32767, out=block)
    np.nan_to_num(block, copy=False)
    return np.rint(block, out=block).clip(-32768, 32767).astype(np.int16)


def trimmed(samples: Array, start: float, stop: float) -> Array:
    """The part between two percentages of its length."""
    count = len(samples)
    return samples[round(count * start / 100) : round(count * stop / 100)]


# ---------------------------------------------------------------------- writing


def encode(rate: int, samples: Array, format: str = "wav") -> bytes:
    """A file of int16 samples. Raises ValueError when the format cannot hold that rate or number of channels."""
    if format == "wav":
        return wav.write(rate, samples)
    import soundfile

    out = io.BytesIO()
    try:
        soundfile.write(out, samples, rate, format=FORMATS[format][0])
    except (soundfile.LibsndfileError, TypeError, ValueError) as error:
        channels = samples.shape[1] if samples.ndim == 2 else 1
        raise ValueError(
            f"{channels} channels at {rate} Hz cannot be written as {format.upper()}; use format='wav'. ({error})"
        ) from error
    return out.getvalue()
