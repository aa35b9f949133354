"""What a file really is, by its first bytes. Light on purpose: the server's upload and download routes import it."""

from __future__ import annotations

#: how many first bytes `sniff` wants to see
HEAD_BYTES = 32

#: pictures that are decoded and shown; everything else is refused
PICTURES: dict[str, str] = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
}

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def sniff(head: bytes) -> str | None:
    """The MIME type of a PNG, JPEG, WebP, GIF, MP4 or WAV file from its first HEAD_BYTES bytes, else None.

    These are the types that may be shown inside the page; none of them can carry a script.
    """
    for start, mime in _STARTS:
        if head.startswith(start):
            return mime
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    if head[4:8] == b"ftyp" and head[8:11] not in (
        b"avi",
        b"hei",
        b"mif",
        b"qt ",
    ):  # AVIF, HEIC and QuickTime share the box
        return "video/mp4"
    return None


def sniff_file(path: str) -> str | None:
    """`sniff` of the first bytes of a file. Raises OSError when it cannot be read."""
    with open(path, "rb") as file:
        return sniff(file.read(HEAD_BYTES))


def declared_size(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels that a PNG, GIF or WebP header announces; None for JPEG and for anything else.

    JPEG needs a walk over its segments, which Pillow does without allocating the picture.
    """
    if len(head) < HEAD_BYTES:
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
