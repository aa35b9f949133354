"""WAV files by numpy: one pass over the header, one read of the samples, no loop over them.

Microsoft's RIFF WAVE: PCM of 8, 16, 24 and 32 bits, floats of 32 and 64 bits, plain or WAVE_FORMAT_EXTENSIBLE. Sizes
that a program wrote before it knew them (browsers, ffmpeg and sox into a pipe) mean "to the end of the file".
"""

from __future__ import annotations

import io
import os
import struct
from dataclasses import dataclass
from typing import IO, Any, ClassVar

import numpy as np

Array = np.ndarray[Any, Any]

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_UNKNOWN_SIZE = 0x7FFF0000  # a size from here on was written before it was known
_MOST_CHUNKS = 1000
_WIDTHS = {_PCM: (1, 2, 3, 4), _FLOAT: (4, 8)}


class SoundError(ValueError):
    """A sound that cannot be used; the text says why, `hint` what to do."""

    HINT: ClassVar[str] = "Use a WAV, MP3, FLAC or Ogg file."

    def __init__(self, problem: str, hint: str = HINT) -> None:
        super().__init__(problem)
        self.hint = hint


class TooLongError(Exception):
    """More samples than allowed."""

    def __init__(self, channels: int, rate: int) -> None:
        super().__init__(channels, rate)
        self.channels, self.rate = channels, rate


@dataclass(frozen=True)
class Head:
    """What the header says. `width`: bytes of one sample of one channel. `frames`: how many are there."""

    format: int
    channels: int
    rate: int
    width: int
    offset: int
    frames: int


def head_of(source: str | bytes) -> Head | None:
    """The header of a WAV file (path or bytes); None when it is of a kind that is not read here. Raises SoundError when
    it is broken or its samples are incomplete, OSError."""
    if isinstance(source, bytes):
        return _head(io.BytesIO(source), len(source))
    with open(source, "rb") as file:
        return _head(file, os.fstat(file.fileno()).st_size)


def read(source: str | bytes, max_samples: int) -> tuple[int, Array] | None:
    """Rate in Hz and samples (n, channels): int16, or the floats of the file; None when it is of a kind that is not
    read here. Raises SoundError, TooLongError, OSError."""
    head = head_of(source)
    if head is None:
        return None
    count = head.frames * head.channels
    if count > max_samples:
        raise TooLongError(head.channels, head.rate)
    kind = f"<f{head.width}" if head.format == _FLOAT else "<i2" if head.width == 2 else "u1"
    items = count if head.format == _FLOAT or head.width == 2 else count * head.width
    if isinstance(source, bytes):
        raw = np.frombuffer(source, kind, items, head.offset).copy()
    else:
        raw = np.fromfile(source, kind, items, offset=head.offset)
    samples = raw if raw.dtype.kind != "u" else _top_bits(raw, head.width)
    return head.rate, samples.reshape(head.frames, head.channels)


def _top_bits(raw: Array, width: int) -> Array:
    """int16 of the bytes of 8-bit (unsigned), 24-bit or 32-bit samples."""
    if width == 1:
        return (raw.astype(np.int16) - 128) << 8
    return np.ascontiguousarray(raw.reshape(-1, width)[:, width - 2 :]).view("<i2")[:, 0]


def write(rate: int, samples: Array) -> bytes:
    """A 16-bit PCM file of int16 samples, (n,) or (n, channels)."""
    channels = samples.shape[1] if samples.ndim == 2 else 1
    body = np.ascontiguousarray(samples, "<i2")
    size = body.nbytes
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", min(36 + size, 0xFFFFFFFF), b"WAVE", b"fmt ", 16),
        *(_PCM, channels, rate, min(rate * channels * 2, 0xFFFFFFFF), channels * 2, 16),
        *(b"data", min(size, 0xFFFFFFFF)),
    )
    return b"".join((head, body.data if size else b""))


def _head(file: IO[bytes], size: int) -> Head | None:
    riff = file.read(12)
    if len(riff) < 12 or riff[:4] != b"RIFF":  # RF64 and RIFX are left to libsndfile
        return None
    announced = int.from_bytes(riff[4:8], "little")
    fmt = b""
    for _ in range(_MOST_CHUNKS):
        chunk = file.read(8)
        if len(chunk) < 8:
            break
        name, length = chunk[:4], int.from_bytes(chunk[4:], "little")
        if name == b"data" and fmt:
            unknown = length >= _UNKNOWN_SIZE or (length == 0 and announced + 8 != size)
            return _described(fmt, file.tell(), None if unknown else length, size)
        if name == b"fmt ":
            fmt = file.read(min(length, 64))
            file.seek(length + length % 2 - len(fmt), io.SEEK_CUR)
        else:
            file.seek(length + length % 2, io.SEEK_CUR)
    raise SoundError("is a broken or incomplete WAV file: it has a header and no samples")


def _described(fmt: bytes, offset: int, length: int | None, size: int) -> Head | None:
    if len(fmt) < 16:
        raise SoundError("is a broken WAV file: its header is too short")
    code, channels, rate, _, block, _ = struct.unpack("<HHIIHH", fmt[:16])
    if code == _EXTENSIBLE and len(fmt) >= 26:
        code = int.from_bytes(fmt[24:26], "little")
    if not channels or not rate or not block:
        raise SoundError(f"is a broken WAV file: it announces {channels} channels at {rate} Hz")
    if block % channels or block // channels not in _WIDTHS.get(code, ()):
        return None
    there = max(0, size - offset)
    if length is not None and length > there:
        per_second = rate * block
        raise SoundError(
            f"is an incomplete WAV file: {there / per_second:.2f} s of {length / per_second:.2f} s are there",
            "Send the whole file.",
        )
    return Head(code, channels, rate, block // channels, offset, (there if length is None else length) // block)
