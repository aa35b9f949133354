"""How many parts a picture file has: Pillow's readers spend far more on each than its few bytes are worth.

A JPEG of a megabyte can have ten thousand scans, each of which goes over the whole picture, and a hundred thousand
pieces of Exif data, each of which is put behind a copy of all before; a PNG a thousand colour profiles that unpack to a
megabyte each. Nobody makes such files to be looked at. Sources: ITU T.81, B.1; the PNG specification, 5.3.
"""

from __future__ import annotations

import os
from typing import IO

from PIL.JpegImagePlugin import MARKER

MOST_PARTS = 1000  # segments of a JPEG before its first scan; chunks of a PNG that are no pixels
MOST_SCANS = 100  # of a JPEG; progressive ones have about ten
_BLOCK_BYTES = 1 << 20
_SCAN = 0xFFDA  # cannot stand for anything else within the pixels, where 0 follows each 0xFF


def has_too_many(file: IO[bytes], mime: str) -> bool:
    """Whether an open picture file has more parts than any that was made to be looked at; it is left at its start."""
    file.seek(0)
    try:
        if mime == "image/png":
            return _png_chunks(file) > MOST_PARTS
        if mime == "image/jpeg":
            return _jpeg_segments(file) > MOST_PARTS or _jpeg_scans(file) > MOST_SCANS
        return False
    finally:
        file.seek(0)


def _png_chunks(file: IO[bytes]) -> int:
    count = 0
    file.seek(8)
    while count <= MOST_PARTS and len(head := file.read(8)) == 8:
        count += head[4:] != b"IDAT"
        file.seek(int.from_bytes(head[:4], "big") + 4, os.SEEK_CUR)
    return count


def _jpeg_segments(file: IO[bytes]) -> int:
    """Up to the first scan, as Pillow walks over them; a byte that belongs to none counts as one."""
    count = 0
    file.seek(2)
    while count <= MOST_PARTS and (byte := file.read(1)):
        count += 1
        if byte != b"\xff":
            continue
        marker = 0xFF00 | int.from_bytes(file.read(1), "big")
        if marker == _SCAN:
            break
        if marker == 0xFFFF:
            file.seek(-1, os.SEEK_CUR)
        elif MARKER.get(marker, ("", "", None))[2] is not None:  # it says its length
            file.seek(max(int.from_bytes(file.read(2), "big") - 2, 0), os.SEEK_CUR)
    return count


def _jpeg_scans(file: IO[bytes]) -> int:
    count, before = 0, b""
    file.seek(0)
    while count <= MOST_SCANS and (block := file.read(_BLOCK_BYTES)):
        count += (before + block).count(_SCAN.to_bytes(2, "big"))
        before = block[-1:]
    return count
