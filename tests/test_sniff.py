"""Files are recognised by their first bytes, never by their name."""

import io
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from quickdemo.runtime.sniff import HEAD_BYTES, PICTURES, declared_size, sniff, sniff_file


def encoded(format, size=(37, 21), **options):
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(out, format, **options)
    return out.getvalue()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_pictures_that_pillow_writes_are_recognised(format):
    mime = f"image/{format.lower()}"
    assert sniff(encoded(format)[:HEAD_BYTES]) == mime
    assert mime in PICTURES


def test_a_wav_file_is_recognised(tmp_path):
    path = tmp_path / "a.png"  # the name says nothing
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\0\0" * 10)
    assert sniff_file(str(path)) == "audio/wav"


def test_an_mp4_head_is_recognised_and_its_cousins_are_not():
    assert sniff(b"\0\0\0\x18ftypisom\0\0\0\0") == "video/mp4"
    assert sniff(b"\0\0\0\x18ftypmp42\0\0\0\0") == "video/mp4"
    assert sniff(b"\0\0\0\x18ftypavif\0\0\0\0") is None
    assert sniff(b"\0\0\0\x18ftypheic\0\0\0\0") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"<html><script>",
        b"%PDF-1.7",
        b"BM\0\0",
        b"#!/bin/sh",
    ],
)
def test_what_could_run_or_is_not_a_picture_is_not_recognised(data):
    assert sniff(data) is None


@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("PNG", {}),
        ("GIF", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}),
    ],
)
@given(width=st.integers(1, 300), height=st.integers(1, 300))
def test_the_header_tells_the_size_without_decoding(format, options, width, height):
    assert declared_size(encoded(format, (width, height), **options)[:HEAD_BYTES]) == (width, height)


@given(st.binary(max_size=64))
def test_arbitrary_bytes_never_upset_the_sniffer(data):
    assert sniff(data) is None or isinstance(sniff(data), str)
    declared_size(data)
