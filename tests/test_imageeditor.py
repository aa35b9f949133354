"""ImageEditor: what a visitor may send in layers, what a function may return, and what is refused in a sentence."""

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

import quickdemo as gr
from quickdemo.runtime import media
from quickdemo.runtime.components.colours import as_hex
from quickdemo.runtime.components.registry import from_shortcut
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.flagging.media import FlagMedia
from quickdemo.runtime.local_files import LocalFiles
from tests.contract.cases_editor import NOTHING

RED = (250, 10, 20)


def data_of(picture, format="PNG", **options):
    out = io.BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def picture(mode="RGB", size=(40, 20), colour=RED):
    return Pillow.new("RGB", size, colour).convert(mode)


def layer(size=(40, 20), box=(0, 0, 10, 10), colour=(0, 0, 255, 255)):
    made = Pillow.new("RGBA", size, (0, 0, 0, 0))
    made.paste(colour, box)
    return made


@pytest.fixture
def files():
    return LocalFiles()


@pytest.fixture
def sent(files):
    def sent(given, name="cat.png"):
        data = given if isinstance(given, bytes) else data_of(given)
        return {"h": files.put_bytes(data, name, "image/png")["h"]}

    return sent


def editor(**options):
    return gr.ImageEditor(label="Picture", **options)


def refusal(component, wire, files):
    with pytest.raises(InvalidValueError) as refused:
        component.preprocess(wire, files)
    assert refused.value.field == "Picture"
    return refused.value.message


# ---------------------------------------------------------------------- in


def test_an_upload_that_was_not_changed_is_passed_byte_for_byte(files, sent):
    photo = data_of(picture(), "JPEG", quality=80)
    got = editor(type="filepath").preprocess({"background": sent(photo, "cat.jpg"), "layers": [None]}, files)
    assert (Path(got["background"]).name, Path(got["background"]).read_bytes()) == ("cat.jpg", photo)
    blank = Pillow.open(got["layers"][0])
    assert (blank.mode, blank.size, blank.getextrema()) == ("RGBA", (40, 20), ((0, 0),) * 4)
    assert len({got["background"], got["composite"], *got["layers"]}) == 3


def test_the_composite_is_made_here_whatever_a_visitor_sends(files, sent):
    lie = sent(picture(colour=(0, 255, 0)))
    got = editor().preprocess({"background": sent(picture()), "layers": [sent(layer())], "composite": lie}, files)
    assert got["composite"][0, 0].tolist() == [0, 0, 255, 255] and got["composite"][-1, -1].tolist() == [*RED, 255]
    assert got["layers"][0][-1, -1].tolist() == [0, 0, 0, 0]


def test_translucent_layers_are_mixed(files, sent):
    half = layer(colour=(0, 0, 0, 128))
    got = editor().preprocess({"background": sent(picture(colour=(200, 200, 200))), "layers": [sent(half)]}, files)
    assert abs(int(got["composite"][0, 0, 0]) - 100) <= 1 and got["composite"][0, 0, 3] == 255


def test_nothing_is_a_dict_of_nothing_and_a_blank_canvas_is_a_picture(files):
    assert editor().preprocess(None, files) == NOTHING
    got = editor(sources=(), canvas_size=(30, 10)).preprocess({"layers": [None]}, files)
    assert got["background"] is None and got["composite"].shape == (10, 30, 4) and not got["composite"].any()


@pytest.mark.parametrize("mode, beneath, above", [("RGB", (255, 255, 255), (0, 0, 0)), ("L", 255, 0)])
def test_a_mode_without_transparency_whitens_what_lies_beneath_and_the_whole_but_not_layers(
    files, sent, mode, beneath, above
):
    wire = {"background": sent(layer()), "layers": [sent(layer(box=(20, 0, 30, 10)))]}
    got = editor(image_mode=mode, type="pil").preprocess(wire, files)
    assert [got[part].mode for part in ("background", "composite")] == [mode, mode]
    assert got["background"].getpixel((39, 19)) == got["composite"].getpixel((39, 19)) == beneath
    assert got["layers"][0].getpixel((39, 19)) == above != got["layers"][0].getpixel((25, 5))


@pytest.mark.parametrize(
    "made",
    [
        data_of(picture("P")),
        data_of(picture("CMYK"), "JPEG"),
        data_of(picture("L")),
        data_of(Pillow.fromarray(np.full((20, 40), 60000, np.uint16))),
        data_of(picture(), "GIF", save_all=True, append_images=[picture(colour=(0, 0, 0))], duration=100),
        data_of(picture(), "WEBP", lossless=True),
        data_of(picture(), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"),
    ],
    ids=["palette", "CMYK", "grey", "16 bits", "animated", "webp", "broken EXIF"],
)
@pytest.mark.parametrize("type", ["numpy", "pil", "filepath"])
def test_every_kind_of_picture_may_lie_beneath(files, sent, made, type):
    got = editor(type=type).preprocess({"background": sent(made), "layers": [sent(layer())]}, files)
    opened = Pillow.open(got["composite"]) if type == "filepath" else got["composite"]
    whole = np.asarray(opened)
    assert whole.shape == (20, 40, 4) and whole[0, 0].tolist() == [0, 0, 255, 255] and whole[-1, -1, 0] > 70


def test_a_photo_turned_by_its_exif_is_upright_and_its_layers_are_so_too(files, sent):
    exif = Pillow.Exif()
    exif[0x0112] = 6
    photo = sent(data_of(picture(size=(20, 40)), "JPEG", exif=exif))
    assert editor().preprocess({"background": photo, "layers": [sent(layer())]}, files)["composite"].shape == (
        20,
        40,
        4,
    )


def test_a_fixed_canvas_keeps_its_size(files, sent):
    component = editor(fixed_canvas=True, canvas_size=(100, 100))
    wire = {"background": sent(picture()), "layers": [sent(layer((100, 100))), None]}
    got = component.preprocess(wire, files)
    assert {part.shape for part in (got["background"], got["composite"], *got["layers"])} == {(100, 100, 4)}
    assert got["background"][50, 50].tolist() == [*RED, 255] and got["background"][10, 50, 3] == 0
    assert got["composite"][5, 5].tolist() == [0, 0, 255, 255]


def bomb():
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))


@pytest.mark.parametrize(
    "data, said",
    [
        (b"no picture", "is not a PNG, JPEG, WebP or GIF picture"),
        (data_of(picture())[:60], "is a broken or incomplete PNG file"),
        (data_of(picture(), "JPEG")[:150], "is a broken or incomplete JPEG file"),
        (data_of(picture(), "TIFF"), "is not a PNG, JPEG, WebP or GIF picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a PNG, JPEG, WebP or GIF picture"),
        (bomb(), "has 3600 megapixels (60000 x 60000); at most 24 are allowed"),
    ],
    ids=["text", "cut PNG", "cut JPEG", "TIFF named PNG", "SVG", "bomb"],
)
def test_bad_files_are_refused_by_part(files, sent, data, said):
    assert refusal(editor(), {"background": sent(data)}, files) == f"Picture: the background {said}."
    layers = {"background": sent(picture()), "layers": [None, sent(data)]}
    assert refusal(editor(), layers, files) == f"Picture: the layer 2 {said}."


def test_layers_of_another_size_and_too_many_are_refused(files, sent, monkeypatch):
    wire = {"background": sent(picture()), "layers": [None, sent(layer((39, 20)))]}
    assert "40 x 20 pixels; it was 'layer 2 of 39 x 20'" in refusal(editor(), wire, files)
    assert "at most 20 layers, not 21" in refusal(editor(), {"layers": [None] * 21}, files)
    monkeypatch.setenv("QUICKDEMO_MAX_PIXELS", "800")
    assert editor(canvas_size=(8, 8)).preprocess({"background": sent(picture()), "layers": [None] * 3}, files)
    assert "at most 0.0032 megapixels" in refusal(
        editor(canvas_size=(8, 8)), {"background": sent(picture()), "layers": [None] * 4}, files
    )


def test_a_handle_of_nobody_is_refused(files):
    with pytest.raises(InvalidValueError):
        editor().preprocess({"background": {"h": "a" * 22}}, files)


# ---------------------------------------------------------------------- from Python


def test_it_is_called_with_paths_arrays_and_dicts(tmp_path):
    path = str(tmp_path / "cat.png")
    picture().save(path)
    demo = gr.Interface(lambda got: got["composite"][0, 0].tolist(), gr.ImageEditor(), "json", allow_flagging="never")
    above = np.asarray(layer())
    assert demo(path) == demo(np.asarray(picture())) == demo(picture()) == [*RED, 255]
    assert demo({"background": path, "layers": [above]}) == demo({"layers": [above]}) == [0, 0, 255, 255]
    assert demo({"background": None, "layers": [], "composite": path}) == [*RED, 255]
    for wrong in (str(tmp_path / "none.png"), 5, {"mask": above}, {"background": np.zeros((2, 2, 7))}):
        with pytest.raises(InvalidValueError):
            demo(wrong)


# ---------------------------------------------------------------------- out


def shown(wire, files):
    return np.asarray(Pillow.open(files.get(wire["h"]).path).convert("RGBA"))


def test_one_picture_is_background_and_whole_in_one_file(files):
    wire = editor().postprocess(picture(), files)
    assert wire["background"] == wire["composite"] and wire["layers"] == []


def test_the_whole_is_made_when_the_function_gives_none(files, tmp_path):
    picture().save(tmp_path / "cat.jpg")
    value = {"background": tmp_path / "cat.jpg", "layers": [None, np.asarray(layer()), layer(box=(5, 5, 9, 9))]}
    wire = editor().postprocess(value, files)
    assert wire["layers"][0] is None and shown(wire["composite"], files)[0, 0].tolist() == [0, 0, 255, 255]
    own = editor().postprocess({**value, "composite": picture(size=(3, 3))}, files)
    assert shown(own["composite"], files).shape == (3, 3, 4)


@pytest.mark.parametrize(
    "value, said",
    [
        (5, "must return a picture or a dict of background, layers, composite, not int"),
        ({"image": None}, "must return a picture or a dict"),
        ({"layers": np.zeros((2, 2, 4))}, "must return a list of pictures as layers, not ndarray"),
        ({"layers": [None] * 21}, "at most 20 layers, not 21"),
        ({"background": picture(), "layers": [layer((3, 3))]}, "must be of one size; these are of 3 x 3 and 40 x 20"),
        ("missing.png", "there is no picture file 'missing.png'"),
        ({"background": np.zeros((2, 2, 9), np.uint8)}, "this one has shape (2, 2, 9)"),
    ],
)
def test_what_must_not_be_returned(files, value, said):
    with pytest.raises(ValueError) as fault:
        editor().postprocess(value, files)
    assert said in str(fault.value)


@settings(max_examples=30)
@given(arrays(np.uint8, (3, 4, 4)), arrays(np.uint8, (3, 4, 4)))
def test_layers_are_mixed_as_the_standard_says(below, above):
    """Source over destination, not premultiplied (W3C, Compositing and Blending, 5.1)."""
    got = np.asarray(media.flattened([Pillow.fromarray(below), Pillow.fromarray(above)]), float)
    a, b = above[..., 3:] / 255, below[..., 3:] / 255
    alpha = a + b * (1 - a)
    colours = (above[..., :3] * a + below[..., :3] * b * (1 - a)) / np.maximum(alpha, 1e-9)
    assert np.abs(got[..., 3:] - 255 * alpha).max() <= 1
    assert (np.abs(got[..., :3] - colours) * alpha).max() <= 2


@settings(max_examples=30)
@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 50), st.integers(1, 50))
def test_fitting_keeps_the_canvas_and_shows_something(width, height, wide, tall):
    got = media.fitted(picture(size=(width, height)), (wide, tall))
    assert got.size == (wide, tall) and got.getchannel("A").getextrema()[1] == 255


# ---------------------------------------------------------------------- flags


def test_flags_keep_every_part_as_a_file(files, sent, tmp_path):
    component = editor()
    wire = {"background": sent(picture()), "layers": [sent(layer()), None]}
    cell = component.flag_cell(wire, FlagMedia(str(tmp_path), files))
    assert json.loads(cell) == {"background": "Picture/0.png", "layers": ["Picture/1.png", None], "composite": None}
    back = component.from_flag_cell(cell, str(tmp_path))
    again = component.preprocess(component_sent(component.example_wire(back, files)), files)
    assert np.array_equal(again["composite"], component.preprocess(wire, files)["composite"])


def component_sent(wire):
    return {
        "background": {"h": wire["background"]["h"]},
        "layers": [part and {"h": part["h"]} for part in wire["layers"]],
    }


# ---------------------------------------------------------------------- options


@pytest.mark.parametrize(
    "options, said",
    [
        ({"image_mode": "LAB"}, "image_mode must be one of"),
        ({"sources": ["canvas"]}, "sources must be one of upload, webcam, clipboard"),
        ({"type": "file"}, "type must be one of numpy, pil, filepath"),
        ({"transforms": ["skew"]}, "transforms must be one of crop, resize"),
        ({"format": "bmp"}, "format must be one of"),
        ({"canvas_size": (0, 8)}, "canvas_size must be (width, height)"),
        ({"canvas_size": 800}, "canvas_size must be (width, height)"),
        ({"canvas_size": (9000, 9000)}, "canvas_size may have 24000000 pixels"),
        ({"brush": "red"}, "brush must be a gr.Brush"),
        ({"layers": 3}, "layers must be a gr.LayerOptions"),
    ],
)
def test_options_that_are_none(options, said):
    with pytest.raises(ValueError) as fault:
        gr.ImageEditor(**options)
    assert said in str(fault.value)


@pytest.mark.parametrize(
    "given, wanted",
    [
        ("#CC3232", "#cc3232"),
        ("teal", "#008080"),
        ("rgb(204, 50, 50)", "#cc3232"),
        ("rgba(204, 50, 50, 0.5)", "#cc323280"),
        (("#ffd400", 0.5), "#ffd40080"),
        ("hsl(0, 100%, 50%)", "#ff0000"),
        ("#12345678", "#12345678"),
    ],
)
def test_colours_in_every_form(given, wanted):
    assert as_hex(given) == wanted


@pytest.mark.parametrize("wrong", ["no colour", 5, ("red", 2), ("red", "half"), None])
def test_what_is_no_colour(wrong):
    with pytest.raises(ValueError, match="colour"):
        gr.Brush(colors=[wrong])


def test_brushes_as_scripts_write_them():
    assert gr.Brush().inks[0] == gr.Brush().default_color == "#cc3232"
    assert gr.Brush(colors="teal", default_size=4).inks == ["#008080"]
    assert gr.Brush(default_color="rgb(0, 0, 0)").default_color == "rgb(0, 0, 0)"
    for wrong in ({"default_size": 0}, {"color_mode": "any"}, {"colors": []}):
        with pytest.raises(ValueError, match="Brush"):
            gr.Brush(**wrong)


def test_the_shortcuts_of_today_and_of_2022():
    mask, paint = from_shortcut("imagemask"), from_shortcut("paint")
    assert (mask.options()["brush"]["inks"], mask.options()["listed"]) == (["#000000"], False)
    assert paint.options()["sources"] == [] and paint.options()["listed"]
    assert from_shortcut("sketchpad").shape == (28, 28)
