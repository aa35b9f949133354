"""ImageSlider: pairs of pictures, in and out."""

import io
import json

import numpy as np
import pytest
from PIL import Image as Pillow

import quickdemo as gr
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.flagging.media import FlagMedia
from quickdemo.runtime.local_files import LocalFiles


def picture(mode="RGB", size=(4, 3), colour=(250, 10, 20)):
    return Pillow.new("RGB", size, colour).convert(mode)


@pytest.fixture
def files():
    return LocalFiles()


@pytest.fixture
def sent(files):
    def sent(given, format="PNG"):
        out = io.BytesIO()
        if isinstance(given, bytes):
            out.write(given)
        else:
            given.save(out, format)
        return {"h": files.put_bytes(out.getvalue(), f"a.{format.lower()}", "image/png")["h"]}

    return sent


def slider(**options):
    return gr.ImageSlider(label="Pair", **options)


def test_either_may_be_missing_and_sizes_may_differ(files, sent):
    first, second = slider().preprocess([sent(picture()), sent(picture(size=(9, 9)))], files)
    assert first.shape == (3, 4, 3) and second.shape == (9, 9, 3)
    first, second = slider(type="pil").preprocess([None, sent(picture())], files)
    assert first is None and second.size == (4, 3)
    assert slider().preprocess([None, None], files) is None is slider().preprocess(None, files)


@pytest.mark.parametrize("mode, wanted", [("RGB", 3), ("RGBA", 4), ("P", 3), ("L", 3), ("CMYK", 3)])
def test_without_a_mode_only_transparent_pictures_have_four_channels(files, sent, mode, wanted):
    format = "JPEG" if mode == "CMYK" else "PNG"
    first, _ = slider(image_mode=None).preprocess([sent(picture(mode), format), None], files)
    assert first.shape == (3, 4, wanted)


def test_files_are_passed_as_they_are_without_a_mode(files, sent):
    wire = sent(picture("L"), "JPEG")
    path, _ = slider(image_mode=None, type="filepath").preprocess([wire, None], files)
    with open(path, "rb") as got, open(files.get(wire["h"]).path, "rb") as stored:
        assert got.read() == stored.read()


@pytest.mark.parametrize("data", [b"text", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08\x08\x02", b""])
@pytest.mark.parametrize("side", [0, 1])
def test_bad_files_are_refused(files, sent, data, side):
    pair = [sent(picture()), sent(picture())]
    pair[side] = sent(data)
    with pytest.raises(InvalidValueError, match=r"^Pair: the picture is (not a|a broken)"):
        slider().preprocess(pair, files)


def test_the_same_picture_twice_is_one_file(files):
    one = picture()
    first, second = slider().postprocess((one, one), files)
    assert first == second
    assert slider().postprocess([None, None], files) is None


@pytest.mark.parametrize("value", [5, "a.png", picture(), np.zeros((2, 4, 4, 3)), (picture(),), [picture()] * 3])
def test_what_is_no_pair_must_not_be_returned(files, value):
    with pytest.raises(ValueError, match="must return a pair of pictures"):
        slider().postprocess(value, files)


def test_flags_and_examples(files, sent, tmp_path):
    component = slider()
    cell = component.flag_cell([sent(picture()), None], FlagMedia(str(tmp_path), files))
    assert json.loads(cell) == ["Pair/0.png", None]
    first, second = component.from_flag_cell(cell, str(tmp_path))
    assert first.endswith("Pair/0.png") and second is None
    wire = component.example_wire((first, second), files)
    assert wire[1] is None and str(component.example_html(wire)).count("<img") == 1


def test_it_is_called_from_python_with_paths(tmp_path):
    path = str(tmp_path / "a.png")
    picture().save(path)
    demo = gr.Interface(lambda pair: pair[::-1], gr.ImageSlider(), gr.ImageSlider(), allow_flagging="never")
    second, first = demo((path, np.zeros((2, 2, 3), np.uint8)))
    assert second.shape == (2, 2, 3) and first.shape == (3, 4, 3)
    with pytest.raises(InvalidValueError, match="must be a pair of pictures"):
        demo(path)


@pytest.mark.parametrize(
    "options, said",
    [
        ({"slider_position": 101}, "slider_position is a percentage"),
        ({"slider_position": "left"}, "slider_position is a percentage"),
        ({"max_height": 0}, "max_height is a number of pixels"),
        ({"type": "file"}, "type must be one of"),
        ({"image_mode": "LAB"}, "image_mode must be one of"),
    ],
)
def test_options_that_are_none(options, said):
    with pytest.raises(ValueError, match=said):
        gr.ImageSlider(**options)
