"""What a file really is, by its first bytes. Light on purpose: the server's upload and download routes import it."""

from __future__ import annotations

#: how many first bytes `sniff` wants to see
HEAD_BYTES = 64

#: pictures that are decoded and shown; everything else is refused
PICTURES: dict[str, str] = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
}

#: sound and video that is known, with the extension of a copy; browsers play only some of them
SOUNDS: dict[str, str] = {
    "audio/wav": ".wav",
    "audio/mpeg": ".mp3",
    "audio/flac": ".flac",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "audio/aiff": ".aiff",
    "audio/amr": ".amr",
    "audio/x-caf": ".caf",
    "audio/x-ms-wma": ".wma",
}
VIDEOS: dict[str, str] = {
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "video/ogg": ".ogv",
    "video/quicktime": ".mov",
    "video/x-matroska": ".mkv",
    "video/x-msvideo": ".avi",
    "video/x-flv": ".flv",
    "video/mpeg": ".mpg",
}

_SIZE_BYTES = 32  # how many `declared_size` needs
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"#!AMR", "audio/amr"),
    (b"caff\x00\x01", "audio/x-caf"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "audio/x-ms-wma"),
    (b"FLV\x01", "video/x-flv"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
)
_BRANDS: dict[bytes, str | None] = {  # of the box that MP4 shares with pictures and QuickTime
    b"M4A": "audio/mp4",
    b"M4B": "audio/mp4",
    b"qt ": "video/quicktime",
    b"avi": None,
    b"hei": None,
    b"mif": None,
}


def sniff(head: bytes) -> str | None:
    """The MIME type of a picture, sound or video file from its first HEAD_BYTES bytes, else None.

    None of these types can carry a script. What else a container holds (a video without pictures, say) is not known.
    """
    for start, mime in _STARTS:
        if head.startswith(start):
            return mime
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(head[8:12])
    if head[:4] in (b"RF64", b"RIFX") and head[8:12] == b"WAVE":
        return "audio/wav"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "audio/aiff"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:11], "video/mp4")
    if head[:4] == b"OggS":
        return "video/ogg" if head[28:32] == b"\x80the" else "audio/ogg"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "video/webm" if b"webm" in head else "video/x-matroska"
    return _mpeg_frame(head)


def _mpeg_frame(head: bytes) -> str | None:
    """A sound without a header of its own begins with a frame (ISO 11172-3, 2.4.2.3): MP3, or AAC in ADTS."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 2
    if layer == 0:
        return "audio/aac" if head[1] & 0xF0 == 0xF0 and rate & 15 < 13 else None
    return "audio/mpeg" if version != 1 and rate & 3 != 3 and 0 < rate >> 2 < 15 else None


def sniff_file(path: str) -> str | None:
    """`sniff` of the first bytes of a file. Raises OSError when it cannot be read."""
    with open(path, "rb") as file:
        return sniff(file.read(HEAD_BYTES))


def declared_size(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels that a PNG, GIF or WebP header announces; None for JPEG and for anything else.

    JPEG needs a walk over its segments, which Pillow does without allocating the picture.
    """
    if len(head) < _SIZE_BYTES:
        return None
    kind = sniff(head)
    if kind == "image/png":
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if kind == "image/gif":
        return int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    if kind == "image/webp":
        return _webp_size(head)
    return None


def _webp_size(head: bytes) -> tuple[int, int] | None:
    chunk = head[12:16]
    if chunk == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
    return None
