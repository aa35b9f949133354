"""The system's ffmpeg: the one way in which a file is given to it.

It gets a file that was recognised by its first bytes, under the name of that format's reader, so that it never guesses:
a playlist or a script for it is refused before. It may open local files and nothing else, has no input, no shell and a
limit of time.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import tempfile

log = logging.getLogger("quickdemo.ffmpeg")

LIMIT_S = 600.0
_MAX_PIXELS = 8192 * 4320  # of one frame of a video
_INPUT = ("-protocol_whitelist", "file,pipe", "-max_pixels", str(_MAX_PIXELS), "-f", "READER", "-i", "file:input")

#: MIME type -> ffmpeg's reader
_READERS = {
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/mp4": "mov",
    "audio/aac": "aac",
    "audio/aiff": "aiff",
    "audio/amr": "amr",
    "audio/x-caf": "caf",
    "audio/x-ms-wma": "asf",
    "video/mp4": "mov",
    "video/webm": "matroska",
    "video/ogg": "ogg",
    "video/quicktime": "mov",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/x-flv": "flv",
    "video/mpeg": "mpeg",
}


class FfmpegError(ValueError):
    """ffmpeg is not there, or could not do it: the text can be shown to the visitor, `hint` says what to do.

    `said`: all that ffmpeg said, with paths of this machine.
    """

    def __init__(self, problem: str, hint: str = "Use another file.", said: str = "") -> None:
        super().__init__(problem)
        self.hint = hint
        self.said = said


def available(program: str = "ffmpeg") -> bool:
    """Whether the system has it (`ffmpeg` or `ffprobe`)."""
    return shutil.which(program) is not None


def convert(source: str | bytes, mime: str, output: str, *arguments: str, limit_s: float = LIMIT_S) -> None:
    """Write `output` from a file (path or bytes) of type `mime`. Raises FfmpegError, OSError."""
    _run("ffmpeg", source, mime, ["-y", *_INPUT, *arguments, f"file:{output}"], limit_s)


def length_s(source: str | bytes, mime: str, limit_s: float = LIMIT_S) -> float:
    """How long a file plays, by reading through it: recordings of browsers do not say it. Raises FfmpegError."""
    arguments = [*_INPUT, "-map", "0", "-c", "copy", "-f", "null", "-progress", "pipe:1", "-"]
    said = _run("ffmpeg", source, mime, arguments, limit_s)
    found = re.findall(r"^out_time_us=(\d+)", said, re.MULTILINE)
    if not found:
        raise FfmpegError("has no length that could be read")
    return int(found[-1]) / 1e6


def codecs(source: str | bytes, mime: str, limit_s: float = 60.0) -> tuple[str, str]:
    """The codecs of the first video and the first sound of a file, "" where there is none. Raises FfmpegError."""
    wanted = ["-show_entries", "stream=codec_type,codec_name", "-of", "csv=p=0"]
    text = _run("ffprobe", source, mime, [*_INPUT, *wanted], limit_s)
    found = {kind: name for name, _, kind in (line.strip(",").partition(",") for line in reversed(text.split()))}
    return found.get("video", ""), found.get("audio", "")


def _run(program: str, source: str | bytes, mime: str, arguments: list[str], limit_s: float) -> str:
    """What the program printed. `_INPUT` among the arguments stands for the file."""
    path = shutil.which(program)
    if path is None:
        raise FfmpegError(
            "needs ffmpeg, which this server does not have",
            "Install it on the server (apt install ffmpeg, brew install ffmpeg), or use another format.",
        )
    options = [path, "-hide_banner", "-loglevel", "error", *(["-nostdin"] if program == "ffmpeg" else [])]
    reader = {"READER": _READERS[mime]}
    with tempfile.TemporaryDirectory(prefix="quickdemo-") as folder:
        _private_copy(source, os.path.join(folder, "input"))
        command = [*options, *(reader.get(argument, argument) for argument in arguments)]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit_s, cwd=folder, check=False
            )
        except subprocess.TimeoutExpired:
            raise FfmpegError(f"took {program} more than {limit_s:g} s", "Use a shorter file.") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace")
        log.info("%s ended with %d: %s", program, done.returncode, said[-2000:])
        raise FfmpegError(f"cannot be read or converted: {_last_line(said)}", said=said)
    return done.stdout.decode(errors="replace")


def _private_copy(source: str | bytes, path: str) -> None:
    """The file under a name that nobody else chose."""
    if isinstance(source, bytes):
        with open(path, "wb") as file:
            file.write(source)
        return
    try:
        os.link(source, path)
    except OSError:  # on another file system
        shutil.copyfile(source, path)


def _last_line(said: str) -> str:
    """The last thing that ffmpeg said, without addresses in memory and paths of this machine."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    line = re.sub(r"^\[[^\]]* @ 0x[0-9a-f]+\] ", "", lines[-1] if lines else "it ended without a word")
    return re.sub(r"(file:)?(/[^\s'\":]+|\binput\b):? ?", "", line)[:200].rstrip(". ")
