"""Pictures that are broken, mislabelled, unusual or too large: read as one would expect, or refused in a sentence."""

from __future__ import annotations

import functools
import io
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from quickdemo.runtime import media
from quickdemo.runtime.components.annotatedimage import AnnotatedImage
from quickdemo.runtime.components.gallery import Gallery
from quickdemo.runtime.components.image import Image
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.local_files import LocalFiles

FORMATS = pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
NOISE = np.random.default_rng(1).integers(0, 255, (50, 50, 3), np.uint8)


@pytest.fixture
def files() -> LocalFiles:
    return LocalFiles()


def encoded(picture: Pillow.Image, format: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def sent(data: bytes, files: LocalFiles, name: str = "x.png") -> dict[str, str]:
    return {"h": files.put_bytes(data, name, "image/png")["h"]}


def read(picture: Pillow.Image, files: LocalFiles, format: str = "PNG", mode: str = "RGB", **options: Any) -> Any:
    """What a function gets of the picture, as an array."""
    return Image(image_mode=mode).preprocess(sent(encoded(picture, format, **options), files), files)


# ---------------------------------------------------------------------- in: unusual, but pictures


def test_the_bytes_say_what_a_file_is_not_its_name(files: LocalFiles) -> None:
    wire = sent(encoded(Pillow.fromarray(NOISE)), files, "photo.jpg")
    assert np.array_equal(Image().preprocess(wire, files), NOISE)
    assert Image(type="filepath").preprocess(wire, files).endswith("photo.png")
    with pytest.raises(InvalidValueError, match="image: the picture is not a PNG, JPEG, WebP or GIF picture"):
        Image().preprocess(sent(b"Dear diary,", files, "diary.png"), files)


def test_grey_of_sixteen_bits_keeps_its_range(files: LocalFiles) -> None:
    levels = Pillow.fromarray(np.array([[0, 256, 65535]], np.uint16))
    assert read(levels, files, mode="L").tolist() == [[0, 1, 255]]
    assert read(levels, files, mode="L", transparency=256).tolist() == [[0, 255, 255]]
    assert read(levels, files, mode="RGBA", transparency=256)[0, :, 3].tolist() == [255, 0, 255]


@pytest.mark.parametrize(
    ("picture", "transparency"),
    [
        (Pillow.new("1", (2, 2), 0), 0),
        (Pillow.new("L", (2, 2), 7), 7),
        (Pillow.new("RGB", (2, 2), (9, 8, 7)), (9, 8, 7)),
        (Pillow.new("P", (2, 2), 0), 0),
        (Pillow.fromarray(np.eye(2, dtype=np.uint8)).convert("P"), bytes([0, 0])),
    ],
    ids=lambda value: getattr(value, "mode", ""),
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_level_or_colour_that_is_transparent_becomes_white(
    picture: Pillow.Image, transparency: Any, mode: str, files: LocalFiles
) -> None:
    assert (read(picture, files, mode=mode, transparency=transparency) == 255).all()
    assert (read(picture, files, mode="RGBA", transparency=transparency)[..., 3] == 0).all()


def test_inks_become_light(files: LocalFiles) -> None:
    inks = Pillow.new("CMYK", (8, 8), (0, 255, 255, 0))
    red, green, blue = read(inks, files, "JPEG")[0, 0].tolist()
    assert red > 250 and green < 5 and blue < 5


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("wanted", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F"])
@pytest.mark.parametrize("type", ["numpy", "pil", "filepath"])
def test_every_mode_becomes_every_other(mode: str, wanted: str, type: str, files: LocalFiles) -> None:
    wire = sent(encoded(Pillow.fromarray(NOISE).convert(mode)), files)
    for invert in (False, True):
        got = Image(image_mode=wanted, type=type, shape=(20, 10), invert_colors=invert).preprocess(wire, files)
        size = media.shown_size(got) if type == "filepath" else got.size if type == "pil" else got.shape[1::-1]
        assert size == (20, 10)


def frames(*sides: int) -> list[Pillow.Image]:
    return [
        Pillow.new("RGB", (side, side), colour) for side, colour in zip(sides, ("red", "lime", "blue"), strict=True)
    ]


@pytest.mark.parametrize("sides", [(10, 20, 5), (20, 5, 10)])
def test_frames_of_differing_size_show_the_first(sides: tuple[int, ...], files: LocalFiles) -> None:
    first, *rest = frames(*sides)
    array = read(first, files, "GIF", save_all=True, append_images=rest)
    assert array.shape == (sides[0], sides[0], 3) and array[0, 0].tolist() == [255, 0, 0]


def test_an_animated_png_keeps_its_frames_when_it_is_returned(files: LocalFiles) -> None:
    first, *rest = frames(8, 8, 8)
    with Pillow.open(io.BytesIO(encoded(first, "PNG", save_all=True, append_images=rest))) as moving:
        wire = Image().postprocess(moving, files)
    with Pillow.open(files.get(wire["h"]).path) as kept:
        assert (kept.format, getattr(kept, "n_frames", 1)) == ("PNG", 3)


# ---------------------------------------------------------------------- in: bombs and ruins


def gif(screen: tuple[int, int], frame: tuple[int, int], count: int = 1) -> bytes:
    """A GIF of that screen whose frames are said to be that large; each holds next to nothing."""
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    one = b"," + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02\x44\x01\x00"
    return head + one * count + b";"


def test_a_gif_whose_frame_outgrows_its_screen_is_refused(files: LocalFiles) -> None:
    with pytest.raises(InvalidValueError, match="megapixels"):
        Image().preprocess(sent(gif((1, 1), (65535, 65535)), files), files)


def test_of_a_gif_of_many_large_frames_only_the_first_is_decoded(files: LocalFiles) -> None:
    data = gif((4000, 4000), (4000, 4000), 20_000)  # 320,000 megapixels in all
    try:
        assert Image().preprocess(sent(data, files), files).shape == (4000, 4000, 3)
    except InvalidValueError as error:
        assert "broken or incomplete GIF" in error.message


@pytest.mark.parametrize("chunk", [b"VP8X", b"VP8L", b"VP8 "])
def test_a_webp_that_says_it_is_huge_is_refused(chunk: bytes, files: LocalFiles) -> None:
    side = 16_383
    bodies = {
        b"VP8X": b"\x02\0\0\0" + (side - 1).to_bytes(3, "little") * 2,
        b"VP8L": b"\x2f" + ((side - 1) | (side - 1) << 14).to_bytes(4, "little"),
        b"VP8 ": b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", side, side),
    }
    body = bodies[chunk].ljust(40, b"\0")
    data = b"RIFF" + struct.pack("<I", len(body) + 12) + b"WEBP" + chunk + struct.pack("<I", len(body)) + body
    with pytest.raises(InvalidValueError, match=r"268.4 megapixels \(16383 x 16383\); at most 24 are allowed"):
        Image().preprocess(sent(data, files), files)


@FORMATS
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_wherever_a_picture_breaks_off_it_is_read_or_refused(format: str, data: st.DataObject) -> None:
    files, whole = LocalFiles(), encoded(Pillow.fromarray(NOISE[:12, :12]), format)
    wire = sent(whole[: data.draw(st.integers(0, len(whole) - 1))], files)
    for component, value in ((Image(label="photo"), wire), (Gallery(label="photo"), [{"image": wire}])):
        try:
            component.preprocess(value, files)
        except InvalidValueError as error:
            assert error.message.startswith("photo: the picture is ") and "Traceback" not in error.message


# ---------------------------------------------------------------------- out


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([[0.5, np.nan]]), "1 of the 2 values of this one are infinite or not a number"),
        (np.array([[np.inf, -np.inf]], np.float32), "2 of the 2 values of this one are infinite"),
        (np.array([[0.0, 300.0]]), "goes from 0 to 300. Divide it by its maximum"),
        (np.array([[-1.5, 0.0]]), "goes from -1.5 to 0"),
        (np.zeros((0, 0, 3), np.uint8), r"this one has shape \(0, 0, 3\). It is empty"),
        (np.zeros((0, 5)), "It is empty"),
        (np.zeros((3, 8, 9), np.float32), r"If the channels come first, return array.transpose\(1, 2, 0\)"),
        (np.zeros((2, 8, 9, 3), np.uint8), r"such as array\[0\], or use a Gallery"),
        (np.zeros(()), r"this one has shape \(\)"),
        (np.array([["red"]]), "not of <U3"),
        (np.array([[None]]), "not of object"),
        (np.array([[1j]]), "not of complex128"),
        (np.zeros((2, 2), "M8[s]"), "not of datetime64"),
        (np.broadcast_to(np.uint8(0), (2**20, 2**20, 3)), r"1.1e\+06 megapixels .* browsers show at most 268.4"),
        (np.broadcast_to(np.float64(0), (2**20, 2**20)), "browsers show at most 268.4"),
    ],
)
def test_arrays_that_are_no_picture_are_refused_in_a_sentence(array: Any, message: str, files: LocalFiles) -> None:
    for component, value in ((Image(), array), (Gallery(), [array]), (AnnotatedImage(), (array, []))):
        with pytest.raises(ValueError, match=message):
            component.postprocess(value, files)


@pytest.mark.parametrize("excess", [1e-7, 1e-3])
def test_floats_may_miss_their_range_by_rounding(excess: float, files: LocalFiles) -> None:
    wire = Image().postprocess(np.array([[1 + excess, -1 - excess]]), files)
    with Pillow.open(files.get(wire["h"]).path) as shown:
        assert np.asarray(shown).tolist() == [[255, 0]]


@pytest.mark.parametrize(
    "array",
    [
        np.eye(3, dtype=bool),
        np.ones((2, 2, 3), bool),
        np.eye(2, dtype=">u2") * 65535,
        np.ma.masked_array(np.eye(2)),
        np.eye(2, dtype=np.float16),
        np.eye(2)[::-1, ::-1],
    ],
)
def test_black_and_white_of_every_type(array: Any, files: LocalFiles) -> None:
    wire = Image().postprocess(array, files)
    with Pillow.open(files.get(wire["h"]).path) as shown:
        assert np.array_equal(np.asarray(shown), np.asarray(array != 0) * np.uint8(255))


@FORMATS
def test_an_opened_picture_that_proves_broken_is_told_in_a_sentence(
    format: str, files: LocalFiles, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    whole = encoded(Pillow.fromarray(NOISE), format)
    path.write_bytes(whole[: len(whole) // 2])
    try:
        opened = Pillow.open(path)
    except OSError:  # of WebP Pillow finds out itself
        return
    for component, value in ((Image(), opened), (Gallery(), [opened]), (AnnotatedImage(), (opened, []))):
        with pytest.raises(ValueError, match="The file of the picture is broken or incomplete: "):
            component.postprocess(value, files)
    opened.close()


def test_an_empty_picture_is_no_picture(files: LocalFiles) -> None:
    with pytest.raises(ValueError, match=r"The picture is empty \(0 x 5 pixels\)"):
        Image().postprocess(Pillow.new("RGB", (0, 5)), files)


@pytest.mark.parametrize("area", [(5, "five"), (None, "none"), ("abcd", "text"), ((1, 2, 3), "three"),
                                  ((1, 2, 3, np.nan), "nan"), (np.zeros((2, 2, 3)), "colours")])  # fmt: skip
def test_areas_that_are_neither_mask_nor_box_are_named(area: Any, files: LocalFiles) -> None:
    with pytest.raises(ValueError, match=f"the area {area[1]!r} is neither a mask nor a box"):
        AnnotatedImage(label="scene").postprocess((NOISE, [area]), files)


def test_boxes_lie_on_the_picture_as_it_is_shown(files: LocalFiles, tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    path = tmp_path / "sideways.jpg"
    path.write_bytes(encoded(Pillow.fromarray(NOISE[:20]), "JPEG", exif=exif))
    wire = AnnotatedImage().postprocess((str(path), [((0, 0, 20, 50), "all")]), files)
    assert wire["size"] == [20, 50] and wire["areas"][0]["share"] == 1
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(ValueError, match="scene: '.*' is a broken or incomplete JPEG file"):
        AnnotatedImage(label="scene").postprocess((str(path), []), files)


def test_a_size_is_read_without_the_pixels() -> None:
    with pytest.raises(media.PictureError, match="is not a PNG"):
        media.shown_size(__file__)


@FORMATS
def test_a_returned_file_with_a_broken_head_is_told(format: str, files: LocalFiles, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(encoded(Pillow.fromarray(NOISE), format)[:20])
    with pytest.raises(ValueError, match=f"image: '.*' is a broken or incomplete {format} file"):
        Image().postprocess(path, files)


def test_a_returned_file_that_no_browser_would_show_is_told(files: LocalFiles, tmp_path: Path) -> None:
    path = tmp_path / "x.gif"
    path.write_bytes(gif((65535, 65535), (1, 1)))
    with pytest.raises(ValueError, match="browsers show at most 268.4"):
        Image().postprocess(path, files)


def _progressive() -> tuple[bytes, bytes, bytes]:
    """A JPEG of several scans: what is before the last of them, that scan, the end."""
    data = encoded(Pillow.fromarray(NOISE), "JPEG", progressive=True)
    place, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:place], data[place:end], data[end:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@functools.cache
def _flooded() -> dict[str, bytes]:
    """Files of which each part costs a decoder far more than its bytes."""
    begin, scan, end = _progressive()
    jpeg, png = encoded(Pillow.fromarray(NOISE), "JPEG"), encoded(Pillow.fromarray(NOISE))
    place, exif = png.index(b"IDAT") - 4, b"\xff\xe1\0\x09Exif\0\0x" * 50_000
    return {
        "scans": begin + scan * 20_000 + end,
        "exif": jpeg[:2] + exif + jpeg[2:],
        "fill": jpeg[:2] + b"\xff" * 500_000 + jpeg[2:],
        "exif behind a marker without a length": jpeg[:2]
        + b"\xff\xf0"
        + b"\xff\xe1\0\x09Exif\0\0x" * 50_000
        + jpeg[2:],
        "exif behind nothing": jpeg[:2] + b"\xff\x00x" + exif + jpeg[2:],
        "profiles": png[:place] + _chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(900_000))) * 2000 + png[place:],
        "texts": png[:-12] + b"".join(_chunk(b"tEXt", b"k%d\0v" % n) for n in range(20_000)) + png[-12:],
    }


FLOODS = ["scans", "exif", "fill", "exif behind a marker without a length", "exif behind nothing", "profiles", "texts"]


@pytest.mark.parametrize("name", FLOODS)
def test_a_file_of_endless_parts_is_refused_at_once(files: LocalFiles, name: str) -> None:
    data = _flooded()[name]
    began = time.thread_time()
    with pytest.raises(InvalidValueError, match="image: the picture has far more parts than a picture needs"):
        Image().preprocess(sent(data, files), files)
    assert time.thread_time() - began < 0.5


def test_pictures_of_many_parts_that_people_make_are_read(files: LocalFiles) -> None:
    begin, scan, end = _progressive()
    jpeg = encoded(Pillow.fromarray(NOISE), "JPEG", exif=b"Exif\0\0" + bytes(60_000), icc_profile=bytes(900_000))
    for data in (begin + scan * 20 + end, jpeg, encoded(Pillow.effect_noise((2000, 2000), 90))):
        assert Image().preprocess(sent(data, files), files).shape[2] == 3
