"""Our own PNG writer: whatever it writes, Pillow reads the very picture."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from quickdemo.runtime import media, png

SIDES = st.integers(1, 40)
PICTURES = st.sampled_from([1, 2, 3, 4]).flatmap(
    lambda channels: st.tuples(SIDES, SIDES).flatmap(lambda size: arrays(np.uint8, (*size, channels)))
)


@settings(max_examples=60)
@given(PICTURES, st.integers(1, 200))
def test_a_picture_is_read_as_it_was_written_in_strips_of_any_size(picture: np.ndarray, strip_bytes: int) -> None:
    before, png._STRIP_BYTES = png._STRIP_BYTES, strip_bytes
    try:
        written = list(png.encode(*picture.shape[1::-1], picture.shape[2], lambda a, b: picture[a:b]))
    finally:
        png._STRIP_BYTES = before
    read = Image.open(io.BytesIO(b"".join(written)))
    read.load()
    assert np.array_equal(np.asarray(read).reshape(picture.shape), picture)


@given(st.binary(), st.binary())
def test_the_checksum_of_two_pieces_is_that_of_both(first: bytes, second: bytes) -> None:
    both = png.adler_of_both(zlib.adler32(first), zlib.adler32(second), len(second))
    assert both == zlib.adler32(first + second)


@pytest.mark.parametrize("shape", [(1100, 1000), (1100, 1000, 1), (1100, 1000, 3), (1100, 1000, 4)])
def test_large_arrays_and_pictures_take_our_own_writer(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "save", None)  # Pillow must not be asked
    array = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    flat = array[:, :, 0] if array.shape[2:] == (1,) else array
    for value in (array, Image.fromarray(flat), array[::-1, ::-1][::-1, ::-1]):
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(b"".join(media.encode_png(value))))), flat)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I;16", "I", "F"])
def test_pictures_of_every_mode_are_arrays_as_pillow_makes_them(mode: str) -> None:
    picture = Image.fromarray(np.arange(600, dtype=np.uint8).reshape(300, 2) % 200).convert("L")
    picture = picture.convert("RGB").convert(mode) if mode not in ("I;16", "LA", "I", "F") else picture.convert(mode)
    array = media.to_array(picture)
    assert array.flags.writeable and np.array_equal(array, np.array(picture))
