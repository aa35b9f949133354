"""Video files: which they are, whether they are whole, what browsers play, and how ffmpeg makes one of another."""

from __future__ import annotations

import io
import os
import re
from typing import IO

from quickdemo.runtime import ffmpeg
from quickdemo.runtime.scratch import scratch_path
from quickdemo.runtime.sniff import HEAD_BYTES, VIDEOS, sniff

#: format -> MIME type
FORMATS = {
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "mkv": "video/x-matroska",
    "avi": "video/x-msvideo",
}

_PLAYED = {"video/mp4": ("h264", "av1"), "video/webm": ("vp8", "vp9", "av1")}
_HOLDS = {  # MIME type -> codecs that are taken over as they are
    "video/mp4": (("h264",), ("aac", "mp3")),
    "video/webm": (("vp8", "vp9", "av1"), ("opus", "vorbis")),
    "video/quicktime": (("h264",), ("aac",)),
    "video/x-matroska": (("h264", "vp8", "vp9", "av1"), ("aac", "mp3", "opus", "vorbis")),
}
_EVEN = "scale=trunc(iw/2)*2:trunc(ih/2)*2"  # H.264 has no odd sizes
_H264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"]
_VP8 = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "5", "-b:v", "3M", "-pix_fmt", "yuv420p"]
_MOST_BOXES = 100_000
#: of a converted video: two pictures with a day between them are a small file, and in a format of even steps a huge one
MOST_BYTES = 2**30


class VideoError(ValueError):
    """A video that cannot be used; the text says why, `hint` what to do."""

    def __init__(self, problem: str, hint: str = "Use an MP4 or WebM video.") -> None:
        super().__init__(problem)
        self.hint = hint


def kind_of(source: str | bytes) -> str:
    """The MIME type of a video file (path or bytes). Raises VideoError when it is none or not all there, OSError."""
    size = len(source) if isinstance(source, bytes) else os.path.getsize(source)
    if not size:
        raise VideoError("is an empty file (0 bytes)")
    with io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as file:
        kind = sniff(file.read(HEAD_BYTES))
        if kind not in VIDEOS:
            raise VideoError("is not a video file that is known here" + (f", but {kind}" if kind else ""))
        if kind in ("video/mp4", "video/quicktime"):
            _check_boxes(file, size)
        if kind in ("video/webm", "video/x-matroska"):
            file.seek(0)
            if b"\x18S\x80g" not in file.read(4096):  # the element that holds all the rest
                raise VideoError("is a broken or incomplete file: it has a header and nothing else")
    return kind


def _check_boxes(file: IO[bytes], size: int) -> None:
    """An MP4 is a row of boxes, each of which says its length (ISO 14496-12, 4.2)."""
    at, names = 0, set()
    for _ in range(_MOST_BOXES):
        if at + 8 > size:
            break
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        names.add(head[4:8])
        if length == 0:  # to the end
            length = size - at
        if length < 8:
            raise VideoError("is a broken MP4 file")
        at += length
    else:
        return
    if at > size:
        raise VideoError("is an incomplete MP4 file: its end is missing", "Send the whole file.")
    if b"moov" not in names:
        raise VideoError("is an incomplete MP4 file: it has no list of its pictures (moov)", "Send the whole file.")


def is_played(path: str, kind: str) -> bool:
    """Whether every browser of today plays it, as far as can be seen: without ffprobe, by its container alone.

    Raises FfmpegError when ffprobe cannot read the file.
    """
    if kind not in _PLAYED:
        return False
    return not ffmpeg.available("ffprobe") or ffmpeg.codecs(path, kind)[0] in _PLAYED[kind]


def convert(source: str | bytes, kind: str, format: str, name: str, *, mirror: bool = False, mute: bool = False) -> str:
    """Path of a new file NAME.FORMAT. What the format can hold as it is, is not encoded anew.

    Raises FfmpegError when ffmpeg is missing or cannot do it.
    """
    target = FORMATS[format]
    path = scratch_path(f"{name}.{format}")
    videos, sounds = _HOLDS.get(target, ((), ()))
    video, sound = ffmpeg.codecs(source, kind) if ffmpeg.available("ffprobe") else ("", "")
    arguments = ["-map", "0:v:0", *([] if mute else ["-map", "0:a:0?"]), "-sn", "-dn"]
    if video in videos and not mirror:
        arguments += ["-c:v", "copy"]
    elif target == "video/x-msvideo":
        arguments += ["-c:v", "mpeg4", "-q:v", "4", *(["-vf", "hflip"] if mirror else [])]
    else:
        encoder = _VP8 if target == "video/webm" else _H264
        arguments += ["-vf", f"hflip,{_EVEN}" if mirror else _EVEN, *encoder]
    if sound in sounds:
        arguments += ["-c:a", "copy"]
    if target in ("video/mp4", "video/quicktime"):
        arguments += ["-movflags", "+faststart"]
    try:
        ffmpeg.convert(source, kind, path, *arguments, "-fs", str(MOST_BYTES))
    except ffmpeg.FfmpegError as error:
        if "matches no streams" in error.said:
            raise ffmpeg.FfmpegError("has no pictures in it") from error
        raise
    if os.path.getsize(path) >= MOST_BYTES:  # it ends there
        os.unlink(path)
        raise ffmpeg.FfmpegError(f"would be more than {MOST_BYTES >> 20} MB as {format}", "Use a shorter video.")
    return path


_TIMES = re.compile(r"(\d{1,2}:\d\d:\d\d)[,.](\d{3})\s*-->\s*(\d{1,2}:\d\d:\d\d)[,.](\d{3})")


def subtitles(path: str) -> str:
    """The text of a WebVTT file, made of an SRT or a WebVTT file. Raises ValueError when it is neither, OSError."""
    with open(path, "rb") as file:
        data = file.read(10_000_000)
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    text = "\n".join(text.splitlines())
    if text.startswith("WEBVTT"):
        return text
    if not _TIMES.search(text):
        raise ValueError(f"{path!r} is neither an SRT nor a WebVTT file: it has no times such as 00:00:01,000.")
    return "WEBVTT\n\n" + _TIMES.sub(r"\1.\2 --> \3.\4", text)
