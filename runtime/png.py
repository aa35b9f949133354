"""PNG quickly: strips of a picture are filtered and compressed side by side, each into a chunk of its own.

Lossless and readable by every decoder. The filter is Sub (PNG specification, 9.2), the compression that of runs
(zlib's Z_RLE), which suits filtered photographs: for 12 megapixels on two cores a quarter of the time that Pillow
takes at its quickest, for a file a tenth larger. The strips' streams are joined as pigz joins them (each but the last
ends with an empty stored block), and their checksums as in zlib's `adler32_combine`.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Strip = Callable[[int, int], Array]  # rows [start, stop) of a picture: (rows, width) or (rows, width, channels) uint8
Packed = tuple[bytes, int, int]  # a chunk, the checksum of what is in it, the number of those bytes

_STRIP_BYTES = 1 << 18
_ADLER_BASE = 65521
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # channels -> PNG colour type: grey, grey and alpha, RGB, RGBA
_SUB = 1


def encode(width: int, height: int, channels: int, strip: Strip) -> Iterator[bytes]:
    """The parts of the PNG of a picture of uint8, given row by row; only a few of them are in memory at a time.

    channels: 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA).
    """
    rows = max(_STRIP_BYTES // (width * channels), 1)
    starts = range(0, height, rows)
    threads = min(len(starts), os.cpu_count() or 1, 8)

    def work(start: int) -> Packed:
        stop = min(start + rows, height)
        return _compressed(strip(start, stop).reshape(stop - start, width * channels), channels, last=stop == height)

    head = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    yield b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", b"\x78\x01")  # the head of a zlib stream
    checksum = 1
    for chunk, adler, size in _in_order(work, starts, threads):
        yield chunk
        checksum = adler_of_both(checksum, adler, size)
    yield _chunk(b"IDAT", struct.pack(">I", checksum)) + _chunk(b"IEND", b"")


def _in_order(work: Callable[[int], Packed], starts: range, threads: int) -> Iterator[Packed]:
    """The results of `work`, done by threads that are at most one step ahead each."""
    if threads == 1:
        yield from map(work, starts)
        return
    with ThreadPoolExecutor(threads, "png") as pool:
        waiting: deque[Future[Packed]] = deque()
        for start in starts:
            waiting.append(pool.submit(work, start))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _compressed(rows: Array, channels: int, *, last: bool) -> Packed:
    """An IDAT chunk of these rows, the Adler-32 of what is in it, and the number of those bytes."""
    filtered = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = _SUB
    filtered[:, 1 : channels + 1] = rows[:, :channels]
    np.subtract(rows[:, channels:], rows[:, :-channels], out=filtered[:, channels + 1 :])
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    data = filtered.data  # numpy's arrays are buffers, which their types do not tell
    packed = packer.compress(data) + packer.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
    return _chunk(b"IDAT", packed), zlib.adler32(data), filtered.size


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def adler_of_both(first: int, second: int, second_size: int) -> int:
    """The Adler-32 of two pieces one after the other, from that of each and the size of the second (RFC 1950, 8)."""
    low = (first & 0xFFFF) + (second & 0xFFFF) - 1
    high = (first >> 16) + (second >> 16) + second_size * ((first & 0xFFFF) - 1)
    return (high % _ADLER_BASE) << 16 | low % _ADLER_BASE
