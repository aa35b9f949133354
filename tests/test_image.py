"""Image: every picture a visitor may send, every value a function may return."""

import base64
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image as Pillow

from quickdemo.runtime import media
from quickdemo.runtime.components.image import Image
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.local_files import LocalFiles

RED = (250, 10, 20)


def png(picture, format="PNG", **options):
    out = io.BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def picture(mode="RGB", size=(40, 20)):
    return Pillow.new("RGB", size, RED).convert(mode)


def sent(data, files, name="cat.png"):
    return {"h": files.put_bytes(data, name, "image/png")["h"]}


def opened(path):
    return Pillow.open(io.BytesIO(Path(path).read_bytes()))


def shown(wire, files):
    """The pixels of a result, as the browser would show them."""
    return opened(files.get(wire["h"]).path)


@pytest.fixture
def files():
    return LocalFiles()


class MediaFolder:
    """A flag's media folder: LABEL/N.ext below `root`."""

    def __init__(self, root, files):
        self.root, self.get = root, files.get

    def keep(self, label, source, suffix):
        folder = self.root / label
        folder.mkdir(exist_ok=True)
        target = folder / f"{len(list(folder.iterdir()))}{suffix}"
        target.write_bytes(Path(source).read_bytes())
        return str(target.relative_to(self.root))


# ---------------------------------------------------------------------- in


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_every_kind_of_png_reaches_the_function_as_rgb(mode, files):
    value = Image().preprocess(sent(png(picture("L" if mode == "I;16" else mode).convert(mode)), files), files)
    assert value.shape == (20, 40, 3)
    assert value.dtype == np.uint8


@pytest.mark.parametrize(
    ("format", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("JPEG", "L"), ("WEBP", "RGBA"), ("GIF", "P")]
)
def test_other_formats_reach_the_function_as_rgb(format, mode, files):
    value = Image().preprocess(sent(png(picture(mode), format), files), files)
    assert value.shape == (20, 40, 3)
    if mode != "L":
        assert np.abs(value[10, 10].astype(int) - RED).max() < 50  # a palette and JPEG are near, not exact


def test_sixteen_bit_grey_keeps_its_range(files):
    grey = Pillow.fromarray(np.linspace(0, 65535, 256, dtype=np.uint16).reshape(1, 256))
    value = Image(image_mode="L").preprocess(sent(png(grey), files), files)
    assert value.shape == (1, 256)
    assert (value[0] == np.arange(256)).all()


def test_transparent_parts_are_white_and_stay_transparent_on_demand(files):
    clear = Pillow.new("RGBA", (4, 4), (0, 0, 0, 0))
    assert (Image().preprocess(sent(png(clear), files), files) == 255).all()
    assert Image(image_mode="RGBA").preprocess(sent(png(clear), files), files)[0, 0].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(("turn", "shape"), [(1, (20, 40, 3)), (6, (40, 20, 3)), (8, (40, 20, 3)), (3, (20, 40, 3))])
def test_a_photograph_is_upright(turn, shape, files):
    exif = Pillow.Exif()
    exif[0x0112] = turn
    assert Image().preprocess(sent(png(picture(), "JPEG", exif=exif), files), files).shape == shape


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")  # Pillow says so once; the picture is fine
def test_unreadable_exif_does_not_refuse_a_picture(files):
    data = png(picture(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xffgarbage")
    assert Image().preprocess(sent(data, files), files).shape == (20, 40, 3)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((28, 28), (28, 28, 3)), ((10, None), (20, 10, 3)), ((None, 10), (10, 40, 3)), ((None, None), (20, 40, 3))],
)
def test_shape_resizes_and_crops_about_the_centre(shape, expected, files):
    assert Image(shape=shape).preprocess(sent(png(picture()), files), files).shape == expected


def test_the_middle_is_what_a_crop_keeps(files):
    stripes = np.zeros((10, 30, 3), np.uint8)
    stripes[:, 10:20] = 255
    value = Image(shape=(10, 10)).preprocess(sent(png(Pillow.fromarray(stripes)), files), files)
    assert (value == 255).all()


def test_a_sketchpad_gives_white_ink_on_black(files):
    ink = Pillow.new("RGB", (56, 56), "white")
    ink.paste("black", (20, 20, 36, 36))
    pad = Image(source="canvas", shape=(28, 28), image_mode="L", invert_colors=True)
    value = pad.preprocess(sent(png(ink), files), files)
    assert value.shape == (28, 28)
    assert (value[0, 0], value[14, 14]) == (0, 255)


def test_type_pil_gives_a_picture_of_the_asked_mode(files):
    value = Image(type="pil", image_mode="L").preprocess(sent(png(picture()), files), files)
    assert isinstance(value, Pillow.Image)
    assert value.mode == "L"


@pytest.mark.parametrize(("format", "suffix"), [("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".webp"), ("GIF", ".gif")])
def test_type_filepath_gives_a_private_copy_with_the_extension_of_its_format(format, suffix, files):
    wire = sent(png(picture(), format), files, "my cat.bin")
    path = Image(type="filepath").preprocess(wire, files)
    assert path.endswith("my cat" + suffix)
    assert path != files.get(wire["h"]).path
    assert opened(path).format == format


def test_type_filepath_applies_the_pipeline(files):
    path = Image(type="filepath", shape=(5, 5)).preprocess(sent(png(picture(), "JPEG"), files), files)
    assert opened(path).size == (5, 5)
    assert path.endswith(".jpg")


def test_a_sketch_gives_picture_and_mask(files):
    wire = {"image": sent(png(picture()), files), "mask": sent(png(picture("L")), files)}
    value = Image(tool="sketch").preprocess(wire, files)
    assert set(value) == {"image", "mask"}
    assert value["mask"].shape == (20, 40, 3)


def test_an_inline_picture_of_a_2022_script_is_taken_and_mirrored_for_a_webcam():
    halves = np.zeros((2, 4, 3), np.uint8)
    halves[:, 2:] = 255
    url = "data:image/png;base64," + base64.b64encode(png(Pillow.fromarray(halves))).decode()
    assert Image().preprocess(url, LocalFiles())[0, 0, 0] == 0
    assert Image(source="webcam").preprocess(url, LocalFiles())[0, 0, 0] == 255
    assert Image(source="webcam", mirror_webcam=False).preprocess(url, LocalFiles())[0, 0, 0] == 0


@pytest.mark.parametrize(
    "wire",
    [
        1, True, [], {}, "", "cat.png", "/etc/passwd", "http://localhost/cat.png", {"path": "/etc/passwd"},
        {"h": "../../etc/passwd"}, {"h": "A" * 22, "path": "/etc/passwd"}, {"h": 7}, {"h": "A" * 22},
        "data:image/png;base64,###", "data:nothing", {"image": None, "mask": None},
        "data:image/svg+xml,<svg/>",
    ],
)  # fmt: skip
def test_anything_else_on_the_wire_is_refused(wire, files):
    with pytest.raises(InvalidValueError):
        Image(label="photo").preprocess(wire, files)


# ---------------------------------------------------------------------- bad pictures


def bomb(width, height):
    """A PNG that says it is that large; its pixels are never written."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def test_a_hundred_megapixels_are_refused_in_one_sentence(files):
    with pytest.raises(InvalidValueError) as refused:
        Image(label="photo").preprocess(sent(bomb(10_000, 10_000), files), files)
    assert refused.value.message == ("photo: the picture has 100 megapixels (10000 x 10000); at most 24 are allowed.")
    assert refused.value.field == "photo"


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_budget_holds_for_every_format_and_can_be_changed(format, files, monkeypatch):
    monkeypatch.setenv("QUICKDEMO_MAX_PIXELS", "799")
    with pytest.raises(InvalidValueError, match="megapixels"):
        Image().preprocess(sent(png(picture(), format), files), files)
    monkeypatch.setenv("QUICKDEMO_MAX_PIXELS", "800")
    Image().preprocess(sent(png(picture(), format), files), files)


def test_a_budget_that_is_no_number_is_named(monkeypatch):
    monkeypatch.setenv("QUICKDEMO_MAX_PIXELS", "lots")
    with pytest.raises(ValueError, match="QUICKDEMO_MAX_PIXELS must be a whole number above 0; it is 'lots'"):
        media.max_pixels()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("part", [0.3, 0.6])
def test_a_truncated_picture_is_refused(format, part, files):
    noise = Pillow.fromarray(np.random.default_rng(1).integers(0, 255, (50, 50, 3), np.uint8))
    data = png(noise, format)
    with pytest.raises(InvalidValueError, match="is a broken or incomplete|is not a PNG"):
        Image().preprocess(sent(data[: int(len(data) * part)], files), files)


@pytest.mark.parametrize("data", [b"", b"hello", b"<svg onload=alert(1)>", b"BM" + b"\0" * 60, b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused(data, files):
    with pytest.raises(InvalidValueError, match="picture is"):
        Image().preprocess(sent(data, files), files)


SAMPLES = [png(picture(size=(9, 7)), format) for format in ("PNG", "JPEG", "WEBP", "GIF")]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_picture_is_decoded_or_refused_and_nothing_else(data, damage):
    damaged = bytearray(data)
    for place, byte in damage:
        damaged[place % len(damaged)] = byte
    try:
        assert media.to_mode(media.open_image(bytes(damaged)), "RGB").mode == "RGB"
    except media.PictureError:
        pass


# ---------------------------------------------------------------------- out


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3, 4]))))
def test_uint8_arrays_arrive_unchanged(array):
    files = LocalFiles()
    wire = Image().postprocess(array, files)
    assert wire["type"] == "image/png"
    assert (np.asarray(shown(wire, files)).reshape(array.shape) == array).all()


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([[0.0, 0.5, 1.0]]), [0, 128, 255]),
        (np.array([[-1.0, -0.1, 0.2]], np.float32), [0, 0, 51]),
        (np.array([[False, True, True]]), [0, 255, 255]),
        (np.array([[0, 256, 65535]], np.uint16), [0, 1, 255]),
        (np.array([[-5, 128, 32767]], np.int16), [0, 1, 255]),
        (np.array([[-5, 64, 127]], np.int8), [0, 129, 255]),
        (np.array([[0, 2**30, 2**31 - 1]], np.int32), [0, 128, 255]),
    ],
)
def test_other_types_are_scaled_by_their_range(array, expected, files):
    wire = Image().postprocess(array, files)
    assert np.asarray(shown(wire, files))[0].tolist() == expected


@pytest.mark.parametrize("bad", [np.array([[0.0, 255.0]]), np.array([[-2.0, 0.0]])])
def test_floats_beyond_one_are_refused_with_the_range_found(bad, files):
    with pytest.raises(ValueError, match="Images of type float must be between -1 and 1; this one goes from"):
        Image().postprocess(bad, files)


@pytest.mark.parametrize("shape", [(3,), (2, 2, 2), (2, 2, 5), (0, 3), (1, 2, 2, 3)])
def test_arrays_of_another_shape_are_refused(shape, files):
    with pytest.raises(ValueError, match="has shape"):
        Image().postprocess(np.zeros(shape, np.uint8), files)


def test_small_numbers_in_a_wide_type_are_pointed_out(files, caplog):
    Image().postprocess(np.full((2, 2), 200, np.int64), files)
    assert "comes out black" in caplog.text


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "I;16", "F"])
def test_pil_pictures_of_every_mode_can_be_returned(mode, files):
    wire = Image().postprocess(Pillow.new(mode, (3, 2)), files)
    assert shown(wire, files).size == (3, 2)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_returned_file_keeps_its_bytes(format, files, tmp_path):
    path = tmp_path / "plot.x"
    path.write_bytes(png(picture(), format))
    for value in (path, str(path)):
        wire = Image().postprocess(value, files)
        assert Path(files.get(wire["h"]).path).read_bytes() == path.read_bytes()


def test_what_is_no_picture_cannot_be_returned(files, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("root:x:0:0")
    out = Image(label="sepia")
    for value, message in [
        (7, "sepia: the function must return .* not int: 7"),
        ({"path": str(secret)}, "not dict"),
        ("https://example.org/cat.png", "Addresses are not fetched"),
        (secret, "is not a PNG, JPEG, WebP or GIF file"),
        ("missing.png", "there is no picture file 'missing.png'"),
    ]:
        with pytest.raises(ValueError, match=message):
            out.postprocess(value, files)
    assert out.postprocess(None, files) is None


# ---------------------------------------------------------------------- python calls, examples, flags


def test_python_callers_pass_paths_pictures_arrays_or_bytes(files, tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(png(picture()))
    image = Image()
    for value in (path, str(path), picture(), np.asarray(picture()), path.read_bytes()):
        assert (image.accept(value, files) == np.asarray(picture())).all()
    assert image.accept(None, files) is None


def test_a_missing_path_is_named(files, tmp_path):
    with pytest.raises(InvalidValueError, match="gone.png is not there"):
        Image().accept(tmp_path / "gone.png", files)


def test_python_callers_get_what_the_function_returned(files):
    array = np.asarray(picture())
    assert Image().present(array, files) is array


def test_an_example_is_a_path_and_shows_a_thumbnail(files, tmp_path):
    path = tmp_path / 'a "cat".png'
    path.write_bytes(png(picture()))
    wire = Image().example_wire(str(path), files)
    html = Image().example_html(wire)
    assert 'loading="lazy"' in html
    assert "&#34;cat&#34;" in html
    assert Image().preprocess({"h": wire["h"]}, files).shape == (20, 40, 3)


def test_a_flagged_picture_comes_back_as_an_example(files, tmp_path):
    image = Image(label="photo")
    cell = image.flag_cell(sent(png(picture(), "JPEG"), files), MediaFolder(tmp_path, files))
    assert cell == "photo/0.jpg"
    restored = image.from_flag_cell(cell, str(tmp_path))
    assert image.accept(restored, files).shape == (20, 40, 3)
    assert image.flag_cell(None, MediaFolder(tmp_path, files)) is None
    assert image.from_flag_cell("", str(tmp_path)) is None


def test_a_flagged_sketch_keeps_both_of_its_pictures(files, tmp_path):
    image = Image(label="photo", tool="sketch")
    wire = {"image": sent(png(picture()), files), "mask": sent(png(picture("L")), files)}
    cell = image.flag_cell(wire, MediaFolder(tmp_path, files))
    assert json.loads(cell) == {"image": "photo/0.png", "mask": "photo/1.png"}
    assert set(image.from_flag_cell(cell, str(tmp_path))) == {"image", "mask"}


def test_a_log_cannot_name_a_file_outside_of_its_folder(tmp_path):
    from quickdemo.runtime.errors import FlagError

    for cell in ("../secret.png", "/etc/passwd"):
        with pytest.raises(FlagError, match="outside of its folder"):
            Image().from_flag_cell(cell, str(tmp_path))


# ---------------------------------------------------------------------- construction


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "scanner"}, "source must be one of upload, webcam"),
        ({"type": "tensor"}, "type must be one of numpy"),
        ({"tool": "axe"}, "tool must be one of"),
        ({"image_mode": "XYZ"}, "image_mode must be one of"),
        ({"shape": (0, 3)}, "shape must be"),
        ({"shape": 28}, "shape must be"),
        ({"streaming": True}, "needs source='webcam'"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Image(**arguments)


def test_sources_of_today_are_understood():
    assert Image(sources=["upload", "webcam", "clipboard"]).options()["sources"] == ["upload", "webcam"]
    assert Image(sources=None, source="canvas").sources == ["canvas"]


def moving(path: Path, format: str) -> Path:
    """A file of three frames."""
    frames = [Pillow.new("RGB", (8, 6), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(path, format, save_all=True, append_images=frames[1:], duration=80, loop=0, lossless=True)
    return path


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_what_moves_keeps_moving(tmp_path: Path, format: str) -> None:
    path, files = moving(tmp_path / f"a.{format.lower()}", format), LocalFiles()
    given = Image(type="filepath").preprocess({"h": files.put_path(str(path))["h"]}, files)
    assert Path(given).read_bytes() == path.read_bytes()
    shown = files.get(Image().postprocess(str(path), files)["h"])
    assert Path(shown.path).read_bytes() == path.read_bytes()
    with Pillow.open(path) as picture:
        kept = files.get(Image().postprocess(picture, files)["h"])
    with Pillow.open(kept.path) as again:
        assert (again.format, getattr(again, "n_frames", 1)) == (format, 3)
    assert Image().preprocess({"h": files.put_path(str(path))["h"]}, files)[0, 0].tolist() == [255, 0, 0]


def test_the_tool_that_painted_in_colours_is_the_editor() -> None:
    assert Image(tool="color-sketch").tool == "editor"


def test_what_an_editor_or_a_sketch_gave_is_shown_as_its_whole():
    files, dot = LocalFiles(), np.full((1, 1, 3), 9, np.uint8)
    for value in ({"background": None, "layers": [], "composite": dot}, {"image": dot, "mask": dot * 0}):
        sent = {"h": Image().postprocess(value, files)["h"]}
        assert np.array_equal(Image().preprocess(sent, files), dot)
    assert Image().postprocess({"background": None, "layers": [], "composite": None}, files) is None
    with pytest.raises(ValueError, match="must return a numpy array"):
        Image().postprocess({"picture": dot}, files)
