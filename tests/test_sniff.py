"""Files are recognised by their first bytes, never by their name."""

import io
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from quickdemo.runtime.server.download import INLINE
from quickdemo.runtime.sniff import HEAD_BYTES, PICTURES, SOUNDS, VIDEOS, declared_size, sniff, sniff_file


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


OGG = b"OggS\0\x02" + bytes(20) + b"\x01\x1e"
HEADS = {
    b"ID3\x04\0": "audio/mpeg",
    b"\xff\xfb\x90\x64": "audio/mpeg",
    b"\xff\xf1\x50\x80": "audio/aac",
    b"fLaC\0\0\0\x22": "audio/flac",
    OGG + b"\x01vorbis": "audio/ogg",
    OGG + b"OpusHead": "audio/ogg",
    OGG + b"\x80theora": "video/ogg",
    b"\0\0\0\x20ftypM4A ": "audio/mp4",
    b"\0\0\0\x14ftypqt  ": "video/quicktime",
    b"RF64\xff\xff\xff\xffWAVE": "audio/wav",
    b"FORM\0\0\0\0AIFF": "audio/aiff",
    b"RIFF\0\0\0\0AVI ": "video/x-msvideo",
    b"\x1aE\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm": "video/webm",
    b"\x1aE\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska": "video/x-matroska",
    b"\xff\xff\xff\xff": None,
    b"\xff\xfe<\0h\0t\0m\0l\0": None,  # UTF-16
    b"\xff\xe8\x90\x64": None,
    b"#EXTM3U\n#EXTINF:1,\n": None,
    b"ffconcat version 1.0": None,
    b"OGGS": None,
}


@pytest.mark.parametrize("head", HEADS, ids=lambda head: repr(head[:16]))
def test_sound_and_video_are_recognised_by_their_first_bytes(head):
    assert sniff(head + bytes(HEAD_BYTES)) == HEADS[head]


def test_what_is_shown_inside_the_page_is_a_picture_a_sound_or_a_video_that_bytes_prove():
    known = {*PICTURES, *SOUNDS, *VIDEOS}
    assert known > INLINE
    assert {kind.split("/")[0] for kind in INLINE} == {"image", "audio", "video"}


def test_a_script_that_is_called_a_sound_is_never_shown_inside_the_page(serve):
    client = serve().client()
    for name, kind in (("a.mp3", "audio/mpeg"), ("a.webm", "video/webm"), ("a.flac", "audio/flac")):
        headers = {"x-file-name": name, "content-type": kind, "origin": "http://127.0.0.1:7860"}
        kept = client.post("/api/files", content=b"<script>alert(1)</script>", headers=headers).json()
        answer = client.get("/" + kept["url"])
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")
