"""What components say of the parts of their values, and what may be set."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import quickdemo as gr
from quickdemo.runtime import media
from quickdemo.runtime.local_files import LocalFiles

FILES = LocalFiles()


def parts_of(component: Any, value: Any) -> Any:
    """The parts of what the function gets of `value`."""
    return component.parts(component.accept(value, FILES), FILES)


def masked(parts: Any, *present: int) -> Any:
    """With these parts only."""
    mask = np.zeros(len(parts.labels), dtype=bool)
    mask[list(present)] = True
    return parts.masked(mask)


def test_a_textbox_has_words() -> None:
    box = gr.Textbox().set_interpret_parameters(",", replacement="?")

    assert parts_of(gr.Textbox(), "so very good").labels == ["so", "very", "good"]
    assert masked(parts_of(box, "a b,c"), 1) == "?,c"
    assert gr.Textbox().parts(None, FILES) is None


def test_other_texts_have_words_or_lines() -> None:
    both = gr.MultimodalTextbox()

    assert masked(parts_of(both, {"text": "a b", "files": []}), 1) == {"text": "b", "files": []}
    assert both.parts(None, FILES) is None and gr.Code().parts(None, FILES) is None
    assert masked(parts_of(gr.Code(), "x = 1\n\ny = 2\n"), 1) == "y = 2\n"
    assert parts_of(gr.Code().set_interpret_parameters(" "), "x = 1").labels == ["x", "=", "1"]


@pytest.mark.parametrize("component", [gr.Video(), gr.File(), gr.State(), gr.JSON()])
def test_what_has_no_parts_says_so(component: Any) -> None:
    assert component.parts(None, FILES) is None
    with pytest.raises(ValueError, match="has no parts .* it was given 16. Please remove the call"):
        component.set_interpret_parameters(16)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "1", "P", "I", "F", "CMYK", "LA"])
@pytest.mark.parametrize("type", ["numpy", "pil"])
def test_pictures_keep_their_type_and_mode(mode: str, type: str) -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 70, 3), dtype=np.uint8))
    component = gr.Image(image_mode=mode, type=type).set_interpret_parameters(segments=9)
    value = component.accept(picture, FILES)
    parts = component.parts(value, FILES)

    whole, some = masked(parts, *range(len(parts.labels))), masked(parts, 0, 3)

    assert whole is not value and np.array_equal(np.asarray(whole), np.asarray(value))
    for given in (whole, some):
        assert getattr(given, "mode", given.__class__) == getattr(value, "mode", value.__class__)
        assert np.shape(given) == np.shape(value) and np.asarray(given).dtype == np.asarray(value).dtype
    assert not np.array_equal(np.asarray(some), np.asarray(value))


@pytest.mark.parametrize(
    ("mode", "format"), [("RGB", "JPEG"), ("L", "PNG"), ("P", "PNG"), ("RGBA", "WEBP"), ("P", "GIF")]
)
def test_files_of_pictures_are_written_anew(mode: str, format: str, tmp_path: Path) -> None:
    path = str(tmp_path / f"cat.{format.lower()}")
    Image.linear_gradient("L").convert(mode).save(path, format)
    assert len(parts_of(gr.Image(), path).labels) > 9  # in 2022 grey pictures and palettes failed
    for type in ("filepath", "file"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # "file" is deprecated
            component = gr.Image(type=type)
        value = component.accept(path, FILES)
        parts = component.parts(value, FILES)

        whole, some = masked(parts, *range(len(parts.labels))), masked(parts, 0)

        paths = [one if type == "filepath" else one.name for one in (value, whole, some)]
        assert paths[0] == paths[1] != paths[2] and whole.__class__ is value.__class__ is some.__class__
        assert Path(paths[2]).stem == "cat" and media.open_image(paths[2]).size == (256, 256)


def test_a_sketch_keeps_its_mask() -> None:
    component = gr.Image(tool="sketch")
    value = component.accept({"image": np.eye(90, dtype=np.uint8) * 255, "mask": np.ones((90, 90), bool)}, FILES)

    some = masked(component.parts(value, FILES), 0)

    assert np.array_equal(some["mask"], value["mask"]) and some["mask"] is not value["mask"]
    assert some["image"].shape == value["image"].shape and not np.array_equal(some["image"], value["image"])


def test_what_is_not_drawn_on_a_canvas_is_idle() -> None:
    sketchpad = gr.Sketchpad()
    drawing = np.full((280, 280), 255, np.uint8)
    drawing[100:180, 130:140] = 0

    parts = parts_of(sketchpad, drawing)

    assert parts.masked(~parts.idle).tolist() == parts.masked(parts.idle | True).tolist()
    assert 0 < parts.idle.sum() < len(parts.labels) and gr.Image().parts(None, FILES) is None


def a_sound() -> Any:
    return 8000, np.sin(np.arange(4000) / 9).astype(np.float32)


@pytest.mark.parametrize(
    ("component", "value"),
    [
        (gr.Textbox(), "so very\ngood"),
        (gr.Textbox(), ""),
        (gr.Number(), 3),
        (gr.Number(), None),
        (gr.Slider(2, 20), 3.5),
        (gr.Checkbox(), True),
        (gr.Radio([("One", 1), ("Two", 2)]), 2),
        (gr.Radio(["a"]), None),
        (gr.Dropdown(["a"], allow_custom_value=True), "b"),
        (gr.CheckboxGroup(["a", "b"]), ["b"]),
        (gr.Image(), np.eye(30, dtype=np.uint8)),
        (gr.Audio(), a_sound()),
        (gr.Dataframe(type="array"), [[1, "x"], [None, "y"]]),
        (gr.DateTime(type="datetime"), "2022-07-01 12:30:00"),
        (gr.ColorPicker(), "#ff0000"),
        (gr.Code(), "x = 1\ny = 2"),
    ],
    ids=lambda given: getattr(given, "kind", None),
)
def test_all_parts_keep_the_protocol(component: Any, value: Any) -> None:
    parts = parts_of(component, value)
    count, scored = len(parts.labels), len(parts.alternatives) or len(parts.labels)
    unscored = parts.kind in ("number", "choice") and not len(parts.alternatives)

    assert parts.idle.shape == (count,) and parts.idle.dtype == bool
    assert parts.kind in ("text", "picture", "sound", "table", "number", "choice")
    assert json.loads(json.dumps(parts.shown())) == parts.shown()
    json.dumps(parts.scores_2022(np.zeros(0 if unscored else scored)))
    for present in (np.ones(count, bool), np.zeros(count, bool)):
        assert repr(parts.masked(present)) == repr(parts.masked(present))


@pytest.mark.parametrize("type", ["numpy", "pil", "filepath"])
def test_an_editor_leaves_regions_out_of_the_whole_and_of_the_background(type: str) -> None:
    editor = gr.ImageEditor(type=type)
    stroke = np.zeros((80, 90, 4), np.uint8)
    stroke[20:40, 20:60] = 255
    picture = np.random.default_rng(0).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    value = editor.accept({"background": picture, "layers": [stroke]}, FILES)
    parts: Any = editor.parts(value, FILES)
    count = len(parts.labels)

    whole, some = masked(parts, *range(count)), masked(parts, *range(0, count, 2))

    def levels(given: Any) -> Any:
        return np.asarray(media.open_image(given) if isinstance(given, str) else given).astype(int)

    for part in ("background", "composite"):
        assert np.array_equal(levels(whole[part]), levels(value[part])) and levels(some[part]).any()
        assert not np.array_equal(levels(some[part]), levels(value[part]))
    assert np.array_equal(levels(some["layers"][0]), levels(value["layers"][0]))
    assert sorted(sum(parts.levels(), [])) == list(range(count)) and parts.shown()["width"] == 90
    assert editor.parts(editor.accept(None, FILES), FILES) is None


def test_an_interface_tells_its_inputs_the_first_example() -> None:
    inputs = [gr.Number(), gr.Radio(["a", "b"]), gr.Number(1), gr.Dataframe(headers=["x"], type="array")]
    demo = gr.Interface(lambda *given: given, inputs, "json", examples=[[7, "b", 2, [[5]]], [8, "a", 3, [[6]]]])

    baselines = [masked(parts_of(demo.inputs[n], value)) for n, value in ((0, 3), (1, "a"), (2, 5), (3, [[9]]))]

    assert baselines == [7, "b", 1, [[5]]]
